"""What an act does next, decided and written down in one transaction: nobody's word from before counts in it."""

from __future__ import annotations

from functools import partial

from attrs import evolve, frozen

from omnishop.acts import Ask, Look, Obstacle, Seen, State, Subject, Verb
from omnishop.errors import OmnishopError
from omnishop.ledger import news
from omnishop.ledger.ceilings import claimed
from omnishop.ledger.chances import OFFERED, Plan, Question, Standing, plan
from omnishop.ledger.desk import Desk, Do, Run, Steps, day_of, not_allowed
from omnishop.ledger.intents import ActRow, Intent, Key, digest_of, kept
from omnishop.model import Case, Order, Text
from omnishop.ports import Capability


@frozen
class Wanted:
    """What is asked of one record, and the record as it was just read. `verbs`: those of the act, in order."""

    key: Key
    wish: Verb
    ask: Ask
    look: Look
    verbs: tuple[Verb, ...]
    digest: str
    waybill: str | None

    @classmethod
    def of(cls, desk: Desk, subject: Subject, wish: Verb, ask: Ask, look: Look) -> Wanted:
        verbs = desk.adapter.verbs(desk.account.storefront, wish, look)
        return cls(desk.key(subject), wish, ask, look, verbs, digest_of(wish, ask), waybill_of(desk, look))

    def after(self, desk: Desk, look: Look) -> Wanted:
        """As a verb of it left the record."""
        return evolve(self, look=look, waybill=waybill_of(desk, look))

    @property
    def order_id(self) -> str | None:
        return order_id_of(self.look)


@frozen
class Written:
    """The act's next verb, `intent` in the book, committed as sent; None: its order must be read first."""

    row: ActRow
    intent: Intent | None = None
    order: Order | None = None


def written_down(
    desk: Desk, wanted: Wanted, row: ActRow | None, order: Order | None
) -> Steps[tuple[ActRow, Intent, Order | None] | None]:
    """The act and its next intent; NotAllowed with every reason when it may not be; None: no verb is to come.

    It is about to leave, so that one wait for the disk stands for both: being written down, and being sent.
    """
    done: Written | None = yield Do(partial(_in_the_book, desk, wanted, row, order, asked=False))
    if done is not None and done.intent is None:
        order = yield from _read_order(desk, wanted.order_id, done.order)
        done = yield Do(partial(_in_the_book, desk, wanted, done.row, order, asked=True))
    if done is None or done.intent is None:
        return None
    news.moved(done.intent, State.PLANNED)
    return done.row, done.intent, done.order


def _in_the_book(
    desk: Desk, wanted: Wanted, row: ActRow | None, order: Order | None, *, asked: bool
) -> Written | None:
    """`asked`: whether the platform was asked for the order."""
    key, look = wanted.key, wanted.look
    with desk.book.page(key, wanted.waybill) as page:
        row = row or going_on(desk, wanted, page.unfinished(key, wanted.wish))
        verb = next((each for each in wanted.verbs if each not in row.confirmed), None)
        if verb is None:
            return None
        if order is None:
            order = look.record if isinstance(look.record, Order) else page.order(key, wanted.order_id)
        if not asked and wanted.order_id is not None and _lacks(order):
            return Written(row, None, order)
        standing = page.standing(key, look.record, day_of(desk), wanted.waybill, order, row.id)
        planned = planned_for(desk, wanted.wish, verb, key.subject, look, wanted.ask, standing)
        if planned.obstacles:
            raise not_allowed(desk, key.subject, planned)
        intent = _intent(desk, wanted, row, verb, order, planned)
        page.write(row, intent, wanted.waybill, _counted(wanted.ask))
    return Written(row, intent, order)


def going_on(desk: Desk, wanted: Wanted, begun: ActRow | None) -> ActRow:
    """The same act, if it was begun and a verb of it is still to come; else a new one.

    What was prepared counts only while the record asks for the same at the same stage.
    """
    if begun is not None and begun.digest == wanted.digest and begun.seen is not None:
        now = Seen.of(wanted.look)
        same = (now.stage, now.requested) == (begun.seen.stage, begun.seen.requested)
        if same and not begun.confirmed >= set(wanted.verbs):
            return begun
    return ActRow(desk.new_id(), wanted.key, wanted.wish.value, wanted.digest, wanted.ask.by, desk.machine())


