"""The ledger: acts and their intents, pieces that came back, switches and caps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ROW = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_SUBJECT = ["platform", "shop_id", "record", "source", "record_id"]
_OPEN = "state IN ('planned', 'sent', 'unknown')"


def upgrade() -> None:
    _acts()
    _intents()
    _receipts()
    _rights()


def downgrade() -> None:
    for name in ("caps", "switches", "receipts", "intents", "acts"):
        op.drop_table(name)


def _subject() -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in _SUBJECT]


def _acts() -> None:
    op.create_table(
        "acts",
        sa.Column("id", sa.Text, nullable=False),
        *_subject(),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("begun_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_acts"),
    )
    op.create_index("ix_acts_subject", "acts", _SUBJECT)


def _intents() -> None:
    op.create_table(
        "intents",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("act", sa.Text, sa.ForeignKey("acts.id", name="fk_intents_act"), nullable=False),
        *_subject(),
        sa.Column("order_id", sa.Text),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("money", sa.Boolean, nullable=False),
        sa.Column("amount", sa.BigInteger),
        sa.Column("freight", sa.BigInteger),
        sa.Column("lines", sa.Text, nullable=False),
        sa.Column("ceiling", sa.Text),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("seen", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("why", sa.Text),
        sa.Column("code", sa.Text),
        sa.Column("readings", sa.Text, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("planned_at", sa.BigInteger, nullable=False),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("until", sa.BigInteger),
        sa.Column("settled_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_intents"),
    )
    op.create_index("ix_intents_subject", "intents", _SUBJECT)
    op.create_index("ix_intents_order", "intents", ["platform", "shop_id", "order_id"])
    op.create_index("ix_intents_day", "intents", ["platform", "shop_id", "day"])
    op.create_index("ix_intents_state", "intents", ["state", "planned_at"])
    _one_open("uq_intents_open_money", _SUBJECT, f"money AND record = 'case' AND {_OPEN}")
    _one_open("uq_intents_open", [*_SUBJECT, "verb", "digest"], _OPEN)


def _one_open(name: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, "intents", columns, unique=True, sqlite_where=only, postgresql_where=only)


def _receipts() -> None:
    op.create_table(
        "receipts",
        sa.Column("row", _ROW, nullable=False),
        *_subject(),
        sa.Column("parcel", sa.Text, nullable=False),
        sa.Column("good", sa.Integer, nullable=False),
        sa.Column("bad", sa.Integer, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("row", name="pk_receipts"),
    )
    op.create_index("ix_receipts_parcel", "receipts", ["platform", "parcel"])


def _rights() -> None:
    op.create_table(
        "switches",
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("shop_id", sa.Text, nullable=False),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("allowed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("platform", "shop_id", "verb", name="pk_switches"),
    )
    op.create_table(
        "caps",
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("shop_id", sa.Text, nullable=False),
        sa.Column("fen_per_day", sa.BigInteger),
        sa.Column("acts_per_day", sa.Integer),
        sa.PrimaryKeyConstraint("platform", "shop_id", name="pk_caps"),
    )
