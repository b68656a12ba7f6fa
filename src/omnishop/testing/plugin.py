"""A pytest plugin: simulated shops, a ledger and a frozen world as fixtures; every name begins with `omnishop_`.

Loaded by its entry point wherever omnishop is installed beside pytest; it imports nothing heavy until a fixture
is asked for.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from omnishop.client import Shop
    from omnishop.ledger import Ledger
    from omnishop.sandbox.simulation import Simulation
    from omnishop.store import Store

pytest.register_assert_rewrite("omnishop.testing")

_LOOPBACK = ("127.", "::1", "localhost")
_QUICK = {
    "limit": timedelta(milliseconds=40),
    "gap": timedelta(milliseconds=20),
    "pauses": (0.0, 0.01),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("omnishop")
    group.addoption(
        "--omnishop-doors",
        choices=("spread", "all"),
        default="spread",
        help="spread: each conformance test at one door, all doors in turn; all: each at every door",
    )
    group.addoption(
        "--omnishop-live",
        metavar="FILE",
        default=None,
        help="keys of a real shop (TOML): its reads are put to the proof; also by OMNISHOP_LIVE",
    )
    group.addoption(
        "--omnishop-live-writes",
        action="store_true",
        default=False,
        help="make the writes named in the file of --omnishop-live, on the records named there",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "only_rows(which): of a storefront's writes, those for which it is true"
    )


@pytest.fixture
def omnishop_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever reaches for another machine fails at once; loopback stays open."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(_LOOPBACK):
            raise AssertionError(f"a test reached for {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def omnishop_simulation() -> Simulation:
    """Every installed platform with one shop a storefront, 30 orders each; its clock stands still until moved."""
    from omnishop.sandbox.simulation import Simulation  # noqa: PLC0415 - only who asks pays for it
    from omnishop.testing.bench import NOW  # noqa: PLC0415 - as above

    return Simulation.new(orders=30, now=NOW)


@pytest.fixture
def omnishop_shop(omnishop_simulation: Simulation) -> Iterator[Callable[..., Shop]]:
    """Opens the shop of a storefront for reading, in process; other keys of `Shop.open` may be given."""
    from omnishop.testing.fixtures import open_shop  # noqa: PLC0415 - as above

    opened: list[Shop] = []

    def one(storefront: str, **other: Any) -> Shop:
        opened.append(open_shop(omnishop_simulation, storefront, **other))
        return opened[-1]

    yield one
    for shop in opened:
        shop.close()


@pytest.fixture
def omnishop_store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in a home of its own."""
    from omnishop.config import Home  # noqa: PLC0415 - as above
    from omnishop.store import Store  # noqa: PLC0415 - as above

    with Store.open(Home.find(tmp_path / "omnishop", env={})) as store:
        yield store


@pytest.fixture
def omnishop_ledger(omnishop_store: Store, omnishop_simulation: Simulation) -> Ledger:
    """A ledger on that store which knows every simulated shop; every act is switched on, and it waits for nothing."""
    from omnishop.testing.fixtures import ledger_of  # noqa: PLC0415 - as above

    return ledger_of(omnishop_store, omnishop_simulation, **_QUICK)


@pytest.fixture
def omnishop_desk(
    omnishop_ledger: Ledger, omnishop_simulation: Simulation
) -> Iterator[Callable[[str], Shop]]:
    """Opens the shop of a storefront through that ledger: it may act."""
    from omnishop.testing.fixtures import through  # noqa: PLC0415 - as above

    opened: list[Shop] = []

    def one(storefront: str) -> Shop:
        opened.append(through(omnishop_ledger, omnishop_simulation, storefront))
        return opened[-1]

    yield one
    for shop in opened:
        shop.close()
