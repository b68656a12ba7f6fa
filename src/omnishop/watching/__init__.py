"""omnishop seen from outside: is it running, degraded or unverified, and why; figures for a monitor."""

from omnishop.watching.health import Health, Reason, ShopHealth, State, judge
from omnishop.watching.limits import Limits
from omnishop.watching.seen import Seen, ShopSeen
from omnishop.watching.watch import Watch

__all__ = ["Health", "Limits", "Reason", "Seen", "ShopHealth", "ShopSeen", "State", "Watch", "judge"]
