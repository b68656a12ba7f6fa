"""How many calls a second the platforms take: limits that really limit, where a test or a benchmark sets them."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import Any

from attrs import Factory, define

_SECOND = 1.0


class BadQuota(ValueError):
    """A limit that cannot be: the message says what is wrong with it."""


@define(eq=False)
class Quota:
    """`per_s` calls of one method in any second, for each app. Who asks for more is banned for `ban_s` seconds.

    `most`: the most calls that came in any one second, refused ones among them; `over_s`: from the first that was
    taken to the last.
    """

    platform: str
    method: str
    per_s: int
    ban_s: float = 0.0
    admitted: int = 0
    refused: int = 0
    most: int = 0
    over_s: float = 0.0
    _first: float | None = None
    _taken: dict[str, deque[float]] = Factory(dict)
    _came: deque[float] = Factory(deque)
    _banned: dict[str, float] = Factory(dict)

    def refuses(self, app_key: str, at: float) -> float | None:
        """Seconds for which this app is not listened to, 0.0 where it is no ban; None: the call is taken."""
        _recent(self._came, at).append(at)
        self.most = max(self.most, len(self._came))
        left = self._banned.get(app_key, at) - at
        if left > 0:
            self.refused += 1
            return left
        taken = _recent(self._taken.setdefault(app_key, deque()), at)
        if len(taken) < self.per_s:
            taken.append(at)
            self.admitted += 1
            self._first = at if self._first is None else self._first
            self.over_s = at - self._first
            return None
        self.refused += 1
        self._banned[app_key] = at + self.ban_s
        return self.ban_s

    def told(self) -> dict[str, Any]:
        names = ("platform", "method", "per_s", "ban_s", "admitted", "refused", "most", "over_s")
        return {name: getattr(self, name) for name in names}


def _recent(times: deque[float], at: float) -> deque[float]:
    while times and times[0] <= at - _SECOND:
        times.popleft()
    return times


@define(eq=False)
class Quotas:
    """By platform and method; none unless somebody sets one."""

    _all: dict[tuple[str, str], Quota] = Factory(dict)

    def put(self, platform: str, method: str, per_s: int | None, ban_s: float = 0.0) -> None:
        """In the place of the one before, counted anew; `per_s` None ends it."""
        if not method:
            msg = "a quota is one method's: name it as the platform does"
            raise BadQuota(msg)
        if per_s is None:
            self._all.pop((platform, method), None)
            return
        if per_s < 1 or ban_s < 0:
            msg = f"per_s is a whole number from 1, ban_s not negative, not {per_s} and {ban_s}"
            raise BadQuota(msg)
        self._all[platform, method] = Quota(platform, method, per_s, ban_s)

    def refuses(self, platform: str, app_key: str, method: str, at: datetime) -> float | None:
        quota = self._all.get((platform, method)) if self._all else None
        return None if quota is None else quota.refuses(app_key, at.timestamp())

    def told(self) -> list[dict[str, Any]]:
        return [quota.told() for quota in self._all.values()]
