"""What differs between the databases a store can be in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from omnishop.errors import OmnishopError

PATIENCE_S = 20.0
"""How long a transaction waits for another process's; longer than any of ours lasts."""

UNBOUNDED = -1
"""How many connections beyond the kept ones: who writes may read beside it, so no thread waits for a connection."""


@frozen
class Kind:
    """`connect` takes the database's address and raises ConfigError when it cannot be had.

    `reading`, `looking` and `writing` are the execution options of a transaction; `looking` is for one statement
    that changes nothing; `writing` is given whether the commit
    waits for the disk, and what the transaction is alone with, sorted (None: with everything). `error` tells the
    driver's error as ours, None where it is a bug. `clock` asks a server for its time.
    """

    connect: Callable[[str], Engine]
    reading: Mapping[str, Any]
    looking: Mapping[str, Any]
    writing: Callable[[bool, tuple[str, ...] | None], Mapping[str, Any]]
    error: Callable[[DBAPIError, Engine], OmnishopError | None]
    clock: str | None = None
