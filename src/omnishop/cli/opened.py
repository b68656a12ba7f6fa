"""The home and its store, opened for one command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from omnishop.cli.words import speak

if TYPE_CHECKING:
    from omnishop.store import Store


@contextmanager
def opened() -> Iterator[Store]:
    from omnishop.config import Home
    from omnishop.store import Store

    home = Home.find()
    speak(home.lang())
    with Store.open(home) as store:
        yield store
