"""Orders, after-sales cases and reviews of every storefront in one model.

Names are loaded when first used: a program that asks one question does not pay for all of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from omnishop.acts import Outcome, Verb
    from omnishop.client import AsyncShop, Shop
    from omnishop.errors import (
        AuthError,
        ConfigError,
        Conflict,
        NotAllowed,
        NotFound,
        NotSupported,
        OmnishopError,
        OutcomeUnknown,
        PermissionDenied,
        RateLimited,
        Rejected,
        Transient,
        WireError,
    )
    from omnishop.model import Case, Order, Review
    from omnishop.ports import Account, App, Capability, Level, Support, Token

__all__ = [
    "Account",
    "App",
    "AsyncShop",
    "AuthError",
    "Capability",
    "Case",
    "ConfigError",
    "Conflict",
    "Level",
    "NotAllowed",
    "NotFound",
    "NotSupported",
    "OmnishopError",
    "Order",
    "Outcome",
    "OutcomeUnknown",
    "PermissionDenied",
    "RateLimited",
    "Rejected",
    "Review",
    "Shop",
    "Support",
    "Token",
    "Transient",
    "Verb",
    "WireError",
]

_HOMES = {
    "acts": {"Outcome", "Verb"},
    "client": {"AsyncShop", "Shop"},
    "model": {"Case", "Order", "Review"},
    "ports": {"Account", "App", "Capability", "Level", "Support", "Token"},
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    home = next((home for home, names in _HOMES.items() if name in names), "errors")
    found = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = found
    return found
