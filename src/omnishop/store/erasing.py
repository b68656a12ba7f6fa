"""Erasure: whoever asks for it is nowhere in what is kept, and does not come back with what is read again.

Amounts, stages, times and the ledger stay: they are accounts. What is erased is remembered by its order, its id or
the buyer's key, so that a record that is read for the first time later is kept without its person too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec
from attrs import astuple, frozen
from sqlalchemy import Connection, and_, delete, or_, select, update

from omnishop.store.connection import insert
from omnishop.store.guarding import erased
from omnishop.store.history import History
from omnishop.store.known import About
from omnishop.store.moments import moment
from omnishop.store.persons import ERASED, MARK, as_kept, without_persons
from omnishop.store.prepared import Prepared
from omnishop.store.records import Held, Id, Records, RecordType
from omnishop.store.ring import Ring
from omnishop.store.tables import (
    RECORDS,
    buyer_links,
    history,
    inbox,
    intents,
    known,
    orders,
    quarantine,
    verdicts,
)
from omnishop.store.vault import said_in

_TYPES: tuple[RecordType, ...] = ("order", "case", "review")
_ANY = Prepared(select(erased.c.row).limit(1))
_SHORTEST = 6
"""An id must be so long to be looked for in the middle of bytes that nobody can read."""

_BORN = {"order": "created_at", "case": "opened_at", "review": "created_at"}

Place = tuple[str, str]
"""Platform and shop_id."""


@frozen
class Target:
    """One record; of an order, all that belongs to it."""

    record: RecordType
    platform: str
    shop_id: str
    id: Id

    @property
    def about(self) -> About:
        name = self.id[1] if self.record == "order" else ":".join(self.id)
        return About(self.platform, self.shop_id, self.record, name)


@frozen
class Removed:
    """How many rows of each kind lost what they told of a person."""

    orders: int = 0
    cases: int = 0
    reviews: int = 0
    states: int = 0
    messages: int = 0
    quarantined: int = 0
    entered: int = 0
    verdicts: int = 0
    links: int = 0

    def __add__(self, other: Removed) -> Removed:
        mine, more = astuple(self), astuple(other)
        return Removed(*(one + another for one, another in zip(mine, more, strict=True)))


class Erasing:
    def __init__(self, ring: Ring, records: Records, states: History) -> None:
        self._ring = ring
        self._records = records
        self._states = states

    # ------------------------------------------------------------ while records are kept

    def as_kept(
        self,
        connection: Connection,
        record: RecordType,
        place: Place,
        fresh: Mapping[Id, Held],
        held: Mapping[Id, Held],
    ) -> dict[Id, Held]:
        """What was read, without those of whom nothing is to be kept."""
        kept = {key: as_kept(each, held.get(key)) for key, each in fresh.items()}
        new = {key: each for key, each in kept.items() if key not in held}
        if new and _ANY.first(connection) is not None:
            for key in self._of_erased(connection, record, place, new):
                kept[key] = without_persons(kept[key], ERASED)
        return kept

    def quiet(self, connection: Connection, place: Place, order_id: str | None, case_id: str | None) -> bool:
        """Whether a message about these is kept without its bytes."""
        if _ANY.first(connection) is None:
            return False
        if order_id is not None and _remembered(connection, place, {f"order:{order_id}"}):
            return True
        like = (erased.c.platform == place[0], erased.c.shop_id == place[1], erased.c.subject == "case")
        if case_id is None:
            return False
        mine = select(erased.c.subject_id).where(
            *like, erased.c.subject_id.endswith(f":{case_id}", autoescape=True)
        )
        return connection.execute(mine.limit(1)).first() is not None

    def unread(self, connection: Connection, place: Place, source: str, record_id: str | None) -> bool:
        """Whether a record that cannot be read is kept without its bytes."""
        if record_id is None or _ANY.first(connection) is None:
            return False
        names = {f"order:{record_id}", f"case:{source}:{record_id}", f"review:{source}:{record_id}"}
        return bool(_remembered(connection, place, names))

    def _of_erased(
        self, connection: Connection, record: RecordType, place: Place, new: Mapping[Id, Held]
    ) -> Iterator[Id]:
        names = {key: set(_names(record, key, each)) for key, each in new.items()}
        found = _remembered(connection, place, set().union(*names.values()))
        for key, each in new.items():
            for name in names[key] & found.keys():
                own = name.split(":", 1)[0] == record
                if own or _born_before(record, each, found[name]):
                    if record == "order" and not own:
                        at = found[name]
                        self._follow(connection, Target("order", *place, key), at)
                    yield key
                    break

    def _follow(self, connection: Connection, order: Target, at: int) -> None:
        """An erased buyer's order that was not known: what belongs to it may have come before it."""
        _remember(connection, [order.about], at)
        for target in self.around(connection, order):
            if target.record != "order":
                self._strip(connection, target)

    # ------------------------------------------------------------ the deed

    def of_buyer(self, connection: Connection, key: str) -> list[Target]:
        """Orders that are kept of this buyer."""
        mine = select(orders.c.platform, orders.c.shop_id, orders.c.source, orders.c.record_id)
        rows = connection.execute(mine.where(orders.c.buyer_key == key).order_by(orders.c.row))
        return [Target("order", row.platform, row.shop_id, (row.source, row.record_id)) for row in rows]

    def around(self, connection: Connection, target: Target) -> list[Target]:
        """The target and, of an order, the cases and reviews on it; as far as they are kept."""
        found = []
        for record in _TYPES:
            table = RECORDS[record]
            where = [table.c.platform == target.platform, table.c.shop_id == target.shop_id]
            if record == target.record:
                where += [table.c.source == target.id[0], table.c.record_id == target.id[1]]
            elif target.record == "order":
                where.append(table.c.order_id == target.id[1])
            else:
                continue
            rows = connection.execute(select(table.c.source, table.c.record_id).where(*where))
            found += [
                Target(record, target.platform, target.shop_id, (row.source, row.record_id)) for row in rows
            ]
        return found

    def open(self, connection: Connection, targets: Iterable[Target]) -> list[Target]:
        """Those not ended yet."""
        found = []
        for each in targets:
            table = RECORDS[each.record]
            wanted = select(table.c.open).where(
                table.c.platform == each.platform,
                table.c.shop_id == each.shop_id,
                table.c.source == each.id[0],
                table.c.record_id == each.id[1],
            )
            if connection.execute(wanted).scalar():
                found.append(each)
        return found

    def erase(
        self, connection: Connection, targets: Iterable[Target], now: datetime, buyer: str | None = None
    ) -> Removed:
        """In a transaction that is alone with everything. `buyer`: the key of whom these are all orders."""
        removed = Removed()
        abouts: list[About] = [] if buyer is None else [About.buyer(buyer)]
        for target in targets:
            whole = self.around(connection, target)
            abouts += [target.about, *(each.about for each in whole)]
            for each in whole:
                removed += self._strip(connection, each)
                removed += _strip_verdicts(connection, each)
                self._strip_said(connection, each)
            removed += self._strip_told(connection, target, whole)
            removed += Removed(
                entered=_forget_entered(connection, {target.about, *(one.about for one in whole)})
            )
        _remember(connection, abouts, moment(now))
        if buyer is not None:
            links = connection.execute(delete(buyer_links).where(buyer_links.c.buyer_key == buyer)).rowcount
            removed += Removed(links=links, entered=_forget_entered(connection, {About.buyer(buyer)}))
        return removed

    def _strip(self, connection: Connection, target: Target) -> Removed:
        place = target.platform, target.shop_id
        held = self._records.held(target.record, *place, [target.id], connection).get(target.id)
        count = 0
        if held is not None and held.marks.get(MARK) != ERASED:
            self._records.put(connection, target.record, [without_persons(held, ERASED)])
            count = 1
        states = self.strip_states(connection, target, ERASED)
        return Removed(**{f"{target.record}s": count}, states=states)

    def strip_states(self, connection: Connection, target: Target, why: str) -> int:
        """Two that differed in nothing but the person become one."""
        mine = and_(
            history.c.platform == target.platform,
            history.c.shop_id == target.shop_id,
            history.c.record == target.record,
            history.c.source == target.id[0],
            history.c.record_id == target.id[1],
        )
        before = self._states.within(connection, mine)
        after = [without_persons(each, why) for each in before]
        if all(one.says(other) for one, other in zip(before, after, strict=True)):
            return 0
        connection.execute(delete(history).where(mine))
        for each in after:
            place = target.platform, target.shop_id
            self._states.add(connection, target.record, *place, [(target.id, each)])
        return len(before)

    def _strip_told(self, connection: Connection, target: Target, whole: Iterable[Target]) -> Removed:
        """Messages and what could not be read, where they name one of these."""
        ids: dict[RecordType, set[str]] = {record: set() for record in _TYPES}
        for each in (target, *whole):
            ids[each.record].add(each.id[1])
        place = inbox.c.platform == target.platform, inbox.c.shop_id.in_([target.shop_id, ""])
        named = or_(inbox.c.order_id.in_(ids["order"]), inbox.c.case_id.in_(ids["case"]))
        some = (*place, named, inbox.c.raw != b"")
        messages = connection.execute(update(inbox).where(*some).values(raw=b"")).rowcount
        quarantined = self._strip_quarantine(connection, target, set().union(*ids.values()))
        return Removed(messages=messages, quarantined=quarantined)

    def _strip_said(self, connection: Connection, target: Target) -> None:
        """What was written with a write that is settled: the row itself is an account."""
        mine = (
            intents.c.platform == target.platform,
            intents.c.shop_id == target.shop_id,
            intents.c.record == target.record,
            intents.c.record_id == target.id[1],
            intents.c.settled_at.is_not(None),
        )
        seal = self._ring.sealer(connection)
        for row in connection.execute(select(intents.c.id, intents.c.said).where(*mine)).all():
            name = said_in(row.id)
            said = msgspec.json.decode(self._ring.text(row.said, name))
            if said.get("text") is not None:
                sealed = seal.seal(msgspec.json.encode({**said, "text": None}), name)
                connection.execute(update(intents).where(intents.c.id == row.id).values(said=sealed))

    def _strip_quarantine(self, connection: Connection, target: Target, ids: set[str]) -> int:
        from omnishop.store.quarantine import about  # noqa: PLC0415 - it asks here whom it may keep

        rows = connection.execute(
            select(quarantine).where(
                quarantine.c.platform == target.platform,
                quarantine.c.shop_id.in_([target.shop_id, ""]),
                quarantine.c.raw != b"",
            )
        ).all()
        gone = []
        for row in rows:
            raw = self._ring.raw(row.raw, about(row.platform, row.shop_id, row.digest))
            in_it = any(len(name) >= _SHORTEST and name.encode() in raw for name in ids)
            if row.record_id in ids or in_it:
                gone.append(row.row)
        if gone:
            connection.execute(update(quarantine).where(quarantine.c.row.in_(gone)).values(raw=b""))
        return len(gone)


