"""How far a long command has come: a moving bar on a terminal, plain lines in a pipe, always to stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from omnishop import clock
from omnishop.cli.show import aside, console
from omnishop.cli.words import say

EVERY_S = 10.0
"""In a pipe a part that lasts says so again after so long."""

T = TypeVar("T")


class Tell(Protocol):
    """`part` is what is done now (a shop); `total` None: not known; `found`: what came of it, in words."""

    def __call__(
        self, part: str, done: int, total: int | None = None, *, detail: str = "", found: str = ""
    ) -> None: ...


@contextmanager
def progress(doing: str, *, quiet_first: bool = False) -> Iterator[Tell]:
    """`doing` in one word, as "reading". `quiet_first`: in a pipe nothing is said of what is soon over."""
    if not sys.stderr.isatty():
        yield _Lines(doing, quiet_first=quiet_first)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[found]}"),
    )
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(say("starting", "开始"), total=None, found="")

        def move(
            part: str, done: int, total: int | None = None, *, detail: str = "", found: str = ""
        ) -> None:
            named = " ".join(word for word in (part, detail) if word) or doing
            bar.update(task, description=named, completed=done, total=total, found=found)

        yield move


class _Lines:
    def __init__(self, doing: str, *, quiet_first: bool) -> None:
        self._doing = doing
        self._begun: set[str] = set()
        self._quiet_first = quiet_first
        self._last = clock.monotonic()

    def __call__(
        self, part: str, done: int, total: int | None = None, *, detail: str = "", found: str = ""
    ) -> None:
        fresh = part not in self._begun and not self._quiet_first
        self._begun.add(part)
        if fresh:
            self._say(part)
        elif clock.monotonic() - self._last >= EVERY_S:
            counted = str(done) if total is None else f"{done}/{total}"
            self._say(part, detail, counted, found)

    def _say(self, *words: str) -> None:
        self._last = clock.monotonic()
        aside(" ".join(word for word in (self._doing, *words) if word))


def told(items: Iterable[T], tell: Tell, part: str = "", total: int | None = None) -> Iterator[T]:
    """The items as they come, each of them a step."""
    for done, item in enumerate(items):
        tell(part, done, total)
        yield item
