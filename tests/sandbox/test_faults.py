"""Troubles by plan: in process as the errors of httpx, over HTTP as what really happens to a connection."""

from __future__ import annotations

import re
import socket
from collections import Counter
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from tests.sandbox import paper
from tests.sandbox.town import FRIDAY, Town

from omnishop import Shop, clock, registry
from omnishop.drivers.sync import SyncDriver
from omnishop.errors import OmnishopError
from omnishop.flow import Call
from omnishop.model import Stage
from omnishop.ports import Account, App, Token
from omnishop.sandbox import faults, struck
from omnishop.sandbox.faults import NAMES, BadPlan, FaultPlan, Wire, distorted
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation
from omnishop.testing.desk import Heedless

WIRE = Wire(totals=frozenset({"total"}), enums=frozenset({"status"}), ids=frozenset({"id"}))


def plan_of(*names: str) -> FaultPlan:
    plan = FaultPlan.of(1, dict.fromkeys(names, 1.0))
    plan.draw(write=False)
    return plan


class TestPlans:
    def test_same_seed_same_strikes(self):
        def drawn(seed):
            plan = FaultPlan.of(seed, {"throttle": 0.3, "slow": 0.2})
            rows = []
            for number in range(200):
                plan.draw(write=number % 3 == 0)
                rows.append(sorted(plan.hits))
            return rows

        assert drawn(7) == drawn(7) != drawn(8)
        counts = Counter(name for row in drawn(7) for name in row)
        assert 40 <= counts["throttle"] <= 80
        assert 20 <= counts["slow"] <= 60

    def test_one_rate_does_not_move_another(self):
        def throttles(more):
            plan = FaultPlan.of(7, {"throttle": 0.3, **more})
            for _ in range(100):
                plan.draw(write=False)
                yield "throttle" in plan.hits

        assert sum(throttles({})) > 0
        one = list(throttles({"slow": 0.0}))
        assert one == list(throttles({"slow": 1.0}))

    @pytest.mark.parametrize(("only", "reads", "writes"), [("all", 1, 1), ("reads", 1, 0), ("writes", 0, 1)])
    def test_reads_or_writes_alone(self, only, reads, writes):
        plan = FaultPlan.of(1, {"reset_before": 1.0}, only)
        for write, expected in ((False, reads), (True, writes)):
            plan.draw(write=write)
            assert len(plan.hits) == expected

    @pytest.mark.parametrize(
        ("rates", "only", "said"),
        [
            ({"thunder": 0.1}, "all", "no such fault: thunder"),
            ({"slow": 2}, "all", "from 0 to 1"),
            ({"slow": True}, "all", "from 0 to 1"),
            ({"slow": -0.1}, "all", "from 0 to 1"),
            ({"slow": 0.1}, "some", "only is all, reads or writes"),
        ],
    )
    def test_a_plan_that_cannot_be_is_refused(self, rates, only, said):
        with pytest.raises(BadPlan, match=said):
            FaultPlan.of(1, rates, only)

    def test_faults_of_pushes_are_kept_and_strike_no_request(self):
        plan = plan_of("push_duplicate", "push_late", "push_reordered")
        assert plan.hits == frozenset()
        assert set(plan.rates) == {"push_duplicate", "push_late", "push_reordered"}


ROWS = {"total": 3, "rows": [{"id": str(n), "status": "OPEN", "fee": 5} for n in range(3)]}


