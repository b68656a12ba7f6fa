"""Every write of this platform as a row: when it may be sent, how, and what a reading must show."""

from __future__ import annotations

from collections.abc import Mapping

from omnishop.acts import Verb, Write
from omnishop_jd.wire import STOREFRONT
from omnishop_jd.writes import applications, audits, goods, notes, trade

WRITES: Mapping[str, tuple[Write, ...]] = {
    STOREFRONT: (*applications.ROWS, *audits.ROWS, *goods.ROWS, *notes.ROWS, *trade.ROWS)
}

ACTS: Mapping[str, Mapping[Verb, tuple[Verb, ...]]] = {}
"""By storefront: acts of more than one verb, in order."""
