"""What a shop may do: switches by act, and caps of a day. Everything is off until it is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from attrs import frozen
from sqlalchemy import Connection, Engine, delete, select

from omnishop.model import Fen
from omnishop.store.connection import insert, of_shop, reading, writing
from omnishop.store.moments import moment
from omnishop.store.tables import caps, switches

DEFAULT_FEN_PER_DAY = Fen(20_000_00)
DEFAULT_ACTS_PER_DAY = 200


@frozen
class Caps:
    """Of one shop and one Beijing day. Fen."""

    fen_per_day: Fen = DEFAULT_FEN_PER_DAY
    acts_per_day: int = DEFAULT_ACTS_PER_DAY


class Rights:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def allow(
        self, platform: str, shop_id: str, verbs: Iterable[str], limits: Mapping[str, int], now: datetime
    ) -> None:
        """Switch acts on for a shop, and set what of the caps is given."""
        with writing(self._engine, alone=of_shop(platform, shop_id)) as connection:
            for verb in verbs:
                row = {"allowed_at": moment(now)}
                connection.execute(
                    insert(connection, switches)
                    .values(platform=platform, shop_id=shop_id, verb=verb, **row)
                    .on_conflict_do_nothing()
                )
            if limits:
                connection.execute(
                    insert(connection, caps)
                    .values(platform=platform, shop_id=shop_id, **limits)
                    .on_conflict_do_update(index_elements=["platform", "shop_id"], set_=dict(limits))
                )

    def deny(self, platform: str, shop_id: str, verbs: Iterable[str]) -> None:
        with writing(self._engine, alone=of_shop(platform, shop_id)) as connection:
            connection.execute(
                delete(switches).where(
                    switches.c.platform == platform,
                    switches.c.shop_id == shop_id,
                    switches.c.verb.in_(list(verbs)),
                )
            )

    def rights(self, platform: str, shop_id: str) -> tuple[frozenset[str], Caps]:
        with reading(self._engine) as connection:
            return allowed(connection, platform, shop_id), caps_of(connection, platform, shop_id)


def allowed(connection: Connection, platform: str, shop_id: str) -> frozenset[str]:
    wanted = select(switches.c.verb).where(switches.c.platform == platform, switches.c.shop_id == shop_id)
    return frozenset(connection.execute(wanted).scalars())


def caps_of(connection: Connection, platform: str, shop_id: str) -> Caps:
    row = connection.execute(
        select(caps.c.fen_per_day, caps.c.acts_per_day).where(
            caps.c.platform == platform, caps.c.shop_id == shop_id
        )
    ).first()
    return Caps() if row is None else caps_from(row.fen_per_day, row.acts_per_day)


def caps_from(fen: int | None, acts: int | None) -> Caps:
    """What is not set is as it is by default."""
    return Caps(
        DEFAULT_FEN_PER_DAY if fen is None else Fen(fen), DEFAULT_ACTS_PER_DAY if acts is None else acts
    )
