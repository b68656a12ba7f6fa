"""Cases that wait to be judged: which ones now, and when again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import frozen
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    bindparam,
    func,
    literal_column,
    select,
    update,
)

from omnishop.store.batches import among, together
from omnishop.store.connection import looking, reading
from omnishop.store.moments import moment, when
from omnishop.store.prepared import Prepared
from omnishop.store.tables import cases, orders, shops

if TYPE_CHECKING:
    from omnishop.store.known import About

Place = tuple[str, str]
"""Platform and shop id."""

Part = tuple[int, int]
ALL: Part = (0, 1)

_LOOKED_AT = 2000

_NOW: ColumnElement[Any] = literal_column("0")
"""Before every shop's present: the case has changed since it was judged."""


def _of_orders(connection: Connection) -> Select[Any]:
    """Of which shop they are is asked of what was found: asked of the table, SQLite would read that whole shop."""
    about = among(connection, cases.c.order_id, "ids")
    return select(cases.c.row, cases.c.platform, cases.c.shop_id).where(about, cases.c.judge_at > _NOW)


_OF_ORDERS = Prepared(_of_orders)


@frozen
class Waiting:
    row: int
    place: Place


class WaitingCases:
    """`control` names the simulated world whose shops are meant; None: all real shops. Times are these shops' own.

    `part` (which, of how many): shops fall into parts that several workers can do side by side.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def due(
        self,
        at: datetime,
        limit: int,
        *,
        control: str | None = None,
        part: Part = ALL,
        connection: Connection | None = None,
        places: Collection[Place] | None = None,
    ) -> list[Waiting]:
        """Those that wait longest; of these `places` only, if they are given."""
        if connection is None:
            with reading(self._engine) as own:
                return self.due(at, limit, control=control, part=part, connection=own, places=places)
        wanted = _of_world(control, cases.c.row, cases.c.platform, cases.c.shop_id)
        wanted = wanted.where(cases.c.judge_at <= moment(at))
        if part != ALL:
            wanted = wanted.where(shops.c.row % part[1] == part[0])
        found = connection.execute(wanted.order_by(cases.c.judge_at, cases.c.row).limit(limit))
        waiting = [Waiting(row.row, (row.platform, row.shop_id)) for row in found]
        return [each for each in waiting if places is None or each.place in places]

    def parts(self, at: datetime, many: int, *, control: str | None = None) -> set[int]:
        """Of so `many` parts those in which something waits, by what waits longest."""
        first = _of_world(control, (shops.c.row % many).label("part")).where(cases.c.judge_at <= moment(at))
        some = first.order_by(cases.c.judge_at, cases.c.row).limit(_LOOKED_AT).subquery()
        with reading(self._engine) as connection:
            return set(connection.execute(select(some.c.part).distinct()).scalars())

    def next_at(self, *, control: str | None = None) -> datetime | None:
        """When the first of them is due; None: no case is open."""
        wanted = _of_world(control, cases.c.judge_at).where(cases.c.judge_at.is_not(None))
        with looking(self._engine) as connection:
            at: int | None = connection.execute(wanted.order_by(cases.c.judge_at).limit(1)).scalar()
        return None if at is None else when(at)

    def changed(self) -> int:
        """How many have changed since they were judged, or never were."""
        wanted = select(func.count()).select_from(cases).where(cases.c.judge_at <= _NOW)
        with looking(self._engine) as connection:
            found: int = connection.execute(wanted).scalar_one()
            return found

    def again(self, connection: Connection, moments: Mapping[int, datetime | None]) -> None:
        """When each case, by its row, is to be judged again; None: it has ended. The caller was alone with them."""
        values = [{"which": row, "again": None if at is None else moment(at)} for row, at in moments.items()]
        if values:
            judged = update(cases).where(cases.c.row == bindparam("which"))
            connection.execute(judged.values(judge_at=bindparam("again")), values)

    def all_again(self, connection: Connection, platform: str, shop_id: str) -> None:
        """The rules have changed for this shop."""
        _again(connection, cases.c.platform == platform, cases.c.shop_id == shop_id)


def orders_changed(connection: Connection, platform: str, shop_id: str, order_ids: Iterable[str]) -> None:
    """Their cases are judged again: an order, its reviews and its other cases are facts of each."""
    found = _OF_ORDERS.all(connection, {"ids": together(connection, order_ids)})
    rows = [row for row, *place in found if place == [platform, shop_id]]
    if rows:
        _again(connection, cases.c.row.in_(rows))


def was_told(connection: Connection, about: About) -> None:
    """A person said something about this: the cases it may matter to are judged again."""
    if about.subject == "buyer":
        theirs = select(orders.c.order_id).where(orders.c.buyer_key == about.subject_id)
        _again(connection, cases.c.order_id.in_(theirs))
        return
    here = [cases.c.platform == about.platform, cases.c.shop_id == about.shop_id]
    if about.subject == "case":
        source, _, case_id = about.subject_id.partition(":")
        here += [cases.c.source == source, cases.c.record_id == case_id]
    elif about.subject == "order":
        orders_changed(connection, about.platform, about.shop_id, [about.subject_id])
        return
    _again(connection, *here)  # of goods, the whole shop's: which cases are about them is in no column


def _again(connection: Connection, *which: ColumnElement[bool]) -> None:
    """One that has ended and was judged stays as it is, one that is due is not written again."""
    connection.execute(update(cases).where(*which, cases.c.judge_at > _NOW).values(judge_at=_NOW))


def _of_world(control: str | None, *columns: ColumnElement[Any]) -> Select[Any]:
    world = shops.c.control.is_(None) if control is None else shops.c.control == control
    here = (shops.c.platform == cases.c.platform) & (shops.c.shop_id == cases.c.shop_id)
    return select(*columns).join(shops, here).where(world)
