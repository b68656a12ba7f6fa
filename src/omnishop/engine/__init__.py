"""Keeps the store equal to the platforms: `plan` what to read, `merge` what came, `pull` it all together."""

from omnishop.engine.freshness import NotKnown, TrueAsOf, freshness
from omnishop.engine.pull import pull, pull_back, pull_live, pull_shop
from omnishop.engine.reconcile import Reconciled, reconcile
from omnishop.engine.reports import Progress, PullReport, ShopReport, StreamReport
from omnishop.engine.shops import account_of, open_shop

__all__ = [
    "NotKnown",
    "Progress",
    "PullReport",
    "Reconciled",
    "ShopReport",
    "StreamReport",
    "TrueAsOf",
    "account_of",
    "freshness",
    "open_shop",
    "pull",
    "pull_back",
    "pull_live",
    "pull_shop",
    "reconcile",
]
