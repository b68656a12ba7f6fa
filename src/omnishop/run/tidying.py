"""What has served its time is dropped."""

from __future__ import annotations

from omnishop import clock
from omnishop.engine.following import KEEP
from omnishop.run.did import Did, Job
from omnishop.run.work import Work


def tidy(work: Work) -> Did | None:
    """`count`: rows dropped; None: there was nothing to drop."""
    started = clock.monotonic()
    dropped = work.store.inbox.forget(work.now() - KEEP)
    return Did(Job.TIDYING, count=dropped, seconds=clock.monotonic() - started) if dropped else None
