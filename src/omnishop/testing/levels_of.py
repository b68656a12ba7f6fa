"""Which levels are promises, and which list carries which capability."""

from __future__ import annotations

from omnishop.ports import Capability, Clock, Level

OFFERED = frozenset({Level.NATIVE, Level.EMULATED, Level.LIMITED, Level.UNVERSIONED})

LISTS: dict[Capability, tuple[str, Clock]] = {
    Capability.ORDERS_BY_CREATED: ("order", "created"),
    Capability.ORDERS_BY_CHANGED: ("order", "changed"),
    Capability.CASES_BY_CHANGED: ("case", "changed"),
    Capability.CASES_OPEN: ("case", "open"),
    Capability.REVIEWS: ("review", "created"),
}
"""The record and the clock of the streams that a capability is made of."""
