"""The registry: several apps and shops, secrets sealed, and no mixing of simulated and real."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from attrs import evolve

from omnishop import ConfigError
from omnishop.config import Home
from omnishop.ports import Account, App, Token
from omnishop.store import Store
from omnishop.store.connection import reading
from omnishop.store.vault import Vault

NOW = datetime(2026, 5, 20, 12, 0, 0, 5, tzinfo=UTC)
APP = App("market", "key-1", "secret-of-the-app", gateway="https://gate.example/router", service_id="9")
ACCOUNT = Account(APP, "stall", "77", "corner", settings={"nick": "小店"})
TOKEN = Token("access-of-the-shop", "refresh-of-the-shop", NOW, renewable_until=NOW)


def test_a_shop_comes_back_as_it_was_added(store):
    added = store.shops.add(ACCOUNT, now=NOW, tokens={"main": TOKEN, "operator": Token("o", renewable=False)})
    assert (added.name, added.added_at, added.simulated) == ("corner", NOW, False)
    assert store.shops.get("corner") == store.shops.get("77") == added
    assert store.shops.account(added, b"buyers") == evolve(ACCOUNT, buyer_secret=b"buyers")
    assert store.tokens(added).load("main") == TOKEN
    assert store.tokens(added).load("operator") == Token("o", renewable=False)
    assert store.tokens(added).roles() == ("main", "operator")


def test_no_secret_lies_open_in_the_home(store, home):
    store.shops.add(ACCOUNT, now=NOW, tokens={"main": TOKEN})
    store.close()
    for path in home.path.iterdir():
        written = path.read_bytes()
        for secret in (b"secret-of-the-app", b"access-of-the-shop", b"refresh-of-the-shop"):
            assert secret not in written, path.name


def test_a_shop_added_again_is_brought_up_to_date(store):
    first = store.shops.add(ACCOUNT, now=NOW, tokens={"main": TOKEN})
    app = evolve(APP, app_secret="rotated", gateway=None)
    again = store.shops.add(Account(app, "other", "77"), now=NOW)
    assert (again.row, again.alias, again.storefront) == (first.row, "corner", "other")
    assert store.shops.account(again).app == app
    assert store.tokens(again).load("main") == TOKEN, "tokens not given stay"


def test_several_shops_on_one_app_and_several_apps(store):
    store.shops.add(ACCOUNT, now=NOW)
    store.shops.add(evolve(ACCOUNT, shop_id="78", alias=None), now=NOW)
    store.shops.add(Account(App("bazaar", "key-1", "another"), "stall", "77"), now=NOW)
    assert [(shop.platform, shop.shop_id) for shop in store.shops.list()] == [
        ("market", "77"),
        ("market", "78"),
        ("bazaar", "77"),
    ]
    assert len(store.shops.list("market")) == 2
    assert store.shops.get("77", "bazaar").platform == "bazaar"
    with pytest.raises(ConfigError, match="bazaar"):
        store.shops.get("77")


def test_an_unknown_shop_names_the_known_ones(store):
    with pytest.raises(ConfigError, match="shops add"):
        store.shops.get("corner")
    store.shops.add(ACCOUNT, now=NOW)
    with pytest.raises(ConfigError, match="market/corner"):
        store.shops.get("78")
    with pytest.raises(ConfigError, match="no such shop"):
        store.shops.get("77", "bazaar")


def test_a_shop_without_an_id_gets_it_later(store):
    added = store.shops.add(evolve(ACCOUNT, shop_id=None), now=NOW, tokens={"main": TOKEN})
    assert added.shop_id is None
    told = store.shops.add(ACCOUNT, now=NOW)
    assert (told.row, told.shop_id) == (added.row, "77")
    assert len(store.shops.list()) == 1


def test_two_shops_without_an_id_are_two(store):
    one, other = (store.shops.add(evolve(ACCOUNT, shop_id=None, alias=name), now=NOW) for name in ("a", "b"))
    assert one.row != other.row
    told = store.shops.update(other, evolve(ACCOUNT, shop_id=None, alias="b", storefront="hall"))
    assert (told.row, told.storefront) == (other.row, "hall")


def test_what_the_platform_told_is_written_back(store):
    added = store.shops.add(evolve(ACCOUNT, shop_id=None), now=NOW)
    told = store.shops.update(added, evolve(ACCOUNT, storefront="hall", settings={"nick": "x"}))
    assert (told.shop_id, told.storefront, told.settings) == ("77", "hall", {"nick": "x"})


def test_an_id_of_another_shop_cannot_be_written_back(store):
    store.shops.add(ACCOUNT, now=NOW)
    other = store.shops.add(evolve(ACCOUNT, shop_id=None, alias="new"), now=NOW)
    with pytest.raises(ConfigError, match="registered already as corner"):
        store.shops.update(other, evolve(ACCOUNT, alias="new"))


@pytest.mark.parametrize("platform", ["market", "bazaar"])
def test_an_alias_is_one_shops_alone(store, platform):
    store.shops.add(ACCOUNT, now=NOW)
    with pytest.raises(ConfigError, match="alias"):
        store.shops.add(evolve(ACCOUNT, app=evolve(APP, platform=platform), shop_id="78"), now=NOW)


@pytest.mark.parametrize(
    ("account", "field"),
    [
        (evolve(ACCOUNT, shop_id=None, alias=None), "alias"),
        (evolve(ACCOUNT, alias="two words"), "alias"),
        (evolve(ACCOUNT, shop_id="7\n7"), "shop_id"),
        (evolve(ACCOUNT, app=evolve(APP, app_secret="")), "app_secret"),
        (evolve(ACCOUNT, app=evolve(APP, app_secret="se\x00cret")), "app_secret"),
        (evolve(ACCOUNT, app=evolve(APP, gateway="gate.example")), "gateway"),
    ],
)
def test_a_wrong_field_is_named_and_its_value_is_not(store, account, field):
    with pytest.raises(ConfigError) as caught:
        store.shops.add(account, now=NOW)
    assert field in str(caught.value)
    assert "se\x00cret" not in caught.value.told("zh")
    assert store.shops.list() == ()


def test_simulated_and_real_are_never_mixed(store):
    store.shops.add(ACCOUNT, now=NOW)
    with pytest.raises(ConfigError, match="separate homes"):
        store.shops.add(ACCOUNT, now=NOW, control="http://127.0.0.1:1/_control")
    with pytest.raises(ConfigError, match="separate homes"):
        store.shops.add(
            evolve(ACCOUNT, shop_id="78", alias=None), now=NOW, control="http://127.0.0.1:1/_control"
        )
    other_app = evolve(APP, app_key="key-of-the-world")
    with pytest.raises(ConfigError, match="separate homes"):
        store.shops.add(evolve(ACCOUNT, app=other_app), now=NOW, control="http://127.0.0.1:1/_control")
    assert store.shops.account(store.shops.get("77")).app == APP


def test_a_shop_moved_to_another_app_leaves_no_secret_behind(store):
    store.shops.add(ACCOUNT, now=NOW)
    moved = store.shops.add(evolve(ACCOUNT, app=evolve(APP, app_key="key-2")), now=NOW)
    assert moved.app_key == "key-2"
    with reading(store.engine) as connection:
        assert connection.exec_driver_sql("SELECT app_key FROM apps").scalars().all() == ["key-2"]


def test_a_shop_in_a_new_world_is_read_from_the_start(store):
    shop = store.shops.add(ACCOUNT, now=NOW, control="http://127.0.0.1:1/_control")
    store.cursors.proved(shop.row, "cases", NOW, NOW)
    store.shops.add(ACCOUNT, now=NOW, control="http://127.0.0.1:1/_control")
    assert store.cursors.of_shop(shop.row)
    moved = store.shops.add(ACCOUNT, now=NOW, control="http://127.0.0.1:2/_control")
    assert (moved.simulated, moved.control) == (True, "http://127.0.0.1:2/_control")
    assert not store.cursors.of_shop(shop.row)


def test_a_removed_shop_leaves_no_token(store):
    shop = store.shops.add(ACCOUNT, now=NOW, tokens={"main": TOKEN})
    store.cursors.proved(shop.row, "cases", NOW, NOW)
    store.shops.remove(shop)
    again = store.shops.add(ACCOUNT, now=NOW)
    assert store.tokens(again).load("main") is None
    assert store.cursors.of_shop(again.row) == {}


# ---------------------------------------------------------------- the key of a database


def test_a_wrong_key_is_said_with_what_to_do(store, home):
    store.shops.add(ACCOUNT, now=NOW, tokens={"main": TOKEN})
    with Store.open(evolve(home, env={"OMNISHOP_KEY": "another"})) as other:
        shop = other.shops.get("77")
        with pytest.raises(ConfigError) as caught:
            other.tokens(shop).load("main")
    assert "OMNISHOP_KEY" in caught.value.told("en")
    assert "OMNISHOP_KEY" in caught.value.told("zh")


def test_a_lost_key_is_not_replaced_by_a_new_one(store, home):
    store.shops.add(ACCOUNT, now=NOW)
    (home.path / "key").unlink()
    with Store.open(home) as other, pytest.raises(ConfigError, match="missing"):
        other.key  # noqa: B018 - reading it is the act
    assert not (home.path / "key").exists()


def test_records_can_be_listed_without_the_key(store, home):
    store.shops.add(ACCOUNT, now=NOW)
    (home.path / "key").unlink()
    with Store.open(home) as other:
        assert other.records.list("case") == []
        assert [shop.name for shop in other.shops.list()] == ["corner"]


def test_a_sealed_secret_opens_only_in_its_place_and_unchanged():
    vault = Vault(b"k" * 32, "00" * 8)
    sealed = vault.seal(b"secret", "token:1:main")
    assert vault.open(sealed, "token:1:main") == b"secret"
    assert vault.seal(b"secret", "token:1:main") != sealed, "a nonce is used once"
    with pytest.raises(ConfigError, match="log in again"):
        vault.open(sealed, "token:2:main")
    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(ConfigError):
            vault.open(changed, "token:1:main")
    for length in range(len(sealed)):
        with pytest.raises(ConfigError):
            vault.open(sealed[:length], "token:1:main")


def test_a_home_with_an_odd_path_works(tmp_path):
    with Store.open(Home.find(tmp_path / "家 %20?#&", env={})) as store:
        store.shops.add(ACCOUNT, now=NOW)
    with Store.open(Home.find(tmp_path / "家 %20?#&", env={})) as store:
        assert store.shops.get("77").settings == {"nick": "小店"}
