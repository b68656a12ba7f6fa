"""`python -m tests.soak.equality`: thousands of changes under faults and kills; exit 1 if store and world differ."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.soak import databases
from tests.soak.equality.mutants import MUTANTS
from tests.soak.equality.soak import Size, against, soaked

_KINDS = {"sqlite": ("sqlite",), "postgresql": ("postgresql",), "both": ("sqlite", "postgresql")}


def main() -> int:
    asked = _asked()
    failed = False
    with ExitStack() as stack:
        server = stack.enter_context(databases.server()) if asked.database != "sqlite" else None
        for kind in _KINDS[asked.database]:
            workers = 1 if kind == "sqlite" else asked.workers
            size = Size(asked.seed, asked.changes, workers, drift=not asked.no_drift)
            if asked.mutant:
                size = against(size, asked.mutant, sound=asked.sound)
            _say(f"== {kind}, seed {size.seed}, {size.changes} changes, {workers} workers")
            begun = time.monotonic()
            folder = Path(tempfile.mkdtemp(prefix="omnishop-soak-"))
            with ExitStack() as own:
                made = databases.of_file(folder) if kind == "sqlite" else databases.of_server(server)
                soak = soaked(own.enter_context(made).url, folder, size)
            _say(*(f"  plan: {line}" for line in soak.told))
            width = max(len(str(number)) for number in soak.counts.values())
            _say(*(f"  {number:>{width}}  {what}" for what, number in sorted(soak.counts.items())))
            _say(f"{soak.acts} acts, {time.monotonic() - begun:.0f} s; wrong: {len(soak.wrong) or 'nothing'}")
            _say(*(f"  WRONG {line}" for line in soak.wrong))
            if soak.wrong:
                _say(f"  evidence: {folder}")
            else:
                shutil.rmtree(folder)
            failed = failed or bool(soak.wrong)
    return int(failed)


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.equality", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--changes", type=int, default=3000, help="acts of buyers, sellers and platforms")
    parser.add_argument("--workers", type=int, default=4, help="on PostgreSQL; a file has one")
    parser.add_argument("--database", choices=_KINDS, default="both")
    parser.add_argument("--no-drift", action="store_true", help="answers lose no fields and no codes")
    parser.add_argument("--mutant", choices=MUTANTS, help="an engine that is wrong on purpose, and its world")
    parser.add_argument("--sound", action="store_true", help="the mutant's world, and the engine as it is")
    asked = parser.parse_args()
    if asked.sound and not asked.mutant:
        parser.error("--sound: of which --mutant the world is meant?")
    return asked


if __name__ == "__main__":
    sys.exit(main())
