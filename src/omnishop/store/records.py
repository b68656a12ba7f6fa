"""Orders, cases and reviews: saved many at a time, got by id, listed by filter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cached_property, partial
from operator import itemgetter
from typing import Any, Literal, cast

import msgspec
from attrs import Factory, evolve, field, frozen
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    Table,
    case,
    func,
    literal_column,
    select,
)
from sqlalchemy.engine.default import DefaultDialect

from omnishop import jsonform, model
from omnishop.errors import ConfigError, NotFound
from omnishop.store.batches import among, together
from omnishop.store.connection import insert, reading
from omnishop.store.moments import moment
from omnishop.store.prepared import Prepared, given
from omnishop.store.ring import Ring
from omnishop.store.tables import RECORDS, cases
from omnishop.store.vault import Vault, named

RecordType = Literal["order", "case", "review"]
Id = tuple[str, str]
"""(source, record id): what a record is known by within its shop."""

_ID = {"order": "order_id", "case": "case_id", "review": "review_id"}
_STAGE = {"order": "status", "case": "stage", "review": "grade"}
_STAGES: dict[str, type[StrEnum]] = {
    "order": model.OrderStatus,
    "case": model.Stage,
    "review": model.Grade,
}
_ENDED = model.ENDED | {model.OrderStatus.FINISHED, model.OrderStatus.CLOSED}
_AT_ONCE = 500


@frozen
class Query:
    """What to list; None does not filter. `shop` is a shop_id.

    `since` (inside) and `until` (outside) cut by the time of the last change, else of creation, as far as the
    wire told either. `open`: True cases and orders not ended, False ended ones. `kind` and `stage` are the
    model's words; for an order `stage` is its status, for a review its grade.
    """

    platform: str | None = None
    storefront: str | None = None
    shop: str | None = None
    kind: str | None = None
    stage: str | None = None
    order: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    open: bool | None = None
    limit: int | None = None


@frozen
class Saved:
    """What a save did."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: Saved) -> Saved:
        return Saved(self.new + other.new, self.changed + other.changed, self.unchanged + other.unchanged)


def _decoded(form: Mapping[str, Any] | bytes) -> Mapping[str, Any]:
    if isinstance(form, bytes):
        told: Mapping[str, Any] = msgspec.json.decode(form)
        return told
    return form


@frozen
class Held:
    """One record as the store holds it: its JSON form, encoded or not, and `raw`, the bytes it came as.

    `at`: the moment (see `moments`) the body was true at; `kind_at`: of the snapshot that first told the kind;
    `read_at` and `answer`: when, and from which answer, this state was first read;
    `marks`: for which state of a list's record its detail was last fetched, by list.
    """

    _form: Mapping[str, Any] | bytes = field(eq=_decoded)
    raw: bytes = field(repr=False)
    at: int
    kind_at: int | None = None
    marks: Mapping[str, str] = Factory(dict)
    read_at: int | None = None
    answer: str | None = None

    @cached_property
    def body(self) -> Mapping[str, Any]:
        return _decoded(self._form)

    @property
    def text(self) -> bytes:
        """The JSON form as bytes."""
        form = self._form
        return form if isinstance(form, bytes) else msgspec.json.encode(form)

    def says(self, other: Held) -> bool:
        """The same, in its JSON form, as the other; nothing is decoded where the bytes show it."""
        form = self._form
        return (isinstance(form, bytes) and form == other._form) or self.body == other.body


