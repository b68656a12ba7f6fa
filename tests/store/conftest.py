"""Tests of the store run on each kind of database."""

from __future__ import annotations

from tests.stores import empty_file, home, kind_of_database, new_home, store

__all__ = ["empty_file", "home", "kind_of_database", "new_home", "store"]
