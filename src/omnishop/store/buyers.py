"""Which keys belong to one buyer, as far as the merchant said so: keyed hashes on both sides, no names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from attrs import frozen
from sqlalchemy import Engine, insert, select, update

from omnishop.store.batches import batches
from omnishop.store.connection import reading, writing
from omnishop.store.moments import moment
from omnishop.store.tables import buyer_links, orders


@frozen
class Linked:
    """What a link did. `seen`: how many of the keys have bought something in the orders that are kept."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    seen: int = 0


class BuyerLinks:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, links: Mapping[str, str], *, now: datetime) -> Linked:
        """Buyer key -> identity; a key that was linked otherwise before belongs to the new identity from now on."""
        with writing(self._engine) as connection:
            before: dict[str, str] = {}
            seen = 0
            for some in batches(links):
                held = select(buyer_links.c.buyer_key, buyer_links.c.identity)
                rows = connection.execute(held.where(buyer_links.c.buyer_key.in_(some)))
                before |= {row.buyer_key: row.identity for row in rows}
                bought = select(orders.c.buyer_key).where(orders.c.buyer_key.in_(some)).distinct()
                seen += len(connection.execute(bought).all())
            at = moment(now)
            fresh = [
                {"buyer_key": key, "identity": identity, "linked_at": at}
                for key, identity in links.items()
                if key not in before
            ]
            if fresh:
                connection.execute(insert(buyer_links), fresh)
            other = {key: links[key] for key, identity in before.items() if links[key] != identity}
            for key, identity in other.items():
                row = update(buyer_links).where(buyer_links.c.buyer_key == key)
                connection.execute(row.values(identity=identity, linked_at=at))
        return Linked(len(fresh), len(other), len(before) - len(other), seen)

    def same(self, keys: Iterable[str]) -> dict[str, frozenset[str]]:
        """Every key that is linked -> all keys of the same identity, itself among them."""
        identities: dict[str, str] = {}
        together: dict[str, set[str]] = {}
        with reading(self._engine) as connection:
            for some in batches(keys):
                held = select(buyer_links.c.buyer_key, buyer_links.c.identity)
                rows = connection.execute(held.where(buyer_links.c.buyer_key.in_(some)))
                identities |= {row.buyer_key: row.identity for row in rows}
            for some in batches(identities.values()):
                held = select(buyer_links.c.buyer_key, buyer_links.c.identity)
                for row in connection.execute(held.where(buyer_links.c.identity.in_(some))):
                    together.setdefault(row.identity, set()).add(row.buyer_key)
        return {key: frozenset(together[identity]) for key, identity in identities.items()}
