"""A proxy in the environment is for the platforms, never for this machine."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from omnishop.drivers.aio import AsyncDriver
from omnishop.drivers.sync import SyncDriver


@pytest.fixture(autouse=True)
def _behind_a_proxy(monkeypatch):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")


def direct(client, url) -> bool:
    return client._transport_for_url(httpx.URL(url)) is client._transport


@pytest.mark.parametrize("url", ["http://127.0.0.1:5000/x", "http://localhost:5000/", "http://[::1]:5000/"])
def test_this_machine_is_reached_directly(url):
    driver = SyncDriver()
    assert direct(driver._client, url)
    driver.close()
    loop_driver = AsyncDriver()
    assert direct(loop_driver._client, url)
    asyncio.run(loop_driver.close())


def test_a_platform_is_reached_through_the_proxy():
    driver = SyncDriver()
    assert not direct(driver._client, "https://gw.example.com/router")
    driver.close()
