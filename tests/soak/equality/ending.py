"""The end of the soak: the last pull, and what the store must then be, beside the world's own truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import define, field
from tests.soak.equality.oracle import Apart, apart

from omnishop import clock, jsonform, registry
from omnishop.engine import open_shop, pull
from omnishop.engine.inbox import InboxWorker, drain, of_channels
from omnishop.engine.plan import ECHO
from omnishop.engine.reconcile import Reconciled, reconcile
from omnishop.engine.retry import Retried, drop_message, retry
from omnishop.engine.simulated import World, present
from omnishop.store import Store, StoredShop
from omnishop.store.connection import reading
from omnishop.store.inbox import MessageState

_KINDS = ("order", "case", "review")
_LATER = timedelta(hours=3)
_ROUNDS = 50
_ADDED_LATER = {"reply", "follow_ups"}
_VAGUE = {None, "unknown", "unclassified", False, ()}


@define
class Ending:
    store: Store
    shops: Sequence[StoredShop]
    door: World
    drift: bool = field(kw_only=True)
    wrong: list[str] = field(factory=list)
    counts: Counter[str] = field(factory=Counter)
    apart: list[Apart] = field(factory=list)
    state: dict[str, Any] = field(factory=dict)

    def settle(self) -> None:
        """One pull, the queues emptied, the inbox worked off, what lies in quarantine asked for again."""
        for row in self.store.quotas.rows():  # learned from refusals that were no quota's
            self.counts["learned rates lifted at the end"] += self.store.quotas.lift(row.budget)
        report = pull(self.store, self.shops, now=present())
        for shop in report.shops:
            self.wrong += [f"the last pull of {shop.shop.name}: {error.en}" for error in shop.errors]
        self._queues()
        self._inbox()
        self._quarantine()

    def look(self) -> None:
        self._reconcile()
        self._truth()
        self._once()

    def _queues(self) -> None:
        for stored in of_channels(self.store, lambda name: registry.adapter(name).channel):
            channel = registry.adapter(stored.platform).channel
            assert channel is not None
            with open_shop(self.store, stored) as shop:
                for _ in range(_ROUNDS):
                    self.counts["messages fetched at the end"] += drain(
                        self.store, shop, channel, clock.now()
                    )

    def _inbox(self) -> None:
        now = clock.now() + _LATER  # whatever was put off is due by then
        with InboxWorker(self.store, present=present()) as worker:
            while (step := worker.step(now)).taken:
                self.counts["messages worked off at the end"] += step.taken
                if step.put_off or step.given_up:
                    self.wrong.append(f"messages hindered at the end, where nothing strikes: {step}")
                    return

    def _quarantine(self) -> None:
        by_id = {(stored.platform, stored.shop_id): stored for stored in self.shops}
        for item in self.store.quarantine.list():
            self.counts["in quarantine before the retry"] += 1
            if drop_message(self.store, item):
                continue
            with open_shop(self.store, by_id[item.platform, item.shop_id]) as shop:
                became = retry(self.store, shop, item, present()(by_id[item.platform, item.shop_id]))
            if became is not Retried.READ:
                self.wrong.append(f"in quarantine, and {became}: {item.source}:{item.record_id} {item.error}")
        self.wrong += [f"still in quarantine: {item.error}" for item in self.store.quarantine.list()]

    # ------------------------------------------------------------ equal

    def _reconcile(self) -> None:
        """As the daily comparison does it, which keeps what it finds; after that all must be equal."""
        for stored in self.shops:
            self._forgiven(stored, self._of(stored, heal=True))
            after = self._of(stored)
            self.counts[f"reconcile says {after.verdict}"] += 1
            self.counts["records compared"] += sum(part.compared for part in after.parts)
            if after.verdict != "equal":
                named = [f"{each.record} {each.key} {each.why} {each.fields}" for each in _differences(after)]
                untold = [text.en for part in after.parts for text in part.untold]
                self.wrong.append(
                    f"reconcile of {stored.name}: {after.verdict} {named} {untold} {after.error}"
                )

    def _of(self, stored: StoredShop, *, heal: bool = False) -> Reconciled:
        with open_shop(self.store, stored) as shop:
            return reconcile(self.store, stored, shop, now=present()(stored), heal=heal)

    def _forgiven(self, stored: StoredShop, found: Reconciled) -> None:
        """What only that comparison can tell: additions to old reviews; and, where answers lost fields and codes,
        that the store knows less than the platform. It may never know other things."""
        old = self._old_reviews(stored)
        for each in _differences(found):
            fields = {change.field.split(".")[0] for change in each.fields}
            if (
                each.why == "differs"
                and each.record == "review"
                and each.key in old
                and fields <= _ADDED_LATER
            ):
                self.counts["old reviews with an addition, healed"] += 1
            elif (
                self.drift and each.why == "differs" and all(_vague(change.before) for change in each.fields)
            ):
                self.counts["records that answers said too little of, healed"] += 1
            else:
                self.wrong.append(f"{stored.name}: {each.record} {each.key} {each.why}: {each.fields}")

    def _old_reviews(self, stored: StoredShop) -> set[tuple[str, str]]:
        """Written before all that a pull reads again; lists tell of them by their creation alone."""
        edge = present()(stored) - ECHO
        return {
            (row["source"], row["review_id"])
            for row in self.door.state()["reviews"]
            if row["created_at"] is not None and datetime.fromisoformat(row["created_at"]) < edge
        }

    def _truth(self) -> None:
        kept = {name: list(map(jsonform.dump, self.store.records.list(name))) for name in _KINDS}
        self.state = self.door.state()
        self.apart = list(apart(self.state, kept))
        self.counts.update({f"{name}s kept": len(rows) for name, rows in kept.items()})

    # ------------------------------------------------------------ once

    def heard(self, acknowledged: Sequence[Sequence[str]]) -> None:
        """What a platform was told to have been taken must be there."""
        with reading(self.store.engine) as connection:
            rows = connection.exec_driver_sql("SELECT platform, message FROM inbox")
            kept = {tuple(row) for row in rows}
        lost = {tuple(each) for each in acknowledged} - kept
        self.counts["messages acknowledged"] = len(acknowledged)
        self.wrong += [f"a message was acknowledged and is not kept: {each}" for each in sorted(lost)]

    def _once(self) -> None:
        def ask(statement: str) -> list[Any]:
            with reading(self.store.engine) as connection:
                return list(connection.exec_driver_sql(statement))

        twice = ask(
            "SELECT record, source, record_id, digest, count(*) FROM history"
            " GROUP BY platform, shop_id, record, source, record_id, digest HAVING count(*) > 1"
        )
        self.wrong += [f"a state stands twice in the history: {tuple(row)}" for row in twice]
        copies = ask("SELECT message FROM inbox GROUP BY platform, shop_id, message HAVING count(*) > 1")
        self.wrong += [f"a message stands twice in the inbox: {row[0]}" for row in copies]
        undone = ask(f"SELECT state, why, shop_id FROM inbox WHERE state <> '{MessageState.DONE}'")  # noqa: S608 - ours
        for state, why, shop_id in undone:
            if self.drift and not shop_id:
                self.counts["messages that did not tell their shop"] += 1
            else:
                self.wrong.append(f"a message was not worked off: {state}, {why}")
        for table in ("acts", "intents", "receipts"):
            if ask(f"SELECT 1 FROM {table}"):  # noqa: S608 - ours
                self.wrong.append(f"the ledger was touched: {table}")
        doubted = ask("SELECT stream, unverified FROM cursors WHERE unverified IS NOT NULL")
        self.wrong += [f"a list is not verified: {tuple(row)}" for row in doubted]
        [(messages, told)] = ask("SELECT count(*), COALESCE(sum(copies), 0) FROM inbox")
        self.counts["messages kept"], self.counts["messages told"] = messages, int(told)
        self.counts["states in the history"] = ask("SELECT count(*) FROM history")[0][0]


def _differences(found: Reconciled) -> list[Any]:
    return [each for part in found.parts for each in part.differences]


def _vague(value: Any) -> bool:
    if isinstance(value, list | tuple | dict):
        return not value
    return value in _VAGUE or str(value).startswith(("SIM_NEVER", "987001"))
