"""From where on something is worth a word."""

from __future__ import annotations

from datetime import timedelta

from attrs import frozen


@frozen
class Limits:
    """`stale`: a shop not read whole for so long; `waiting`: a message in the inbox; `failures`: rounds in a row;
    `ending`: before the end of a token that cannot be refreshed; `skew`: between two clocks; `disk`: free bytes;
    `ban`: a platform takes no calls for so long still."""

    stale: timedelta = timedelta(minutes=30)
    waiting: timedelta = timedelta(minutes=10)
    failures: int = 3
    ending: timedelta = timedelta(days=3)
    skew: timedelta = timedelta(minutes=1)
    disk: int = 2**30
    ban: timedelta = timedelta(minutes=5)


USUAL = Limits()
