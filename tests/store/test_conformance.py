"""What every store does, on each kind of database."""

from __future__ import annotations

from omnishop.testing import StoreConformance


class TestStore(StoreConformance):
    """`home` and `new_home` are those of this folder: a file, and a database of PostgreSQL."""
