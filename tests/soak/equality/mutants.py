"""Engines that are wrong on purpose: the soak must find each of them out."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from omnishop.engine import listing, plan
from omnishop.engine.listing import Listing
from omnishop.engine.proof import Proof, Reading
from omnishop.flow import Page
from omnishop.store.inbox import Inbox


def _closes_without_a_proof() -> None:
    """Whatever came, the window closes."""

    def judge(self: Reading, *_args: Any, **_named: Any) -> Proof:
        return Proof("proved", self.met, ())

    Reading.judge = judge  # type: ignore[method-assign] - that is the mutation


def _skips_a_page() -> None:
    """Every fifth page is counted and not kept."""
    whole, count = Listing._page, itertools.count()

    def page(self: Any, page: Page) -> Page:
        return page if next(count) % 5 == 4 else whole(self, page)

    Listing._page = page  # type: ignore[method-assign] - as above


def _closes_too_early() -> None:
    """Up to now, though lists may show a change late."""
    for module in (plan, listing):
        if hasattr(module, "LAG"):
            module.LAG = timedelta()  # type: ignore[attr-defined] - as above


def _closes_before_it_reads() -> None:
    """The cursor moves first."""
    tried = Listing._tried

    def read(self: Any, reading: Reading, window: Any, **named: Any) -> Any:
        if self._stream.clock != "open":
            self._advance(window, Proof("proved", 0, ()))
        return tried(self, reading, window, **named)

    Listing._tried = read  # type: ignore[method-assign] - as above


def _forgets_messages() -> None:
    """Acknowledged, and not kept."""
    Inbox.put = lambda *_args, **_named: 0  # type: ignore[method-assign] - as above


MUTANTS: dict[str, Callable[[], None]] = {
    "closes without a proof": _closes_without_a_proof,
    "skips a page": _skips_a_page,
    "closes too early": _closes_too_early,
    "closes before it reads": _closes_before_it_reads,
    "forgets messages": _forgets_messages,
}
"""By name."""
