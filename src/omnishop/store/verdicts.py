"""Verdicts as they were given: by which pack, on which facts, when, and who decided otherwise and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from attrs import frozen
from sqlalchemy import Connection, Engine, RowMapping, func, insert, select, update

from omnishop.model import Case
from omnishop.store.batches import by_place
from omnishop.store.connection import of_shop, reading, writing
from omnishop.store.moments import moment, when
from omnishop.store.ring import Ring
from omnishop.store.tables import verdicts


@frozen
class CaseKey:
    """What a case is known by."""

    platform: str
    shop_id: str
    source: str
    case_id: str

    @classmethod
    def of(cls, case: Case) -> CaseKey:
        return cls(case.platform, case.shop_id or "", case.source, case.case_id)


@frozen
class Override:
    """What a person decided instead. `decision` is one of the words of the verdict's own decision."""

    decision: str
    by: str
    at: datetime
    reason: str


@frozen
class StoredVerdict:
    """`body` is the verdict's JSON form; `digest` names the facts that were judged."""

    row: int
    case: CaseKey
    pack: str
    pack_version: str
    digest: str
    judged_at: datetime
    body: Mapping[str, Any]
    override: Override | None = None


@frozen
class Judged:
    """A verdict to be kept, with the pack and the facts it came from."""

    case: CaseKey
    body: Mapping[str, Any]
    pack: str
    version: str
    digest: str
    at: datetime


