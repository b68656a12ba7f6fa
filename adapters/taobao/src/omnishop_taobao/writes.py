"""Every write of this platform as a row: when it may be sent, how, and what a reading must show."""

from __future__ import annotations

from collections.abc import Mapping

from omnishop.acts import Verb, Write

WRITES: Mapping[str, tuple[Write, ...]] = {"tmall": (), "taobao": ()}

ACTS: Mapping[str, Mapping[Verb, tuple[Verb, ...]]] = {}
"""By storefront: acts of more than one verb, in order."""
