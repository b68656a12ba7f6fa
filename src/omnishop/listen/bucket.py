"""How much may come at once: buckets that fill as time passes."""

from __future__ import annotations

from collections import OrderedDict

from attrs import Factory, define


@define
class Bucket:
    """`rate` a second, `burst` at once. `now` is any clock that only goes forward."""

    rate: float
    burst: float
    _left: float = Factory(lambda self: self.burst, takes_self=True)
    _at: float | None = None

    def take(self, now: float) -> bool:
        """Whether there was one left to take."""
        passed = 0.0 if self._at is None else max(0.0, now - self._at)
        self._left = min(self.burst, self._left + passed * self.rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


@define
class Peers:
    """A bucket for each address; of more than `most` the one not heard of for longest is forgotten."""

    rate: float
    burst: float
    most: int = 4096
    _of: OrderedDict[str, Bucket] = Factory(OrderedDict)

    def of(self, peer: str) -> Bucket:
        found = self._of.pop(peer, None) or Bucket(self.rate, self.burst)
        self._of[peer] = found
        while len(self._of) > self.most:
            self._of.popitem(last=False)
        return found
