"""From a change on the platform to the change in the store: `python benchmarks/push.py`.

Simulated platforms run in a process of their own and are changed over their control; the listener and the store
(SQLite) are in this one. A change counts as seen when another connection reads it from the store, asked every
millisecond. `one by one`: the next change is made when the last was seen. `steady`: so many a second whatever is
seen, each measured on its own. Push is the platform that calls, socket the queue that is handed to us, queue the
same one asked, poll is `pull` of the same shop again and again without a pause, its quickest.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from attrs import evolve

from omnishop import clock, engine
from omnishop.config import Home
from omnishop.engine import pull
from omnishop.engine.simulated import World, present, register
from omnishop.listen import Listener
from omnishop.store import Store, StoredShop

CALLS, QUEUES = "douyin", "taobao"
ONE_BY_ONE, STEADY, A_SECOND, POLLED = 100, 300, 20, 15
PATIENCE_S = 30.0


@contextmanager
def world() -> Iterator[str]:
    serve = [sys.executable, "-m", "omnishop", "sandbox", "serve", "--json", "--orders", "20", "--seed", "3"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()


class Town:
    def __init__(self, url: str, store: Store) -> None:
        self.store = store
        self.http = httpx.Client(base_url=f"{url}/_control", trust_env=False)
        with World.at(url) as door:
            self.shops = register(store, door, now=clock.now())

    def shop(self, platform: str) -> StoredShop:
        return next(shop for shop in self.shops if shop.platform == platform)

    def hand(self, platform: str, *, over_socket: bool) -> None:
        """Its queue comes over a socket, or is asked."""
        shop = self.shop(platform)
        account = engine.account_of(self.store, shop)
        settings = {"tmc": "websocket" if over_socket else "poll"}
        self.store.shops.update(shop, evolve(account, settings=settings))

    def ask(self, door: str, **body: Any) -> Any:
        answer = self.http.post(f"/{door}", json=body)
        answer.raise_for_status()
        return answer.json()

    def change(self, platform: str) -> str:
        told: str = self.ask("buyers", do="order", shop_id=self.shop(platform).shop_id)["id"]
        return told

    def holds(self, platform: str, order_id: str) -> bool:
        key = ("order", order_id)
        return bool(self.store.records.held("order", platform, self.shop(platform).shop_id or "", [key]))


def one_by_one(town: Town, platform: str, number: int) -> list[float]:
    found = []
    for _ in range(number):
        order = town.change(platform)
        begun = time.perf_counter()
        while not town.holds(platform, order):
            assert time.perf_counter() - begun < PATIENCE_S, "it did not come"
            time.sleep(0.001)
        found.append(time.perf_counter() - begun)
    return found


def steady(town: Town, platform: str, number: int, a_second: float) -> list[float]:
    """Changes go on while what was made is looked for."""
    begun: dict[str, float] = {}
    found: list[float] = []
    start = time.perf_counter()
    made = 0
    while len(found) < number:
        if made < number and time.perf_counter() - start >= made / a_second:
            begun[town.change(platform)] = time.perf_counter()
            made += 1
        keys = [("order", name) for name in begun]
        shop_id = town.shop(platform).shop_id or ""
        for _, name in town.store.records.held("order", platform, shop_id, keys):
            found.append(time.perf_counter() - begun.pop(name))
        assert time.perf_counter() - start < number / a_second + PATIENCE_S, "they did not come"
        time.sleep(0.001)
    return found


@contextmanager
def polling(town: Town, platform: str) -> Iterator[Callable[[], int]]:
    """Its first round, which reads a month, is not measured."""
    ended, rounds = threading.Event(), [0]
    pull(town.store, [town.shop(platform)], now=present())

    def go_on() -> None:
        with Store.open(town.store.home) as store:
            while not ended.is_set():
                pull(store, [town.shop(platform)], now=present())
                rounds[0] += 1

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield lambda: rounds[0]
    finally:
        ended.set()
        thread.join()


def show(what: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    median, last = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    print(
        f"  {what:<40} {len(seconds):>5} changes   median {median * 1000:>8.1f} ms   p99 {last * 1000:>8.1f} ms"
    )


def settle(store: Store) -> None:
    """What the worlds' past brings is not measured."""
    quiet = 0
    while quiet < 20:
        quiet = 0 if store.inbox.next_due() else quiet + 1
        time.sleep(0.1)


def main() -> None:
    with world() as url, tempfile.TemporaryDirectory() as folder:
        home = Home.find(Path(folder), {"OMNISHOP_KEY": "only for this run"})
        with Store.open(home) as store, Store.open(home) as looking:
            town = Town(url, looking)
            print("from a change on the platform to the change in the store")
            with Listener(store, present=present(), idle_s=0.1) as listener:
                town.ask("push", platform=CALLS, url=listener.hooks()[CALLS])
                settle(looking)
                show("push, one by one", one_by_one(town, CALLS, ONE_BY_ONE))
                show(f"push, steady {A_SECOND}/s", steady(town, CALLS, STEADY, A_SECOND))
                show("queue asked every 0.1 s, one by one", one_by_one(town, QUEUES, ONE_BY_ONE))
                show(f"queue, steady {A_SECOND}/s", steady(town, QUEUES, STEADY, A_SECOND))
                town.ask("push", platform=CALLS, url=None)
                tally = listener.receiver.tally
                print(f"  pushes taken {tally.taken}, messages {tally.messages}, not genuine {tally.forged}")
            town.hand(QUEUES, over_socket=True)
            with Listener(store, present=present(), idle_s=0.1):
                settle(looking)
                show("socket, one by one", one_by_one(town, QUEUES, ONE_BY_ONE))
                show(f"socket, steady {A_SECOND}/s", steady(town, QUEUES, STEADY, A_SECOND))
            town.hand(QUEUES, over_socket=False)
            with polling(town, QUEUES) as rounds:
                show("poll of the queue's shop, one by one", one_by_one(town, QUEUES, POLLED))
                print(f"  rounds of polling: {rounds()}")
            with polling(town, CALLS) as rounds:
                show("poll without a pause, one by one", one_by_one(town, CALLS, POLLED))
                print(f"  rounds of polling: {rounds()}")


if __name__ == "__main__":
    main()