def _strip_verdicts(connection: Connection, target: Target) -> Removed:
    """What was judged of a case quotes what was written about it."""
    if target.record != "case":
        return Removed()
    mine = (
        verdicts.c.platform == target.platform,
        verdicts.c.shop_id == target.shop_id,
        verdicts.c.source == target.id[0],
        verdicts.c.record_id == target.id[1],
    )
    gone = connection.execute(delete(verdicts).where(*mine)).rowcount
    return Removed(verdicts=gone)


def _forget_entered(connection: Connection, subjects: set[About]) -> int:
    gone = 0
    for each in subjects:
        mine = (
            known.c.platform == each.platform,
            known.c.shop_id == each.shop_id,
            known.c.subject == each.subject,
            known.c.subject_id == each.subject_id,
        )
        gone += connection.execute(delete(known).where(*mine)).rowcount
    return gone


def _remember(connection: Connection, abouts: Iterable[About], at: int) -> None:
    for each in abouts:
        row = insert(connection, erased).values(
            platform=each.platform,
            shop_id=each.shop_id,
            subject=each.subject,
            subject_id=each.subject_id,
            at=at,
        )
        keys = ["platform", "shop_id", "subject", "subject_id"]
        connection.execute(row.on_conflict_do_update(index_elements=keys, set_={"at": at}))


