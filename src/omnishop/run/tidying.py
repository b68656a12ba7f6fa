"""What has served its time is dropped."""

from __future__ import annotations

from omnishop import clock
from omnishop.engine.following import KEEP
from omnishop.run.did import Did, Job
from omnishop.run.work import Work

LOOKED_AT = 200_000
"""Rows an hour that are looked at for what has served its time; a large store is gone through in days."""


def tidy(work: Work) -> Did | None:
    """`count`: rows dropped; None: there was nothing to drop."""
    started = clock.monotonic()
    dropped = work.store.inbox.forget(work.now() - KEEP)
    dropped += work.store.retention.apply(work.now(), LOOKED_AT).total
    return Did(Job.TIDYING, count=dropped, seconds=clock.monotonic() - started) if dropped else None
