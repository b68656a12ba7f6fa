"""The facts of a case that a shop's own conditions may name beside those of every clock, and where they stand."""

from __future__ import annotations

from omnishop.model import Dispute, OrderStatus
from omnishop.policy.casefacts import Channel, Finding, Returned, Severity
from omnishop.policy.facts import NAMES, Name

OF_CASES: dict[str, Name] = {
    "dispute": Name(str, frozenset(Dispute), "case.dispute"),
    "order_status": Name(str, frozenset(OrderStatus), "order.status"),
    "paid_fen": Name(int, path="order.lines.paid"),
    "pieces": Name(int, path="order.lines.quantity"),
    "blacklisted": Name(bool, path="buyer.blacklisted"),
    "buyer_orders": Name(int, path="buyer.history.orders"),
    "buyer_refunds": Name(int, path="buyer.history.refunds"),
    "buyer_linked": Name(bool, path="buyer.history.linked"),
    "buyer_evidence": Name(int, path="evidence"),
    "confirmed": Name(bool, path="known.confirmed"),
    "severity": Name(str, frozenset(Severity), "known.severity"),
    "finding": Name(str, frozenset(Finding), "known.finding"),
    "returned": Name(str, frozenset(Returned), "known.returned"),
    "keeps_goods": Name(bool, path="known.keeps_goods"),
    "advanced_fen": Name(int, path="known.advanced"),
    "given_fen": Name(int, path="known.given"),
    "bad_review": Name(bool, path="known.bad_review"),
    "angry": Name(bool, path="known.angry"),
    "major": Name(bool, path="known.major"),
    "channel": Name(str, frozenset(Channel), "known.channel"),
}
"""What only a case tells: not for conditions that set clocks, which run on orders, parcels and chats too."""
EVERY: dict[str, Name] = {**NAMES, **OF_CASES}
