"""Read several shops at once in an event loop."""

import asyncio
from datetime import timedelta

import httpx

from omnishop import AsyncShop
from omnishop.drivers.aio import AsyncDriver
from omnishop.model import aware
from omnishop.sandbox.simulation import Simulation

NOW = aware("2026-09-01T10:00:00")


async def count(simulation: Simulation, keys: dict[str, str]) -> str:
    client = httpx.AsyncClient(transport=simulation.transport())
    async with AsyncShop.open(**keys, driver=AsyncDriver(client)) as shop:
        orders = {order.order_id async for order in shop.orders(NOW - timedelta(days=7), NOW)}
        return f"{shop.account.storefront}: {len(orders)} orders changed in a week"


async def main() -> None:
    simulation = Simulation.new(seed=7, orders=30, now=NOW)
    shops = simulation.shops("http://simulated.test")["shops"]
    for line in await asyncio.gather(*(count(simulation, keys) for keys in shops)):
        print(line)


asyncio.run(main())
