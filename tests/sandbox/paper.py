"""A platform of paper for the server's tests: one shop, one path, answers that say what was asked."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from omnishop.ports import Response
from omnishop.sandbox.clock import WorldClock
from omnishop.sandbox.simulation import Simulation
from omnishop.sandbox.world import Shop, World

NOW = datetime(2026, 3, 18, 2, 15, 30, tzinfo=UTC)


class PaperFace:
    """Answers /paper with an echo; /paper/bug is its one bug."""

    name = "paper"
    storefronts = ("paper",)

    def claims(self, request):
        return request.path.startswith("/paper")

    def answer(self, world, request):
        if request.path == "/paper/bug":
            raise ZeroDivisionError
        world.note("paper", request.path, "ok")
        told = {
            "method": request.method,
            "host": request.host,
            "path": request.path,
            "query": request.query_items(),
            "size": len(request.content),
        }
        return Response(200, json.dumps(told).encode(), {"Content-Type": "application/json", "X-Paper": "1"})

    def credentials(self, world, shop, base_url):
        return {"gateway": f"{base_url}/paper", "app_key": shop.app_key, "app_secret": shop.app_secret}


def simulation() -> Simulation:
    world = World.new(1, WorldClock(NOW))
    world.shops.append(Shop("paper", "paper", "77", "纸店", "paper", "key-1", "sim-secret-1"))
    return Simulation(world, {"paper": PaperFace()})
