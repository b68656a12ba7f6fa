"""What is known of the platforms' quotas, shared by all workers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quotas",
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("app_key", sa.Text, nullable=False),
        sa.Column("shop_id", sa.Text, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("per_s", sa.Float(53)),
        sa.Column("said_at", sa.BigInteger),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.Column("ceiling", sa.Float(53)),
        sa.Column("throttled_at", sa.BigInteger),
        sa.Column("throttles", sa.Integer, nullable=False),
        sa.Column("strikes", sa.Integer, nullable=False),
        sa.Column("barred_until", sa.BigInteger),
        sa.Column("code", sa.Text),
        sa.PrimaryKeyConstraint("platform", "app_key", "shop_id", "method", name="pk_quotas"),
    )
    told = sa.text("throttled_at IS NOT NULL OR per_s IS NOT NULL")
    op.create_index("ix_quotas_told", "quotas", ["throttled_at"], sqlite_where=told, postgresql_where=told)


def downgrade() -> None:
    op.drop_table("quotas")