class Verdicts:
    def __init__(self, engine: Engine, ring: Ring) -> None:
        self._engine = engine
        self._ring = ring

    def put(
        self, key: CaseKey, body: Mapping[str, Any], *, pack: str, version: str, digest: str, at: datetime
    ) -> StoredVerdict:
        """Judged again by the same pack on the same facts, the latest row moves to `at`; else a row is added.

        A row that a person has overridden is never touched again.
        """
        told: dict[str, Any] = {"judged_at": moment(at)}
        with writing(self._engine, alone=of_shop(key.platform, key.shop_id)) as connection:
            told["verdict"] = self._sealed(connection, key, body)
            last = self._latest(connection, [key]).get(key)
            same = last is not None and (last.pack, last.pack_version, last.digest) == (pack, version, digest)
            if last is None or not same:
                _add(connection, key, {"pack": pack, "pack_version": version, "digest": digest, **told})
            elif last.override is None:
                connection.execute(update(verdicts).where(verdicts.c.row == last.row).values(told))
            return self._latest(connection, [key])[key]

    def keep(self, connection: Connection, judged: Iterable[Judged]) -> int:
        """As `put`, those that say something new; how many. The caller is alone with their shops."""
        fresh = {each.case: each for each in judged}
        known, kept = self._latest(connection, fresh), 0
        for key, each in fresh.items():
            last = known.get(key)
            told = {"judged_at": moment(each.at), "verdict": self._sealed(connection, key, each.body)}
            source = {"pack": each.pack, "pack_version": each.version, "digest": each.digest}
            if last is None or (last.pack, last.pack_version, last.digest) != tuple(source.values()):
                _add(connection, key, {**source, **told})
            elif last.override is None and _says(last.body) != _says(each.body):
                connection.execute(update(verdicts).where(verdicts.c.row == last.row).values(told))
            else:
                continue
            kept += 1
        return kept

    def latest(self, key: CaseKey) -> StoredVerdict | None:
        return self.of([key]).get(key)

    def of(self, keys: Iterable[CaseKey]) -> dict[CaseKey, StoredVerdict]:
        """The latest verdict of each case that has one."""
        with reading(self._engine) as connection:
            return self._latest(connection, keys)

    def history(self, key: CaseKey) -> list[StoredVerdict]:
        """The first one first."""
        wanted = select(verdicts).where(*_is(key)).order_by(verdicts.c.row)
        with reading(self._engine) as connection:
            return [self._stored(row) for row in connection.execute(wanted).mappings()]

    def overrides(self, keys: Iterable[CaseKey]) -> dict[CaseKey, Override]:
        """The latest decision that a person put in the place of a verdict, for each case that has one."""
        with reading(self._engine) as connection:
            rows = self._rows(connection, keys, overridden=True)
        return {each.case: each.override for each in rows if each.override is not None}

    def override(self, verdict: StoredVerdict, decided: Override) -> StoredVerdict:
        """Overridden a second time, the first one stays: a row is added that says the same with the new decision."""
        told = {
            "overridden_by": decided.by,
            "overridden_at": moment(decided.at),
            "override_reason": decided.reason,
            "override_decision": decided.decision,
        }
        with writing(self._engine, alone=of_shop(verdict.case.platform, verdict.case.shop_id)) as connection:
            free = (verdicts.c.row == verdict.row, verdicts.c.overridden_at.is_(None))
            if not connection.execute(update(verdicts).where(*free).values(told)).rowcount:
                body = self._sealed(connection, verdict.case, verdict.body)
                again = {
                    "pack": verdict.pack,
                    "pack_version": verdict.pack_version,
                    "digest": verdict.digest,
                    "judged_at": moment(verdict.judged_at),
                    "verdict": body,
                }
                _add(connection, verdict.case, {**again, **told})
            return self._latest(connection, [verdict.case])[verdict.case]

    def _sealed(self, connection: Connection, key: CaseKey, body: Mapping[str, Any]) -> bytes:
        return self._ring.sealer(connection).seal(msgspec.json.encode(body), about(key))

    def _latest(self, connection: Connection, keys: Iterable[CaseKey]) -> dict[CaseKey, StoredVerdict]:
        return {each.case: each for each in self._rows(connection, keys, overridden=False)}

    def _rows(
        self, connection: Connection, keys: Iterable[CaseKey], *, overridden: bool
    ) -> list[StoredVerdict]:
        """The last row of each case; of those that were overridden if only they are wanted."""
        named = {(key.platform, key.shop_id, key.source, key.case_id) for key in keys}
        found: list[StoredVerdict] = []
        for (platform, shop_id, source), ids in by_place(named):
            last = select(func.max(verdicts.c.row)).where(
                verdicts.c.platform == platform,
                verdicts.c.shop_id == shop_id,
                verdicts.c.source == source,
                verdicts.c.record_id.in_(ids),
            )
            if overridden:
                last = last.where(verdicts.c.overridden_at.is_not(None))
            wanted = select(verdicts).where(verdicts.c.row.in_(last.group_by(verdicts.c.record_id)))
            found += [self._stored(row) for row in connection.execute(wanted).mappings()]
        return found

    def _stored(self, row: RowMapping) -> StoredVerdict:
        override = None
        if row["overridden_at"] is not None:
            at = when(row["overridden_at"])
            override = Override(row["override_decision"], row["overridden_by"], at, row["override_reason"])
        key = CaseKey(row["platform"], row["shop_id"], row["source"], row["record_id"])
        return StoredVerdict(
            row["row"],
            key,
            row["pack"],
            row["pack_version"],
            row["digest"],
            when(row["judged_at"]),
            msgspec.json.decode(self._ring.text(row["verdict"], about(key))),
            override,
        )


def _says(body: Mapping[str, Any]) -> dict[str, Any]:
    """All but when."""
    said: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(body))
    said.pop("at", None)
    return said


def _add(connection: Connection, key: CaseKey, told: Mapping[str, Any]) -> None:
    named = {"platform": key.platform, "shop_id": key.shop_id, "source": key.source, "record_id": key.case_id}
    connection.execute(insert(verdicts).values(**named, **told))


def _is(key: CaseKey) -> tuple[Any, ...]:
    return (
        verdicts.c.platform == key.platform,
        verdicts.c.shop_id == key.shop_id,
        verdicts.c.source == key.source,
        verdicts.c.record_id == key.case_id,
    )


def about(key: CaseKey) -> str:
    return f"verdict\x1f{key.platform}\x1f{key.shop_id}\x1f{key.source}\x1f{key.case_id}"
