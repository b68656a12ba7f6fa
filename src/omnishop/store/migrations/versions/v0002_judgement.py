"""Judgement: verdicts, facts entered by hand, buyers linked over platforms, parcels that come back."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ROW = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_AT_ONCE = 1000


def upgrade() -> None:
    op.add_column("orders", sa.Column("buyer_key", sa.Text))
    _buyers_of_orders()
    op.create_index("ix_orders_buyer", "orders", ["buyer_key"])
    _return_parcels()
    _known()
    _verdicts()


def downgrade() -> None:
    for name in ("verdicts", "known", "buyer_links", "return_parcels"):
        op.drop_table(name)
    op.drop_index("ix_orders_buyer", "orders")
    with op.batch_alter_table("orders") as orders:
        orders.drop_column("buyer_key")


def _buyers_of_orders() -> None:
    """Orders kept before have their buyer in the body alone."""
    orders = sa.table("orders", sa.column("row"), sa.column("body"), sa.column("buyer_key"))
    connection = op.get_bind()
    written = (
        sa.update(orders).where(orders.c.row == sa.bindparam("which")).values(buyer_key=sa.bindparam("key"))
    )
    last = -1
    while True:
        wanted = sa.select(orders.c.row, orders.c.body).where(orders.c.row > last).order_by(orders.c.row)
        found = connection.execute(wanted.limit(_AT_ONCE)).all()
        if not found:
            return
        last = found[-1].row
        buyers = [(row.row, (json.loads(row.body).get("buyer") or {}).get("key")) for row in found]
        keyed = [{"which": row, "key": key} for row, key in buyers if key is not None]
        if keyed:
            connection.execute(written, keyed)


def _of_record() -> list[sa.Column[Any]]:
    names = ("platform", "shop_id", "source", "record_id")
    return [
        sa.Column("row", _ROW, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in names),
    ]


def _return_parcels() -> None:
    op.create_table(
        "return_parcels",
        *_of_record(),
        sa.Column("tracking_no", sa.Text, nullable=False),
        sa.Column("carrier", sa.Text),
        sa.PrimaryKeyConstraint("row", name="pk_return_parcels"),
    )
    key = ["platform", "shop_id", "source", "record_id", "tracking_no"]
    op.create_index("uq_return_parcels_case", "return_parcels", key, unique=True)
    op.create_index("ix_return_parcels_tracking_no", "return_parcels", ["tracking_no"])


def _known() -> None:
    op.create_table(
        "buyer_links",
        sa.Column("buyer_key", sa.Text, nullable=False),
        sa.Column("identity", sa.Text, nullable=False),
        sa.Column("linked_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("buyer_key", name="pk_buyer_links"),
    )
    op.create_index("ix_buyer_links_identity", "buyer_links", ["identity"])
    texts = ("platform", "shop_id", "subject", "subject_id", "name", "value", "entered_by")
    op.create_table(
        "known",
        sa.Column("row", _ROW, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        sa.Column("entered_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("row", name="pk_known"),
    )
    op.create_index("ix_known_subject", "known", ["platform", "shop_id", "subject", "subject_id"])


def _verdicts() -> None:
    op.create_table(
        "verdicts",
        *_of_record(),
        sa.Column("pack", sa.Text, nullable=False),
        sa.Column("pack_version", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("judged_at", sa.BigInteger, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("overridden_by", sa.Text),
        sa.Column("overridden_at", sa.BigInteger),
        sa.Column("override_reason", sa.Text),
        sa.Column("override_decision", sa.Text),
        sa.PrimaryKeyConstraint("row", name="pk_verdicts"),
    )
    op.create_index("ix_verdicts_case", "verdicts", ["platform", "shop_id", "source", "record_id", "row"])
