"""What is known of the platforms' quotas, in the database: one word for all workers on all machines."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from datetime import datetime, timedelta
from typing import Any

from attrs import Factory, define, frozen
from sqlalchemy import (
    Connection,
    Engine,
    and_,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.sql import ClauseElement

from omnishop import clock
from omnishop.drivers.budgets import (
    GUESSED,
    LATE,
    NOTHING,
    Budget,
    Known,
    Refusal,
    barred,
    interval,
    place,
    rate,
    refused,
)
from omnishop.drivers.limits import GO, Limiter, Place
from omnishop.errors import OmnishopError
from omnishop.store.connection import insert, reading, writing
from omnishop.store.moments import moment, when
from omnishop.store.prepared import Prepared, given
from omnishop.store.tables import quotas

FRESH_S = 1.0
"""What another worker learned is known here after so long."""

KEPT = timedelta(days=30)
"""What nobody said and nothing was learned of for so long is forgotten."""

_LEARNED = timedelta(hours=1)  # longer than anything learned holds
_NEWS = timedelta(seconds=3)
_AT_ONCE = 32  # most places fetched in one transaction, for as many who wait here
_OWN = ("per_s", "ceiling", "throttled_at", "throttles", "strikes", "barred_until", "code")
_TIMES = frozenset({"throttled_at", "barred_until"})
_KEY = Budget._fields
_MICROSECOND = timedelta(microseconds=1)


@frozen
class StoredQuota:
    """One budget as it stands: `said_at`: when a person told its rate; `next_at`: when its next place is free."""

    budget: Budget
    known: Known
    said_at: datetime | None
    next_at: datetime


@define
class _Line:
    """Those of this process who wait for one budget: who comes first fetches places for all."""

    lock: threading.Lock = Factory(threading.Lock)
    waiting: int = 0
    places: deque[float] = Factory(deque)  # when, by the monotonic clock


def _server_time(connection: Connection) -> Any:
    """Microseconds since 1970 by the server's clock; none where there is no server."""
    if connection.dialect.name == "postgresql":
        return literal_column("CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)")
    return literal_column("NULL")


def _row(connection: Connection) -> ClauseElement:
    columns = [quotas.c[name] for name in _OWN]
    mine = [quotas.c[name] == given(name) for name in _KEY]
    stands = select(*columns, quotas.c.next_at).where(*mine).subquery()
    one = select(_server_time(connection).label("server")).subquery()
    return select(one.c.server, *stands.c).select_from(one.outerjoin(stands, literal_column("1") == 1))


def _put(connection: Connection) -> ClauseElement:
    row = {name: given(name) for name in (*_KEY, "next_at", "throttles", "strikes")}
    return (
        insert(connection, quotas)
        .values(row)
        .on_conflict_do_update(index_elements=_KEY, set_={"next_at": given("next_at")})
    )


_STANDS = Prepared(_row)
_PLACED = Prepared(_put)