def _intent(
    desk: Desk, wanted: Wanted, row: ActRow, verb: Verb, order: Order | None, planned: Plan
) -> Intent:
    now, record, share, said = desk.machine(), wanted.look.record, planned.share, kept(wanted.ask)
    amount = None if share is None else said.amount if share.amount is None else share.amount
    return Intent(
        id=desk.new_id(),
        act=row.id,
        key=wanted.key,
        verb=verb.value,
        digest=wanted.digest if verb is wanted.wish else digest_of(verb, wanted.ask),
        state=State.SENT,
        seen=Seen.of(wanted.look),
        said=said,
        planned_at=now,
        attempts=1,
        sent_at=now,
        until=now + desk.soon + desk.limit,
        day=day_of(desk),
        money=planned.row is not None and planned.row.money,
        amount=amount,
        freight=None if share is None else share.freight,
        ceiling=planned.held,
        lines=claimed(record, order) if isinstance(record, Case) else {},
        order_id=getattr(record, "order_id", None),
    )


def _counted(ask: Ask) -> tuple[int, int] | None:
    """Good and bad pieces that came back."""
    return None if ask.good is None and ask.bad is None else (ask.good or 0, ask.bad or 0)


# ---------------------------------------------------------------- around the record


def order_id_of(look: Look) -> str | None:
    return look.record.order_id if isinstance(look.record, Case) else None


def waybill_of(desk: Desk, look: Look) -> str | None:
    """Of the goods' way back."""
    record = look.record
    if isinstance(record, Order):
        return None
    marked = look.marks.get("waybill")
    if marked or not isinstance(record, Case) or record.order_id is None:
        return marked
    parcels = desk.adapter.return_parcels(record)
    return next((parcel.tracking_no for parcel in parcels if parcel.tracking_no), None)


def order_of(desk: Desk, look: Look, held: Order | None) -> Steps[Order | None]:
    """As the store holds it, else read now; None when it cannot be had."""
    if isinstance(look.record, Order):
        return look.record
    order_id = order_id_of(look)
    if order_id is None or not _lacks(held):
        return held
    return (yield from _read_order(desk, order_id, held))


def _lacks(order: Order | None) -> bool:
    return order is None or order.amounts.paid is None


def _read_order(desk: Desk, order_id: str | None, held: Order | None) -> Steps[Order | None]:
    if order_id is None:
        return held
    at = desk.now()
    try:
        order: Order = yield Run(desk.adapter.order(desk.account, order_id))
    except OmnishopError:
        return held
    order = desk.account.owned(order)
    yield Do(partial(desk.keep, order, at))
    return order


# ---------------------------------------------------------------- deciding


def planned_for(
    desk: Desk, wish: Verb, verb: Verb, subject: Subject, look: Look, ask: Ask | None, standing: Standing
) -> Plan:
    """The plan of one verb; a verb that only prepares its act is held back by what holds the act itself."""
    planned = plan(question(desk, wish, verb, subject, look, ask, standing))
    if verb is wish:
        return planned
    whole = plan(question(desk, wish, wish, subject, look, ask, standing))
    seen = {each.key for each in planned.obstacles}
    more = (each for each in whole.obstacles if each.key not in seen)
    return evolve(planned, obstacles=(*planned.obstacles, *more))


def question(
    desk: Desk, wish: Verb, verb: Verb, subject: Subject, look: Look, ask: Ask | None, standing: Standing
) -> Question:
    return Question(
        desk.account,
        desk.adapter.support(desk.account.storefront, Capability(verb)),
        desk.rows(verb, subject),
        wish,
        verb,
        subject,
        look,
        standing,
        ask,
    )


def not_here(desk: Desk, verb: Verb) -> Obstacle:
    """Why the storefront has no row of the verb for such a record: not offered, or for other records only."""
    front = desk.account.storefront
    support = desk.adapter.support(front, Capability(verb))
    rows = [row for row in desk.adapter.writes(front) if row.verb is verb]
    if support.level not in OFFERED or not rows:
        return Obstacle(support.level.value, support.reason)
    names = sorted({name for row in rows for name in (row.sources or (row.record,))})
    told = ", ".join(names)
    return Obstacle("wrong_record", Text(f"此平台仅用于: {told}", f"on this storefront it is for: {told}"))
