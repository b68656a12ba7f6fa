"""The order of work: by expected loss, not by age."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from attrs import frozen

from omnishop.model import Favours, Fen, ReasonClass
from omnishop.policy.clocks import Clock, Side, State, earliest
from omnishop.policy.pack import Loss

_IDLE = frozenset({State.MET, State.MET_LATE, State.DROPPED, State.PAUSED, State.UNOPENED})


@frozen
class Work:
    """One subject with its clocks. `certain` False: an amount was not known and a stand-in was used."""

    id: str
    clocks: tuple[Clock, ...]
    loss: Fen
    certain: bool
    cls: ReasonClass | None = None


def work(id: str, clocks: Sequence[Clock], loss: Loss, now: datetime, cls: ReasonClass | None = None) -> Work:  # noqa: A002 - it is one
    parts = [expected_loss(clock, loss, now) for clock in clocks]
    return Work(id, tuple(clocks), Fen(sum(fen for fen, _ in parts)), all(sure for _, sure in parts), cls)


def in_order(works: Iterable[Work]) -> list[Work]:
    """Greatest loss first; among equals quality problems, then what is due first, then by id."""

    def place(each: Work) -> tuple[int, bool, str, str]:
        first = earliest(each.clocks)
        due = "9" if first is None or first.not_before is None else first.not_before.isoformat()
        return (-each.loss, each.cls is not ReasonClass.QUALITY, due, each.id)

    return sorted(works, key=place)


def expected_loss(clock: Clock, loss: Loss, now: datetime) -> tuple[Fen, bool]:
    """Fen, and whether all of it is known: (what is at stake + penalty) x the chance of missing it."""
    if clock.state in _IDLE or clock.not_before is None:
        return Fen(0), True
    left = clock.not_before - now
    if clock.side is Side.PLATFORM:
        if clock.stake == 0:
            return Fen(0), True
        stake, certain = _stake(clock, loss)
        penalty = loss.penalty[clock.breach]
        chance = loss.platform_breached if clock.state is State.BREACHED else _chance(left, loss)
        return Fen(int((stake + penalty) * chance)), certain
    penalty = loss.penalty[clock.breach] if clock.penalty is None else clock.penalty
    chance = loss.chance_breached if clock.state is State.BREACHED else _chance(left, loss)
    return Fen(int(penalty * chance)), True


def _stake(clock: Clock, loss: Loss) -> tuple[int, bool]:
    amount, certain = (loss.unknown_amount, False) if clock.stake is None else (clock.stake, True)
    if clock.deadline is not None and clock.deadline.favours is Favours.UNKNOWN:
        return int(amount * loss.unknown_favours), False
    return amount, certain


def _chance(left: timedelta, loss: Loss) -> float:
    """Of the row with the shortest time that is not exceeded."""
    return next((chance for length, chance in loss.steps if left <= length), loss.chance_later)
