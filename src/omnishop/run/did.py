"""What a step did, as a value: for the log, for people, and for whoever deals out the next."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import Factory, frozen

from omnishop.errors import OmnishopError
from omnishop.store import Saved


class Job(StrEnum):
    NEWS = "news"
    HISTORY = "history"
    COMPARISON = "comparison"
    MESSAGES = "messages"
    JUDGEMENT = "judgement"
    DOUBTS = "doubts"
    TIDYING = "tidying"


@frozen
class Did:
    """`count`: windows left of a history, differences met, cases judged, intents settled, messages worked off, rows
    dropped. `error`: what hindered it. `again`: when the same is due next, in the machine's time; None: not known.
    """

    job: Job
    shop: str | None = None
    platform: str | None = None
    saved: Saved = Factory(Saved)
    quarantined: int = 0
    count: int = 0
    seconds: float = 0.0
    error: OmnishopError | None = None
    again: datetime | None = None

    @property
    def something(self) -> bool:
        """Worth a word: something came of it, or stood in its way."""
        return bool(self.saved.new or self.saved.changed or self.quarantined or self.count or self.error)
