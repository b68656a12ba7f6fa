"""Listens to what platforms tell: over HTTP, and at their queues; what was told is kept, then worked off."""

from omnishop.listen.listener import Listener
from omnishop.listen.receiver import Receiver, Tally

__all__ = ["Listener", "Receiver", "Tally"]
