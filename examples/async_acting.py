"""The same ledger in an event loop: one case of every simulated shop is decided at once, each exactly once."""

import asyncio
import tempfile
from pathlib import Path

from omnishop import NotAllowed, clock
from omnishop.config import Home
from omnishop.engine.keep import keeper
from omnishop.engine.simulated import World, present, register
from omnishop.ledger import AsyncLedger
from omnishop.model import aware
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation
from omnishop.store import Store, StoredShop


async def decide(ledger: AsyncLedger, stored: StoredShop, case_id: str, source: str) -> str:
    """Two workers want the same: one does it, the other is told why not."""
    async with ledger.shop(stored) as shop:
        asked = (shop.agree(case_id, source) for _ in range(2))
        results = await asyncio.gather(*asked, return_exceptions=True)
    told = sorted("refused" if isinstance(each, NotAllowed) else str(each.state) for each in results)
    return f"{stored.storefront}: {' and '.join(told)}"


async def main() -> None:
    simulation = Simulation.new(seed=7, orders=24, now=aware("2026-09-01T10:00:00"))
    with (
        Sandbox(simulation) as world,
        tempfile.TemporaryDirectory() as folder,
        Store.open(Home.find(Path(folder))) as store,
    ):
        ledger = AsyncLedger(store, now=present(), keep=keeper(store))
        wanted = []
        for stored in register(store, World.at(world.url), now=clock.now()):
            ledger.allow(stored, "agree")
            order_id = simulation.act({"do": "order", "shop_id": stored.shop_id})
            case_id = simulation.act({"do": "apply", "order_id": order_id, "kind": "cancel"})
            source = {"jd": "refundapply", "douyin": "aftersale"}.get(stored.platform, "refund")
            wanted.append(decide(ledger, stored, case_id, source))
        for line in await asyncio.gather(*wanted):
            print(line)
        print(len(ledger.book.list()), "intents in the ledger")


asyncio.run(main())
