"""Both drivers, through real httpx clients and answers made by respx: retries, faults, limits, tokens."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpcore
import httpx
import pytest
import respx
import stamina
from tests.fake_adapter import ACCOUNT, EXPIRED, GATEWAY, FakeAdapter, FakeCodec

from omnishop import AuthError, ConfigError, OutcomeUnknown, RateLimited, Rejected, Transient, WireError
from omnishop.client import AsyncShop, Shop
from omnishop.drivers.aio import AsyncDriver
from omnishop.drivers.exchange import Unguarded
from omnishop.drivers.sync import SyncDriver
from omnishop.drivers.tokens import MemoryTokens
from omnishop.flow import Call
from omnishop.ports import Token

ADAPTER = FakeAdapter()
GOOD = {"data": {"id": "9"}}


@pytest.fixture(autouse=True)
def _no_waiting():
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def wire():
    with respx.mock(assert_all_called=False) as router:
        yield router.post(GATEWAY)


@pytest.fixture(params=["sync", "async"])
def run(request):
    """Runs a flow by either driver: `run(flow)`; options go to the driver."""

    def sync(flow, token=None, **options):
        with Shop(
            ACCOUNT, tokens(token), adapter=ADAPTER, driver=SyncDriver(**options), writes="unguarded"
        ) as shop:
            return shop.run(flow)

    def in_loop(flow, token=None, **options):
        async def main():
            driver = AsyncDriver(**options)
            async with AsyncShop(
                ACCOUNT, tokens(token), adapter=ADAPTER, driver=driver, writes="unguarded"
            ) as shop:
                return await shop.run(flow)

        return asyncio.run(main())

    return sync if request.param == "sync" else in_loop


def tokens(token=None):
    return MemoryTokens({"main": token or Token("access-1", "refresh-1")})


def read():
    return ADAPTER.case(ACCOUNT, "case", "9")


def write():
    return ADAPTER.refund(ACCOUNT, "9")


def test_a_read_is_answered(run, wire):
    wire.respond(json=GOOD)
    assert run(read()).case_id == "9"


def test_a_read_is_repeated_after_a_fault_of_the_platform(run, wire):
    wire.side_effect = [httpx.Response(503), httpx.ReadTimeout("late"), httpx.Response(200, json=GOOD)]
    assert run(read()).case_id == "9"
    assert wire.call_count == 3


def test_a_read_gives_up_after_its_attempts(run, wire):
    wire.respond(503)
    with pytest.raises(Transient):
        run(read())
    assert wire.call_count == 3


def test_a_refusal_is_not_repeated(run, wire):
    wire.respond(json={"error": "2101"})
    with pytest.raises(Rejected) as refused:
        run(read())
    assert wire.call_count == 1
    assert (refused.value.platform, refused.value.shop, refused.value.method) == ("fake", "demo", "case.get")


@pytest.mark.parametrize(
    "doubt",
    [
        httpx.Response(500),
        httpx.Response(200, content=b"<html>"),
        httpx.ReadTimeout("x"),
        httpx.ReadError("x"),
    ],
)
def test_doubt_about_a_write_is_outcome_unknown_and_never_repeated(run, wire, doubt):
    wire.side_effect = [doubt, httpx.Response(200, json=GOOD)]
    with pytest.raises(OutcomeUnknown):
        run(write())
    assert wire.call_count == 1


def test_a_write_that_never_left_is_repeated():
    class Wire(httpx.BaseTransport):
        tries = 0

        def handle_request(self, request):
            self.tries += 1
            if self.tries == 1:
                raise httpx.ConnectError("refused") from httpcore.ConnectError("refused")
            return httpx.Response(200, json=GOOD)

    with httpx.Client(transport=Wire()) as client:
        assert SyncDriver(client).run(write(), ADAPTER, ACCOUNT, tokens(), Unguarded()) == {"id": "9"}


def test_a_connect_error_of_a_strange_transport_is_doubt_about_a_write(run, wire):
    wire.side_effect = [httpx.ConnectError("reset after the request"), httpx.Response(200, json=GOOD)]
    with pytest.raises(OutcomeUnknown):
        run(write())


def test_a_refused_write_is_rejected(run, wire):
    wire.respond(json={"error": "2101"})
    with pytest.raises(Rejected):
        run(write())


def test_a_throttled_write_is_repeated_after_the_ban(run, wire):
    wire.side_effect = [
        httpx.Response(200, json={"error": "busy", "wait": 0.0}),
        httpx.Response(200, json=GOOD),
    ]
    assert run(write()) == {"id": "9"}


def test_a_ban_longer_than_the_callers_patience_comes_back_at_once(run, wire):
    wire.respond(json={"error": "busy", "wait": 3600.0})
    with pytest.raises(RateLimited) as limited:
        run(read(), patience=5.0)
    assert wire.call_count == 1
    assert limited.value.retry_after == 3600.0


def test_an_oversized_answer_is_refused_while_it_comes_in(run, wire):
    wire.respond(content=b"x" * 2000)
    with pytest.raises(WireError, match="larger than 1000 bytes"):
        run(read(), body_limit=1000)


def test_an_oversized_answer_to_a_write_is_doubt(run, wire):
    wire.respond(content=b"x" * 2000)
    with pytest.raises(OutcomeUnknown):
        run(write(), body_limit=1000)


def compressed(content):
    """A client whose platform answers with these bytes, said to be gzip, decoded as they stream in."""

    class Wire(httpx.BaseTransport, httpx.AsyncBaseTransport):
        def handle_request(self, request):
            return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Bytes())

        async def handle_async_request(self, request):
            return self.handle_request(request)

    class Bytes(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __iter__(self):
            yield content

        async def __aiter__(self):
            yield content

    return Wire()


@pytest.mark.parametrize(
    ("content", "said"),
    [(gzip.compress(b"0" * 5_000_000), "larger than"), (b"not gzip", "decompressed")],
    ids=["bomb", "broken"],
)
def test_a_compressed_answer_is_limited_and_checked(content, said):
    with httpx.Client(transport=compressed(content)) as client, pytest.raises(WireError, match=said):
        SyncDriver(client, body_limit=100_000).run(read(), ADAPTER, ACCOUNT, tokens())

    async def main():
        async with httpx.AsyncClient(transport=compressed(content)) as client:
            await AsyncDriver(client, body_limit=100_000).run(read(), ADAPTER, ACCOUNT, tokens())

    with pytest.raises(WireError, match=said):
        asyncio.run(main())


def test_an_error_never_shows_token_or_secret(run, wire):
    wire.side_effect = httpx.ConnectError(f"{GATEWAY}?token=access-1&secret=secret-of-app")
    with pytest.raises(Transient) as failed:
        run(read())
    shown = repr(failed.value) + failed.value.told("zh") + str(failed.value)
    assert "access-1" not in shown
    assert "secret-of-app" not in shown
    assert "secret-of-app" not in repr(ACCOUNT)
    assert "access-1" not in repr(Token("access-1"))


# ---------------------------------------------------------------- tokens


def answers(log):
    """A platform that refuses `access-1` and gives `access-2` for `refresh-1`."""

    def answer(request):
        body = json.loads(request.content)
        log.append(body)
        if body["method"] == "token.refresh":
            return httpx.Response(200, json={"data": {"access": "access-2", "refresh": "refresh-2"}})
        if body["token"] != "access-2":
            return httpx.Response(200, json={"error": "token"})
        return httpx.Response(200, json=GOOD)

    return answer


def test_a_refused_token_is_refreshed_once_and_the_call_repeated(run, wire):
    log = []
    wire.side_effect = answers(log)
    assert run(read()).case_id == "9"
    assert [body["method"] for body in log] == ["case.get", "token.refresh", "case.get"]


def test_an_expired_token_is_refreshed_before_use(run, wire):
    log = []
    wire.side_effect = answers(log)
    assert run(read(), token=Token("access-1", "refresh-1", EXPIRED)).case_id == "9"
    assert [body["method"] for body in log] == ["token.refresh", "case.get"]


def test_an_expired_token_that_cannot_be_renewed_asks_for_a_login_before_sending(run, wire):
    with pytest.raises(AuthError, match="log in again") as refused:
        run(read(), token=Token("access-1", None, EXPIRED, renewable=False))
    assert refused.value.cure == "login"
    assert wire.call_count == 0


def test_a_token_still_refused_after_refresh_is_not_refreshed_again(run, wire):
    def answer(request):
        refresh = json.loads(request.content)["method"] == "token.refresh"
        pair = {"data": {"access": "access-3", "refresh": "refresh-3"}}
        return httpx.Response(200, json=pair if refresh else {"error": "token"})

    wire.side_effect = answer
    with pytest.raises(AuthError):
        run(read())
    assert wire.call_count == 3


def test_threads_refresh_one_token_once(wire):
    log = []
    wire.side_effect = answers(log)
    store = tokens()
    together = threading.Barrier(8)

    def one(_):
        with Shop(ACCOUNT, store, adapter=ADAPTER) as shop:
            together.wait()
            return shop.run(read()).case_id

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(8))) == ["9"] * 8
    assert sum(body["method"] == "token.refresh" for body in log) == 1


def test_tasks_refresh_one_token_once(wire):
    log = []
    wire.side_effect = answers(log)

    async def main():
        async with AsyncShop(ACCOUNT, tokens(), adapter=ADAPTER) as shop:
            return await asyncio.gather(*(shop.run(read()) for _ in range(8)))

    assert [case.case_id for case in asyncio.run(main())] == ["9"] * 8
    assert sum(body["method"] == "token.refresh" for body in log) == 1


def test_the_new_pair_is_stored_before_it_is_used(wire):
    store = tokens()
    seen = []

    def answer(request):
        body = json.loads(request.content)
        if body["token"] == "access-2":
            seen.append(store.load("main").access)
        return answers([])(request)

    wire.side_effect = answer
    with Shop(ACCOUNT, store, adapter=ADAPTER) as shop:
        shop.run(read())
    assert seen == ["access-2"]


def test_a_task_stopped_while_it_refreshes_gives_its_lease_back():
    store = tokens(Token("access-1", "refresh-1", EXPIRED))

    async def main():
        asked = asyncio.Event()

        async def stuck(request):
            asked.set()
            await asyncio.sleep(60)

        driver = AsyncDriver(httpx.AsyncClient(transport=httpx.MockTransport(stuck)))
        async with AsyncShop(ACCOUNT, store, adapter=ADAPTER, driver=driver) as shop:
            task = asyncio.create_task(shop.run(read()))
            await asked.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert store.lease("main", "next", EXPIRED.replace(year=2021), EXPIRED)


def test_ctrl_c_while_refreshing_gives_the_lease_back():
    store = tokens(Token("access-1", "refresh-1", EXPIRED))

    def pressed(request):
        raise KeyboardInterrupt

    driver = SyncDriver(httpx.Client(transport=httpx.MockTransport(pressed)))
    with (
        Shop(ACCOUNT, store, adapter=ADAPTER, driver=driver) as shop,
        pytest.raises(KeyboardInterrupt),
    ):
        shop.run(read())
    assert store.lease("main", "next", EXPIRED.replace(year=2021), EXPIRED)


def test_a_lease_of_the_dead_ends():
    store = tokens()
    early = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
    assert store.lease("main", "dead", early.replace(minute=1), early)
    assert not store.lease("main", "next", early.replace(minute=2), early)
    assert store.lease("main", "next", early.replace(minute=3), early.replace(minute=2))
    assert not store.commit("main", "dead", Token("stale"))
    assert store.commit("main", "next", Token("fresh"))
    assert store.load("main").access == "fresh"


# ---------------------------------------------------------------- the shop's face


def test_pages_are_followed_to_the_end(wire):
    wire.side_effect = [
        httpx.Response(200, json={"data": {"ids": ["1", "2"], "more": True}}),
        httpx.Response(200, json={"data": {"ids": ["3"], "more": False}}),
    ]
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    with Shop(ACCOUNT, tokens(), adapter=ADAPTER) as shop:
        assert [case.case_id for case in shop.cases(start, end)] == ["1", "2", "3"]


def test_a_long_stretch_is_cut_into_the_platforms_windows(wire):
    wire.respond(json={"data": {"ids": [], "more": False}})
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 3, 12, tzinfo=UTC)

    async def main():
        async with AsyncShop(ACCOUNT, tokens(), adapter=ADAPTER) as shop:
            return [case async for case in shop.cases(start, end)]

    assert asyncio.run(main()) == []
    starts = [json.loads(call.request.content)["params"]["start"][:10] for call in wire.calls]
    assert starts == ["2026-01-01", "2026-01-02", "2026-01-03"]


def test_a_shop_without_a_ledger_only_reads(wire):
    with (
        Shop(ACCOUNT, tokens(), adapter=ADAPTER) as shop,
        pytest.raises(ConfigError, match="without a ledger"),
    ):
        shop.call("case.refund", {"id": "9"})
    assert wire.call_count == 0


def test_any_read_may_be_called_raw(wire):
    wire.respond(json=GOOD)
    with Shop(ACCOUNT, tokens(), adapter=ADAPTER) as shop:
        assert shop.call("case.get", {"id": "9"}) == {"id": "9"}


def test_each_call_is_logged_without_what_it_carried(run, wire, caplog):
    wire.side_effect = [httpx.Response(200, json={"error": "2101"}), httpx.Response(200, json=GOOD)]
    with caplog.at_level("DEBUG", logger="omnishop.calls"):
        with pytest.raises(Rejected):
            run(read())
        run(read())
    refused, done = caplog.messages
    assert "Rejected" in refused
    assert "code='2101'" in refused
    assert "method='case.get'" in done
    assert "access-1" not in caplog.text
    assert "secret-of-app" not in caplog.text


def test_an_error_that_quotes_our_secrets_is_told_without_them(run, wire, monkeypatch):
    def quotes(_codec, call, response):
        sent = f"{ACCOUNT.app.app_secret} and access-1, call 13912345678"
        raise Rejected(f"bad {sent}", zh=f"错误 {sent}")

    monkeypatch.setattr(FakeCodec, "decode", quotes)
    wire.respond(json=GOOD)
    with pytest.raises(Rejected) as caught:
        run(read())
    for told in (caught.value.told("zh"), str(caught.value), repr(caught.value), *caught.value.args):
        assert not any(secret in told for secret in ("secret-of-app", "access-1", "13912345678"))
        assert "*** and ***, call ***" in told


def test_a_flow_cannot_write_by_calling_itself_a_read(wire):
    def sly():
        yield Call("case.refund", {"id": "9"}, write=False)

    with Shop(ACCOUNT, tokens(), adapter=ADAPTER) as shop, pytest.raises(ConfigError, match="ledger"):
        shop.run(sly())
    assert wire.call_count == 0


def test_a_named_act_wants_a_ledger_too(wire):
    with Shop(ACCOUNT, tokens(), adapter=ADAPTER) as shop, pytest.raises(ConfigError, match="ledger"):
        shop.agree("9")
    assert wire.call_count == 0


def test_what_the_permit_raises_is_what_comes_out_and_nothing_is_sent(run, wire):
    class Closed:
        def sending(self, call, request):
            raise ConfigError("not today")

    with (
        Shop(ACCOUNT, tokens(), adapter=ADAPTER) as shop,
        pytest.raises(ConfigError, match="not today"),
    ):
        shop.run(write(), Closed())
    assert wire.call_count == 0
