"""The tables, in types that SQLite and PostgreSQL both have."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from omnishop.store import guarding  # noqa: F401 - its tables are of this database too
from omnishop.store.schema import Moment, Row
from omnishop.store.schema import metadata as metadata  # noqa: PLC0414 - told on to those who ask for all tables

facts = Table(
    "facts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""What is true of the whole database: `key_id`, the home's key; `ring`, which changes with each key on the ring."""

apps = Table(
    "apps",
    metadata,
    Column("row", Row, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("app_key", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),  # sealed
    Column("gateway", Text),
    Column("oauth", Text),
    Column("redirect_uri", Text),
    Column("service_id", Text),
    Index("uq_apps_platform_app_key", "platform", "app_key", unique=True),
)

shops = Table(
    "shops",
    metadata,
    Column("row", Row, primary_key=True),
    Column("app", Row, ForeignKey("apps.row"), nullable=False),
    Column("platform", Text, nullable=False),
    Column("storefront", Text, nullable=False),
    Column("shop_id", Text),
    Column("alias", Text),
    Column("settings", Text, nullable=False),  # JSON
    Column("control", Text),
    Column("added_at", Moment, nullable=False),
    Index("uq_shops_platform_shop_id", "platform", "shop_id", unique=True),
    Index("uq_shops_alias", "alias", unique=True),
)

tokens = Table(
    "tokens",
    metadata,
    Column("shop", Row, ForeignKey("shops.row", ondelete="CASCADE"), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("sealed", LargeBinary),  # none while only a lease stands here
    Column("holder", Text),
    Column("held_until", Moment),
)

cursors = Table(
    "cursors",
    metadata,
    Column("shop", Row, ForeignKey("shops.row", ondelete="CASCADE"), primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("since", Moment),
    Column("until", Moment),
    Column("unverified", Text),
    Column("goal", Moment),
    Column("true_at", Moment),
    Column("proof", Text),
    Column("swept_at", Moment),
)
"""`goal`: how far back somebody asked for; `true_at`: when the list was last read whole up to that moment;
`proof`: the weakest answer of what is held; `swept_at`: when the open records were last read again one by one."""

rounds = Table(
    "rounds",
    metadata,
    Column("shop", Row, ForeignKey("shops.row", ondelete="CASCADE"), primary_key=True),
    Column("due_at", Moment, nullable=False),
    Column("backfill_at", Moment),
    Column("backfill_left", Integer),
    Column("check_at", Moment),
    Column("began_at", Moment),
    Column("ended_at", Moment),
    Column("failures", Integer, nullable=False),
    Column("why", Text),
    Column("checked_at", Moment),
    Column("found", Text),
    Index("ix_rounds_due_at", "due_at"),
)
"""When each shop is read again, in the machine's time: its news at `due_at`, the next turn of its history at
`backfill_at` (none: it is read) with so many windows left, all of it beside the platform at `check_at`.
`failures` in a row of its news, `why` the latest; `found`: what the latest comparison said."""

quarantine = Table(
    "quarantine",
    metadata,
    Column("row", Row, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("shop_id", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("record_id", Text),
    Column("error", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),  # sealed
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("times", Integer, nullable=False),
    Index("uq_quarantine_met", "platform", "shop_id", "digest", unique=True),
)


def _records(name: str, *more: Column[Any] | Index) -> Table:
    """Orders, cases and reviews alike: what they are found by stands in columns, the whole in `body`.

    `snapshot_at`: the moment the body was true at; `kind_at`: of the snapshot that told the kind;
    `read_at` and `answer`: the reading that first told this state; `changed_at` here is that of the wire,
    else the creation; `marks`: which detail was fetched for what.
    """
    return Table(
        name,
        metadata,
        Column("row", Row, primary_key=True),
        Column("platform", Text, nullable=False),
        Column("shop_id", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("record_id", Text, nullable=False),
        Column("storefront", Text),
        Column("order_id", Text),
        Column("kind", Text),
        Column("stage", Text),
        Column("open", Boolean),
        Column("changed_at", Moment),
        Column("deadline_at", Moment),
        Column("snapshot_at", Moment, nullable=False),
        Column("kind_at", Moment),
        Column("marks", Text, nullable=False),  # JSON
        Column("body", LargeBinary, nullable=False),  # JSON, sealed
        Column("raw", LargeBinary, nullable=False),  # sealed
        Column("read_at", Moment),
        Column("answer", Text),
        Index(f"uq_{name}_id", "platform", "shop_id", "source", "record_id", unique=True),
        Index(f"ix_{name}_order", "order_id"),
        Index(f"ix_{name}_changed", "shop_id", "changed_at"),
        *more,
    )


orders = _records("orders", Column("buyer_key", Text), Index("ix_orders_buyer", "buyer_key"))
_WAITS = text("judge_at IS NOT NULL")
cases = _records(
    "cases",
    Column("judge_at", Moment),
    Index("ix_cases_judge_at", "judge_at", sqlite_where=_WAITS, postgresql_where=_WAITS),
)
"""`judge_at`: when to judge it again, in its shop's time; 0: at once, as it changed. None: it had ended when it was
judged last, or when it came."""

reviews = _records("reviews")

history = Table(
    "history",
    metadata,
    Column("row", Row, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("shop_id", Text, nullable=False),
    Column("record", Text, nullable=False),  # order, case, review
    Column("source", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("digest", Text, nullable=False),  # of the body
    Column("body", LargeBinary, nullable=False),  # JSON, sealed
    Column("kind_at", Moment),
    Column("read_at", Moment),
    Column("answer", Text),  # the list, or how else it was read
    Index(
        "uq_history_state",
        "platform",
        "shop_id",
        "record",
        "source",
        "record_id",
        "at",
        "digest",
        unique=True,
    ),
)
"""Every state a record was read in, once it was read in more than one: `at` it became so, `read_at` we knew."""

inbox = Table(
    "inbox",
    metadata,
    Column("row", Row, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("shop_id", Text, nullable=False),
    Column("message", Text, nullable=False),  # the platform's id of it, else a digest
    Column("topic", Text, nullable=False),
    Column("order_id", Text),
    Column("case_id", Text),
    Column("told_at", Moment),
    Column("received_at", Moment, nullable=False),
    Column("copies", Integer, nullable=False),
    Column("state", Text, nullable=False),  # new, done, failed
    Column("due_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("why", Text),
    Column("settled_at", Moment),
    Column("raw", LargeBinary, nullable=False),  # sealed
    Index("uq_inbox_message", "platform", "shop_id", "message", unique=True),
    Index("ix_inbox_due", "state", "due_at"),
)
"""What platforms told by push. `due_at`: not before it; whoever works on a message moves it ahead, so that
nobody else takes it and it comes again when he is gone."""

quotas = Table(
    "quotas",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("app_key", Text, primary_key=True),
    Column("shop_id", Text, primary_key=True),  # empty: all shops of the app together
    Column("method", Text, primary_key=True),  # empty: all methods together
    Column("per_s", Float(53)),  # said by a person
    Column("said_at", Moment),
    Column("next_at", Moment, nullable=False),  # when the next place is free
    Column("ceiling", Float(53)),  # calls a second at which the platform said: too many
    Column("throttled_at", Moment),
    Column("throttles", Integer, nullable=False),
    Column("strikes", Integer, nullable=False),  # in a row, none of which said for how long
    Column("barred_until", Moment),
    Column("code", Text),  # the platform's, of the latest throttle
    Index(
        "ix_quotas_told",
        "throttled_at",
        sqlite_where=text("throttled_at IS NOT NULL OR per_s IS NOT NULL"),
        postgresql_where=text("throttled_at IS NOT NULL OR per_s IS NOT NULL"),
    ),
)
"""How much may be asked of a platform, as far as it is known: what a person said, what its refusals taught."""

# ---------------------------------------------------------------- the ledger

_OPEN = "state IN ('planned', 'sent', 'unknown')"
_SUBJECT = ("platform", "shop_id", "record", "source", "record_id")

acts = Table(
    "acts",
    metadata,
    Column("id", Text, primary_key=True),
    *(Column(name, Text, nullable=False) for name in _SUBJECT),
    Column("act", Text, nullable=False),
    Column("digest", Text, nullable=False),  # of what was said with it
    Column("by", Text, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Index("ix_acts_subject", *_SUBJECT),
)
"""What a person asked for; `ended_at` none while a verb of it is still to come."""

intents = Table(
    "intents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("act", Text, ForeignKey("acts.id"), nullable=False),
    *(Column(name, Text, nullable=False) for name in _SUBJECT),
    Column("order_id", Text),
    Column("verb", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("money", Boolean, nullable=False),
    Column("amount", BigInteger),  # fen, freight included
    Column("freight", BigInteger),
    Column("lines", Text, nullable=False),  # JSON: pieces by line
    Column("ceiling", Text),  # JSON: which one held, in words and fen
    Column("said", LargeBinary, nullable=False),  # JSON, sealed: what its read-back compares
    Column("seen", Text, nullable=False),  # JSON: the record before
    Column("state", Text, nullable=False),
    Column("by", Text),
    Column("why", Text),  # JSON: zh, en
    Column("code", Text),  # the platform's
    Column("readings", Text, nullable=False),  # JSON
    Column("day", Text, nullable=False),  # Beijing date of the shop's present
    Column("attempts", Integer, nullable=False),
    Column("planned_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("until", Moment),  # no attempt begins after it, no reading counts before it
    Column("settled_at", Moment),
    Index("ix_intents_subject", *_SUBJECT),
    Index("ix_intents_order", "platform", "shop_id", "order_id"),
    Index("ix_intents_day", "platform", "shop_id", "day"),
    Index("ix_intents_state", "state", "planned_at"),
    Index(
        "uq_intents_open_money",
        *_SUBJECT,
        unique=True,
        sqlite_where=text(f"money AND record = 'case' AND {_OPEN}"),
        postgresql_where=text(f"money AND record = 'case' AND {_OPEN}"),
    ),
    Index(
        "uq_intents_open",
        *_SUBJECT,
        "verb",
        "digest",
        unique=True,
        sqlite_where=text(_OPEN),
        postgresql_where=text(_OPEN),
    ),
)
"""One platform write each, written down before the call."""

receipts = Table(
    "receipts",
    metadata,
    Column("row", Row, primary_key=True),
    *(Column(name, Text, nullable=False) for name in _SUBJECT),
    Column("parcel", Text, nullable=False),  # the return waybill; the case's own name where none is known
    Column("good", Integer, nullable=False),
    Column("bad", Integer, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_receipts_parcel", "platform", "parcel"),
)
"""Pieces that came back, as counted at our dock."""

switches = Table(
    "switches",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("shop_id", Text, primary_key=True),
    Column("verb", Text, primary_key=True),
    Column("allowed_at", Moment, nullable=False),
)
"""Acts a shop may do; none is allowed until it stands here."""

caps = Table(
    "caps",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("shop_id", Text, primary_key=True),
    Column("fen_per_day", BigInteger),
    Column("acts_per_day", Integer),
)

RECORDS = {"order": orders, "case": cases, "review": reviews}

return_parcels = Table(
    "return_parcels",
    metadata,
    Column("row", Row, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("shop_id", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("tracking_no", Text, nullable=False),
    Column("carrier", Text),
    Index("uq_return_parcels_case", "platform", "shop_id", "source", "record_id", "tracking_no", unique=True),
    Index("ix_return_parcels_tracking_no", "tracking_no"),
)
"""Which case came back in which parcel; a parcel may hold the goods of several cases."""

buyer_links = Table(
    "buyer_links",
    metadata,
    Column("buyer_key", Text, primary_key=True),
    Column("identity", Text, nullable=False),  # keyed hash of what the merchant calls this person
    Column("linked_at", Moment, nullable=False),
    Index("ix_buyer_links_identity", "identity"),
)
"""Keys of one buyer on several platforms, as far as the merchant supplied them."""

known = Table(
    "known",
    metadata,
    Column("row", Row, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("shop_id", Text, nullable=False),  # empty for a buyer
    Column("subject", Text, nullable=False),  # case, order, sku, buyer, shop
    Column("subject_id", Text, nullable=False),  # of a case source:id, of a buyer its key, of a shop empty
    Column("name", Text, nullable=False),
    Column("value", LargeBinary, nullable=False),  # JSON, sealed; null takes the fact back
    Column("entered_by", Text, nullable=False),
    Column("entered_at", Moment, nullable=False),
    Index("ix_known_subject", "platform", "shop_id", "subject", "subject_id"),
)
"""Facts that no wire carries, entered by people; rows are only added, the latest of a name counts."""

verdicts = Table(
    "verdicts",
    metadata,
    Column("row", Row, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("shop_id", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("pack", Text, nullable=False),
    Column("pack_version", Text, nullable=False),
    Column("digest", Text, nullable=False),  # of the facts that were judged
    Column("judged_at", Moment, nullable=False),
    Column("verdict", LargeBinary, nullable=False),  # JSON, sealed
    Column("overridden_by", Text),
    Column("overridden_at", Moment),
    Column("override_reason", Text),
    Column("override_decision", Text),
    Index("ix_verdicts_case", "platform", "shop_id", "source", "record_id", "row"),
)
"""What was judged, by which pack, on which facts; and who decided otherwise."""
