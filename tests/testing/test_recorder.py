"""Recordings: played back they read the same, signed anew, and hold neither a secret nor a person."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from attrs import evolve

from omnishop import registry
from omnishop.acts import Ask, Seen, Subject, Verb, choose, rows_for
from omnishop.client import AsyncShop, Shop, tokens_of
from omnishop.drivers.aio import AsyncDriver
from omnishop.drivers.sync import SyncDriver
from omnishop.errors import ConfigError
from omnishop.model import Kind
from omnishop.testing.bench import MONTH, NOW, Bench, Candidate
from omnishop.testing.recorder import Player, Recorder, hidden

FRONTS = {"tmall": "taobao", "jd": "jd", "douyin": "douyin"}


@pytest.fixture(params=FRONTS)
def bench(request):
    bench = Bench(Candidate(FRONTS[request.param], request.param), orders=9)
    yield bench
    bench.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "answers.jsonl"


def shop_of(bench, adapter, transport, *, spoilt=False, **more):
    keys = bench.keys()
    account = bench.account(keys)
    if spoilt:
        account = evolve(account, app=evolve(account.app, app_secret="another secret"))
    tokens = tokens_of("another token" if spoilt else keys["access_token"], None, keys["operator_token"])
    driver = SyncDriver(httpx.Client(transport=transport), attempts=1)
    return Shop(account, tokens, adapter=adapter, driver=driver, **more)


def read(shop):
    return list(shop.cases(NOW - MONTH, NOW)), list(shop.orders(NOW - MONTH, NOW))


def bare(record):
    """Without what names a person."""
    return evolve(record, buyer=None, remark=None) if hasattr(record, "buyer") else record


def test_a_recording_reads_as_the_platform_did(bench, path):
    adapter = bench.adapter
    with (
        Recorder(adapter, path) as recorder,
        shop_of(bench, recorder.adapter, bench.simulation.transport()) as shop,
    ):
        cases, orders = read(shop)
    assert cases
    player = Player(adapter, path)
    with shop_of(bench, player.adapter, player, spoilt=True) as shop:
        again = read(shop)
    assert again[0] == cases
    assert [bare(order) for order in again[1]] == [bare(order) for order in orders]


def test_an_event_loop_plays_it_too(bench, path):
    with (
        Recorder(bench.adapter, path) as recorder,
        shop_of(bench, recorder.adapter, bench.simulation.transport()) as shop,
    ):
        cases, _ = read(shop)
    player = Player(bench.adapter, path)

    async def replayed():
        account = bench.account(bench.keys())
        driver = AsyncDriver(httpx.AsyncClient(transport=player), attempts=1)
        async with AsyncShop(
            account, tokens_of("x", None, None), adapter=player.adapter, driver=driver
        ) as shop:
            return [case async for case in shop.cases(NOW - MONTH, NOW)]

    assert asyncio.run(replayed()) == cases


def test_nothing_in_it_names_a_person_or_opens_a_door(bench, path):
    with (
        Recorder(bench.adapter, path) as recorder,
        shop_of(bench, recorder.adapter, bench.simulation.transport()) as shop,
    ):
        read(shop)
        shop.return_addresses()
    told = path.read_text(encoding="utf-8")
    keys = bench.keys()
    for name in ("app_secret", "access_token", "refresh_token", "operator_token"):
        assert not keys[name] or keys[name] not in told
    for buyer in bench.shop.buyers:
        for secret in (buyer.name, buyer.phone, buyer.nick, buyer.open_id, buyer.street):
            assert secret not in told


def test_what_was_not_recorded_is_said(bench, path):
    path.write_text("", encoding="utf-8")
    player = Player(bench.adapter, path)
    with shop_of(bench, player.adapter, player) as shop, pytest.raises(ConfigError, match="record it again"):
        shop.order("1234567890")


def test_a_write_is_played_as_often_as_it_was_made(path):
    bench = Bench(Candidate("douyin", "douyin"))
    simulation = bench.simulation
    case_id = simulation.buyers.apply(simulation.buyers.order(bench.shop.shop_id), Kind.CANCEL)
    adapter, subject = registry.adapter("douyin"), Subject("case", case_id, "aftersale")
    rows = rows_for(adapter.writes("douyin"), Verb.REMARK, subject)

    def remark(shop):
        look = shop.run(rows[0].look(shop.account, subject))
        row = choose(rows, subject, Seen.of(look))
        shop.run(row.send(shop.account, look, Ask(text="备注")))

    with (
        Recorder(adapter, path) as recorder,
        shop_of(bench, recorder.adapter, simulation.transport(), writes="unguarded") as shop,
    ):
        remark(shop)
    player = Player(adapter, path)
    with shop_of(bench, player.adapter, player, writes="unguarded") as shop:
        remark(shop)
        with pytest.raises(ConfigError, match="addOrderRemark"):
            remark(shop)
    bench.close()


def test_a_persons_value_is_always_the_same_word_and_the_rest_stays():
    seen = {
        "receiver_name": "张三",
        "buyer": {"open_id": "abc", "order_id": "1"},
        "address_id": 7,
        "text": "电话 13812345678",
        "price": 12,
        "inner": json.dumps({"mobile": "13812345678", "access_token": "t"}),
    }
    told = hidden(seen)
    assert (told["buyer"]["order_id"], told["address_id"], told["price"]) == ("1", 7, 12)
    assert told["receiver_name"] == hidden(seen)["receiver_name"] != "张三"
    assert told["buyer"]["open_id"].startswith("hidden-")
    word = json.loads(told["inner"])["mobile"]
    assert told["text"] == f"电话 {word}"
    assert "13812345678" not in json.dumps(told)
    assert json.loads(told["inner"])["access_token"] == "***"
