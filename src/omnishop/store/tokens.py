"""Tokens of one shop in the database: refreshed by one at a time, kept before they are used."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from omnishop.ports import Role, Token
from omnishop.store.vault import Vault


class StoredTokens:
    """A `drivers.exchange.TokenStore`, atomic over threads and processes; tokens are sealed."""

    def __init__(self, engine: Engine, vault: Vault, shop_row: int) -> None:
        raise NotImplementedError

    def put(self, role: Role, token: Token) -> None:
        """After a login: replaces the token, whoever holds the lease."""
        raise NotImplementedError

    def load(self, role: Role) -> Token | None:
        raise NotImplementedError

    def lease(self, role: Role, holder: str, until: datetime, now: datetime) -> bool:
        raise NotImplementedError

    def commit(self, role: Role, holder: str, token: Token) -> bool:
        raise NotImplementedError

    def release(self, role: Role, holder: str) -> None:
        raise NotImplementedError
