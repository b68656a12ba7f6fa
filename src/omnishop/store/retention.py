"""How long what is kept: settings in days, and the rows that have served their time, a stretch of a table at a time.

The ledger is never touched. Nothing leaves while a case on its order is open or a write about it is not settled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from attrs import asdict, astuple, evolve, fields, frozen
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from omnishop.errors import ConfigError
from omnishop.store.connection import insert, of_shop, reading, writing
from omnishop.store.erasing import Erasing, Target
from omnishop.store.moments import moment
from omnishop.store.persons import AGED, ERASED, MARK, without_persons
from omnishop.store.records import Records, RecordType
from omnishop.store.tables import (
    RECORDS,
    cases,
    cursors,
    facts,
    history,
    inbox,
    intents,
    known,
    quarantine,
    shops,
    verdicts,
)

_NAME = "retention"
_WALKED = "retention walked"
_AT_ONCE = 2000
_UNSETTLED = ("planned", "sent", "unknown")


@frozen
class Days:
    """None: for as long as the database lives.

    `raw`: what a platform sent, of a record that has ended; `persons`: who it was; `records`: all of it;
    `history`: the states a record went through; `verdicts`: all but the latest of a case; `inbox`: messages that
    are settled; `quarantine`: what could not be read, since it was last met.
    """

    raw: int | None = 365
    persons: int | None = None
    records: int | None = None
    history: int | None = None
    verdicts: int | None = None
    inbox: int | None = 90
    quarantine: int | None = 365


@frozen
class Dropped:
    """How many rows lost what; of a dry run how many would."""

    raw: int = 0
    persons: int = 0
    records: int = 0
    history: int = 0
    verdicts: int = 0
    inbox: int = 0
    quarantine: int = 0

    def __add__(self, other: Dropped) -> Dropped:
        return Dropped(*(one + more for one, more in zip(astuple(self), astuple(other), strict=True)))

    @property
    def total(self) -> int:
        return sum(astuple(self))


@frozen
class _Step:
    """Rows of a table that have served their time at a moment, and what becomes of them."""

    name: str
    table: Table
    due: Callable[[int], ColumnElement[bool]]
    drop: Callable[[Retention, Connection, list[int], int], None]


class Retention:
    def __init__(self, engine: Engine, records: Records, erasing: Erasing) -> None:
        self._engine = engine
        self._records = records
        self._erasing = erasing

    def days(self) -> Days:
        with reading(self._engine) as connection:
            told = connection.execute(select(facts.c.value).where(facts.c.name == _NAME)).scalar()
        return Days() if told is None else Days(**msgspec.json.decode(told))

    def set(self, changes: Mapping[str, int | None]) -> Days:
        """ConfigError: no such setting, or no number of days."""
        names = [each.name for each in fields(Days)]
        for name, days in changes.items():
            if name not in names or (days is not None and days < 1):
                raise _no_setting(name, names)
        whole = evolve(self.days(), **changes)
        with writing(self._engine) as connection:
            row = insert(connection, facts).values(
                name=_NAME, value=msgspec.json.encode(asdict(whole)).decode()
            )
            value = {"value": row.excluded.value}
            connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=value))
        return whole

    def due(self, now: datetime) -> Dropped:
        """What `apply` would find; reads everything."""
        found = Dropped()
        cuts = self._cuts(now)
        with reading(self._engine) as connection:
            for step in _STEPS:
                if step.name in cuts:
                    count = select(func.count()).select_from(step.table).where(step.due(cuts[step.name]))
                    found += Dropped(**{step.name: connection.execute(count).scalar_one()})
        return found

    def apply(self, now: datetime, limit: int | None = None) -> Dropped:
        """Look at so many rows, going on where the last call stopped; None: at all of them, from the start.

        Killed at any moment it has done a part. Beside running workers.
        """
        dropped, looked = Dropped(), 0
        cuts = self._cuts(now)
        steps = [step for step in _STEPS if step.name in cuts]
        walked = {} if limit is None else self._walked()
        while steps:
            step = steps.pop(0)
            name = f"{step.name} {step.table.name}"
            last = walked.get(name, 0)
            size = _AT_ONCE if limit is None else min(_AT_ONCE, limit - looked)
            rows, upto = self._stretch(step, cuts[step.name], last, size)
            if rows:
                self._drop(step, rows, cuts[step.name])
                dropped += Dropped(**{step.name: len(rows)})
            walked[name] = upto or 0
            if upto is not None:
                looked += size
                steps.insert(0, step)
            if limit is not None and looked >= limit:
                break
        if limit is not None:
            self._keep_walked(walked)
        return dropped

    # ------------------------------------------------------------ inside

    def _cuts(self, now: datetime) -> dict[str, int]:
        days = asdict(self.days())
        return {name: moment(now - timedelta(days=each)) for name, each in days.items() if each is not None}

    def _stretch(self, step: _Step, cut: int, last: int, size: int) -> tuple[list[int], int | None]:
        """Rows that are due among the next ones, and how far that was; None: to the end."""
        row = step.table.c.row
        some = select(row).where(row > last).order_by(row).limit(size).subquery()
        with reading(self._engine) as connection:
            count, upto = connection.execute(
                select(func.count(), func.max(some.c.row)).select_from(some)
            ).one()
            if upto is None:
                return [], None
            mine = select(row).where(row > last, row <= upto, step.due(cut))
            rows = list(connection.execute(mine).scalars())
        return rows, upto if count == size else None

    def _drop(self, step: _Step, rows: list[int], cut: int) -> None:
        """Each shop's rows by themselves, as whoever keeps its records is alone with it."""
        table = step.table
        with reading(self._engine) as connection:
            places: dict[tuple[str, str], list[int]] = {}
            wanted = select(table.c.row, table.c.platform, table.c.shop_id).where(table.c.row.in_(rows))
            for each in connection.execute(wanted):
                places.setdefault((each.platform, each.shop_id), []).append(each.row)
        for place, some in sorted(places.items()):
            alone = "inbox" if table is inbox else of_shop(*place)
            with writing(self._engine, durable=False, alone=alone) as connection:
                still = select(table.c.row).where(table.c.row.in_(some), step.due(cut))
                step.drop(self, connection, list(connection.execute(still).scalars()), cut)

    def gone(self, table: Table, connection: Connection, rows: list[int]) -> None:
        connection.execute(delete(table).where(table.c.row.in_(rows)))

    def strip(self, record: RecordType, connection: Connection, rows: list[int]) -> None:
        """Without the person, as after an erasure; a later state of it is kept whole again."""
        table = RECORDS[record]
        key = select(table.c.platform, table.c.shop_id, table.c.source, table.c.record_id)
        for each in connection.execute(key.where(table.c.row.in_(rows))).all():
            ident = each.source, each.record_id
            held = self._records.held(record, each.platform, each.shop_id, [ident], connection)[ident]
            self._records.put(connection, record, [without_persons(held, AGED)])
            target = Target(record, each.platform, each.shop_id, ident)
            self._erasing.strip_states(connection, target, AGED)

    def forget(self, record: RecordType, connection: Connection, rows: list[int], cut: int) -> None:
        """Records with all that is about them; the lists are held from the cut on, as nothing before it is whole."""
        table = RECORDS[record]
        key = select(table.c.platform, table.c.shop_id, table.c.source, table.c.record_id)
        for each in connection.execute(key.where(table.c.row.in_(rows))).all():
            connection.execute(delete(history).where(*_about_record(history, record, each)))
            name = each.record_id if record == "order" else f"{each.source}:{each.record_id}"
            entered = (known.c.platform == each.platform, known.c.shop_id == each.shop_id)
            connection.execute(
                delete(known).where(*entered, known.c.subject == record, known.c.subject_id == name)
            )
            if record == "case":
                connection.execute(delete(verdicts).where(*_of(verdicts, each)))
            of_shop_ = select(shops.c.row).where(
                shops.c.platform == each.platform, shops.c.shop_id == each.shop_id
            )
            for column in (cursors.c.since, cursors.c.goal):
                older = (cursors.c.shop.in_(of_shop_), column < cut)
                connection.execute(update(cursors).where(*older).values({column: cut}))
        self.gone(table, connection, rows)

    def _walked(self) -> dict[str, int]:
        with reading(self._engine) as connection:
            told = connection.execute(select(facts.c.value).where(facts.c.name == _WALKED)).scalar()
        return {} if told is None else msgspec.json.decode(told)

    def _keep_walked(self, walked: Mapping[str, int]) -> None:
        with writing(self._engine, durable=False, alone=_WALKED) as connection:
            row = insert(connection, facts).values(name=_WALKED, value=msgspec.json.encode(walked).decode())
            value = {"value": row.excluded.value}
            connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=value))


