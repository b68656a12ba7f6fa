"""The ledger as programs use it: it opens shops that may write, carries their acts out, and settles doubt."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from omnishop import clock
from omnishop.acts import Ask, By, Chance, Outcome, State, Subject, Verb
from omnishop.client import AsyncShop, Shop
from omnishop.client.face import ShopFace, verb_of
from omnishop.drivers.aio import AsyncDriver
from omnishop.drivers.sync import SyncDriver
from omnishop.errors import NotAllowed
from omnishop.flow import Call, T
from omnishop.ledger import acting, news
from omnishop.ledger.acting import Preview, preview
from omnishop.ledger.asking import chance, chances
from omnishop.ledger.book import Book
from omnishop.ledger.desk import LIMIT, PAUSES, Desk, Do, Run, Step, Steps
from omnishop.ledger.intents import Intent
from omnishop.ledger.raw import raw_call
from omnishop.ledger.resolving import GAP, resolve
from omnishop.ledger.rights import Rights
from omnishop.model import Fen, Record, Text
from omnishop.ports import Account
from omnishop.store import Store, StoredShop
from omnishop.store.connection import ahead

Now = Callable[[StoredShop], datetime]
Keep = Callable[[Record, datetime], None]

_ASKED_AGAIN_S, _MOVED_S = 60.0, 0.5


@frozen
class _Apart:
    """How far the database's clock was ahead, and when that was asked."""

    apart: timedelta
    wall: datetime
    monotonic: float

    def holds(self) -> bool:
        passed = clock.monotonic() - self.monotonic
        moved = (clock.now() - self.wall).total_seconds() - passed
        return passed < _ASKED_AGAIN_S and abs(moved) < _MOVED_S


def _not_kept(record: Record, at: datetime) -> None:
    """A ledger without `keep` leaves the store's records as they are."""