class TestContent:
    def test_nothing_strikes_nothing_changes(self):
        assert distorted(FaultPlan(), ROWS, WIRE) is ROWS

    def test_a_short_page_keeps_its_total(self):
        page = distorted(plan_of("short_page"), ROWS, WIRE)
        assert (page["total"], len(page["rows"])) == (3, 2)
        assert len(ROWS["rows"]) == 3

    def test_one_record_is_no_page_that_could_be_short(self):
        plan, record = plan_of("short_page"), {"trade": {"id": "1", "rows": [{"id": "2"}]}}
        assert distorted(plan, record, WIRE) == record
        assert plan.counts == {}

    def test_a_total_drifts_by_one(self):
        assert distorted(plan_of("drifting_total"), ROWS, WIRE)["total"] in {2, 4}

    def test_one_record_has_a_code_that_nobody_knows(self):
        page = distorted(plan_of("unknown_enum"), ROWS, WIRE)
        assert sorted(row["status"] for row in page["rows"]) == ["OPEN", "OPEN", "SIM_NEVER_DOCUMENTED"]

    def test_a_field_is_missing_but_never_the_id(self):
        page = distorted(plan_of("missing_fields"), ROWS, WIRE)
        assert sorted(len(row) for row in page["rows"]) == [2, 3, 3]
        assert all("id" in row for row in page["rows"])

    def test_every_record_has_a_field_more(self):
        page = distorted(plan_of("extra_fields"), ROWS, WIRE)
        assert all("simExtraField" in row for row in page["rows"])


# ---------------------------------------------------------------- on the simulated platforms


def opened(town: Town) -> Shop:
    keys = town.face.credentials(town.world, town.shop, "http://sim.test")
    names = ("app_key", "app_secret", "access_token", "refresh_token", "gateway")
    client = httpx.Client(transport=town.simulation.transport())
    given = {name: keys[name] for name in names}
    where = {"storefront": town.shop.storefront, "shop_id": town.shop.shop_id}
    return Shop.open(
        town.shop.platform, driver=SyncDriver(client, attempts=1, limits=Heedless()), **given, **where
    )


FRONTS = ("tmall", "jd", "douyin")
READ = {
    "tmall": "taobao.refund.get",
    "jd": "jingdong.pop.afs.soa.refundapply.queryById",
    "douyin": "afterSale.Detail",
}


def fetch(town: Town, case, timeout: float = 10.0) -> httpx.Response:
    """One raw signed read of a case."""
    params = {
        "tmall": {"refund_id": case.case_id, "fields": "refund_id,status,modified,refund_version"},
        "jd": {"id": case.case_id},
        "douyin": {"after_sale_id": case.case_id},
    }[town.shop.storefront]
    return ask(town, READ[town.shop.storefront], params, timeout)


def ask(town: Town, method: str, params: dict[str, str], timeout: float = 10.0) -> httpx.Response:
    """One signed request, past the drivers' retries."""
    adapter = registry.adapter(town.shop.platform)
    keys = town.face.credentials(town.world, town.shop, "http://sim.test")
    app = App(town.shop.platform, keys["app_key"], keys["app_secret"], gateway=keys["gateway"])
    account = Account(app, town.shop.storefront, town.shop.shop_id)
    asked = adapter.codec.encode(
        Call(method, params), account, Token(keys["access_token"], None), clock.now()
    )
    with httpx.Client(transport=town.simulation.transport(), timeout=timeout) as client:
        return client.request(asked.method, asked.url, headers=list(asked.headers), content=asked.content)