def _of(table: Table, key: Any) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.platform == key.platform,
        table.c.shop_id == key.shop_id,
        table.c.source == key.source,
        table.c.record_id == key.record_id,
    )


def _about_record(table: Table, record: RecordType, key: Any) -> tuple[ColumnElement[bool], ...]:
    return (*_of(table, key), table.c.record == record)


# ---------------------------------------------------------------- what is due


def _ended(record: RecordType, cut: int) -> ColumnElement[bool]:
    """Nothing has happened to it since the cut, and nothing is under way around it."""
    table = RECORDS[record]
    over = func.coalesce(table.c.changed_at, table.c.snapshot_at) < cut
    same_shop = (intents.c.platform == table.c.platform, intents.c.shop_id == table.c.shop_id)
    order_id = table.c.record_id if record == "order" else table.c.order_id
    about = or_(
        intents.c.order_id == order_id,
        and_(intents.c.record == record, intents.c.record_id == table.c.record_id),
    )
    writing_on = exists().where(*same_shop, about, intents.c.state.in_(_UNSETTLED))
    closed = table.c.open.is_not(True)
    if record == "case":
        return and_(over, closed, ~writing_on)
    on_it = (
        cases.c.order_id == order_id,
        cases.c.platform == table.c.platform,
        cases.c.shop_id == table.c.shop_id,
    )
    busy = exists().where(*on_it, or_(cases.c.open.is_(True), cases.c.changed_at >= cut))
    return and_(over, closed, ~writing_on, ~busy)


