"""Where acts are carried out: their steps, the shop and the book behind them, and the right to send."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from attrs import evolve, field, frozen

from omnishop.acts import (
    Ask,
    Look,
    Obstacle,
    State,
    Subject,
    Verb,
    Write,
    rows_for,
)
from omnishop.drivers.exchange import Permit
from omnishop.errors import (
    ConfigError,
    NotAllowed,
)
from omnishop.flow import Call, Flow, T
from omnishop.ledger import news
from omnishop.ledger.book import Book
from omnishop.ledger.chances import Plan
from omnishop.ledger.intents import Intent, Key
from omnishop.model import BEIJING, Record
from omnishop.ports import Account, Adapter, Request

LIMIT = timedelta(seconds=60)
"""After an attempt began, the platform may still carry it out for so long: the time limit of a call and more."""

PAUSES = (0.0, 0.5, 2.0)
"""Seconds before each look after an answer that said yes."""

_SOON = 30
_SPARED = timedelta(seconds=1)


@frozen
class Run:
    """Carry out a flow with the shop's driver; `permit` lets its write out."""

    flow: Flow[Any] = field(repr=False)
    permit: Permit | None = None


@frozen
class Wait:
    seconds: float


@frozen
class Do:
    """Work on the book: it may wait for the disk or another process."""

    work: Callable[[], Any] = field(repr=False)


Step = Run | Wait | Do
Steps = Generator[Step, Any, T]


@frozen
class Desk:
    """Where acts are carried out: the shop, the book, and the outside as functions.

    `now` is the shop's present (its world's, if simulated), `machine` the machine's; `keep` stores a record that
    was read. `limit`: see LIMIT.
    """

    account: Account
    adapter: Adapter
    book: Book
    now: Callable[[], datetime]
    machine: Callable[[], datetime]
    new_id: Callable[[], str]
    keep: Callable[[Record, datetime], None]
    limit: timedelta = LIMIT
    pauses: tuple[float, ...] = PAUSES

    @property
    def soon(self) -> timedelta:
        """After an intent was committed as sent its first attempt may begin so long without asking the book again.

        Nothing where the limit is too short to spare a part of it.
        """
        return self.limit / _SOON if self.limit >= _SPARED else timedelta(0)

    def key(self, subject: Subject) -> Key:
        shop_id = self.account.shop_id
        if shop_id is None:
            raise ConfigError(
                "the shop's id is not known yet; ask the platform: omnishop doctor",
                zh="店铺 ID 未知, 请先运行: omnishop doctor",
                platform=self.account.platform,
                shop=self.account.name,
            )
        return Key(self.account.platform, shop_id, subject)

    def rows(self, verb: Verb, subject: Subject) -> tuple[Write, ...]:
        return rows_for(self.adapter.writes(self.account.storefront), verb, subject)


class IntentPermit:
    """One intent's right to one write; the intent is marked as sent before the first byte of each attempt."""

    def __init__(self, desk: Desk, intent: Intent) -> None:
        self._desk = desk
        self._intent = intent
        self._call: Call | None = None

    def sending(self, call: Call, request: Request) -> None:
        if self._call is not None and call != self._call:
            raise ConfigError(f"a verb is one write, and {call.method} would be its second")
        now = self._desk.machine()
        if self._call is not None or not self._just_planned(now):
            first = self._call is None and self._intent.sent_at is not None
            self._desk.book.sending(self._intent.id, now, self._desk.limit, committed=first)
        if self._call is None:
            news.moved(self._intent, State.SENT)
        self._call = call

    def _just_planned(self, now: datetime) -> bool:
        """It stands in the book as sent, and nobody settles it before `soon` and the limit after it are over."""
        since = self._intent.sent_at
        return since is not None and timedelta(0) <= now - since < self._desk.soon

    @property
    def used(self) -> bool:
        return self._call is not None


def day_of(desk: Desk) -> str:
    return desk.now().astimezone(BEIJING).date().isoformat()


def not_allowed(desk: Desk, subject: Subject, planned: Plan) -> NotAllowed:
    return held_back(desk.account, subject, planned.obstacles)


def held_back(account: Account, subject: Subject, obstacles: Iterable[Obstacle]) -> NotAllowed:
    """With every reason, not only the first."""
    reasons = tuple(obstacles)
    return NotAllowed(
        f"{subject.id}: " + "; ".join(each.text.en for each in reasons),
        zh=f"{subject.id}: " + "; ".join(each.text.zh for each in reasons),
        keys=tuple(each.key for each in reasons),
        platform=account.platform,
        shop=account.name,
    )


def look_at(desk: Desk, row: Write, subject: Subject) -> Steps[Look]:
    """Read the record now; what was read is kept in the store as well."""
    at = desk.now()
    look: Look = yield Run(row.look(desk.account, subject))
    _same_record(desk, subject, look.record)
    look = evolve(look, record=desk.account.owned(look.record))
    yield Do(partial(desk.keep, look.record, at))
    return look


def _same_record(desk: Desk, subject: Subject, record: Any) -> None:
    """One record has one name in the book: a platform may answer to several spellings of an id, the book must not."""
    told = Subject.of(record)
    here = desk.account.shop_id is None or record.shop_id in {None, desk.account.shop_id}
    if told == subject and here:
        return
    whose = "" if here else f" @ {record.shop_id}"
    meant = ":".join(part for part in (told.source, told.id) if part) + whose
    raise NotAllowed(
        f"asked for {subject.id}, the platform answered with {meant}: name it so",
        zh=f"查询 {subject.id}, 平台返回的是 {meant}: 请使用该编号",
        keys=("other_record",),
        platform=desk.account.platform,
        shop=desk.account.name,
    )


def full(desk: Desk, ask: Ask, key: str) -> Ask:
    return evolve(ask, key=key, at=desk.now(), by=ask.by or "omnishop")
