"""One buyer, one key: the same within (platform, app), and nothing that leads back to a person."""

from __future__ import annotations

import hashlib
import hmac

_KEY_BYTES = 16


def buyer_key(secret: bytes, platform: str, app_key: str, open_id: str) -> str:
    """Keyed hash (HMAC-SHA256, 32 hex digits) of the platform's open id of a buyer."""
    text = "\x1f".join((platform, app_key, open_id)).encode()
    return hmac.new(secret, text, hashlib.sha256).digest()[:_KEY_BYTES].hex()


def identity_key(secret: bytes, identity: str) -> str:
    """Keyed hash of what a merchant calls one person on all platforms; no buyer's key can equal it."""
    text = f"identity\x1e{identity.strip()}".encode()
    return hmac.new(secret, text, hashlib.sha256).digest()[:_KEY_BYTES].hex()