def _raw(record: RecordType) -> _Step:
    table = RECORDS[record]

    def drop(_self: Retention, connection: Connection, rows: list[int], _cut: int) -> None:
        connection.execute(update(table).where(table.c.row.in_(rows)).values(raw=b""))

    return _Step("raw", table, lambda cut: and_(func.length(table.c.raw) > 0, _ended(record, cut)), drop)


def _persons(record: RecordType) -> _Step:
    table = RECORDS[record]
    done = or_(*(table.c.marks.contains(f'"{MARK}":"{why}"', autoescape=True) for why in (AGED, ERASED)))
    return _Step(
        "persons",
        table,
        lambda cut: and_(~done, _ended(record, cut)),
        lambda self, connection, rows, _cut: self.strip(record, connection, rows),
    )


def _records(record: RecordType) -> _Step:
    return _Step(
        "records",
        RECORDS[record],
        lambda cut: _ended(record, cut),
        lambda self, connection, rows, cut: self.forget(record, connection, rows, cut),
    )


def _whole(name: str, table: Table, due: Callable[[int], ColumnElement[bool]]) -> _Step:
    return _Step(name, table, due, lambda self, connection, rows, _cut: self.gone(table, connection, rows))


_later = verdicts.alias("later")

_STEPS: tuple[_Step, ...] = (
    *(_records(record) for record in ("case", "review", "order")),
    *(_persons(record) for record in ("order", "case", "review")),
    *(_raw(record) for record in ("order", "case", "review")),
    _whole("history", history, lambda cut: history.c.at < cut),
    _whole(
        "verdicts",
        verdicts,
        lambda cut: and_(
            verdicts.c.judged_at < cut,
            exists().where(
                _later.c.platform == verdicts.c.platform,
                _later.c.shop_id == verdicts.c.shop_id,
                _later.c.source == verdicts.c.source,
                _later.c.record_id == verdicts.c.record_id,
                _later.c.row > verdicts.c.row,
            ),
        ),
    ),
    _whole("inbox", inbox, lambda cut: and_(inbox.c.state.in_(("done", "failed")), inbox.c.settled_at < cut)),
    _whole("quarantine", quarantine, lambda cut: quarantine.c.last_at < cut),
)


def _no_setting(name: str, names: list[str]) -> ConfigError:
    there = ", ".join(names)
    return ConfigError(
        f"{name}: write NAME=DAYS or NAME=forever; there are: {there}",
        zh=f"{name}: 请写作 名称=天数 或 名称=forever; 可用: {there}",
    )