class _Ledger:
    """`now` tells a shop's present: its world's if simulated. `keep` stores what was read on the way.

    `limit` is the time after which no attempt can still be carried out; it must be longer than the driver's own
    time limits. `machine`: the time that all workers on the database mean, by default this machine's, put right by a
    database server's where they differ. `gap` stands between the two readings that show "did not happen".
    """

    def __init__(
        self,
        store: Store,
        *,
        now: Now | None = None,
        keep: Keep = _not_kept,
        limit: timedelta = LIMIT,
        gap: timedelta = GAP,
        pauses: tuple[float, ...] = PAUSES,
        machine: Callable[[], datetime] | None = None,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self.store = store
        self.book = Book(store)
        self.rights = Rights(store.engine)
        self._apart: _Apart | None = None
        self._shops: dict[tuple[str, str], StoredShop] = {}
        self._now = now or (lambda shop: (machine or clock.now)())
        self._keep = keep
        self._limit = limit
        self._gap = gap
        self._pauses = pauses
        self._machine = machine
        self._new_id = new_id

    def _desk(self, shop: ShopFace) -> Desk:
        stored = self._known(shop.account)
        return Desk(
            account=shop.account,
            adapter=shop.adapter,
            book=self.book,
            now=lambda: self._now(stored),
            machine=self._machine or self._put_right(),
            new_id=self._new_id,
            keep=self._keep,
            limit=self._limit,
            pauses=self._pauses,
        )

    def _known(self, account: Account) -> StoredShop:
        """As it was first asked for: what an act may do and with which tokens is asked anew each time."""
        key = (account.platform, account.shop_id or account.name)
        found = self._shops.get(key)
        if found is None:
            found = self._shops[key] = self.store.shops.get(key[1], platform=key[0])
        return found

    def _put_right(self) -> Callable[[], datetime]:
        """A machine whose clock is slow or fast must not settle what another one has just sent.

        Asked again now and then, and whenever this machine's clock was moved.
        """
        measured = self._apart
        if measured is None or not measured.holds():
            measured = self._apart = _Apart(ahead(self.store.engine), clock.now(), clock.monotonic())
        apart = measured.apart
        return lambda: clock.now() + apart

    def _account(self, stored: StoredShop) -> Account:
        return self.store.shops.account(stored, self.store.ring.buyers)

    def _stored(self, shop: StoredShop | str) -> StoredShop:
        return self.store.shops.get(shop) if isinstance(shop, str) else shop

    def allow(
        self,
        shop: StoredShop | str,
        *acts: str,
        fen_per_day: Fen | None = None,
        acts_per_day: int | None = None,
    ) -> None:
        """Switch acts on (`call`: raw calls that may write), and set what of the caps is given."""
        stored = self._stored(shop)
        given = {"fen_per_day": fen_per_day, "acts_per_day": acts_per_day}
        limits = {name: value for name, value in given.items() if value is not None}
        verbs = [act if act == "call" else verb_of(act).value for act in acts]
        self.rights.allow(stored.platform, str(stored.shop_id), verbs, limits, clock.now())

    def deny(self, shop: StoredShop | str, *acts: str) -> None:
        """Switch acts off."""
        stored = self._stored(shop)
        self.rights.deny(stored.platform, str(stored.shop_id), acts)

    def settle_by_hand(self, intent_id: str, state: State, why: str) -> Intent:
        """A person's word on an intent in doubt: `confirmed` or `not_applied`, and how they know."""
        intent = self.book.get(intent_id)
        at = (self._machine or self._put_right())()
        flying = intent.state is State.SENT and intent.until is not None and intent.until > at
        if flying and state is State.NOT_APPLIED:
            raise NotAllowed(
                f"{intent.id} may be on its way in another process until {intent.until:%H:%M:%S %Z}; say it then",
                zh=f"{intent.id} 可能仍在其他进程中执行, 请在 {intent.until:%H:%M:%S %Z} 之后再确认",
                keys=("in_flight",),
            )
        said = Text(f"人工确认: {why}", f"said by a person: {why}")
        by: By | None = "unknown" if state is State.CONFIRMED else None
        if self.book.settle(intent.id, state, at, expected=(State.SENT, State.UNKNOWN), by=by, why=said):
            news.moved(intent, state, by)
        return self.book.get(intent.id)


class Ledger(_Ledger):
    """For programs without an event loop."""

    def shop(self, shop: StoredShop | str, *, driver: SyncDriver | None = None) -> Shop:
        """A registered shop (or its alias or id) that may do what is switched on for it."""
        stored = self._stored(shop)
        driver = driver or SyncDriver(limits=self.store.quotas)
        return Shop(self._account(stored), self.store.tokens(stored), driver=driver, writes=self)

    def act(self, shop: Any, subject: Subject, act: Verb, ask: Ask) -> Outcome:
        """What `Shop.act` goes through."""
        with news.acting(shop.account, subject, act) as told:
            outcome = self.carry_out(acting.act(self._desk(shop), subject, act, ask), shop)
            return told(outcome)

    def call(self, shop: Any, call: Call) -> Any:
        """What `Shop.call` goes through, for a method that may write."""
        return self.carry_out(raw_call(self._desk(shop), call), shop)

    def resolve(self, intent: Intent, shop: Shop) -> Intent:
        """Read an intent in doubt until it is settled, or say in `why` what keeps it open."""
        return self.carry_out(resolve(self._desk(shop), intent, self._gap), shop)

    def chances(self, shop: Shop, subject: Subject) -> tuple[Chance, ...]:
        """What may be done with a record now, and why not."""
        return self.carry_out(chances(self._desk(shop), subject), shop)

    def chance(self, shop: Shop, subject: Subject, wish: Verb, ask: Ask) -> Chance:
        """Whether one act may be done now with what is said, and why not."""
        return self.carry_out(chance(self._desk(shop), subject, wish, ask), shop)

    def preview(self, shop: Shop, subject: Subject, wish: Verb, ask: Ask) -> tuple[Preview, ...]:
        """The exact request an act would send."""
        return self.carry_out(preview(self._desk(shop), subject, wish, ask), shop)

    def carry_out(self, steps: Steps[T], shop: Shop) -> T:
        try:
            step = next(steps)
            while True:
                try:
                    answer = self._step(step, shop)
                except Exception as error:  # noqa: BLE001 - the steps decide what an error means
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as done:
            result: T = done.value
            return result

    def _step(self, step: Step, shop: Shop) -> Any:
        match step:
            case Run():
                return shop.run(step.flow, step.permit)
            case Do():
                return step.work()
            case _:
                return clock.wait(step.seconds)


class AsyncLedger(_Ledger):
    """For programs in an event loop: the same steps, in threads what waits: the book, and a simulated shop's time."""

    def shop(self, shop: StoredShop | str, *, driver: AsyncDriver | None = None) -> AsyncShop:
        stored = self._stored(shop)
        driver = driver or AsyncDriver(limits=self.store.quotas)
        return AsyncShop(self._account(stored), self.store.tokens(stored), driver=driver, writes=self)

    async def act(self, shop: Any, subject: Subject, act: Verb, ask: Ask) -> Outcome:
        """What `AsyncShop.act` goes through."""
        with news.acting(shop.account, subject, act) as told:
            outcome = await self.carry_out(acting.act(await self._at(shop), subject, act, ask), shop)
            return told(outcome)

    async def call(self, shop: Any, call: Call) -> Any:
        """What `AsyncShop.call` goes through, for a method that may write."""
        return await self.carry_out(raw_call(await self._at(shop), call), shop)

    async def resolve(self, intent: Intent, shop: AsyncShop) -> Intent:
        return await self.carry_out(resolve(await self._at(shop), intent, self._gap), shop)

    async def chances(self, shop: AsyncShop, subject: Subject) -> tuple[Chance, ...]:
        return await self.carry_out(chances(await self._at(shop), subject), shop)

    async def chance(self, shop: AsyncShop, subject: Subject, wish: Verb, ask: Ask) -> Chance:
        return await self.carry_out(chance(await self._at(shop), subject, wish, ask), shop)

    async def preview(self, shop: AsyncShop, subject: Subject, wish: Verb, ask: Ask) -> tuple[Preview, ...]:
        return await self.carry_out(preview(await self._at(shop), subject, wish, ask), shop)

    async def _at(self, shop: AsyncShop) -> Desk:
        return await asyncio.to_thread(self._desk, shop)

    async def carry_out(self, steps: Steps[T], shop: AsyncShop) -> T:
        """Between two steps a simulated shop may be asked for its time, over HTTP."""
        simulated = self._known(shop.account).control is not None
        answer, error = None, None
        while True:
            if simulated:
                step = await asyncio.to_thread(_moved, steps, answer, error)
            else:
                step = _moved(steps, answer, error)
            if isinstance(step, _Done):
                result: T = step.value
                return result
            answer, error = None, None
            try:
                answer = await self._step(step, shop)
            except Exception as problem:  # noqa: BLE001 - the steps decide what an error means
                error = problem

    async def _step(self, step: Step, shop: AsyncShop) -> Any:
        match step:
            case Run():
                return await shop.run(step.flow, step.permit)
            case Do():
                return await asyncio.to_thread(step.work)
            case _:
                return await clock.wait_async(step.seconds)


@frozen
class _Done:
    value: Any


def _moved(steps: Steps[Any], answer: Any, error: Exception | None) -> Step | _Done:
    """The next step, or the end as a value: a thread cannot hand on StopIteration."""
    try:
        return steps.send(answer) if error is None else steps.throw(error)
    except StopIteration as done:
        return _Done(done.value)
