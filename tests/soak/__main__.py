"""`python -m tests.soak`: thousands of acts under faults and kills; exit 1 if anything is wrong afterwards."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.soak import databases, processes, steps

_HOWS = {"steps": ("steps",), "processes": ("processes",), "both": ("steps", "processes")}
_KINDS = {"sqlite": ("sqlite",), "postgresql": ("postgresql",), "both": ("sqlite", "postgresql")}


def main() -> int:
    asked = _asked()
    failed = False
    with ExitStack() as stack:
        server = stack.enter_context(databases.server()) if asked.database != "sqlite" else None
        for how in _HOWS[asked.how]:
            for kind in _KINDS[asked.database]:
                _say(f"== {how}, {kind}, seed {asked.seed}, {asked.acts} acts")
                begun = time.monotonic()
                wrong, counts = _soaked(how, kind, server, asked)
                took = time.monotonic() - begun
                _say(*_told(counts), f"{took:.0f} s; wrong: {len(wrong) or 'nothing'}")
                if wrong:
                    _say(*(f"  WRONG {line}" for line in wrong), f"  again: {_again(how, kind, asked)}")
                    failed = True
    return int(failed)


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--acts", type=int, default=3000, help="acts begun, for each way and database")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--orders", type=int, default=45, help="orders of each shop at the start")
    parser.add_argument("--database", choices=_KINDS, default="both")
    parser.add_argument("--how", choices=_HOWS, default="both")
    return parser.parse_args()


def _soaked(
    how: str, kind: str, server: databases.Server | None, asked: argparse.Namespace
) -> tuple[list[str], Counter[str]]:
    with tempfile.TemporaryDirectory(prefix="omnishop-soak-") as name, ExitStack() as stack:
        folder = Path(name)
        made = (
            databases.of_file(folder) if server is None or kind == "sqlite" else databases.of_server(server)
        )
        database = stack.enter_context(made)
        sizes = {"seed": asked.seed, "acts_": asked.acts, "orders": asked.orders, "workers": asked.workers}
        if how == "steps":
            return steps.soaked(database.url, **sizes)
        return processes.soaked(database, folder, **sizes)


def _told(counts: Counter[str]) -> Iterator[str]:
    width = max(len(str(number)) for number in counts.values())
    for name, number in sorted(counts.items()):
        yield f"  {number:>{width}}  {name}"


def _again(how: str, kind: str, asked: argparse.Namespace) -> str:
    sizes = f"--seed {asked.seed} --acts {asked.acts} --workers {asked.workers} --orders {asked.orders}"
    exact = "" if how == "steps" else "  (the same plan and wishes; not the same moments)"
    return f"python -m tests.soak {sizes} --database {kind} --how {how}{exact}"


if __name__ == "__main__":
    sys.exit(main())
