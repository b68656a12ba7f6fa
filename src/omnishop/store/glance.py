"""The whole store at a glance, in a few statements however many shops there are: for health and metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec
from attrs import Factory, define, frozen
from sqlalchemy import Connection, Engine, func, or_, select

from omnishop.ports import Role, Token
from omnishop.store.connection import reading
from omnishop.store.inbox import MessageState
from omnishop.store.moments import moment, when
from omnishop.store.tables import cursors, inbox, intents, quarantine, quotas, rounds, tokens
from omnishop.store.whys import Why, read

_SENT, _UNKNOWN = "sent", "unknown"

Place = tuple[str, str]
"""Platform and shop_id."""


class ListSeen(NamedTuple):
    """One list's cursor, its times as the tables hold them: there are many, and few are looked at."""

    true_at: int | None = None
    unverified: str | None = None
    since: int | None = None
    goal: int | None = None


@frozen
class Backlog:
    """Messages of one shop: `waiting` for work since `oldest`, and `failed`, which nobody tries again."""

    waiting: int = 0
    oldest: datetime | None = None
    failed: int = 0


@frozen
class Doubts:
    """Writes that were sent and whose outcome is not known."""

    count: int
    oldest: datetime


@frozen
class Lately:
    """The latest round of a shop: `failures` in a row, `why` the last; the next is to come at `due_at`."""

    failures: int
    why: Why | None
    due_at: datetime


@frozen
class Ban:
    """The platform takes no calls until then; `shop_id` empty: of all shops of the app, `method` empty: of all."""

    platform: str
    shop_id: str
    method: str
    until: datetime
    code: str | None


@frozen
class Glance:
    lists: Mapping[int, Mapping[str, ListSeen]]
    rounds: Mapping[int, Lately]
    inbox: Mapping[Place, Backlog]
    quarantine: Mapping[Place, int]
    doubts: Mapping[Place, Doubts]
    bans: tuple[Ban, ...]


def glance(engine: Engine, now: datetime) -> Glance:
    """All of one moment."""
    with reading(engine) as connection:
        return Glance(
            _lists(connection),
            _rounds(connection),
            _inbox(connection),
            _quarantine(connection),
            _doubts(connection, now),
            _bans(connection, now),
        )


def _lists(connection: Connection) -> dict[int, dict[str, ListSeen]]:
    found: dict[int, dict[str, ListSeen]] = {}
    columns = cursors.c
    wanted = select(
        columns.shop, columns.stream, columns.true_at, columns.unverified, columns.since, columns.goal
    )
    for shop, stream, *seen in connection.execute(wanted):
        found.setdefault(shop, {})[stream] = ListSeen(*seen)
    return found


def _rounds(connection: Connection) -> dict[int, Lately]:
    wanted = select(rounds.c.shop, rounds.c.failures, rounds.c.why, rounds.c.due_at)
    return {
        shop: Lately(failures, read(why), when(due_at))
        for shop, failures, why, due_at in connection.execute(wanted)
    }


def _inbox(connection: Connection) -> dict[Place, Backlog]:
    found: dict[Place, Backlog] = {}
    place = (inbox.c.platform, inbox.c.shop_id)
    counted = select(*place, inbox.c.state, func.count(), func.min(inbox.c.received_at))
    open_ones = counted.where(inbox.c.state.in_([MessageState.NEW, MessageState.FAILED]))
    for platform, shop_id, state, count, oldest in connection.execute(
        open_ones.group_by(*place, inbox.c.state)
    ):
        known = found.get((platform, shop_id), Backlog())
        found[platform, shop_id] = (
            Backlog(known.waiting, known.oldest, count)
            if state == MessageState.FAILED
            else Backlog(count, when(oldest), known.failed)
        )
    return found


def _quarantine(connection: Connection) -> dict[Place, int]:
    place = (quarantine.c.platform, quarantine.c.shop_id)
    counted = select(*place, func.count()).group_by(*place)
    return {(platform, shop_id): count for platform, shop_id, count in connection.execute(counted)}


def _doubts(connection: Connection, now: datetime) -> dict[Place, Doubts]:
    """What is unknown, and what was sent so long ago that nobody can be waiting for its answer any more."""
    left = (intents.c.state == _SENT) & (intents.c.until < moment(now))
    since = func.min(func.coalesce(intents.c.sent_at, intents.c.planned_at))
    place = (intents.c.platform, intents.c.shop_id)
    counted = select(*place, func.count(), since).where(or_(intents.c.state == _UNKNOWN, left))
    return {
        (platform, shop_id): Doubts(count, when(oldest))
        for platform, shop_id, count, oldest in connection.execute(counted.group_by(*place))
    }


def _bans(connection: Connection, now: datetime) -> tuple[Ban, ...]:
    """The longest first."""
    told = quotas.c
    wanted = select(told.platform, told.shop_id, told.method, told.barred_until, told.code)
    barred = wanted.where(told.throttled_at.is_not(None), told.barred_until > moment(now))
    found = connection.execute(barred.order_by(told.barred_until.desc()))
    return tuple(Ban(platform, shop, method, when(at), code) for platform, shop, method, at, code in found)


# ---------------------------------------------------------------- tokens


@frozen
class Ends:
    """`at` None: the platform did not say. `renews`: it can be refreshed."""

    at: datetime | None
    renews: bool


@define
class TokenEnds:
    """When each token ends, by shop and role. A token that was opened before is not opened again."""

    _opened: dict[tuple[int, Role], tuple[bytes, Ends]] = Factory(dict)

    def of(self, engine: Engine, opened: Callable[[bytes, str], bytes]) -> dict[int, dict[Role, Ends]]:
        """`opened` as of the vault: sealed bytes and what they are about. ConfigError when they cannot be."""
        wanted = select(tokens.c.shop, tokens.c.role, tokens.c.sealed).where(tokens.c.sealed.is_not(None))
        with reading(engine) as connection:
            rows = [(shop, role, bytes(sealed)) for shop, role, sealed in connection.execute(wanted)]
        before, self._opened = self._opened, {}
        for shop, role, sealed in rows:
            known = before.get((shop, role))
            if known is None or known[0] != sealed:
                token = msgspec.json.decode(opened(sealed, f"token:{shop}:{role}"), type=Token)
                known = sealed, Ends(token.expires_at, token.renewable and token.refresh is not None)
            self._opened[shop, role] = known
        found: dict[int, dict[Role, Ends]] = {}
        for (shop, role), (_, ends) in self._opened.items():
            found.setdefault(shop, {})[role] = ends
        return found


def has_tokens(engine: Engine) -> bool:
    """Without one there is nothing to open, and no key is needed."""
    with reading(engine) as connection:
        return connection.execute(select(tokens.c.shop).limit(1)).first() is not None
