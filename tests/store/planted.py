"""A person's data planted wherever a store may hold some, and everything a thief of the database would see."""

from __future__ import annotations

import json

from attrs import evolve
from sqlalchemy import select
from tests.engine.market import ACCOUNT, NOW, case, minutes, order, review

from omnishop.engine.keep import put
from omnishop.engine.merge import snapshot
from omnishop.model import Buyer, Event, FollowUp, Reason, Reply, Unreadable
from omnishop.ports import Token
from omnishop.store import About, CaseKey, Entered
from omnishop.store.connection import of_shop, reading
from omnishop.store.records import Held
from omnishop.store.tables import metadata

NAME, PHONE, STREET = "欧阳翠花", "13912345678", "幸福路一号院"
WORDS, NICK = "收到的鞋子开胶了请尽快处理", "翠花爱买鞋"
SECRETS = (NAME, PHONE, STREET, WORDS, NICK, "tok-5ecret", ACCOUNT.app.app_secret)
KEY = "ab" * 16

RAW = json.dumps(
    {"receiver_name": NAME, "receiver_mobile": PHONE, "receiver_address": STREET, "buyer_nick": NICK},
    ensure_ascii=False,
).encode()

ORDER = order("o1", NOW, shop_id="77", storefront="stall", buyer=Buyer(KEY, NICK), remark=f"{NAME} {PHONE}")
ORDER = evolve(ORDER, raw=RAW)
CASE = case(
    "c1", NOW, shop_id="77", order_id="o1", storefront="stall", reason=Reason("1", "质量问题", None, WORDS)
)
CASE = evolve(CASE, raw=RAW)
REVIEW = evolve(
    review("r1", NOW),
    shop_id="77",
    order_id="o1",
    storefront="stall",
    author=NICK,
    text=WORDS,
    follow_ups=(FollowUp(WORDS, (), NOW),),
    reply=Reply(f"亲爱的{NAME}", NOW),
    raw=RAW,
)


def plant(store):
    """In every table; each record in two states, so that it has a history."""
    shop = store.shops.add(ACCOUNT, now=NOW, tokens={"main": Token("tok-5ecret", "tok-5ecret-r")})
    for record, kind, name in (
        (ORDER, "order", "order_id"),
        (CASE, "case", "case_id"),
        (REVIEW, "review", "review_id"),
    ):
        first = snapshot(record, NOW, "list")
        form = {**first.body, "raw_status": "later"}
        second = Held(form, first.raw, first.at + 1, first.kind_at, read_at=first.read_at, answer="list")
        for each in (first, second):
            keep(store, kind, {(record.source, getattr(record, name)): each})
    bad = Unreadable("market", "claim", "amount: not a number", "c9", RAW)
    with store.writing() as connection:
        store.quarantine.add(connection, "77", "cases changed", [bad], NOW)
    store.inbox.put(
        [Event("market", "changed", "77", order_id="o1", case_id="c1", event_id="m1", at=NOW, raw=RAW)], NOW
    )
    key = CaseKey.of(CASE)
    store.known.enter([Entered(About.case(key), "known.severity", f"{NAME}: {WORDS}", "li", NOW)])
    store.verdicts.put(key, {"why": WORDS}, pack="p", version="1", digest="d", at=NOW)
    return shop


def keep(store, kind, fresh):
    with store.writing(alone=of_shop("market", "77")) as connection:
        return put(store, connection, kind, "market", "77", fresh)


def told(store):
    """What of it can be read back, table by table."""
    return {
        "orders": [(each.buyer, each.remark, each.raw) for each in store.records.list("order")],
        "cases": [(each.reason, each.raw) for each in store.records.list("case")],
        "reviews": [
            (each.author, each.text, each.follow_ups, each.reply, each.raw)
            for each in store.records.list("review")
        ],
        "history": [
            [held.body for held in store.history.of(kind, "market", "77", key)]
            for kind, key in (
                ("order", ("order", "o1")),
                ("case", ("claim", "c1")),
                ("review", ("review", "r1")),
            )
        ],
        "quarantine": [each.raw for each in store.quarantine.list()],
        "inbox": [each.raw for each in store.inbox.list()],
        "known": [each.value for each in store.known.history(About.case(CaseKey.of(CASE)))],
        "verdicts": [each.body for each in store.verdicts.history(CaseKey.of(CASE))],
        "token": store.tokens(store.shops.get("77")).load("main"),
        "secret": store.shops.account(store.shops.get("77")).app.app_secret,
    }


def stolen(store):
    """The bytes of a copy of the database: of a file as it lies there, of a server all that its tables hold."""
    if store.engine.dialect.name == "sqlite":
        folder = store.home.path
        return b"".join(path.read_bytes() for path in sorted(folder.glob("omnishop.db*")))
    found = []
    with reading(store.engine) as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)):
                found += [value if isinstance(value, bytes) else str(value).encode() for value in row]
    return b"\n".join(found)


def leaked(store, words=SECRETS):
    there = stolen(store)
    return [word for word in words if word.encode() in there or json.dumps(word).strip('"').encode() in there]


LATER = NOW + minutes(5)
