"""Orders, after-sales cases and reviews of every storefront in one model."""

from omnishop.client import AsyncShop, Shop
from omnishop.errors import (
    AuthError,
    ConfigError,
    Conflict,
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
    "NotFound",
    "NotSupported",
    "OmnishopError",
    "Order",
    "OutcomeUnknown",
    "PermissionDenied",
    "RateLimited",
    "Rejected",
    "Review",
    "Shop",
    "Support",
    "Token",
    "Transient",
    "WireError",
]
