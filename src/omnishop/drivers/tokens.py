"""Tokens kept in memory, for a shop opened with keys in hand."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime

from omnishop.ports import Role, Token


class MemoryTokens:
    """One account's tokens, safe over threads; they end with the process."""

    blocking = False

    def __init__(self, tokens: Mapping[Role, Token]) -> None:
        self._tokens = dict(tokens)
        self._leases: dict[Role, tuple[str, datetime]] = {}
        self._lock = threading.Lock()

    def load(self, role: Role) -> Token | None:
        with self._lock:
            return self._tokens.get(role)

    def lease(self, role: Role, holder: str, until: datetime, now: datetime) -> bool:
        with self._lock:
            held = self._leases.get(role)
            if held is not None and now < held[1] <= until + (until - now):  # beyond: the clock was put back
                return False
            self._leases[role] = (holder, until)
            return True

    def commit(self, role: Role, holder: str, token: Token) -> bool:
        with self._lock:
            if self._leases.get(role, ("", None))[0] != holder:
                return False
            self._tokens[role] = token
            return True

    def release(self, role: Role, holder: str) -> None:
        with self._lock:
            if self._leases.get(role, ("", None))[0] == holder:
                del self._leases[role]
