"""Opening a shop: what is missing is said at once, and nothing is offered that the platform does not have."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from attrs import evolve
from tests.fake_adapter import ACCOUNT, FakeAdapter

from omnishop import Capability, ConfigError, NotSupported, Shop, registry
from omnishop.client import account_of, tokens_of
from omnishop.drivers.tokens import MemoryTokens
from omnishop.ports import Token

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def shop():
    with Shop(ACCOUNT, MemoryTokens({"main": Token("a")}), adapter=FakeAdapter()) as opened:
        yield opened


def test_an_adapter_that_is_not_installed_says_which_are_and_advises_no_strangers_package(monkeypatch):
    with pytest.raises(ConfigError, match=r"no adapter for 'pdd'; installed: .*") as unknown:
        registry.adapter("pdd")
    assert "pip install" not in unknown.value.told("en")
    with pytest.raises(ConfigError):
        registry.face("pdd")
    monkeypatch.setattr(registry, "entry_points", lambda **_: ())
    registry._load.cache_clear()
    with pytest.raises(ConfigError, match=r"try: pip install 'omnishop\[jd\]'"):
        registry.adapter("jd")
    monkeypatch.undo()
    registry._load.cache_clear()


@pytest.mark.parametrize(
    "read",
    [
        lambda shop: list(shop.orders(START, END)),
        lambda shop: list(shop.orders_created(START, END)),
        lambda shop: list(shop.reviews(START, END)),
        lambda shop: shop.timeline("1"),
        lambda shop: shop.trace(order_id="1"),
        lambda shop: shop.return_addresses(),
        lambda shop: shop.refuse_reasons("1"),
    ],
    ids=["orders", "orders_created", "reviews", "timeline", "trace", "return_addresses", "refuse_reasons"],
)
def test_what_the_storefront_does_not_offer_is_refused_with_the_reason(shop, read):
    with pytest.raises(NotSupported) as refused:
        read(shop)
    assert "not_offered" in refused.value.told("en")
    assert refused.value.shop == "demo"


@pytest.mark.parametrize(
    ("since", "until"),
    [(START.replace(tzinfo=None), END), (START, END.replace(tzinfo=None)), (END, START)],
    ids=["naive start", "naive end", "backwards"],
)
def test_a_stretch_of_time_without_a_zone_or_backwards_is_refused(shop, since, until):
    with pytest.raises(ConfigError, match="two aware times"):
        list(shop.cases(since, until))


def test_support_is_what_the_adapter_declares(shop):
    assert shop.support(Capability.CASE_DETAIL).level == "native"
    assert [stream.name for stream in shop.streams("case")] == ["cases"]
    assert shop.streams("review") == ()


def test_a_storefront_of_another_platform_is_refused():
    with pytest.raises(ConfigError, match="has no storefront 'moon'"):
        Shop(evolve(ACCOUNT, storefront="moon"), MemoryTokens({}), adapter=FakeAdapter())


def test_a_platform_with_several_storefronts_wants_one_named():
    with pytest.raises(ConfigError, match="several storefronts"):
        account_of("taobao", app_key="k", app_secret="s")
    assert account_of("jd", app_key="k", app_secret="s").storefront == "jd"


def test_an_operators_session_stands_beside_the_main_one():
    tokens = tokens_of("main-token", "refresh", "operator-token")
    main, operator = tokens.load("main"), tokens.load("operator")
    assert main is not None
    assert operator is not None
    assert (main.access, operator.access, operator.renewable) == ("main-token", "operator-token", False)
