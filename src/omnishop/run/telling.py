"""What the steps did, as lines of the log."""

from __future__ import annotations

from omnishop import telemetry
from omnishop.errors import OmnishopError
from omnishop.run.did import Did, Job

_log = telemetry.logger("run")


def tell(did: Did) -> None:
    """What came to nothing is for whoever looks closely, and so are verdicts that say nothing new."""
    facts: dict[str, telemetry.Fact] = {
        "job": did.job.value,
        "platform": did.platform,
        "shop": did.shop,
        "new": did.saved.new,
        "changed": did.saved.changed,
        "quarantined": did.quarantined,
        "count": did.count,
        "seconds": round(did.seconds, 3),
        "due_at": did.again,
    }
    told = {name: value for name, value in facts.items() if value not in {None, 0}}
    if did.error is not None:
        _log.warning("step hindered", error=type(did.error).__name__, code=did.error.code, **told)
    elif did.something and (did.job is not Job.JUDGEMENT or did.saved.changed):
        _log.info("step done", **told)
    else:
        _log.debug("step done", **told)


def tell_bug(problem: BaseException, job: str, row: int | None = None) -> None:
    """An error that is none of ours: where it happened, not what it said."""
    code = problem.code if isinstance(problem, OmnishopError) else None
    _log.error("step failed", job=job, count=row, code=code, **telemetry.trouble(problem))
