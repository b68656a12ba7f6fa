"""Times as the tables hold them: microseconds since 1970, exact."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def moment(when: datetime) -> int:
    return (when - _EPOCH) // _MICROSECOND


def when(moment: int) -> datetime:
    return _EPOCH + timedelta(microseconds=moment)
