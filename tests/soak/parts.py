"""What both soaks share: wishes, side doors, and the audit of the world's books against the ledger's."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from omnishop import ConfigError, NotAllowed, OmnishopError, Shop
from omnishop.acts import UNSETTLED, Ask, Evidence, State, Subject, Verb
from omnishop.client import account_of
from omnishop.flow import Call
from omnishop.ledger import Intent, Ledger
from omnishop.model import fen_from_yuan
from omnishop.store import Store, StoredShop

RATES = {
    "throttle": 0.03,
    "server_error": 0.04,
    "refuse_connect": 0.02,
    "reset_before": 0.04,
    "reset_after_commit": 0.06,
    "slow": 0.02,
    "cut_body": 0.04,
    "stale_read": 0.03,
    "extra_fields": 0.02,
    "unknown_enum": 0.01,
}
PAYING = (Verb.AGREE, Verb.REFUND, Verb.CANCEL_ORDER, Verb.CONFIRM_RECEIPT)
_PAYING = {
    "requested": (Verb.AGREE, Verb.AGREE, Verb.CANCEL_ORDER, Verb.AGREE_RETURN),
    "returning": (Verb.REFUND, Verb.CONFIRM_RECEIPT),
    "inspecting": (Verb.REFUND,),
}
OTHERS = (
    Verb.AGREE_RETURN,
    Verb.REFUSE,
    Verb.REFUSE_RETURN,
    Verb.SHIP_REPLACEMENT,
    Verb.REMARK,
    Verb.MESSAGE,
)
RECEIVE_CODES = {
    f"receive_{name}": "1"
    for name in (
        "packing_state",
        "quality_state",
        "quality_state_bad",
        "invoice_record",
        "judgment_reason",
        "accessory_or_gift",
        "appearance_state",
    )
}
_PICTURE = b"GIF89a" + bytes(40)
_DECIDED = {"refunding", "succeeded", "inspecting"}
_ENDED = {"succeeded", "closed"}
DECIDING = {"agree", "refund", "cancel_order", "confirm_receipt", "stop_shipping", "owe_refund"}


def allow_everything(store: Store, now: datetime) -> None:
    """Every act on, no cap in the way."""
    rights = Ledger(store).rights
    for shop in store.shops.list():
        acts = [verb.value for verb in Verb]
        rights.allow(
            shop.platform, str(shop.shop_id), acts, {"fen_per_day": 10**12, "acts_per_day": 10**9}, now
        )
        settings = {**RECEIVE_CODES, "operate_pin": "soak", "operate_nick": "soak", "op_flag": "1"}
        account = store.shops.account(shop)
        store.shops.update(shop, _with_settings(account, settings))


def _with_settings(account: Any, settings: Mapping[str, str]) -> Any:
    from attrs import evolve

    return evolve(account, settings={**account.settings, **settings})


def wish(rng: random.Random, case: Mapping[str, Any]) -> tuple[Subject, Verb, Ask]:
    """Something to ask of a case: mostly money, often again."""
    subject = Subject("case", case["case_id"], case["source"])
    paying = _PAYING.get(case["stage"], PAYING)
    verb = rng.choice(paying) if rng.random() < 0.75 else rng.choice(OTHERS)
    pieces = sum(line["requested"] or 0 for line in case["lines"]) or 1
    proof = (
        Evidence(url="https://img.example.com/1.jpg")
        if case["platform"] == "douyin"
        else Evidence(name="proof.gif", content=_PICTURE)
    )
    told = {
        "reason": rng.choice(("1", "2", "22", "1001")) if verb in OTHERS else None,
        "text": f"处理 {rng.randrange(1000)}" if verb in OTHERS else None,
        "evidence": (proof,) if verb in {Verb.REFUSE, Verb.REFUSE_RETURN, Verb.MESSAGE} else (),
        "address": rng.choice(("1", "2", "10001", None)) if verb is Verb.AGREE_RETURN else None,
        "carrier": "SF" if verb is Verb.SHIP_REPLACEMENT else None,
        "tracking": f"SF{rng.randrange(10**12)}" if verb is Verb.SHIP_REPLACEMENT else None,
        "good": pieces if verb is Verb.CONFIRM_RECEIPT else None,
    }
    return subject, verb, Ask(**told)


def side_doors(shop: Shop, subject: Subject) -> Iterator[str]:
    """Ways round the ledger: each must be closed, whatever else happens. AssertionError for one that is not."""
    rows = [row for row in shop.adapter.writes(shop.account.storefront) if row.money and row.method]
    method = rows[0].method
    assert method is not None
    try:
        shop.call(method, {"id": subject.id})
    except NotAllowed:
        yield "raw call"
    else:
        raise AssertionError(f"{method} went round the ledger")

    def sly() -> Any:
        yield Call(method, {"id": subject.id}, write=False)

    try:
        shop.run(sly())
    except ConfigError:
        yield "a write that calls itself a read"
    else:
        raise AssertionError(f"{method} was sent without a permit")
    bare = Shop(shop.account, shop._tokens, adapter=shop.adapter, driver=shop._driver)
    try:
        bare.agree(subject.id, subject.source)
    except ConfigError:
        yield "a shop without a ledger"
    else:
        raise AssertionError("a shop without a ledger acted")


def open_cases(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [case for case in state["cases"] if case["stage"] not in _ENDED]


def audit(
    state: Mapping[str, Any], book: Iterable[Intent], lost: Iterable[Intent], begun: datetime
) -> tuple[list[str], Counter[str]]:
    """What is wrong, in words, and counts. `lost`: intents of a book that an older copy took the place of.

    What a shop did before `begun` was nobody's of us.
    """
    wrong: list[str] = []
    counts: Counter[str] = Counter()
    by_case: dict[tuple[str, str, str], list[Intent]] = {}
    book = tuple(book)
    for intent in (*book, *lost):
        key = (intent.key.shop_id, intent.key.subject.source, intent.key.subject.id)
        by_case.setdefault(key, []).append(intent)
    for intent in book:
        counts[f"intents {intent.state}"] += 1
        if intent.state in UNSETTLED:
            counts["left open with a reason"] += 1
            if intent.why is None:
                wrong.append(f"{intent.id} is {intent.state} and says not why")
    back: Counter[tuple[str, str]] = Counter()
    for case in state["cases"]:
        name = f"{case['platform']} {case['case_id']}"
        sums = [int(fen_from_yuan(each["amount"])) for each in case["refunds"]]
        counts["refunds"] += len(sums)
        back[case["shop_id"], case["order_id"]] += sum(sums)
        if len(sums) > 1:
            wrong.append(f"{name} was refunded {len(sums)} times")
        mine = by_case.get((case["shop_id"], case["source"], case["case_id"]), [])
        _compare(name, case, mine, begun, wrong, counts)
    for order in state["orders"]:
        paid = order["amounts"]["paid"]
        moved = back[order["shop_id"], order["order_id"]]
        if paid is not None and moved > fen_from_yuan(paid):
            wrong.append(f"order {order['order_id']}: {moved} fen went back of {paid} yuan")
    return wrong, counts


def _compare(
    name: str,
    case: Mapping[str, Any],
    mine: list[Intent],
    begun: datetime,
    wrong: list[str],
    counts: Counter[str],
) -> None:
    ours = [
        step
        for step in case["hidden"]["steps"]
        if step["actor"] == "seller"
        and step["step"] in DECIDING
        and datetime.fromisoformat(step["at"]) > begun
    ]
    counts["decided by us"] += bool(ours)
    confirmed = [each for each in mine if each.money and each.state is State.CONFIRMED]
    by_us = [each for each in confirmed if each.by == "us"]
    if len(by_us) > 1:
        wrong.append(f"{name}: {len(by_us)} money intents are called ours")
    if len(ours) > 1:
        wrong.append(f"{name} was decided for the buyer {len(ours)} times: {[step['step'] for step in ours]}")
    standing = [each for each in mine if each.state not in {State.REJECTED, State.NOT_APPLIED}]
    if ours and case["refunds"] and not any(each.money for each in standing):
        wrong.append(
            f"{name}: our refund is forgotten; the ledger has {[(e.verb, str(e.state)) for e in mine]}"
        )
    stage = case["hidden"]["stage"]
    if stage not in _DECIDED:
        wrong.extend(f"{name}: {each.verb} is confirmed, and the case is {stage}" for each in confirmed)


__all__ = [
    "RATES",
    "OmnishopError",
    "StoredShop",
    "account_of",
    "allow_everything",
    "audit",
    "open_cases",
    "side_doors",
    "wish",
]
