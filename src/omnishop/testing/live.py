"""A real platform in the world's place: its reads with real keys, and writes only where each is named.

Switched on by `--omnishop-live=FILE` or OMNISHOP_LIVE; never by itself. FILE is TOML:

    platform, storefront, shop_id, app_key, app_secret, access_token   required
    refresh_token, operator_token, gateway, days (2), settings = {…}   as needed
    home = "…"                                                         for writes: where the shop is registered
    [[writes]]  verb, id, source = "…", said = {text = "…"}            each made once, through that home's ledger
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import evolve, frozen

from omnishop import clock, registry
from omnishop.acts import State
from omnishop.client import account_of, tokens_of
from omnishop.config import Home
from omnishop.errors import NotFound
from omnishop.ledger import Ledger
from omnishop.ports import Adapter, Capability, Stream, Window
from omnishop.store import Store
from omnishop.testing.desk import Desk
from omnishop.testing.levels_of import OFFERED
from omnishop.testing.proving import differences
from omnishop.testing.reading import by_id, key_of, windows
from omnishop.testing.suite import Conformance

DOORS_LIVE = ("sync-http", "async-http")
_KEYS = ("storefront", "shop_id", "app_key", "app_secret", "gateway")
_MOST = 20
"""Records of a list that are compared: a real shop has a quota."""

_TIMES = {"created": "created_at", "changed": "changed_at"}


@frozen
class Live:
    """The file as it was read; its keys are shown by nobody."""

    path: Path
    told: dict[str, Any]

    @classmethod
    def asked(cls, config: pytest.Config) -> Live | None:
        path = config.getoption("omnishop_live", None) or os.environ.get("OMNISHOP_LIVE")
        return (
            None if path is None else cls(Path(path), tomllib.loads(Path(path).read_text(encoding="utf-8")))
        )

    @property
    def window(self) -> Window:
        now = clock.now()
        return Window(now - timedelta(days=self.told.get("days", 2)), now)

    def desk(self, door: str) -> Desk:
        told = self.told
        account = account_of(told["platform"], **{name: told[name] for name in _KEYS if name in told})
        account = evolve(account, settings=dict(told.get("settings", {})))
        tokens = tokens_of(told["access_token"], told.get("refresh_token"), told.get("operator_token"))
        adapter = registry.adapter(told["platform"])
        return Desk(adapter, account, tokens, door, attempts=3, timeout=30.0)


class LiveConformance(Conformance):
    """Reads of one real shop agree with themselves: there is no truth to compare them with."""

    doors: ClassVar[tuple[str, ...]] = DOORS_LIVE

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if Live.asked(metafunc.config) is not None:
            super().pytest_generate_tests(metafunc)
            return
        for name in {"door", "stream"}.intersection(metafunc.fixturenames):
            metafunc.parametrize(name, [pytest.param(None, id="not-asked-for")])

    @pytest.fixture(scope="class")
    @classmethod
    def live(cls, request: pytest.FixtureRequest) -> Live:
        found = Live.asked(request.config)
        if found is None:
            pytest.skip("no real shop: name its keys with --omnishop-live=FILE")
        if found.told["storefront"] != cls.put_to_proof().storefront:
            pytest.skip(f"the keys are for {found.told['storefront']}")
        return found

    @pytest.fixture
    def real(self, live: Live, door: str) -> Iterator[Desk]:
        desk = live.desk(door)
        yield desk
        desk.close()

    def test_the_shop_is_who_we_think(self, live: Live, real: Desk) -> None:
        found = real.run(real.adapter.whoami(real.account))
        assert (found.shop_id, found.storefront) == (live.told["shop_id"], live.told["storefront"])

    def test_a_list_and_its_details_agree(self, live: Live, real: Desk, stream: Stream) -> None:
        """Each record lies in its window and reads alike by its id, unless it changed meanwhile."""
        window = list(windows(stream, live.window))[-1]
        records = real.records(stream, window)[:_MOST]
        for record in records:
            at = getattr(record, _TIMES.get(stream.clock, ""), None)
            assert at is None or window.start <= at <= window.end + timedelta(seconds=1)
            if stream.record == "review":
                continue
            again = by_id(real, stream.record, key_of(record))
            if again.changed_at == record.changed_at:
                assert differences(record, again) == {}

    def test_what_nobody_has_is_not_found(self, live: Live, real: Desk) -> None:
        with pytest.raises(NotFound):
            by_id(real, "order", ("", "9" * 18))

    def test_what_is_offered_beside_answers(self, live: Live, real: Desk) -> None:
        adapter: Adapter = real.adapter
        storefront = live.told["storefront"]
        if adapter.support(storefront, Capability.RETURN_ADDRESSES).level in OFFERED:
            assert real.run(adapter.return_addresses(real.account))
        told = adapter.server_time(real.account)
        if told is not None:
            assert abs(real.run(told) - clock.now()) < timedelta(minutes=5)

    def test_the_writes_that_are_named(self, live: Live, request: pytest.FixtureRequest) -> None:
        """Each through the ledger of the shop's own home: its switches, caps and memory hold."""
        if not request.config.getoption("omnishop_live_writes", default=False):
            pytest.skip("writes on a real shop want --omnishop-live-writes beside the file")
        named = live.told.get("writes", [])
        if not named or "home" not in live.told:
            pytest.skip("the file names no writes, or no home whose ledger they go through")
        with Store.open(Home.find(Path(live.told["home"]))) as store:
            ledger = Ledger(store)
            with ledger.shop(live.told["shop_id"]) as shop:
                for each in named:
                    outcome = shop.act(each["verb"], each["id"], each.get("source"), **each.get("said", {}))
                    assert outcome.state is State.CONFIRMED, (each["verb"], outcome.why)
