"""What the buyer must hear of (COM-PROGRESS): each change of status, each delay with its cause, the result."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from attrs import frozen

from omnishop.model import ENDED, Case
from omnishop.policy.facts import no_zone
from omnishop.policy.layers import Effective
from omnishop.policy.phrases import finder, plain
from omnishop.policy.talking import Change


class Heard(StrEnum):
    IN_TIME = "in_time"
    LATE = "late"
    OWED = "owed"
    OVERDUE = "overdue"


@frozen
class Changed:
    what: Change
    at: datetime


@frozen
class Sent:
    """A message to the buyer."""

    at: datetime
    text: str


@frozen
class Telling:
    """One change and whether the buyer heard of it. `no_cause`: a message came, and named no cause for the delay."""

    change: Changed
    due: datetime
    heard: Heard
    heard_at: datetime | None = None
    no_cause: bool = False


def changed(before: Case | None, after: Case) -> Changed | None:
    """The change between two readings; None: nothing a buyer has to hear of, or nobody knows when."""
    at = after.changed_at or after.opened_at
    if at is None or (before is not None and before.stage is after.stage):
        return None
    return Changed(Change.RESULT if after.stage in ENDED else Change.STATUS, at)


def tellings(
    changes: Iterable[Changed], sent: Iterable[Sent], effective: Effective, now: datetime
) -> tuple[Telling, ...]:
    """A message tells of every change before it; of a delay only with a cause. Exactly at the limit is in time."""
    rules = effective.pack.talk.progress
    causes = finder((("cause", phrase) for phrase in rules.causes), rules.gap)
    messages = [(each.at, any(causes.find(plain(each.text)))) for each in sent]
    for when in (now, *(at for at, _ in messages)):
        if when.tzinfo is None:
            raise no_zone("at")
    messages.sort()
    found = []
    for change in sorted(changes, key=lambda each: (each.at, each.what)):
        if change.at.tzinfo is None:
            raise no_zone("at")
        due = change.at + rules.within[change.what].length
        after = [(at, cause) for at, cause in messages if at >= change.at]
        told = [at for at, cause in after if cause or change.what is not Change.DELAY]
        if told:
            heard = Heard.IN_TIME if told[0] <= due else Heard.LATE
            found.append(Telling(change, due, heard, told[0]))
        else:
            found.append(Telling(change, due, Heard.OWED if now <= due else Heard.OVERDUE, None, bool(after)))
    return tuple(found)
