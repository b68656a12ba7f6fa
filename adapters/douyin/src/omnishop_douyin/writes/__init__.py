"""Every write of this platform as a row: when it may be sent, how, and what a reading must show.

`looks` fresh readings · `operate` afterSale.operate by number · `beside` the other writes to a case ·
`shipping` writes to orders · `answers` what an answer says itself · `carriers` the platform's codes
"""

from __future__ import annotations

from collections.abc import Mapping

from omnishop.acts import Verb, Write
from omnishop_douyin.shape import STOREFRONT
from omnishop_douyin.writes import beside, operate, shipping

WRITES: Mapping[str, tuple[Write, ...]] = {STOREFRONT: (*operate.ROWS, *beside.ROWS, *shipping.ROWS)}

ACTS: Mapping[str, Mapping[Verb, tuple[Verb, ...]]] = {}
"""By storefront: acts of more than one verb, in order; none here."""
