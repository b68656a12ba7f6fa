"""The engine's proofs: the states that records went through, and what is known of each list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ROW = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_STATE = ["platform", "shop_id", "record", "source", "record_id", "at", "digest"]
_RECORDS = ("orders", "cases", "reviews")
_OF_A_LIST = ("goal", "true_at", "proof", "swept_at")


def upgrade() -> None:
    op.create_table(
        "history",
        sa.Column("row", _ROW, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("shop_id", sa.Text, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("record_id", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("kind_at", sa.BigInteger),
        sa.Column("read_at", sa.BigInteger),
        sa.Column("answer", sa.Text),
        sa.PrimaryKeyConstraint("row", name="pk_history"),
    )
    op.create_index("uq_history_state", "history", _STATE, unique=True)
    for name in _OF_A_LIST:
        op.add_column("cursors", sa.Column(name, sa.Text if name == "proof" else sa.BigInteger))
    for name in _RECORDS:
        op.add_column(name, sa.Column("read_at", sa.BigInteger))
        op.add_column(name, sa.Column("answer", sa.Text))


def downgrade() -> None:
    for name in _RECORDS:
        op.drop_column(name, "answer")
        op.drop_column(name, "read_at")
    for name in _OF_A_LIST:
        op.drop_column("cursors", name)
    op.drop_table("history")
