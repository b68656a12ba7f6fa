"""The simulated platform's login page and tokens, walked by the adapter's own flows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from omnishop.errors import AuthError
from omnishop.ports import Account, App, Token
from omnishop.sandbox.face import WireRequest
from omnishop_douyin import adapter
from omnishop_douyin.face import stock

PAGE = {"page": 0, "size": 10}


# ---------------------------------------------------------------- tokens and login


def account_of(simulation, gateway="http://douyin.test"):
    keys = simulation.shops(gateway)["douyin"]
    app = App("douyin", keys["app_key"], keys["app_secret"], gateway=gateway, service_id=keys["service_id"])
    return Account(app, "douyin", keys["shop_id"])


def carry(simulation, flow, account, token=None):
    """A flow against the simulation, with the real codec."""
    try:
        call = next(flow)
        while True:
            request = adapter.codec.encode(call, account, token, datetime.now(UTC))
            answer = simulation.answer(
                WireRequest.of("POST", request.url, dict(request.headers), request.content)
            )
            try:
                payload = adapter.codec.decode(call, answer)
            except AuthError as error:
                call = flow.throw(error)
            else:
                call = flow.send(payload)
    except StopIteration as done:
        return done.value


def test_the_login_walk(simulation, opened):
    account = account_of(simulation)
    url = adapter.authorize_url(account.app, "http://127.0.0.1:7/callback?x=1", "state 1")
    answer = simulation.answer(WireRequest.of("GET", url, {}, b""))
    assert answer.status == 302
    back = urlsplit(answer.headers["location"])
    assert back.netloc == "127.0.0.1:7"
    found = parse_qs(back.query)
    assert (found["state"], found["x"]) == (["state 1"], ["1"])
    now = datetime.now(UTC)
    grant = carry(simulation, adapter.exchange(account, found["code"][0], "", now), account)
    assert grant.shop_id == account.shop_id
    assert abs(grant.token.expires_at - now - timedelta(days=7)) < timedelta(seconds=5)
    with opened(simulation, access_token=grant.token.access) as shop:
        assert shop.whoami().shop_id == account.shop_id
    for code in (found["code"][0], "never given"):
        with pytest.raises(AuthError) as caught:
            carry(simulation, adapter.exchange(account, code, "", now), account)
        assert caught.value.cure == "login"


def test_a_login_page_without_a_known_service(simulation):
    url = "http://fuwu.jinritemai.com/authorize?service_id=0&state=s"
    assert simulation.answer(WireRequest.of("GET", url, {}, b"")).status == 404
    known = simulation.world.shops[0].service_id
    plain = f"http://fuwu.jinritemai.com/authorize?service_id={known}&state=s"
    assert (
        simulation.answer(WireRequest.of("GET", plain, {}, b""))
        .headers["location"]
        .startswith(stock.CALLBACK)
    )


def test_an_old_code(wire):
    world = wire.simulation.world
    query = f"service_id={wire.shop.service_id}&state=s"
    answer = wire.simulation.answer(WireRequest("GET", "fuwu.jinritemai.com", "/authorize", query))
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    world.clock.advance(601)
    grant = {"grant_type": "authorization_code", "code": code}
    assert wire.code("token.create", grant) == "50001/dop.token-generate-failed:code-expired"


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("token.create", {"grant_type": "authorization_self", "code": ""}, "10000"),
        ("token.create", {"grant_type": "authorization_self"}, "50002/isv.business-failed:4"),
        ("token.create", {"grant_type": "authorization_code", "code": ""}, "50002/isv.business-failed:4"),
        (
            "token.create",
            {"grant_type": "authorization_self", "code": "", "shop_id": "1"},
            "50001/dop.token-generate-failed:no-authorization",
        ),
        ("token.create", {"grant_type": "x"}, "50001/dop.token-generate-failed:grant-type-invalid"),
        ("token.refresh", {"grant_type": "x"}, "50001/dop.token-generate-failed:grant-type-invalid"),
        ("token.refresh", {"grant_type": "refresh_token"}, "50002/isv.business-failed:31009"),
        (
            "token.refresh",
            {"grant_type": "refresh_token", "refresh_token": "x"},
            "50002/isv.business-failed:31009",
        ),
    ],
)
def test_refusals_of_token_calls(wire, method, params, code):
    assert wire.code(method, params, access_token=None) == code


def refreshed(simulation, token):
    account = account_of(simulation)
    return carry(simulation, adapter.refresh(account, token, datetime.now(UTC)), account).token


def held(simulation):
    found = stock.current(simulation.world, simulation.world.shops[0])
    return Token(found.access, found.refresh)


def test_refresh_by_the_platforms_rules(simulation, wire):
    first = held(simulation)
    same = refreshed(simulation, first)
    assert (same.access, same.refresh) == (first.access, first.refresh)
    simulation.world.clock.advance(7 * 86400 - 1800)
    fresh = refreshed(simulation, first)
    assert fresh.access != first.access
    assert wire.code("afterSale.List", PAGE, access_token=first.access) == "10000"
    simulation.world.clock.advance(3700)
    assert wire.code("afterSale.List", PAGE, access_token=first.access) == "40003/isv.access-token-no-existed"
    assert wire.code("afterSale.List", PAGE, access_token=fresh.access) == "10000"
    with pytest.raises(AuthError):
        refreshed(simulation, first)


def test_refresh_after_expiry_and_too_late(simulation, wire):
    first = held(simulation)
    simulation.world.clock.advance(8 * 86400)
    assert wire.code("afterSale.List", PAGE) == "40003/isv.access-token-expired"
    fresh = refreshed(simulation, first)
    assert wire.code("afterSale.List", PAGE, access_token=fresh.access) == "10000"
    simulation.world.clock.advance(15 * 86400)
    with pytest.raises(AuthError) as caught:
        refreshed(simulation, fresh)
    assert caught.value.cure == "login"


def test_a_new_login_replaces_the_old_token_within_an_hour(simulation, wire):
    first = held(simulation)
    query = f"service_id={wire.shop.service_id}&state=s"
    answer = simulation.answer(WireRequest("GET", "fuwu.jinritemai.com", "/authorize", query))
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    assert wire.code("token.create", {"grant_type": "authorization_code", "code": code}) == "10000"
    assert held(simulation).access != first.access
    assert wire.code("afterSale.List", PAGE) == "10000"
    simulation.world.clock.advance(3700)
    assert wire.code("afterSale.List", PAGE) == "40003/isv.access-token-no-existed"


def test_a_self_use_app_keeps_a_pair_that_still_lives(simulation, wire):
    first = held(simulation)
    again = wire.ask("token.create", {"grant_type": "authorization_self", "code": ""})["data"]
    assert again["access_token"] == first.access
    simulation.world.clock.advance(8 * 86400)
    later = wire.ask("token.create", {"grant_type": "authorization_self", "code": ""})["data"]
    assert later["access_token"] == held(simulation).access != first.access


def test_the_driver_refreshes_an_expired_token_by_itself(simulation, opened):
    with opened(simulation) as shop:
        simulation.world.clock.advance(8 * 86400)
        assert shop.whoami().shop_id == shop.account.shop_id
