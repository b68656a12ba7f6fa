"""The inbox: what the platforms told by push, until it is worked off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ROW = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("row", _ROW, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("shop_id", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("order_id", sa.Text),
        sa.Column("case_id", sa.Text),
        sa.Column("told_at", sa.BigInteger),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("copies", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("why", sa.Text),
        sa.Column("settled_at", sa.BigInteger),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("row", name="pk_inbox"),
    )
    op.create_index("uq_inbox_message", "inbox", ["platform", "shop_id", "message"], unique=True)
    op.create_index("ix_inbox_due", "inbox", ["state", "due_at"])


def downgrade() -> None:
    op.drop_table("inbox")
