"""What is kept of people is sealed from now on; the ring of keys, what was erased, who may see and who has seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ROW = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TEXTS = (
    *((name, "body") for name in ("orders", "cases", "reviews", "history")),
    ("known", "value"),
    ("verdicts", "verdict"),
    ("intents", "said"),
)
_BYTES = ("quarantine", "inbox")
_UPDATE = "UPDATE {table} SET {column} = {value}"
_ALTER = "ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind} USING {convert}({column}, 'UTF8')"


def upgrade() -> None:
    op.create_table(
        "ring",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("retired_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_ring"),
    )
    _people()
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, column in _TEXTS:
        if on_sqlite:
            _rewritten(table, column)
        else:
            op.execute(_ALTER.format(table=table, column=column, kind="bytea", convert="convert_to"))
    for table in _BYTES:  # a first byte says that they lie open; what is sealed has another
        open_now = "CAST(x'00' || raw AS BLOB)" if on_sqlite else "decode('00', 'hex') || raw"
        op.execute(_UPDATE.format(table=table, column="raw", value=open_now) + " WHERE length(raw) > 0")


def _rewritten(table: str, column: str) -> None:
    """SQLite changes the type of no column: a new one takes the place of the old."""
    fresh = sa.Column("fresh", sa.LargeBinary, nullable=False, server_default=sa.text("x''"))
    op.add_column(table, fresh)
    op.execute(_UPDATE.format(table=table, column="fresh", value=f"CAST({column} AS BLOB)"))
    op.drop_column(table, column)
    op.execute(f"ALTER TABLE {table} RENAME COLUMN fresh TO {column}")


def _people() -> None:
    op.create_table(
        "erased",
        sa.Column("row", _ROW, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("shop_id", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("row", name="pk_erased"),
    )
    op.create_index(
        "uq_erased_subject", "erased", ["platform", "shop_id", "subject", "subject_id"], unique=True
    )
    op.create_table(
        "rights",
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("shop_id", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("given_at", sa.BigInteger, nullable=False),
        sa.Column("given_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("platform", "shop_id", "person", "name", name="pk_rights"),
    )
    op.create_table(
        "audit",
        sa.Column("row", _ROW, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("deed", sa.Text, nullable=False),
        sa.Column("platform", sa.Text),
        sa.Column("shop_id", sa.Text),
        sa.Column("about", sa.Text),
        sa.Column("why", sa.Text),
        sa.PrimaryKeyConstraint("row", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])


def downgrade() -> None:
    """Only while nothing is sealed: what is would not be text."""
    for table in ("audit", "rights", "erased", "ring"):
        op.drop_table(table)
    for table, column in _TEXTS:
        if op.get_bind().dialect.name != "sqlite":
            op.execute(_ALTER.format(table=table, column=column, kind="text", convert="convert_from"))