@pytest.mark.parametrize("front", FRONTS)
class TestInProcess:
    @pytest.mark.parametrize(
        ("name", "error"),
        [
            ("refuse_connect", httpx.ConnectError),
            ("reset_before", httpx.ReadError),
            ("reset_after_commit", httpx.ReadError),
            ("cut_body", httpx.RemoteProtocolError),
        ],
    )
    def test_a_struck_connection_is_the_error_of_a_socket(self, front, name, error):
        town = Town(front)
        case = town.case()
        town.simulation.faults(3, {name: 1})
        with pytest.raises(error):
            fetch(town, case)
        assert [row["code"] for row in town.simulation.log() if row["verdict"] == "fault"] == [name]
        answered = [row for row in town.simulation.log() if row["verdict"] == "ok"]
        assert bool(answered) == (name in {"reset_after_commit", "cut_body"})

    def test_a_slow_answer_is_waited_for_or_not(self, front):
        town = Town(front)
        case = town.case()
        town.simulation.faults(3, {"slow": 1})
        assert fetch(town, case).status_code == 200
        with pytest.raises(httpx.ReadTimeout):
            fetch(town, case, timeout=1.0)

    def test_a_broken_gateway_answers_a_page(self, front):
        town = Town(front)
        case = town.case()
        town.simulation.faults(3, {"server_error": 1})
        answer = fetch(town, case)
        assert (answer.status_code, answer.content[:5]) == (502, b"<html")

    @pytest.mark.parametrize(
        ("name", "codes"),
        [
            ("throttle", {"tmall": '"code":7', "jd": '"code":"2"', "douyin": "60000"}),
            ("expired_token", {"tmall": '"code":27', "jd": '"code":"19"', "douyin": "access-token-expired"}),
            ("clock_skew", {"tmall": '"code":31', "jd": '"code":"8"', "douyin": "timestamp-invalid"}),
        ],
    )
    def test_a_refusal_comes_in_the_platforms_own_codes(self, front, name, codes):
        town = Town(front)
        case = town.case()
        town.simulation.faults(3, {name: 1})
        assert codes[front] in fetch(town, case).text
        town.simulation.faults(3, {})
        assert codes[front] not in fetch(town, case).text

    def test_a_stale_reading_shows_the_case_before_its_last_step(self, front):
        town = Town(front)
        case = town.case()
        before = fetch(town, case).text
        town.take(case, "agree")
        town.simulation.faults(3, {"stale_read": 1})
        stale = fetch(town, case).text
        assert _status(stale) == _status(before)
        assert case.stage is not Stage.REQUESTED
        assert town.world.cases[(case.source, case.case_id)] is case
        assert case.order.cases == [case]
        town.simulation.faults(3, {})
        assert _status(fetch(town, case).text) != _status(before)

    def test_a_stale_reading_is_of_a_moment_ago_and_not_of_last_week(self, front):
        town = Town(front)
        case = town.case()
        town.take(case, "refuse")
        town.until(faults.STALE + timedelta(minutes=1))
        before = fetch(town, case).text
        town.simulation.faults(3, {"stale_read": 1})
        assert _status(fetch(town, case).text) == _status(before)
        assert town.world.faults.counts == {}

    def test_a_stale_reading_of_an_order_is_no_older_than_its_last_change(self, front):
        town = Town(front)
        case = town.case()
        finished = case.order.changed_at
        town.until(timedelta(hours=1))
        town.take(case, "refuse")
        assert case.order.changed_at > finished
        assert town.world.earlier_orders[case.order.order_id].changed_at == finished

    def test_an_answer_has_what_nobody_documented(self, front):
        town = Town(front)
        case = town.case()
        town.simulation.faults(3, {"extra_fields": 1, "unknown_enum": 1})
        text = fetch(town, case).text
        assert "simExtraField" in text
        assert "SIM_NEVER_DOCUMENTED" in text or "987001" in text


@pytest.mark.parametrize(("name", "kept"), [("reset_before", None), ("reset_after_commit", "加急")])
def test_a_write_whose_answer_is_lost_was_done_or_not_and_reads_go_on(name, kept):
    town = Town("tmall")
    case = town.case()
    town.simulation.faults(3, {name: 1}, only="writes")
    with pytest.raises(httpx.ReadError):
        ask(town, "taobao.trade.memo.update", {"tid": case.order.order_id, "memo": "加急"})
    assert case.order.remark == kept
    assert fetch(town, case).status_code == 200


def _status(text: str) -> str:
    """The answer without what differs from request to request."""
    kept = re.findall(r'"(?:status|aftersale_status|refund_status)":\s*"?[A-Z_0-9]+"?', text)
    assert kept
    return " ".join(kept)


def test_every_name_is_played_or_kept():
    told = set(NAMES)
    assert len(NAMES) == 18
    assert told >= faults.PUSHES
    assert callable(struck.answered)


# ---------------------------------------------------------------- over HTTP


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(paper.simulation()) as running:
        yield running


@pytest.fixture
def plan(sandbox):
    def of(**rates):
        return httpx.post(f"{sandbox.url}/_control/faults", json={"seed": 7, "rates": rates})

    yield of
    sandbox.simulation.faults(1, {})


