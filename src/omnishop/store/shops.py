"""The registry of apps and shops; secrets are sealed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from attrs import Factory, frozen
from sqlalchemy import Engine

from omnishop.ports import Account, Role, Token
from omnishop.store.vault import Vault


@frozen
class StoredShop:
    """A registered shop, without its secrets. `control` is the address of a simulated shop's world."""

    row: int
    platform: str
    storefront: str
    shop_id: str | None
    alias: str | None
    app_key: str
    added_at: datetime
    settings: Mapping[str, str] = Factory(dict)
    control: str | None = None

    @property
    def simulated(self) -> bool:
        return self.control is not None

    @property
    def name(self) -> str:
        """For people: the alias, else the id."""
        return self.alias or self.shop_id or "?"


class StoredShops:
    def __init__(self, engine: Engine, vault: Callable[[], Vault]) -> None:
        raise NotImplementedError

    def add(
        self,
        account: Account,
        *,
        now: datetime,
        tokens: Mapping[Role, Token] | None = None,
        control: str | None = None,
    ) -> StoredShop:
        """Register a shop and its app, or bring both up to date; tokens not given stay as they are.

        A shop is known by (platform, shop_id), or by (platform, alias) while its id is not known.
        ConfigError when the alias belongs to another shop, or neither id nor alias is given.
        """
        raise NotImplementedError

    def update(self, shop: StoredShop, account: Account) -> StoredShop:
        """Write back what the platform told (`whoami`): shop_id, storefront, settings."""
        raise NotImplementedError

    def list(self, platform: str | None = None) -> tuple[StoredShop, ...]:
        """In the order they were added."""
        raise NotImplementedError

    def get(self, name: str, platform: str | None = None) -> StoredShop:
        """By alias or shop_id. ConfigError: unknown (the known ones are listed), or more than one fits."""
        raise NotImplementedError

    def remove(self, shop: StoredShop) -> None:
        """Forget a shop, its tokens and cursors; its records stay."""
        raise NotImplementedError

    def account(self, shop: StoredShop, buyer_secret: bytes | None) -> Account:
        """The account with its app's secret opened."""
        raise NotImplementedError
