"""What belongs to no single shop: how often it is looked for, and how it is done."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from attrs import frozen

from omnishop.run.did import Did, Job
from omnishop.run.doubts import resolve_due
from omnishop.run.tidying import tidy
from omnishop.run.work import Work
from omnishop.store.waiting import ALL, Part


@frozen
class Chore:
    """Looked for every `every_s`, and at once again while `Did.again` says that there is more."""

    job: Job
    every_s: float
    do: Callable[[Work], Did | None]


def judging_installed() -> bool:
    """Whether the extra `policy` is there."""
    return find_spec("zen") is not None and find_spec("chinese_calendar") is not None


def judge_due(work: Work, part: Part = ALL) -> Did | None:
    if work.packs is None:
        return None
    from omnishop.run import judging  # noqa: PLC0415 - needs the extra `policy`

    return judging.judge_due(work, part)


def due_parts(work: Work, many: int) -> set[int]:
    if work.packs is None:
        return set()
    from omnishop.run import judging  # noqa: PLC0415 - needs the extra `policy`

    return judging.due_parts(work, many)


def rules_changed(work: Work) -> bool:
    if work.packs is None:
        return False
    from omnishop.run import judging  # noqa: PLC0415 - needs the extra `policy`

    return judging.rules_changed(work)


CHORES = (
    Chore(Job.JUDGEMENT, 1.0, judge_due),
    Chore(Job.DOUBTS, 10.0, resolve_due),
    Chore(Job.TIDYING, 3600.0, tidy),
)
