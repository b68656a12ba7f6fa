"""Read every simulated shop in process: no socket, no keys, no waiting."""

from datetime import timedelta

import httpx

from omnishop import Shop
from omnishop.drivers.sync import SyncDriver
from omnishop.model import aware, yuan_text
from omnishop.sandbox.simulation import Simulation

NOW = aware("2026-09-01T10:00:00")

simulation = Simulation.new(seed=7, orders=30, now=NOW)
for keys in simulation.shops("http://simulated.test")["shops"]:
    client = httpx.Client(transport=simulation.transport())
    with Shop.open(**keys, driver=SyncDriver(client)) as shop:
        cases = {case.case_id: case for case in shop.cases(NOW - timedelta(days=30), NOW)}
        print(f"{shop.account.storefront}: {len(cases)} cases")
        for case in list(cases.values())[:3]:
            asked = case.amounts.requested
            print(f"  {case.case_id} {case.kind} {case.stage} {'?' if asked is None else yuan_text(asked)}")
