"""A shop: `Shop` in this thread, `AsyncShop` in an event loop. `face` what both know, `sync` and `aio` the two."""

from omnishop.client.aio import AsyncShop
from omnishop.client.face import account_of, tokens_of
from omnishop.client.sync import Shop

__all__ = ["AsyncShop", "Shop", "account_of", "tokens_of"]
