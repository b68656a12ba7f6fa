"""The few words that judgement answers with."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    ALLOW = "allow"
    DENY = "deny"
    NEEDS_HUMAN = "needs_human"


class Level(StrEnum):
    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


class Role(StrEnum):
    """Who may say yes."""

    AGENT = "agent"  # authorised by the supervisor
    SUPERVISOR = "supervisor"
    LEADER = "leader"


class Act(StrEnum):
    """What may be done to a case, named as the desk's acts are; adapters know how."""

    AGREE = "agree"  # money, or a reshipment: nothing comes back
    AGREE_RETURN = "agree_return"
    REFUSE = "refuse"
    REFUSE_RETURN = "refuse_return"
    CONFIRM_RECEIPT = "confirm_receipt"
    REFUND = "refund"  # after the return
    SHIP_REPLACEMENT = "ship_replacement"
    ASK_EVIDENCE = "ask_evidence"
    SUBMIT_EVIDENCE = "submit_evidence"
    CANCEL_ORDER = "cancel_order"
    EXTEND = "extend"
