"""What every test may rely on: no network but loopback, no home of the person who runs them."""

from __future__ import annotations

import socket

import pytest
from tests.postgres import database_url, postgres_server, postgres_url

__all__ = ["database_url", "postgres_server", "postgres_url"]

_LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch):
    connect = socket.socket.connect

    def guarded(self, address):
        if isinstance(address, tuple) and not str(address[0]).startswith(_LOOPBACK):
            msg = f"a test reached for {address[0]}"
            raise AssertionError(msg)
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _own_home(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("OMNISHOP_HOME", str(tmp_path_factory.mktemp("home")))
    for name in ("OMNISHOP_KEY", "OMNISHOP_DATABASE"):
        monkeypatch.delenv(name, raising=False)
