"""One worker in a process of its own: `python worker.py HOME SHOP CASE SOURCE`; waits for a line, acts, tells."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

from omnishop.config import Home
from omnishop.drivers.sync import SyncDriver
from omnishop.engine.keep import keeper
from omnishop.errors import NotAllowed, OmnishopError
from omnishop.ledger import Ledger
from omnishop.store import Store


def main(folder: str, shop_id: str, case_id: str, source: str) -> None:
    with Store.open(Home.find(Path(folder), env={})) as store:
        ledger = Ledger(store, keep=keeper(store), pauses=(0.0,), gap=timedelta(0), limit=timedelta(0))
        with ledger.shop(shop_id, driver=SyncDriver(attempts=1)) as shop:
            print("ready", flush=True)  # noqa: T201 - this is how it tells
            sys.stdin.readline()
            try:
                told = {"state": shop.agree(case_id, source).state}
            except NotAllowed as no:
                told = {"keys": list(no.keys)}
            except OmnishopError as no:
                told = {"error": type(no).__name__}
    print(json.dumps(told), flush=True)  # noqa: T201 - this is how it tells


if __name__ == "__main__":
    main(*sys.argv[1:])