class Records:
    def __init__(self, engine: Engine, ring: Ring) -> None:
        self._engine = engine
        self._ring = ring

    def list(self, record: RecordType, query: Query = Query()) -> list[model.Record]:
        """The latest first."""
        table = RECORDS[record]
        wanted = _filtered(select(*_whole(table)), record, query)
        wanted = wanted.order_by(table.c.changed_at.desc().nulls_last(), table.c.row.desc())
        with reading(self._engine) as connection:
            return [self._record(record, row) for row in connection.execute(wanted.limit(query.limit))]

    def count(self, record: RecordType, query: Query = Query()) -> int:
        """As `list` without its limit."""
        wanted = _filtered(select(func.count()).select_from(RECORDS[record]), record, query)
        with reading(self._engine) as connection:
            found: int = connection.execute(wanted).scalar_one()
            return found

    def get(
        self, record: RecordType, platform: str, shop_id: str, record_id: str, source: str | None = None
    ) -> model.Record:
        """NotFound; ConfigError when the id stands in several sources and none is named."""
        table = RECORDS[record]
        wanted = select(*_whole(table)).where(
            table.c.platform == platform, table.c.shop_id == shop_id, table.c.record_id == record_id
        )
        if source is not None:
            wanted = wanted.where(table.c.source == source)
        with reading(self._engine) as connection:
            found = connection.execute(wanted.order_by(table.c.source)).all()
        if not found:
            raise NotFound(
                f"no {record} {record_id} is kept; bring it: omnishop pull",
                zh=f"本地没有 {record} {record_id}; 请先同步: omnishop pull",
                platform=platform,
                shop=shop_id,
            )
        if len(found) > 1:
            sources = ", ".join(row.source for row in found)
            raise ConfigError(
                f"{record} {record_id} stands in several id spaces; write source:id ({sources})",
                zh=f"{record} {record_id} 存在于多个编号空间; 请写成 source:id ({sources})",
            )
        return self._record(record, found[0])

    def of_rows(self, record: RecordType, rows: Iterable[int]) -> dict[int, model.Record]:
        """By the row that each stands in."""
        table, found = RECORDS[record], dict[int, model.Record]()
        wanted = sorted(set(rows))
        with reading(self._engine) as connection:
            for start in range(0, len(wanted), _AT_ONCE):
                some = table.c.row.in_(wanted[start : start + _AT_ONCE])
                for row in connection.execute(select(table.c.row, *_whole(table)).where(some)):
                    found[row.row] = self._record(record, row)
        return found

    # ------------------------------------------------------------ for the engine

    def open_ids(self, record: RecordType, platform: str, shop_id: str) -> Iterator[Id]:
        """Of what is not ended, so many at a time: what is written meanwhile may be met or not."""
        table = RECORDS[record]
        wanted = select(table.c.row, table.c.source, table.c.record_id).where(
            table.c.platform == platform, table.c.shop_id == shop_id, table.c.open.is_(True)
        )
        yield from self._walked(table, wanted)

    def ids_between(
        self, record: RecordType, platform: str, shop_id: str, since: datetime, until: datetime
    ) -> Iterator[Id]:
        """Of what changed (else: was created) from `since` to before `until`, so many at a time."""
        table = RECORDS[record]
        wanted = select(table.c.row, table.c.source, table.c.record_id).where(
            table.c.platform == platform,
            table.c.shop_id == shop_id,
            table.c.changed_at >= moment(since),
            table.c.changed_at < moment(until),
        )
        yield from self._walked(table, wanted)

    def _walked(self, table: Table, wanted: Select[Any]) -> Iterator[Id]:
        last = 0
        while True:
            with reading(self._engine) as connection:
                rows = connection.execute(
                    wanted.where(table.c.row > last).order_by(table.c.row).limit(_AT_ONCE)
                ).all()
            yield from ((row.source, row.record_id) for row in rows)
            if len(rows) < _AT_ONCE:
                return
            last = rows[-1].row

    def held(
        self,
        record: RecordType,
        platform: str,
        shop_id: str,
        ids: Iterable[Id],
        connection: Connection | None = None,
    ) -> dict[Id, Held]:
        """What is kept of these records, seen in the caller's transaction if one is given."""
        if connection is None:
            with reading(self._engine) as own:
                return self.held(record, platform, shop_id, ids, own)
        by_source: dict[str, set[str]] = {}
        for source, record_id in ids:
            by_source.setdefault(source, set()).add(record_id)
        found: dict[Id, Held] = {}
        for source, some in by_source.items():  # one at a time: the whole key, so that its index is used
            key = {"platform": platform, "shop_id": shop_id, "source": source}
            rows = _HELD[record].all(connection, {**key, "ids": together(connection, some)})
            for row in rows:
                found[source, row[0]] = self._held((record, platform, shop_id, source, row[0]), row)
        return found

    def put(self, connection: Connection, record: RecordType, held: Iterable[Held]) -> set[str]:
        """Insert or replace, whole rows; each id at most once. The orders that they are about."""
        statement, order = upsert(connection, record)
        seal = self._ring.sealer(connection)
        ordered = itemgetter(*order)
        rows = [row_of(record, each, seal) for each in held]
        if rows:
            connection.exec_driver_sql(statement, [ordered(row) for row in rows])
        return {row["order_id"] for row in rows if row["order_id"] is not None}

    def _held(self, key: tuple[RecordType, str, str, str, str], row: Any) -> Held:
        _, body, raw, at, kind_at, marks, read_at, answer = row
        body, raw = self._ring.record(body, raw, key)
        told = msgspec.json.decode(marks) if marks != "{}" else {}
        return Held(body, raw, at, kind_at, told, read_at, answer)

    def _record(self, record: RecordType, row: Any) -> model.Record:
        key = record, row.platform, row.shop_id, row.source, row.record_id
        body, raw = self._ring.record(row.body, row.raw, key)
        found: model.Record = jsonform.load(msgspec.json.decode(body))
        return evolve(found, raw=raw)


def _held_query(table: Table, connection: Connection) -> Select[Any]:
    columns = (
        table.c.record_id,
        table.c.body,
        table.c.raw,
        table.c.snapshot_at,
        table.c.kind_at,
        table.c.marks,
        table.c.read_at,
        table.c.answer,
    )
    return select(*columns).where(
        table.c.platform == given("platform"),
        table.c.shop_id == given("shop_id"),
        table.c.source == given("source"),
        among(connection, table.c.record_id, "ids"),
    )


_HELD = {record: Prepared(partial(_held_query, table)) for record, table in RECORDS.items()}


