"""What shall happen, by the seed alone: how the world's clock moves, which troubles strike, how long workers live."""

from __future__ import annotations

import random
from collections.abc import Iterator

from attrs import frozen

_WIRE = {
    "throttle": 0.01,
    "server_error": 0.05,
    "refuse_connect": 0.04,
    "reset_before": 0.05,
    "reset_after_commit": 0.05,
    "slow": 0.004,
    "cut_body": 0.05,
    "expired_token": 0.01,
    "clock_skew": 0.01,
}
_LISTS = {"short_page": 0.15, "stale_read": 0.3}
_COUNTS = {"drifting_total": 0.15, "stale_read": 0.3}
"""Never with a short page: a page cut short and its count lowered by as much is what no reader can see."""
_DRIFT = {"unknown_enum": 0.03, "extra_fields": 0.1, "missing_fields": 0.03}
_PUSHES = {"push_duplicate": 0.3, "push_late": 0.3, "push_reordered": 0.3}

DRIFTING = frozenset(_DRIFT) - {"extra_fields"}
"""Answers that say less than the truth, or say it in a code that nobody knows."""

_MOVES = (5, 10, 20, 30, 30, 60, 120)
_LEAP, _LEAPS = 3600, 0.003


@frozen
class Phase:
    """So many moves of the clock (seconds of the world each) under one plan of faults."""

    seed: int
    rates: dict[str, float]
    moves: tuple[int, ...]

    def __str__(self) -> str:
        named = ", ".join(f"{name} {rate:g}" for name, rate in self.rates.items()) or "no faults"
        return f"{len(self.moves)} moves, {sum(self.moves) / 3600:.1f} h: {named}"


def phases(seed: int, *, drift: bool = True, calm: bool = False, harsh: bool = False) -> Iterator[Phase]:
    """Without end. `drift`: whether answers lose fields and codes; `calm`: nothing strikes; `harsh`: see `Size`."""
    rng = random.Random(f"equality/{seed}")  # noqa: S311 - repeatable, not secret
    while harsh:
        yield Phase(rng.randrange(1 << 31), {"short_page": 0.4}, (1800,) * 40)
    while True:
        groups = [_WIRE, rng.choice((_LISTS, _COUNTS)), *([_DRIFT] if drift else ())]
        rates = {} if calm else dict(_PUSHES)
        for group in groups if not calm else ():
            if rng.random() < 0.8:
                rates |= {name: round(rate * rng.uniform(0.2, 1.0), 4) for name, rate in group.items()}
        moves = tuple(_move(rng) for _ in range(rng.randint(60, 240)))
        yield Phase(rng.randrange(1 << 31), rates, moves)


def _move(rng: random.Random) -> int:
    return _LEAP if rng.random() < _LEAPS else rng.choice(_MOVES)


def lives(seed: int, mean_s: float) -> Iterator[float]:
    """How long one worker after the other lives before it is killed."""
    rng = random.Random(f"equality/{seed}/killer")  # noqa: S311 - repeatable, not secret
    while True:
        yield 0.3 + rng.expovariate(1 / mean_s)
