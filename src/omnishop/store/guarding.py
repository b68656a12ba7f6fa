"""Tables of what guards people: keys, whose data was erased, who may see it and who has."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table, Text

from omnishop.store.schema import Moment, Row, metadata

ring = Table(
    "ring",
    metadata,
    Column("id", Text, primary_key=True),
    Column("purpose", Text, nullable=False),  # data, buyers
    Column("sealed", LargeBinary, nullable=False),  # by the home's key
    Column("made_at", Moment, nullable=False),
    Column("retired_at", Moment),
)
"""Data keys: of those that are not retired, one seals everything new; `buyers` keys the hashes of buyers."""

erased = Table(
    "erased",
    metadata,
    Column("row", Row, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("shop_id", Text, nullable=False),  # empty for a buyer
    Column("subject", Text, nullable=False),  # order, case, review, buyer
    Column("subject_id", Text, nullable=False),  # of a case or review source:id, of a buyer its key
    Column("at", Moment, nullable=False),
    Index("uq_erased_subject", "platform", "shop_id", "subject", "subject_id", unique=True),
)
"""Of whom nothing is kept that tells who it is, of what was born before `at`."""

rights = Table(
    "rights",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("shop_id", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("given_at", Moment, nullable=False),
    Column("given_by", Text, nullable=False),
)
"""What single people may do in a shop beyond what everybody may."""

audit = Table(
    "audit",
    metadata,
    Column("row", Row, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("person", Text, nullable=False),
    Column("deed", Text, nullable=False),
    Column("platform", Text),
    Column("shop_id", Text),
    Column("about", Text),
    Column("why", Text),
    Index("ix_audit_at", "at"),
)
"""Who has seen people's data, changed who may, erased, or changed keys; rows are only added."""