def upsert(connection: Connection, record: RecordType) -> tuple[str, tuple[str, ...]]:
    """The statement as the driver takes it, and the order of its values."""
    made = _upserts.get((connection.dialect.name, record))
    if made is None:
        made = _upserts[connection.dialect.name, record] = _compiled_upsert(connection, record)
    return made


_upserts: dict[tuple[str, RecordType], tuple[str, tuple[str, ...]]] = {}


def _compiled_upsert(connection: Connection, record: RecordType) -> tuple[str, tuple[str, ...]]:
    table = RECORDS[record]
    key = ("platform", "shop_id", "source", "record_id")
    names = [column.name for column in table.columns if column.name != "row"]
    row = insert(connection, table)
    fresh: dict[str, ColumnElement[Any]] = {name: row.excluded[name] for name in names if name not in key}
    if "judge_at" in fresh:
        fresh["judge_at"] = _judged_again(row.excluded.judge_at)
    row = row.on_conflict_do_update(index_elements=list(key), set_=fresh)
    own = cast("DefaultDialect", connection.dialect)
    positional = own if own.positional else type(own)(paramstyle="format")
    compiled = row.compile(dialect=positional, column_keys=names)
    return str(compiled), tuple(compiled.positiontup or ())


def _judged_again(open_now: ColumnElement[Any]) -> ColumnElement[Any]:
    """At once; a case that has ended (`open_now` null) a last time, if it was open when it was judged before."""
    zero: ColumnElement[Any] = literal_column("0")
    return case((func.coalesce(open_now, cases.c.judge_at).is_not(None), zero))


class _Deadline(msgspec.Struct, gc=False):
    at: datetime | None


class _Buyer(msgspec.Struct, gc=False):
    key: str | None


class _Columns(msgspec.Struct, gc=False):
    """What of a JSON form stands in columns of its own, whatever type of record it is."""

    platform: str
    shop_id: str
    source: str
    storefront: str | None
    order_id: str | None
    case_id: str | None = None
    review_id: str | None = None
    kind: str | None = None
    stage: str | None = None
    status: str | None = None
    grade: str | None = None
    opened_at: datetime | None = None
    created_at: datetime | None = None
    changed_at: datetime | None = None
    deadline: _Deadline | None = None
    buyer: _Buyer | None = None


_columns = msgspec.json.Decoder(_Columns).decode


def row_of(record: RecordType, held: Held, seal: Vault) -> dict[str, Any]:
    text = held.text
    told = _columns(text)
    record_id: str = getattr(told, _ID[record])
    key = record, told.platform, told.shop_id, told.source, record_id
    changed = told.changed_at or told.opened_at or told.created_at
    deadline = told.deadline.at if told.deadline is not None else None
    stage: str | None = getattr(told, _STAGE[record])
    return {
        "platform": told.platform,
        "shop_id": told.shop_id,
        "source": told.source,
        "record_id": record_id,
        "storefront": told.storefront,
        "order_id": told.order_id,
        "kind": told.kind,
        "stage": stage,
        "open": None if record == "review" else stage not in _ENDED,
        "changed_at": changed and moment(changed),
        "deadline_at": deadline and moment(deadline),
        "snapshot_at": held.at,
        "kind_at": held.kind_at,
        "marks": msgspec.json.encode(held.marks).decode() if held.marks else "{}",
        "body": seal.seal(text, named(*key, "body")),
        "raw": held.raw and seal.seal(held.raw, named(*key, "raw")),
        "read_at": held.read_at,
        "answer": held.answer,
        "buyer_key": told.buyer.key if told.buyer is not None else None,  # orders alone have the column
        "judge_at": None if stage in _ENDED else 0,  # cases alone
    }


def _whole(table: Table) -> tuple[ColumnElement[Any], ...]:
    """What a record is made of, and what it is sealed to."""
    where = table.c.platform, table.c.shop_id, table.c.source, table.c.record_id
    return (*where, table.c.body, table.c.raw)


def _filtered(wanted: Select[Any], record: RecordType, query: Query) -> Select[Any]:
    _words("kind", query.kind, model.Kind)
    _words("stage", query.stage, _STAGES[record])
    table = RECORDS[record]
    for column, value in (
        (table.c.platform, query.platform),
        (table.c.storefront, query.storefront),
        (table.c.shop_id, query.shop),
        (table.c.kind, query.kind),
        (table.c.stage, query.stage),
        (table.c.order_id, query.order),
        (table.c.open, query.open),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    return wanted.where(*_times(table.c.changed_at, query))


def _times(column: ColumnElement[Any], query: Query) -> Iterable[ColumnElement[bool]]:
    if query.since is not None:
        yield column >= moment(query.since)
    if query.until is not None:
        yield column < moment(query.until)


def _words(name: str, said: str | None, words: type[StrEnum]) -> None:
    known = [word.value for word in words]
    if said is not None and said not in known:
        raise ConfigError(
            f"no such {name}: {said!r}; it may be {', '.join(known)}",
            zh=f"{name} 没有 {said!r}; 可用: {', '.join(known)}",
        )
