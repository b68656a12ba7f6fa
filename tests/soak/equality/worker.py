"""One worker of the equality soak: the program itself, `omnishop run`, until it is killed.

Forked from a process that has read the libraries, so that one who lives for a second does not spend it on that.
What it says goes to its tally, a line each, so that a kill loses nothing of what was told before.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
import traceback
from multiprocessing import parent_process
from pathlib import Path

from attrs import field, frozen
from tests.soak.equality.mutants import MUTANTS

from omnishop.config import Home

KEY = "only for this soak"
ENDED = "wrong: "
_EVERY_S = "1"
_LOOK_S = 1.0


@frozen
class Task:
    """What a worker is told at its start. `life`: the how-manieth in this place; it listens at `port`, if any."""

    home: str
    database: str = field(repr=False)
    place: int
    life: int
    port: int | None
    folder: str
    mutant: str | None = None

    @property
    def tally(self) -> Path:
        return Path(self.folder) / f"tally-{self.place}-{self.life}"


def opened_home(task: Task) -> Home:
    return Home.find(Path(task.home), env={"OMNISHOP_KEY": KEY}, database=task.database)


def work(task: Task) -> None:
    """Until killed, or until whoever started it is gone."""
    tally = os.open(task.tally, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    faulthandler.register(signal.SIGUSR1, file=tally)
    os.dup2(tally, 1)
    os.dup2(tally, 2)
    threading.Thread(target=_end_with_the_boss, daemon=True).start()
    os.environ |= {"OMNISHOP_HOME": task.home, "OMNISHOP_KEY": KEY, "OMNISHOP_LANG": "en"}
    try:
        if task.mutant is not None:
            MUTANTS[task.mutant]()
        code = _run(task)
        line = f"{ENDED}a worker ended by itself: {code}\n"
    except BaseException:  # noqa: BLE001 - whatever it is, it is told
        line = ENDED + "a worker ended: " + traceback.format_exc().replace("\n", " ⏎ ") + "\n"
    sys.stdout.flush()
    os.write(tally, line.encode())


def _run(task: Task) -> int:
    from omnishop.cli import entry

    listen = ["--no-listen"] if task.port is None else ["--listen", f"127.0.0.1:{task.port}"]
    steady = ["--json", "--every", _EVERY_S, "--compare", "0"]
    return entry.run(["run", *steady, *listen, "--database", task.database])


def _end_with_the_boss() -> None:
    boss = parent_process()
    while boss is not None:
        boss.join(_LOOK_S)
        if not boss.is_alive():
            os._exit(0)
