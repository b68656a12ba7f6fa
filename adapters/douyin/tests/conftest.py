"""What the tests of the Douyin adapter share: accounts, envelopes, a simulated shop, the shared wire references."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import httpx
import msgspec
import pytest

from omnishop.client import Shop
from omnishop.drivers.sync import SyncDriver
from omnishop.ports import Account, App
from omnishop.sandbox.face import WireRequest
from omnishop.sandbox.simulation import Simulation
from omnishop_douyin.canonical import canonical
from omnishop_douyin.face import stock
from omnishop_douyin.signing import digest, sign_text

HERE = Path(__file__).parent
SHARED = HERE.parents[2].parent / "shared" / "platforms" / "douyin"
NOW = datetime(2026, 6, 20, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def vectors():
    return json.loads((HERE / "vectors.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def shared():
    if not SHARED.is_dir():
        pytest.skip("the shared wire references are not beside this checkout")
    return SHARED


@pytest.fixture
def account():
    return Account(App("douyin", "7000000000000000001", "1a2b3c4d-5e6f"), "douyin", "12345678")


@pytest.fixture
def run():
    """Carries a flow out against a function from calls to payloads (anything JSON) or errors."""

    def carry_out(flow, answer):
        try:
            call = next(flow)
            while True:
                found = answer(call)
                if isinstance(found, Exception):
                    call = flow.throw(found)
                else:
                    payload = (
                        found if isinstance(found, msgspec.Raw) else msgspec.Raw(msgspec.json.encode(found))
                    )
                    call = flow.send(payload)
        except StopIteration as done:
            return done.value

    return carry_out


@pytest.fixture
def simulation():
    return Simulation.new(platforms=("douyin",), seed=7)


@pytest.fixture(scope="session")
def still():
    """A simulated shop whose clock stands, shared by tests that only read."""
    return Simulation.new(platforms=("douyin",), seed=7, now=datetime.now(UTC).replace(microsecond=0))


def open_shop(simulation, **more):
    keys = simulation.shops("http://douyin.test")["douyin"]
    wanted = ("app_key", "app_secret", "access_token", "refresh_token", "shop_id", "gateway")
    given = {name: keys[name] for name in wanted} | more
    client = httpx.Client(transport=simulation.transport())
    return Shop.open("douyin", driver=SyncDriver(client, attempts=1), **given)


@pytest.fixture
def shop(still):
    with open_shop(still) as found:
        yield found


@pytest.fixture
def opened():
    """Opens the simulated shop of a simulation, with other keys where given."""
    return open_shop


HOST = "openapi-fxg.jinritemai.com"


class Wire:
    """Speaks to a simulation by hand, so that every part of a request can be spoilt."""

    def __init__(self, simulation):
        self.simulation = simulation
        self.shop = simulation.world.shops[0]
        self.token = stock.current(simulation.world, self.shop).access

    def ask(
        self,
        method,
        params=None,
        *,
        how="hmac-sha256",
        http="POST",
        path=None,
        text=None,
        headers=None,
        **query,
    ):
        now = str(int(datetime.now(UTC).timestamp()))
        body = canonical(params or {}) if text is None else text
        given = {
            "app_key": self.shop.app_key,
            "method": method,
            "access_token": self.token,
            "timestamp": now,
            "v": "2",
        }
        given = {name: value for name, value in (given | query).items() if value is not None}
        key, stamp = given.get("app_key", ""), given.get("timestamp", "")
        base = sign_text(key, self.shop.app_secret, method, body, stamp)
        signed = {"sign": digest(self.shop.app_secret, base, how), "sign_method": how} | query
        given |= {name: value for name, value in signed.items() if value is not None}
        if http == "GET":
            given["param_json"] = body
        target = path or "/" + method.replace(".", "/")
        content = b"" if http == "GET" else body.encode()
        answer = self.simulation.answer(
            WireRequest(http, HOST, target, urlencode(given), headers or {}, content)
        )
        return json.loads(answer.content)

    def code(self, *args, **more):
        found = self.ask(*args, **more)
        return f"{found['code']}/{found['sub_code']}" if found["sub_code"] else str(found["code"])


@pytest.fixture(scope="session")
def speak():
    """Makes a `Wire` for a simulation."""
    return Wire


@pytest.fixture
def wire(simulation):
    return Wire(simulation)


@pytest.fixture(scope="module")
def reader():
    """For tests that only ask."""
    return Wire(Simulation.new(platforms=("douyin",), seed=7))