class Quotas(Limiter):
    """A `drivers.limits.Limits` that all workers on this database share; times are those of its server."""

    blocking = True

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine
        self._read_at: float | None = None
        self._renewing = threading.Lock()
        self._unwritten: set[Budget] = set()
        self._lines: dict[Budget, _Line] = defaultdict(_Line)

    # what a person asks and says ----------------------------------------

    def rows(self) -> tuple[StoredQuota, ...]:
        """What is known, said or learned; the table's own order of names."""
        wanted = select(quotas).order_by(*(quotas.c[name] for name in _KEY))
        with reading(self._engine) as connection:
            return tuple(_stored(row) for row in connection.execute(wanted).mappings())

    def say(self, budget: Budget, per_s: float | None, at: datetime) -> None:
        """A person's word on a quota; None takes it back."""
        said = {"per_s": per_s, "said_at": None if per_s is None else moment(at)}
        with writing(self._engine, alone=_alone(budget)) as connection:
            self._keep(connection, budget, said)
        self._forget()

    def lift(self, budget: Budget) -> bool:
        """End a ban and what was learned with it, as when the platform's console gave more; False: there was none."""
        mine = [quotas.c[name] == value for name, value in budget._asdict().items()]
        nothing = {"barred_until": None, "ceiling": None, "strikes": 0}
        with writing(self._engine, alone=_alone(budget)) as connection:
            held = and_(*mine, or_(quotas.c.barred_until.is_not(None), quotas.c.ceiling.is_not(None)))
            changed = connection.execute(update(quotas).where(held).values(nothing)).rowcount
        self._forget()
        return bool(changed)

    # what every call asks -----------------------------------------------

    def _stale(self) -> bool:
        return self._read_at is None or clock.monotonic() - self._read_at > FRESH_S

    def _forget(self) -> None:
        with self._lock:
            self._read_at = None

    def _renew(self) -> None:
        if not self._stale():
            return
        with self._renewing:
            if not self._stale():
                return
            apart, rows = self._read()
            with self._lock:
                before, self._known = self._known, {row.budget: row.known for row in rows}
                self._apart, self._read_at = apart, clock.monotonic()
                self._keep_newer(before)
            for row in rows:
                self._join(row, before.get(row.budget, NOTHING))

    def _keep_newer(self, before: dict[Budget, Known]) -> None:
        """A ban that was met here while the others' were read, or that could not be written down."""
        there = clock.now() + self._apart
        for budget, known in before.items():
            at = known.throttled_at
            if at is None or not (budget in self._unwritten or there - at < _NEWS):
                continue
            told = self._known.get(budget, NOTHING).throttled_at
            if (told is None or told < at) and barred(known, there):
                self._known[budget] = known

    def _read(self) -> tuple[timedelta, list[StoredQuota]]:
        """How far the server's clock is ahead, and what still matters of what was said and learned."""
        with reading(self._engine) as connection:
            now, server = clock.now(), connection.execute(select(_server_time(connection))).scalar()
            apart = timedelta(0) if server is None else when(server) - now
            there = moment(now + apart)
            held = or_(
                quotas.c.barred_until > there, quotas.c.throttled_at > there - _LEARNED // _MICROSECOND
            )
            wanted = select(quotas).where(
                or_(quotas.c.throttled_at.is_not(None), quotas.c.per_s.is_not(None)),
                or_(held, quotas.c.per_s.is_not(None)),
            )
            return apart, [_stored(row) for row in connection.execute(wanted).mappings()]

    def _join(self, row: StoredQuota, before: Known) -> None:
        """News of a rate that nobody kept to: what this worker sent in that second was part of it."""
        known = row.known
        if before.ceiling is not None or known.ceiling is None or known.throttled_at is None:
            return
        refused_at = known.throttled_at - self._apart
        if clock.now() - refused_at > _NEWS:
            return
        with self._lock:
            seen = self._tally.seen(row.budget, refused_at.timestamp())
        if not seen:
            return
        same = [quotas.c[name] == value for name, value in row.budget._asdict().items()]
        same.append(quotas.c.throttled_at == moment(known.throttled_at))
        with writing(self._engine, durable=False, alone=_alone(row.budget)) as connection:
            connection.execute(update(quotas).where(*same).values(ceiling=quotas.c.ceiling + seen * GUESSED))

    def _place(self, budget: Budget, published: float | None, patience: float, now: datetime) -> Place:
        with self._lock:
            line = self._lines[budget]
            line.waiting += 1
        with line.lock:
            with self._lock:
                line.waiting -= 1
                others = line.waiting
            at = clock.monotonic()
            while line.places and line.places[0] < at - LATE.total_seconds():
                line.places.popleft()
            if not line.places:
                hindered = self._fetch(line, budget, published, patience, 1 + min(others, _AT_ONCE - 1))
                if hindered is not None:
                    return hindered
            wait = max(line.places.popleft() - clock.monotonic(), 0.0)
            return Place(wait, wait <= patience, budget)

    def _fetch(
        self, line: _Line, budget: Budget, published: float | None, patience: float, number: int
    ) -> Place | None:
        """Places for so many callers, as the row stands now, whatever was known before; None when there are some."""
        key = budget._asdict()
        with writing(self._engine, durable=False, alone=_alone(budget)) as connection:
            server, *row = _STANDS.first(connection, key)
            here, at = clock.monotonic(), moment(clock.now()) if server is None else server
            known, next_at = (NOTHING, 0) if row[3] is None else (_known(row), row[-1])
            left = barred(known, when(at))
            if left:
                return Place(left, granted=False, budget=budget)
            per_s = rate(known, published, when(at))
            if per_s is None:
                return GO
            pace = interval(per_s)
            for _ in range(number):
                wait, after = place(next_at, at, pace, patience)
                if after is None:
                    break
                line.places.append(here + wait / 1_000_000)
                next_at = after
            if not line.places:
                return Place(wait / 1_000_000, granted=False, budget=budget)
            _PLACED.changed(connection, {**key, "next_at": next_at, "throttles": 0, "strikes": 0})
        return None

    # what a refusal teaches ---------------------------------------------

    def _learn(self, budget: Budget, published: float | None, refusal: Refusal, seen: float) -> Known:
        """Kept here at once, so that this worker holds back even while the database cannot be reached."""
        with self._lock:
            before = self._known.get(budget, NOTHING)
            known = refused(before, refusal, rate(before, published, refusal.at), seen)
            self._known[budget] = known
        try:
            known = self._learn_there(budget, published, refusal, seen, joins=before.ceiling is None)
        except OmnishopError:
            with self._lock:
                self._unwritten.add(budget)
            return known
        with self._lock:
            self._unwritten.discard(budget)
            self._known[budget] = known
        return known

    def _learn_there(
        self, budget: Budget, published: float | None, refusal: Refusal, seen: float, *, joins: bool
    ) -> Known:
        with writing(self._engine, durable=False, alone=_alone(budget)) as connection:
            _, *row = _STANDS.first(connection, budget._asdict())
            before = NOTHING if row[3] is None else _known(row)
            known = refused(before, refusal, rate(before, published, refusal.at), seen, joins=joins)
            values = {name: getattr(known, name) for name in _OWN}
            for name in _TIMES:
                values[name] = None if values[name] is None else moment(values[name])
            self._keep(connection, budget, values)
            past = moment(refusal.at - KEPT)
            old = (
                quotas.c.platform == budget.platform,
                quotas.c.app_key == budget.app_key,
                quotas.c.per_s.is_(None),
                quotas.c.next_at < past,
                func.coalesce(quotas.c.throttled_at, 0) < past,
                func.coalesce(quotas.c.barred_until, 0) < past,
            )
            connection.execute(delete(quotas).where(*old))
        return known

    def _keep(self, connection: Connection, budget: Budget, values: dict[str, Any]) -> None:
        new = {"next_at": 0, "throttles": 0, "strikes": 0, **budget._asdict(), **values}
        put = insert(connection, quotas).values(new)
        connection.execute(put.on_conflict_do_update(index_elements=_KEY, set_=values))


def _alone(budget: Budget) -> str:
    return f"quota:{':'.join(budget)}"


def _known(row: Any) -> Known:
    values = dict(zip(_OWN, row, strict=False))
    for name in _TIMES:
        values[name] = None if values[name] is None else when(values[name])
    return Known(**values)


def _stored(row: Any) -> StoredQuota:
    said = None if row["said_at"] is None else when(row["said_at"])
    budget = Budget(*(row[name] for name in _KEY))
    return StoredQuota(budget, _known([row[name] for name in _OWN]), said, when(row["next_at"]))