def _remembered(connection: Connection, place: Place, names: set[str]) -> dict[str, int]:
    """The names that are erased, and since when; of a buyer in every shop."""
    found: dict[str, int] = {}
    for subject in ("order", "case", "review", "buyer"):
        ids = [name.split(":", 1)[1] for name in names if name.split(":", 1)[0] == subject]
        where = ("", "") if subject == "buyer" else place
        for start in range(0, len(ids), 500):
            rows = connection.execute(
                select(erased.c.subject_id, erased.c.at).where(
                    erased.c.platform == where[0],
                    erased.c.shop_id == where[1],
                    erased.c.subject == subject,
                    erased.c.subject_id.in_(ids[start : start + 500]),
                )
            )
            found |= {f"{subject}:{row.subject_id}": row.at for row in rows}
    return found


def _names(record: RecordType, key: Id, held: Held) -> Iterator[str]:
    """By what a record could be erased."""
    form = held.body
    if record == "order":
        yield f"order:{key[1]}"
        if form["buyer"] is not None and form["buyer"]["key"] is not None:
            yield f"buyer:{form['buyer']['key']}"
        return
    yield f"{record}:{':'.join(key)}"
    if form["order_id"] is not None:
        yield f"order:{form['order_id']}"


def _born_before(record: RecordType, held: Held, at: int) -> bool:
    """What began after somebody was erased is a new matter; where no birth is told, it is not."""
    born = held.body[_BORN[record]]
    return born is None or moment(datetime.fromisoformat(born)) <= at
