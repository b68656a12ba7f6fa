"""What a monitor is answered: metrics as Prometheus reads them, health with its status, on a port of its own."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from attrs import evolve, frozen
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families

from omnishop import telemetry
from omnishop.engine.simulated import present
from omnishop.errors import ConfigError, Transient
from omnishop.store import StoredShop
from omnishop.store.glance import Backlog, Ban, Doubts, Ends, Lately
from omnishop.telemetry import INSTRUMENTS
from omnishop.telemetry.signals import heard_by
from omnishop.watching import Seen, ShopSeen, Watch, judge
from omnishop.watching.address import address
from omnishop.watching.gauges import Gauges
from omnishop.watching.page import MOST, Page
from omnishop.watching.port import Port

NOW = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)


@frozen
class Standing:
    """A watch that always sees the same."""

    seen: Seen

    def both(self):
        return self.seen, judge(self.seen)

    def health(self):
        return judge(self.seen)


def shop(number, **facts):
    stored = StoredShop(number, "paper", "paper", str(number), None, "k", NOW)
    well = ShopSeen(stored, NOW, true_at=NOW - timedelta(seconds=number), tokens={"main": Ends(None, True)})
    return evolve(well, **facts)


def well(*shops):
    return Seen(NOW, shops or (shop(1),), disk_free=2**40)


@pytest.fixture
def metrics():
    """What the page says of this, by name of Prometheus: {labels: value}."""
    opened = []

    def read(seen, accept=""):
        opened.append(Gauges(Standing(seen)))
        _, page = opened[-1].page(accept)
        return {
            family.name: {tuple(sorted(each.labels.items())): each.value for each in family.samples}
            for family in text_string_to_metric_families(page.decode())
        }

    yield read
    for each in opened:
        each.close()


def test_the_gauges_say_what_is_seen(metrics):
    old = NOW - timedelta(hours=2)
    found = metrics(
        Seen(
            NOW,
            (
                shop(1),
                shop(2, unverified={"cases": "why"}, unread=("orders",), true_at=None),
                shop(5, lately=Lately(0, None, NOW - timedelta(seconds=90))),
                shop(3, backlog=Backlog(4, old, 2), quarantined=5, doubts=Doubts(6, old)),
                shop(4, tokens={"main": Ends(NOW, False)}, behind=timedelta(days=3)),
            ),
            elsewhere=Backlog(1, NOW, 1),
            disk_free=12345,
            bans=(Ban("paper", "1", "m", NOW + timedelta(minutes=1), None),),
            clocks={"database": timedelta(), "paper": timedelta(seconds=-2)},
            seconds=0.5,
        )
    )
    paper = (("platform", "paper"),)
    assert found["omnishop_shops"] == {
        (*paper, ("state", "running")): 2,
        (*paper, ("state", "degraded")): 2,
        (*paper, ("state", "unverified")): 1,
    }
    assert found["omnishop_shop_age_seconds"] == {
        (*paper, ("shop_id", "1")): 1,
        (*paper, ("shop_id", "3")): 3,
        (*paper, ("shop_id", "4")): 4,
        (*paper, ("shop_id", "5")): 5,
    }
    assert found["omnishop_lists_unverified"] == {paper: 2}
    assert found["omnishop_backfill_left_seconds"] == {paper: 3 * 86400}
    assert found["omnishop_round_late_seconds"] == {(): 90}
    assert found["omnishop_inbox_messages"] == {(("state", "waiting"),): 5, (("state", "failed"),): 3}
    assert found["omnishop_inbox_oldest_age_seconds"] == {(): 7200}
    assert found["omnishop_quarantine_records"] == {paper: 5}
    assert found["omnishop_doubts"] == {paper: 6}
    assert found["omnishop_doubts_oldest_age_seconds"] == {(): 7200}
    assert found["omnishop_bans"] == {paper: 1}
    assert found["omnishop_tokens_ending"] == {paper: 1}
    assert found["omnishop_disk_free_bytes"] == {(): 12345}
    assert found["omnishop_clock_ahead_seconds"] == {(("of", "database"),): 0, (("of", "paper"),): -2}
    assert found["omnishop_collection_seconds"] == {(): 0.5}


def test_every_gauge_of_the_table_is_there(metrics):
    names = {row.on_the_page for row in INSTRUMENTS.values() if row.kind == "gauge"}
    ran = shop(1, lately=Lately(0, None, NOW))
    assert names <= set(metrics(evolve(well(ran), clocks={"database": timedelta()})))


def test_what_is_counted_while_working_is_on_the_same_page():
    gauges = Gauges(
        Standing(evolve(well(shop(1, lately=Lately(0, None, NOW))), clocks={"paper": timedelta()}))
    )
    with heard_by(None, gauges.provider):
        telemetry.count("omnishop.calls", platform="paper", method="case.list", outcome="ok")
        telemetry.measure("omnishop.call.duration", 0.2, platform="paper", method="case.list")
        for row in INSTRUMENTS.values():
            tell = {"counter": telemetry.count, "histogram": telemetry.measure}.get(row.kind)
            if tell is not None:
                tell(row.name, 1, **dict.fromkeys(row.labels, "x"))
    _, page = gauges.page()
    gauges.close()
    told = {each.name for family in text_string_to_metric_families(page.decode()) for each in family.samples}
    for row in INSTRUMENTS.values():
        assert row.on_the_page + ("_bucket" if row.kind == "histogram" else "") in told
    assert b'omnishop_calls_total{method="case.list",outcome="ok",platform="paper"} 1.0' in page
    assert b'omnishop_call_duration_seconds_bucket{le="0.25",' in page


def test_it_speaks_openmetrics_where_that_is_asked_for():
    gauges = Gauges(Standing(well()))
    kind, page = gauges.page("application/openmetrics-text; version=1.0.0")
    gauges.close()
    assert kind.startswith("application/openmetrics-text")
    assert {family.name for family in open_families(page.decode())} >= {"omnishop_shops"}


def test_as_many_ages_as_shops_and_no_overflow(metrics):
    found = metrics(well(*(shop(number) for number in range(1, 2_101))))
    ages = found["omnishop_shop_age_seconds"]
    assert len(ages) == 2_100  # the library would stop at 2,000
    assert not any("overflow" in name for labels in ages for name, _ in labels)
    assert sum(len(rows) for name, rows in found.items() if name != "omnishop_shop_age_seconds") < 100


# ---------------------------------------------------------------- the page, without a port


def asked(page, path, method="GET", query=b"", headers=()):
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "path": path, "method": method, "query_string": query, "headers": list(headers)}
    asyncio.run(page(scope, None, send))
    start, body = sent
    return start["status"], dict(start["headers"]), body["body"]


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        (well(), 200),
        (well(shop(1, quarantined=1)), 200),
        (well(shop(1), shop(2, unread=("orders",))), 503),
        (Seen(NOW, ()), 503),
    ],
)
def test_unverified_is_the_state_that_fails_a_check(seen, status):
    page = Page(Standing(seen).health)
    found, headers, body = asked(page, "/health")
    assert found == status
    assert json.loads(body)["state"] == judge(seen).state
    assert headers[b"cache-control"] == b"no-store"
    assert asked(page, "/alive")[0] == 200  # the process answers, whatever the lists say


def test_of_many_shops_it_names_those_that_need_care_and_all_on_demand():
    page = Page(Standing(well(*(shop(n, quarantined=n % 2) for n in range(1, 401)))).health)
    few = json.loads(asked(page, "/health")[2])
    assert len(few["shops"]) == MOST
    assert {each["state"] for each in few["shops"]} == {"degraded"}
    assert few["counts"] == {"running": 200, "degraded": 200, "unverified": 0}
    assert len(json.loads(asked(page, "/health", query=b"all=1")[2])["shops"]) == 400


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/", "GET", 404), ("/push/douyin", "POST", 404), ("/metrics", "GET", 404), ("/health", "POST", 405)],
)
def test_nothing_else_is_answered(path, method, status):
    assert asked(Page(Standing(well()).health), path, method)[0] == status


def test_head_has_no_body():
    status, headers, body = asked(Page(Standing(well()).health), "/health", "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers[b"content-length"]) > 0


def test_a_database_that_is_gone_is_503_and_says_what_to_do(caplog):
    def gone():
        raise Transient("the database db/shop cannot be reached", zh="无法连接数据库 db/shop")

    status, _, body = asked(Page(gone), "/health")
    told = json.loads(body)
    [reason] = told["reasons"]
    assert (status, told["state"], told["error"]) == (503, "unverified", "Transient")
    assert "cannot be reached" in reason["text"]["en"]
    assert "无法连接数据库 db/shop" in reason["text"]["zh"]
    assert all("omnishop doctor" in words for words in reason["cure"].values())
    [line] = caplog.records
    assert "cannot be reached" in line.getMessage()
    assert ".py:" not in line.getMessage()


def test_a_bug_of_ours_is_503_without_its_words(caplog):
    def gone():
        raise KeyError("secret-place")

    status, _, body = asked(Page(gone), "/health")
    assert (status, json.loads(body)["error"]) == (503, "KeyError")
    assert "secret-place" not in caplog.text + body.decode()


def test_where_a_look_broke_is_in_the_log_each_time(store, caplog, monkeypatch):
    def broken(*_args):
        raise KeyError("secret-place")

    monkeypatch.setattr("omnishop.watching.watch.look", broken)
    watch = Watch(store, present())
    for _ in range(3):
        assert asked(Page(watch.health), "/health")[0] == 503
    lines = {each.getMessage() for each in caplog.records}
    assert len(lines) == 1
    assert "test_page.py" in next(iter(lines))


def test_metrics_without_a_store_tell_the_rest_in_one_line(store, caplog, monkeypatch):
    """One look for all the gauges of a page: nobody waits for each of them."""
    looks = []

    def gone(*_args):
        looks.append(1)
        raise Transient("the database db/shop cannot be reached", zh="无法连接数据库 db/shop")

    monkeypatch.setattr("omnishop.watching.watch.look", gone)
    watch = Watch(store, present())
    gauges = Gauges(watch)
    status, _, body = asked(Page(watch.health, gauges.page), "/metrics")
    assert (status, len(looks)) == (200, 1)
    families = {family.name for family in text_string_to_metric_families(body.decode())}
    assert "process_resident_memory_bytes" in families
    assert "omnishop_shops" not in families
    [line] = caplog.records
    assert "cannot be reached" in line.getMessage()
    monkeypatch.undo()
    watch._until = float("-inf")  # a while later
    status, _, body = asked(Page(watch.health, gauges.page), "/metrics")
    gauges.close()
    assert b"omnishop_collection" in body
    assert len(caplog.records) == 1


# ---------------------------------------------------------------- the port


def test_a_port_of_its_own_over_a_real_store(store, shops, read):
    read(shops[0])
    watch = Watch(store, present())
    gauges = Gauges(watch)
    with Port(Page(watch.health, gauges.page), "127.0.0.1", 0) as port, httpx.Client(trust_env=False) as http:
        health = http.get(f"{port.url}/health")
        page = http.get(f"{port.url}/metrics")
    gauges.close()
    assert (health.status_code, health.json()["state"]) == (503, "unverified")
    assert page.headers["content-type"].startswith("text/plain; version=")
    families = {family.name for family in text_string_to_metric_families(page.text)}
    assert {"omnishop_shops", "omnishop_shop_age_seconds", "process_resident_memory_bytes"} <= families


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("9464", ("127.0.0.1", 9464)),
        (":9464", ("127.0.0.1", 9464)),
        ("10.1.2.3:1", ("10.1.2.3", 1)),
        ("[::1]:80", ("::1", 80)),
    ],
)
def test_addresses(text, found):
    assert address(text) == found


@pytest.mark.parametrize("text", ["", "host", "host:", "host:x", "1.2.3.4:99999"])
def test_what_is_no_address(text):
    with pytest.raises(ConfigError, match="HOST:PORT"):
        address(text)