def raw(sandbox, request: bytes = b"GET /paper HTTP/1.1\r\nHost: x\r\n\r\n") -> bytes:
    with socket.create_connection(("127.0.0.1", urlsplit(sandbox.url).port), timeout=5) as line:
        line.sendall(request)
        parts = []
        while part := line.recv(65536):
            parts.append(part)
        return b"".join(parts)


class TestOverHttp:
    @pytest.mark.parametrize("name", ["reset_before", "reset_after_commit", "refuse_connect"])
    def test_a_reset_is_a_real_one(self, sandbox, plan, name):
        assert plan(**{name: 1}).json() == {"seed": 7, "rates": {name: 1.0}, "only": "all"}
        before = len(sandbox.simulation.log())
        with pytest.raises(ConnectionResetError):
            raw(sandbox)
        verdicts = [row["verdict"] for row in sandbox.simulation.log()[before:]]
        assert ("ok" in verdicts) == (name == "reset_after_commit")

    def test_control_is_never_struck(self, sandbox, plan):
        plan(refuse_connect=1, reset_before=1, slow=1)
        assert httpx.get(f"{sandbox.url}/_control/log").status_code == 200

    def test_a_body_is_cut_and_the_line_closed(self, sandbox, plan):
        whole = raw(sandbox, b"GET /paper HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        plan(cut_body=1)
        answer = raw(sandbox)
        length = int(whole.split(b"content-length: ")[1].split(b"\r\n")[0])
        assert b"content-length: %d" % length in answer
        assert 0 < len(answer.split(b"\r\n\r\n", 1)[1]) < length
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"{sandbox.url}/paper")

    def test_a_slow_answer_takes_longer_than_the_patience_of_its_reader(self, sandbox, plan):
        plan(slow=1)
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{sandbox.url}/paper", timeout=0.2)

    def test_a_server_error_is_a_page(self, sandbox, plan):
        plan(server_error=1)
        assert httpx.get(f"{sandbox.url}/paper").status_code == 502

    def test_a_connection_that_works_is_kept_through_other_requests(self, sandbox, plan):
        with httpx.Client(base_url=sandbox.url) as client:
            assert client.get("/paper").status_code == 200
            plan(refuse_connect=1)
            assert client.get("/paper").status_code == 200

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (b"{}", "rates"),
            (b"no", "must be JSON"),
            (b'{"rates": {"thunder": 1}}', "no such fault"),
            (b'{"rates": {"slow": 7}}', "from 0 to 1"),
            (b'{"rates": {}, "only": "some"}', "only is"),
            (b'{"rates": {}, "sede": 3}', "sede"),
        ],
    )
    def test_a_bad_plan_is_told_so(self, sandbox, body, said):
        answer = httpx.post(f"{sandbox.url}/_control/faults", content=body)
        assert answer.status_code == 400
        assert said in answer.json()["error"]


def test_clients_survive_a_storm():
    """Reads under every fault: an honest error of ours or the truth, never a lie."""
    for front in FRONTS:
        town = Town(front)
        case = town.case("refund_only", shipped=True)
        town.simulation.faults(
            5, {"throttle": 0.1, "server_error": 0.1, "reset_before": 0.1, "cut_body": 0.1}
        )
        shop = opened(town)
        seen = Counter()
        for _ in range(30):
            try:
                seen[shop.case(case.case_id).stage] += 1
            except OmnishopError as error:
                seen[type(error).__name__] += 1
        assert seen[Stage.REQUESTED] >= 1, seen
        assert {key for key in seen if isinstance(key, Stage)} == {Stage.REQUESTED}
        assert len(seen) > 1


def test_the_same_plan_and_requests_are_struck_alike():
    def lived():
        simulation = Simulation.new(seed=2, orders=9, now=FRIDAY, platforms=("jd",))
        simulation.faults(4, {"server_error": 0.5})
        with httpx.Client(transport=simulation.transport(), base_url="http://sim.test") as client:
            return [client.post("/routerjson", data={"method": "x"}).status_code for _ in range(40)]

    first = lived()
    assert first == lived()
    assert {200, 502} == set(first)
