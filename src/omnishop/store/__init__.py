"""What is kept: shops, sealed tokens, records, cursors, and records that could not be read."""

from omnishop.store.cursors import Cursor
from omnishop.store.database import Store
from omnishop.store.quarantine import Quarantined
from omnishop.store.records import Query, Saved
from omnishop.store.shops import StoredShop
from omnishop.store.tokens import StoredTokens
from omnishop.store.vault import Vault

__all__ = ["Cursor", "Quarantined", "Query", "Saved", "Store", "StoredShop", "StoredTokens", "Vault"]
