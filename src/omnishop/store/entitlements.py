"""Who may see people's data, given by name, and the book of who has: nothing is shown before it stands there."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen
from sqlalchemy import Connection, Engine, delete, select

from omnishop.errors import ConfigError
from omnishop.store.connection import insert, reading, writing
from omnishop.store.guarding import audit, rights
from omnishop.store.moments import moment, when

SEE_PERSONS = "see_persons"
"""The right to see who a buyer is: in records as the platforms sent them."""

EVERY_SHOP = ("", "")


@frozen
class Deed:
    """`about`: a record, a buyer's key, a person; never what was seen of it."""

    at: datetime
    person: str
    deed: str
    platform: str | None = None
    shop_id: str | None = None
    about: str | None = None
    why: str | None = None


@frozen
class Entitlement:
    """`place` is (platform, shop_id), or EVERY_SHOP."""

    place: tuple[str, str]
    person: str
    name: str
    given_at: datetime
    given_by: str


class Audit:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note(self, deed: Deed, connection: Connection | None = None) -> None:
        """On the disk when it returns, or with the caller's transaction."""
        row = {
            "at": moment(deed.at),
            "person": deed.person,
            "deed": deed.deed,
            "platform": deed.platform,
            "shop_id": deed.shop_id,
            "about": deed.about,
            "why": deed.why,
        }
        if connection is not None:
            connection.execute(audit.insert().values(row))
            return
        with writing(self._engine, alone="audit") as own:
            own.execute(audit.insert().values(row))

    def list(
        self, *, since: datetime | None = None, shop_id: str | None = None, limit: int | None = None
    ) -> list[Deed]:
        """The latest first."""
        wanted = select(audit).order_by(audit.c.row.desc()).limit(limit)
        if since is not None:
            wanted = wanted.where(audit.c.at >= moment(since))
        if shop_id is not None:
            wanted = wanted.where(audit.c.shop_id == shop_id)
        with reading(self._engine) as connection:
            return [
                Deed(when(row.at), row.person, row.deed, row.platform, row.shop_id, row.about, row.why)
                for row in connection.execute(wanted)
            ]


class Entitlements:
    def __init__(self, engine: Engine, book: Audit) -> None:
        self._engine = engine
        self._book = book

    def give(self, person: str, name: str, place: tuple[str, str], *, by: str, now: datetime) -> None:
        row = {"platform": place[0], "shop_id": place[1], "person": person, "name": name}
        with writing(self._engine, alone="audit") as connection:
            fresh = insert(connection, rights).values(**row, given_at=moment(now), given_by=by)
            connection.execute(fresh.on_conflict_do_nothing())
            self._note("give", person, name, place, connection, by=by, now=now)

    def take(self, person: str, name: str, place: tuple[str, str], *, by: str, now: datetime) -> bool:
        """Whether there was one."""
        mine = (
            rights.c.platform == place[0],
            rights.c.shop_id == place[1],
            rights.c.person == person,
            rights.c.name == name,
        )
        with writing(self._engine, alone="audit") as connection:
            gone = connection.execute(delete(rights).where(*mine)).rowcount
            if gone:
                self._note("take", person, name, place, connection, by=by, now=now)
        return bool(gone)

    def list(self) -> list[Entitlement]:
        wanted = select(rights).order_by(rights.c.person, rights.c.platform, rights.c.shop_id)
        with reading(self._engine) as connection:
            return [
                Entitlement(
                    (row.platform, row.shop_id), row.person, row.name, when(row.given_at), row.given_by
                )
                for row in connection.execute(wanted)
            ]

    def seen(self, person: str, place: tuple[str, str], about: str, why: str, *, now: datetime) -> None:
        """Before a person's data is shown: noted. ConfigError for whom nobody gave the right."""
        mine = (rights.c.person == person, rights.c.name == SEE_PERSONS)
        with writing(self._engine, alone="audit") as connection:
            given = connection.execute(select(rights.c.platform, rights.c.shop_id).where(*mine))
            if not {tuple(row) for row in given} & {place, EVERY_SHOP}:
                raise _not_given(person, place)
            self._book.note(Deed(now, person, "see", place[0], place[1], about, why), connection)

    def _note(
        self,
        deed: str,
        person: str,
        name: str,
        place: tuple[str, str],
        connection: Connection,
        *,
        by: str,
        now: datetime,
    ) -> None:
        platform, shop_id = (None, None) if place == EVERY_SHOP else place
        self._book.note(Deed(now, by, f"{deed} {name}", platform, shop_id, person), connection)


def _not_given(person: str, place: tuple[str, str]) -> ConfigError:
    platform, shop_id = place
    return ConfigError(
        f"{person} may not see people's data of {platform} {shop_id}; whoever answers for it gives the right: "
        f"omnishop rights give {SEE_PERSONS} --to {person} --shop {shop_id}",
        zh=f"{person} 无权查看 {platform} {shop_id} 的个人信息; 请由负责人授予: "
        f"omnishop rights give {SEE_PERSONS} --to {person} --shop {shop_id}",
        platform=platform,
        shop=shop_id,
    )
