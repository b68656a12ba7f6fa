"""The first schema: shops with apps and tokens, cursors, records, quarantine."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ROW = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "facts",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_facts"),
    )
    _registry()
    _progress()
    for name in ("orders", "cases", "reviews"):
        _records(name)


def downgrade() -> None:
    for name in ("reviews", "cases", "orders", "quarantine", "cursors", "tokens", "shops", "apps", "facts"):
        op.drop_table(name)


def _registry() -> None:
    op.create_table(
        "apps",
        sa.Column("row", _ROW, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("app_key", sa.Text, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("gateway", sa.Text),
        sa.Column("oauth", sa.Text),
        sa.Column("redirect_uri", sa.Text),
        sa.Column("service_id", sa.Text),
        sa.PrimaryKeyConstraint("row", name="pk_apps"),
    )
    op.create_index("uq_apps_platform_app_key", "apps", ["platform", "app_key"], unique=True)
    op.create_table(
        "shops",
        sa.Column("row", _ROW, nullable=False),
        sa.Column("app", _ROW, sa.ForeignKey("apps.row", name="fk_shops_app"), nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("storefront", sa.Text, nullable=False),
        sa.Column("shop_id", sa.Text),
        sa.Column("alias", sa.Text),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("control", sa.Text),
        sa.Column("added_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("row", name="pk_shops"),
    )
    op.create_index("uq_shops_platform_shop_id", "shops", ["platform", "shop_id"], unique=True)
    op.create_index("uq_shops_alias", "shops", ["alias"], unique=True)
    op.create_table(
        "tokens",
        _of_shop("tokens"),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("holder", sa.Text),
        sa.Column("held_until", sa.BigInteger),
        sa.PrimaryKeyConstraint("shop", "role", name="pk_tokens"),
    )


def _progress() -> None:
    op.create_table(
        "cursors",
        _of_shop("cursors"),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger),
        sa.Column("until", sa.BigInteger),
        sa.Column("unverified", sa.Text),
        sa.PrimaryKeyConstraint("shop", "stream", name="pk_cursors"),
    )
    op.create_table(
        "quarantine",
        sa.Column("row", _ROW, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("shop_id", sa.Text, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("record_id", sa.Text),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("row", name="pk_quarantine"),
    )
    op.create_index("uq_quarantine_met", "quarantine", ["platform", "shop_id", "digest"], unique=True)


def _of_shop(table: str) -> sa.Column[int]:
    key = sa.ForeignKey("shops.row", name=f"fk_{table}_shop", ondelete="CASCADE")
    return sa.Column("shop", _ROW, key, nullable=False)


def _records(name: str) -> None:
    op.create_table(
        name,
        sa.Column("row", _ROW, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("shop_id", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("record_id", sa.Text, nullable=False),
        sa.Column("storefront", sa.Text),
        sa.Column("order_id", sa.Text),
        sa.Column("kind", sa.Text),
        sa.Column("stage", sa.Text),
        sa.Column("open", sa.Boolean),
        sa.Column("changed_at", sa.BigInteger),
        sa.Column("deadline_at", sa.BigInteger),
        sa.Column("snapshot_at", sa.BigInteger, nullable=False),
        sa.Column("kind_at", sa.BigInteger),
        sa.Column("marks", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("row", name=f"pk_{name}"),
    )
    key = ["platform", "shop_id", "source", "record_id"]
    op.create_index(f"uq_{name}_id", name, key, unique=True)
    op.create_index(f"ix_{name}_order", name, ["order_id"])
    op.create_index(f"ix_{name}_changed", name, ["shop_id", "changed_at"])
