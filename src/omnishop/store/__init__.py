"""What is kept: shops, sealed tokens, records, cursors, what could not be read, and what was judged."""

from omnishop.store.buyers import Linked
from omnishop.store.cursors import Cursor
from omnishop.store.database import Store
from omnishop.store.inbox import Message, MessageState
from omnishop.store.known import About, Entered
from omnishop.store.quarantine import Quarantined
from omnishop.store.records import Query, Saved
from omnishop.store.ring import Ring, RingKey
from omnishop.store.shops import StoredShop
from omnishop.store.tokens import StoredTokens
from omnishop.store.verdicts import CaseKey, Override, StoredVerdict

__all__ = [
    "About",
    "CaseKey",
    "Cursor",
    "Entered",
    "Linked",
    "Message",
    "MessageState",
    "Override",
    "Quarantined",
    "Query",
    "Ring",
    "RingKey",
    "Saved",
    "Store",
    "StoredShop",
    "StoredTokens",
    "StoredVerdict",
]
