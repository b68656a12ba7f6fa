"""What both soaks share: wishes, side doors, and the audit of the world's books against the ledger's."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import evolve, frozen

from omnishop import ConfigError, NotAllowed, Shop
from omnishop.acts import UNSETTLED, Ask, Evidence, State, Subject, Verb
from omnishop.flow import Call
from omnishop.ledger import Intent, Ledger
from omnishop.model import ENDED, fen_from_yuan
from omnishop.store import Store

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
_NEVER_SENT = {State.PLANNED, State.REJECTED, State.NOT_APPLIED}
_MOST_READINGS = 8
ACTS = tuple(verb for verb in Verb if verb is not Verb.PRE_AGREE)
HOT = 12
_DECIDED = {"refunding", "succeeded", "inspecting"}
DECIDING = {"agree", "refund", "cancel_order", "confirm_receipt", "stop_shipping", "owe_refund"}
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
OTHER_SETTINGS = {
    "operate_pin": "soak",
    "operate_nick": "soak",
    "offline_change_op_flag": "1",
    "contact_tel": "4000000000",
    "return_phone": "4000000000",
}
_PICTURE = Evidence(name="proof.gif", content=b"GIF89a" + bytes(40))
_PICTURE_ON_THE_WEB = Evidence(url="https://img.example.com/1.jpg")


@frozen
class Words:
    """What the simulated shops of a storefront can be told: made up by their faces, and sometimes wrong here."""

    addresses: tuple[str, ...]
    reasons: tuple[str, ...]
    carriers: tuple[str, ...]
    proof: Evidence = _PICTURE


WORDS = {
    "tmall": Words(("100000100", "1"), ("118", "104", "1001", "1002", "7"), ("SF", "YTO")),
    "taobao": Words(("100000200", "1"), ("118", "104", "7"), ("SF", "YTO")),
    "jd": Words(("3310", "1"), ("801/80103", "905/90501", "1/101", "4"), ("467", "463", "SF")),
    "douyin": Words(("65432101", "1"), ("1", "2", "3", "7"), ("shunfeng", "yuantong"), _PICTURE_ON_THE_WEB),
}


def allow_everything(store: Store, now: datetime) -> None:
    """Every act on, no cap in the way."""
    rights = Ledger(store).rights
    for shop in store.shops.list():
        acts = [verb.value for verb in Verb]
        rights.allow(
            shop.platform, str(shop.shop_id), acts, {"fen_per_day": 10**12, "acts_per_day": 10**9}, now
        )
        account = store.shops.account(shop)
        store.shops.update(shop, _with_settings(account, {**RECEIVE_CODES, **OTHER_SETTINGS}))


def _with_settings(account: Any, settings: Mapping[str, str]) -> Any:
    return evolve(account, settings={**account.settings, **settings})


def wish(rng: random.Random, shop: Shop, record: Mapping[str, Any]) -> tuple[Subject, Verb, Ask]:
    """Something to ask of a record: mostly what may be done now, mostly money, often again; sometimes anything."""
    what = record["type"]
    subject = Subject(what, record[f"{what}_id"], record["source"] if what == "case" else "")
    verb = rng.choice(_fitting(shop, subject, record)) if rng.random() < 0.85 else rng.choice(ACTS)
    return subject, verb, ask_for(rng, verb, record)


def _fitting(shop: Shop, subject: Subject, record: Mapping[str, Any]) -> list[Verb]:
    """By the storefront's own table for the kind and stage, twice where it moves money; else anything."""
    stage = record.get("stage", record.get("status"))
    calm = record.get("dispute") == "none"
    rows = [
        row
        for row in shop.adapter.writes(shop.account.storefront)
        if row.meant(subject, record.get("kind")) and row.in_stage(stage) and row.verb in ACTS
        if not (calm and row.verb is Verb.SUBMIT_EVIDENCE)
    ]
    return [row.verb for row in rows for _ in range(3 if row.money else 1)] or list(ACTS)


def ask_for(rng: random.Random, verb: Verb, record: Mapping[str, Any]) -> Ask:
    """All that the verb may want to be told."""
    words = WORDS[record["storefront"]]
    pieces = sum(line.get("requested") or 0 for line in record.get("lines", ())) or 1
    told: dict[str, Any] = {}
    if verb not in {Verb.AGREE, Verb.REFUND, Verb.CANCEL_ORDER, Verb.CONFIRM_RECEIPT}:
        told |= {"text": f"处理 {rng.randrange(100)}", "evidence": (words.proof,), "days": 3}
        told |= {"carrier": rng.choice(words.carriers), "tracking": f"SF{rng.randrange(10**12)}"}
        told |= {"reject_refund": rng.random() < 0.2}
    if verb in {Verb.REFUSE, Verb.REFUSE_RETURN, Verb.INTERVENE}:
        told["reason"] = rng.choice(words.reasons)
    if verb is Verb.AGREE_RETURN:
        told["address"] = rng.choice(words.addresses)
    if verb is Verb.CONFIRM_RECEIPT or rng.random() < 0.1:
        told["good"] = rng.choice((pieces, pieces, pieces, max(pieces - 1, 0)))
    if record["storefront"] == "jd" and verb is Verb.AGREE:
        told |= {"carrier": rng.choice(words.carriers), "tracking": f"SF{rng.randrange(10**12)}"}
    return Ask(**told)


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


def chosen(rng: random.Random, state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is worked on for a while, few enough that workers meet: open cases, their orders, some other records."""
    cases = [case for case in state["cases"] if case["stage"] not in ENDED]
    some = rng.sample(cases, min(len(cases), HOT))
    wanted = {(case["shop_id"], case["order_id"]) for case in some[:2]}
    orders = [order for order in state["orders"] if (order["shop_id"], order["order_id"]) in wanted]
    on_the_way = [order for order in state["orders"] if order["status"] in {"paid", "shipped"}]
    unanswered = [review for review in state["reviews"] if review["reply"] is None]
    others = [rng.choice(found) for found in (on_the_way, unanswered) if found]
    return [*some, *orders, *others]


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
            front = f"{intent.key.platform} {intent.verb}"
            why = intent.why.en.replace(intent.id, "…") if intent.why else "?"
            counts[f"left open: {front}: {why}"] += 1
            if intent.why is None:
                wrong.append(f"{intent.id} is {intent.state} and says not why")
        wrong.extend(f"{intent.verb} {intent.id}: {fault}" for fault in _not_sane(intent))
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


def _not_sane(intent: Intent) -> Iterator[str]:
    """What no row of the book may be."""
    sent = intent.sent_at is not None
    if sent != (intent.attempts > 0) or sent != (intent.until is not None):
        yield "its sends and their times do not agree"
    if not sent and intent.state not in _NEVER_SENT and intent.by not in {"other", "unknown"}:
        yield f"never sent, and {intent.state} by {intent.by}"
    if (intent.settled_at is None) != (intent.state in UNSETTLED):
        yield f"{intent.state}, settled at {intent.settled_at}"
    if (intent.by is not None) != (intent.state is State.CONFIRMED):
        yield f"{intent.state} by {intent.by}"
    if intent.money and (intent.amount is None or intent.ceiling is None):
        yield "money without a sum or a ceiling"
    if intent.money and intent.ceiling and intent.ceiling.used + (intent.amount or 0) > intent.ceiling.limit:
        held = intent.ceiling
        if held.name != "line":  # a line's ceiling is for the goods, and freight stands apart
            yield f"over its ceiling: {held.used} and {intent.amount} of {held.limit}"
    if len(intent.readings) > _MOST_READINGS:
        yield f"{len(intent.readings)} readings are kept"


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
