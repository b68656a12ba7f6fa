"""What is to be done when: each shop's next round, and the moment each case is judged again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_WAITS = sa.text("judge_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "rounds",
        sa.Column("shop", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("backfill_at", sa.BigInteger),
        sa.Column("backfill_left", sa.Integer),
        sa.Column("check_at", sa.BigInteger),
        sa.Column("began_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("why", sa.Text),
        sa.Column("checked_at", sa.BigInteger),
        sa.Column("found", sa.Text),
        sa.PrimaryKeyConstraint("shop", name="pk_rounds"),
        sa.ForeignKeyConstraint(["shop"], ["shops.row"], name="fk_rounds_shop", ondelete="CASCADE"),
    )
    op.create_index("ix_rounds_due_at", "rounds", ["due_at"])
    op.add_column("cases", sa.Column("judge_at", sa.BigInteger))
    op.execute('UPDATE cases SET judge_at = 0 WHERE "open"')
    op.create_index("ix_cases_judge_at", "cases", ["judge_at"], sqlite_where=_WAITS, postgresql_where=_WAITS)


def downgrade() -> None:
    op.drop_index("ix_cases_judge_at", "cases")
    op.drop_column("cases", "judge_at")
    op.drop_table("rounds")
