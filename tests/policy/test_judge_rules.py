"""Each rule of sections 2 to 5 by its id, on both sides of its boundary."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest
from tests.policy.casebook import (
    LAST,
    LATE,
    LOST,
    NOW,
    PART,
    PLAIN_GOODS,
    QUALITY,
    SECOND,
    SHORT,
    SIGNED,
    WRONG,
    a_cancel,
    a_return,
)

from omnishop.model import (
    CaseLine,
    Dispute,
    Fen,
    Kind,
    OrderLine,
    OrderStatus,
    Reason,
    ReasonClass,
    Stage,
    aware,
)
from omnishop.policy.answers import Act, Level, Outcome, Role
from omnishop.policy.casefacts import (
    Channel,
    Evidence,
    Finding,
    Party,
    PastRefund,
    PromiseKind,
    Proof,
    Refusal,
    Returned,
    Severity,
    ShopPromise,
)
from omnishop.policy.judge import judge
from omnishop.policy.rules import carried

ALLOW, DENY, HUMAN = Outcome.ALLOW, Outcome.DENY, Outcome.NEEDS_HUMAN
FEN = Fen(1)


def outcome(verdict):
    return verdict.outcome, verdict.rule


def options(act):
    return lambda verdict: next((each.allowed, each.key) for each in verdict.next if each.act is act)


def remedies(verdict):
    return [each.key for each in verdict.remedies]


def remedy(key, what):
    def probe(verdict):
        found = [getattr(each, what) for each in verdict.remedies if each.key == key]
        return found[0] if found else "not offered"

    return probe


def cap(rule):
    return lambda verdict: next((each.amount for each in verdict.caps if each.rule == rule), "no cap")


def burden(rule):
    return lambda verdict: next((each.party for each in verdict.burdens if each.rule == rule), "no burden")


def signal(rule):
    return lambda verdict: next((each.points for each in verdict.risk.signals if each.rule == rule), 0)


def wanted(rule):
    return lambda verdict: {
        each.what: (each.wanted, each.there) for each in verdict.evidence if each.rule == rule
    }


def condition(key):
    return lambda verdict: next(each.holds for each in verdict.approval.conditions if each.key == key)


def warned(rule):
    return lambda verdict: rule in [each.rule for each in verdict.warnings]


def level(verdict):
    return verdict.priority.level, verdict.priority.first


def role(verdict):
    return verdict.approval.role


def goods(**changes):
    return (attrs.evolve(PLAIN_GOODS, **changes),)


def promise(**changes):
    told = {
        "what": PromiseKind.NO_REASON,
        "days": 30,
        "covers_exempt": False,
        "since": aware("2026-02-01T00:00:00"),
        "until": aware("2026-03-01T00:00:00"),
    }
    return (ShopPromise(**{**told, **changes}),)


def quality(**changes):
    return a_return(case__reason=QUALITY, known__confirmed=True, **changes)


def back(returned, **changes):
    return a_return(case__stage=Stage.INSPECTING, known__returned=returned, **changes)


def refunds(*days):
    return tuple(PastRefund(NOW - timedelta(days=each), platform="p", shop_id="7") for each in days)


LATE_BY_A_SECOND = {"case__opened_at": LAST + SECOND}
THIRTY = SIGNED.replace(hour=0) + timedelta(days=31)
REFUSAL = {
    **LATE_BY_A_SECOND,
    "evidence": (Evidence(Proof.PAGE_SNAPSHOT, Party.SHOP, valid=True),),
    "known__refusal": Refusal("c", accepted_reason=True, alternative=True),
}
TWO_LINES = {
    "case__lines": (CaseLine("L1", "S1"), CaseLine("L2", "S2")),
    "order__lines": (
        OrderLine("L1", "S1", quantity=1, paid=Fen(100)),
        OrderLine("L2", "S2", quantity=1, paid=Fen(200)),
    ),
}

ROWS = [
    # 2. Eligibility
    ("ELG-7D", a_return(case__opened_at=LAST), outcome, (ALLOW, "ELG-7D")),
    ("ELG-7D", a_return(**LATE_BY_A_SECOND), outcome, (DENY, "ELG-7D")),
    ("ELG-7D", a_return(order__delivered_at=None), outcome, (HUMAN, "ELG-7D")),
    ("ELG-7D", a_return(case__opened_at=None), outcome, (HUMAN, "ELG-7D")),
    ("ELG-7D", a_return(case__kind=Kind.UNKNOWN), outcome, (HUMAN, "ELG-7D")),
    ("ELG-7D", a_return(case__kind=Kind.REFUND_ONLY), outcome, (HUMAN, "ELG-7D")),
    (
        "ELG-7D-CUSTOM",
        a_return(known__goods=goods(custom=True, marked=True)),
        outcome,
        (DENY, "ELG-7D-CUSTOM"),
    ),
    (
        "ELG-7D-CUSTOM",
        a_return(known__goods=goods(custom=None, marked=True)),
        outcome,
        (HUMAN, "ELG-7D-CUSTOM"),
    ),
    ("ELG-7D-CUSTOM", a_return(known__goods=goods(custom=False, marked=True)), outcome, (ALLOW, "ELG-7D")),
    (
        "ELG-7D-PERISHABLE",
        a_return(known__goods=goods(perishable=True, marked=True)),
        outcome,
        (DENY, "ELG-7D-PERISHABLE"),
    ),
    (
        "ELG-7D-PERISHABLE",
        a_return(known__goods=goods(perishable=True, marked=False)),
        outcome,
        (ALLOW, "ELG-7D-MARKED"),
    ),
    (
        "ELG-7D-OPENED",
        a_return(known__goods=goods(opened=True, opened_harms=True, marked=True)),
        outcome,
        (DENY, "ELG-7D-OPENED"),
    ),
    (
        "ELG-7D-OPENED",
        a_return(known__goods=goods(opened_harms=True, marked=True)),
        outcome,
        (ALLOW, "ELG-7D"),
    ),
    (
        "ELG-7D-OPENED",
        a_return(known__goods=goods(opened=None, opened_harms=True, marked=True)),
        outcome,
        (HUMAN, "ELG-7D-OPENED"),
    ),
    (
        "ELG-7D-DIGITAL",
        a_return(known__goods=goods(digital=True, activated=True, marked=True)),
        outcome,
        (DENY, "ELG-7D-DIGITAL"),
    ),
    ("ELG-7D-DIGITAL", a_return(known__goods=goods(digital=True, marked=True)), outcome, (ALLOW, "ELG-7D")),
    (
        "ELG-7D-MARKED",
        a_return(known__goods=goods(custom=True, marked=True)),
        outcome,
        (DENY, "ELG-7D-CUSTOM"),
    ),
    (
        "ELG-7D-MARKED",
        a_return(known__goods=goods(custom=True, marked=False)),
        outcome,
        (ALLOW, "ELG-7D-MARKED"),
    ),
    (
        "ELG-7D-MARKED",
        a_return(known__goods=goods(custom=True, marked=None)),
        outcome,
        (HUMAN, "ELG-7D-CUSTOM"),
    ),
    ("ELG-7D-MARKED", a_return(known__goods=None), outcome, (HUMAN, "ELG-7D-MARKED")),
    (
        "ELG-7D-MARKED",  # one of two lines is exempt
        a_return(
            **TWO_LINES,
            known__goods=(PLAIN_GOODS, attrs.evolve(PLAIN_GOODS, sku_id="S2", custom=True, marked=True)),
        ),
        outcome,
        (HUMAN, "ELG-7D-CUSTOM"),
    ),
    ("ELG-7D-MARKED", a_return(**TWO_LINES), outcome, (HUMAN, "ELG-7D-MARKED")),
    ("ELG-PROMISE", a_return(case__opened_at=THIRTY, promises=promise()), outcome, (ALLOW, "ELG-PROMISE")),
    ("ELG-PROMISE", a_return(case__opened_at=THIRTY + SECOND, promises=promise()), outcome, (DENY, "ELG-7D")),
    ("ELG-PROMISE", a_return(**LATE_BY_A_SECOND, promises=None), outcome, (HUMAN, "ELG-PROMISE")),
    (
        "ELG-PROMISE",  # ordered at the very moment it began, and a second before
        a_return(**LATE_BY_A_SECOND, order__created_at=aware("2026-02-01T00:00:00"), promises=promise()),
        outcome,
        (ALLOW, "ELG-PROMISE"),
    ),
    (
        "ELG-PROMISE",
        a_return(**LATE_BY_A_SECOND, order__created_at=aware("2026-01-31T23:59:59"), promises=promise()),
        outcome,
        (DENY, "ELG-7D"),
    ),
    (
        "ELG-PROMISE",
        a_return(**LATE_BY_A_SECOND, order__created_at=aware("2026-03-01T00:00:00"), promises=promise()),
        outcome,
        (DENY, "ELG-7D"),
    ),
    (
        "ELG-PROMISE",
        a_return(**LATE_BY_A_SECOND, promises=promise(until=None)),
        outcome,
        (HUMAN, "ELG-PROMISE"),
    ),
    (
        "ELG-PROMISE",
        a_return(**LATE_BY_A_SECOND, promises=promise(until=None, standing=True)),
        outcome,
        (ALLOW, "ELG-PROMISE"),
    ),
    (
        "ELG-PROMISE",
        a_return(**LATE_BY_A_SECOND, promises=promise(sku_ids=("S2",))),
        outcome,
        (DENY, "ELG-7D"),
    ),
    (
        "ELG-PROMISE",  # exempt goods only where the promise says so
        a_return(known__goods=goods(custom=True, marked=True), promises=promise()),
        outcome,
        (DENY, "ELG-7D-CUSTOM"),
    ),
    (
        "ELG-PROMISE",
        a_return(known__goods=goods(custom=True, marked=True), promises=promise(covers_exempt=True)),
        outcome,
        (ALLOW, "ELG-PROMISE"),
    ),
    ("ELG-QUALITY", quality(**LATE_BY_A_SECOND), outcome, (ALLOW, "ELG-QUALITY")),
    (
        "ELG-QUALITY",
        a_return(case__reason=QUALITY, known__confirmed=False, **LATE_BY_A_SECOND),
        outcome,
        (DENY, "ELG-QUALITY"),
    ),
    ("ELG-QUALITY", a_return(case__reason=QUALITY, **LATE_BY_A_SECOND), outcome, (HUMAN, "ELG-QUALITY")),
    ("ELG-QUALITY", quality(case__kind=Kind.REFUND_ONLY), outcome, (ALLOW, "ELG-QUALITY")),
    ("ELG-UNSHIPPED", a_cancel(), outcome, (ALLOW, "ELG-UNSHIPPED")),
    ("ELG-UNSHIPPED", a_cancel(known__cancelled=None), outcome, (HUMAN, "ELG-UNSHIPPED")),
    ("ELG-UNSHIPPED", a_cancel(known__cancelled=False), outcome, (HUMAN, "ELG-UNSHIPPED")),
    ("ELG-UNSHIPPED", a_cancel(order__status=OrderStatus.SHIPPED), outcome, (HUMAN, "ELG-UNSHIPPED")),
    ("ELG-UNSHIPPED", a_cancel(order=None), outcome, (HUMAN, "ELG-UNSHIPPED")),
    ("ELG-UNSHIPPED", a_cancel(known__cancelled=None), options(Act.AGREE), (False, "cancel_first")),
    ("ELG-UNSHIPPED", a_cancel(known__cancelled=None), options(Act.CANCEL_ORDER), (True, "ok")),
    ("ELG-REFUSE", a_return(**REFUSAL), options(Act.REFUSE), (True, "ok")),
    ("ELG-REFUSE", a_return(**{**REFUSAL, "evidence": ()}), options(Act.REFUSE), (False, "refusal_evidence")),
    (
        "ELG-REFUSE",
        a_return(**{**REFUSAL, "evidence": None}),
        options(Act.REFUSE),
        (False, "refusal_evidence"),
    ),
    (
        "ELG-REFUSE",
        a_return(**{**REFUSAL, "evidence": (Evidence(Proof.CHAT, Party.SHOP),)}),
        options(Act.REFUSE),
        (False, "refusal_evidence"),
    ),
    (
        "ELG-REFUSE",
        a_return(**{**REFUSAL, "known__refusal": Refusal("c", None, alternative=True)}),
        options(Act.REFUSE),
        (False, "refusal_reason"),
    ),
    (
        "ELG-REFUSE",
        a_return(**{**REFUSAL, "known__refusal": Refusal("c", accepted_reason=True)}),
        options(Act.REFUSE),
        (False, "refusal_alternative"),
    ),
    ("ELG-MALICIOUS-REFUSE", a_return(), options(Act.REFUSE), (False, "eligible")),
    ("ELG-MALICIOUS-REFUSE", a_return(case__stage=Stage.REFUSED), warned("ELG-MALICIOUS-REFUSE"), True),
    (
        "ELG-MALICIOUS-REFUSE",
        a_return(case__stage=Stage.REFUSED, **LATE_BY_A_SECOND),
        warned("ELG-MALICIOUS-REFUSE"),
        False,
    ),
    # 3. Evidence and priority
    ("EVD-QUALITY", quality(), wanted("EVD-QUALITY"), {Proof.PHOTO: (2, 2), Proof.STATEMENT: (1, 2)}),
    (
        "EVD-QUALITY",
        quality(evidence=(Evidence(Proof.PHOTO, Party.BUYER),)),
        options(Act.ASK_EVIDENCE),
        (True, "ok"),
    ),
    ("EVD-QUALITY", quality(), options(Act.ASK_EVIDENCE), (False, "evidence_there")),
    (
        "EVD-QUALITY",
        a_return(case__reason=Reason(detail="开不了机")),
        lambda verdict: wanted("EVD-QUALITY")(verdict)[Proof.VIDEO],
        (1, 0),
    ),
    (
        "EVD-LOGISTICS",
        a_return(case__reason=LATE),
        lambda verdict: set(wanted("EVD-LOGISTICS")(verdict)),
        {Proof.TRACKING, Proof.RECIPIENT, Proof.PARCEL_STATE, Proof.WISH},
    ),
    (
        "EVD-LOGISTICS",
        a_return(
            case__reason=Reason(detail="运输途中压坏了"),
            known__cls=ReasonClass.LOGISTICS,
            known__sub="transit_damage",
        ),
        lambda verdict: wanted("EVD-LOGISTICS")(verdict)[Proof.PHOTO],
        (1, 2),
    ),
    (
        "EVD-ORDER",
        a_return(case__reason=WRONG, evidence=None),
        wanted("EVD-ORDER"),
        {Proof.DISPATCH_RECORD: (1, None), Proof.PICK_LIST: (1, None), Proof.PHOTO: (1, None)},
    ),
    ("EVD-RETURN", a_return(), lambda verdict: Proof.RETURN_PHOTO in wanted("EVD-RETURN")(verdict), False),
    (
        "EVD-RETURN",
        back(Returned.INTACT),
        lambda verdict: wanted("EVD-RETURN")(verdict)[Proof.RETURN_PHOTO],
        (1, 0),
    ),
    ("EVD-RETURN", a_cancel(), wanted("EVD-RETURN"), {}),
    ("PRI-LOGISTICS", a_return(case__reason=LATE), level, (Level.MIDDLE, False)),
    (
        "PRI-LOGISTICS",
        a_return(known__cls=ReasonClass.LOGISTICS, known__sub="loss"),
        level,
        (Level.HIGH, False),
    ),
    (
        "PRI-LOGISTICS",
        a_return(known__cls=ReasonClass.LOGISTICS, known__sub="service"),
        level,
        (Level.LOW, False),
    ),
    ("PRI-QUALITY", quality(), level, (Level.MIDDLE, True)),
    ("PRI-QUALITY", a_return(), level, (Level.MIDDLE, False)),
    ("PRI-URGENT", a_return(case__amounts__requested=Fen(50_000)), level, (Level.HIGH, True)),
    ("PRI-URGENT", a_return(case__amounts__requested=Fen(49_999)), level, (Level.MIDDLE, False)),
    ("PRI-URGENT", a_return(buyer__vip=True), level, (Level.HIGH, True)),
    ("PRI-URGENT", a_return(known__live_stream=True), level, (Level.HIGH, True)),
    ("PRI-URGENT", a_return(known__angry=True), lambda verdict: verdict.priority.human, True),
    ("PRI-URGENT", a_return(), lambda verdict: verdict.priority.human, False),
    (
        "PRI-COMPLAINT",
        a_return(case__kind=Kind.COMPLAINT, known__channel=Channel.PLATFORM),
        level,
        (Level.HIGH, False),
    ),
    (
        "PRI-COMPLAINT",
        a_return(case__kind=Kind.COMPLAINT, known__channel=Channel.COMMENT),
        level,
        (Level.MIDDLE, False),
    ),
    (
        "PRI-COMPLAINT",
        a_return(case__kind=Kind.COMPLAINT, known__channel=Channel.PHONE),
        level,
        (Level.LOW, False),
    ),
    ("PRI-COMPLAINT", a_return(known__major=True), warned("PRI-COMPLAINT"), True),
    ("PRI-COMPLAINT", a_return(), warned("PRI-COMPLAINT"), False),
    ("PRI-CHANNEL", a_return(), lambda verdict: "PRI-CHANNEL" in verdict.priority.rules, True),
    ("PRI-CHANNEL", a_return(known__channel=None), lambda verdict: "known.channel" in verdict.missing, True),
    # 4. Resolutions
    ("RES-CHOICES", a_return(), remedies, ["return_refund", "exchange", "keep"]),
    ("RES-CHOICES", a_return(**LATE_BY_A_SECOND), remedies, ["coupon", "paid_repair"]),
    ("RES-CHOICES", a_return(case__kind=Kind.UNKNOWN), warned("RES-CHOICES"), True),
    ("RES-CHOICES", a_return(), warned("RES-CHOICES"), False),
    ("RES-QUALITY-SEVERE", quality(known__severity=Severity.SEVERE), lambda v: remedies(v)[0], "full_refund"),
    (
        "RES-QUALITY-SEVERE",
        quality(known__severity=Severity.SEVERE),
        remedy("full_refund", "cost"),
        Fen(30_900),
    ),
    (
        "RES-QUALITY-SEVERE",
        quality(known__severity=Severity.SEVERE, known__repairable=True),
        remedy("full_refund", "cost"),
        "not offered",
    ),
    (
        "RES-QUALITY-REPLACE",
        quality(known__severity=Severity.PLAIN, known__wants_exchange=True),
        lambda v: remedies(v)[0],
        "replace",
    ),
    (
        "RES-QUALITY-REPLACE",
        quality(known__severity=Severity.PLAIN, known__wants_exchange=False),
        remedy("replace", "cost"),
        "not offered",
    ),
    (
        "RES-QUALITY-MINOR",
        quality(known__severity=Severity.MINOR),
        remedy("partial_refund", "gives"),
        Fen(2_500),
    ),
    (
        "RES-QUALITY-MINOR",  # a fifth of 124.99 is below the cap, of 125.00 it is the cap
        quality(
            known__severity=Severity.MINOR,
            order__lines=(OrderLine("L1", "S1", quantity=1, paid=Fen(12_499)),),
        ),
        remedy("partial_refund", "gives"),
        Fen(2_499),
    ),
    (
        "RES-QUALITY-MINOR",
        quality(known__severity=Severity.MINOR, known__keeps_goods=False),
        remedy("partial_refund", "gives"),
        "not offered",
    ),
    (
        "RES-LOGISTICS-SEARCH",
        a_return(case__reason=LOST, known__finding=Finding.ON_ITS_WAY),
        lambda v: remedies(v)[0],
        "search",
    ),
    (
        "RES-LOGISTICS-SEARCH",
        a_return(case__kind=Kind.REFUND_ONLY, case__reason=LOST, known__finding=Finding.DELIVERED),
        outcome,
        (DENY, "RES-LOGISTICS-SEARCH"),
    ),
    (
        "RES-LOGISTICS-SEARCH",
        a_return(case__kind=Kind.REFUND_ONLY, case__reason=LOST),
        outcome,
        (HUMAN, "RES-LOGISTICS-SEARCH"),
    ),
    (
        "RES-LOGISTICS-REDELIVER",
        a_return(case__reason=LOST, known__finding=Finding.MISDELIVERED),
        remedies,
        ["redeliver", "reship", "refund_lost"],
    ),
    (
        "RES-LOGISTICS-RESHIP",
        a_return(case__reason=LOST, known__finding=Finding.LOST),
        remedies,
        ["reship", "refund_lost"],
    ),
    (
        "RES-LOGISTICS-RESHIP",
        a_return(case__reason=LOST, known__finding=Finding.LOST),
        remedy("reship", "cost"),
        Fen(11_000),
    ),
    (
        "RES-LOGISTICS-REFUND",
        a_return(case__kind=Kind.REFUND_ONLY, case__reason=LOST, known__finding=Finding.LOST),
        outcome,
        (ALLOW, "RES-LOGISTICS-REFUND"),
    ),
    (
        "RES-LOGISTICS-DAMAGE",
        a_return(case__kind=Kind.REFUND_ONLY, case__reason=LOST, known__finding=Finding.DAMAGED),
        lambda v: (*outcome(v), *remedies(v)),
        (ALLOW, "RES-LOGISTICS-DAMAGE", "reship_damaged", "refund_damaged"),
    ),
    (
        "RES-LOGISTICS-DELAY",
        a_return(case__reason=LATE, known__finding=Finding.LATE),
        remedies,
        ["extend_receipt", "delay_coupon", "faster"],
    ),
    ("RES-ORDER-WRONG", a_return(case__reason=WRONG), remedies, ["send_right", "return_wrong", "keep_wrong"]),
    (
        "RES-ORDER-WRONG",
        a_return(case__kind=Kind.REFUND_ONLY, case__reason=WRONG, known__confirmed=True),
        outcome,
        (ALLOW, "RES-ORDER-WRONG"),
    ),
    (
        "RES-ORDER-SHORT",
        a_return(case__reason=SHORT, known__over_shipped=False),
        remedies,
        ["reship_missing", "refund_missing"],
    ),
    (
        "RES-ORDER-OVER",
        a_return(case__reason=SHORT, known__over_shipped=True),
        remedies,
        ["send_back", "pay_difference"],
    ),
    ("RES-ORDER-PART", a_return(case__reason=PART), remedies, ["reship_part", "part_allowance"]),
    ("RES-ORDER-PART", a_return(case__reason=PART), remedy("reship_part", "cost"), Fen(1_000)),
    (
        "RES-EXPEDITE",  # worth 30.00: comes back; 29.99: need not
        a_return(case__reason=WRONG, order__lines=(OrderLine("L1", "S1", quantity=1, paid=Fen(3_000)),)),
        lambda v: (
            "the wrong goods come back (RES-EXPEDITE)" in [each.en for each in v.remedies[0].conditions]
        ),
        True,
    ),
    (
        "RES-EXPEDITE",
        a_return(case__reason=WRONG, order__lines=(OrderLine("L1", "S1", quantity=1, paid=Fen(2_999)),)),
        lambda v: (
            "the wrong goods need not come back (RES-EXPEDITE)"
            in [each.en for each in v.remedies[0].conditions]
        ),
        True,
    ),
    (
        "RES-EXPEDITE",
        a_return(case__reason=LOST, known__finding=Finding.LOST),
        lambda v: any(
            "RES-EXPEDITE" in each.en and "tracking" in each.en for each in v.remedies[0].conditions
        ),
        True,
    ),
    (
        "RES-COMPENSATE",  # one special choice is too few: amends are added
        a_return(case__kind=Kind.REPAIR, case__reason=QUALITY, known__severity=Severity.SEVERE),
        remedies,
        ["full_refund", "amends_coupon"],
    ),
    ("RES-COMPENSATE", a_return(), remedy("amends_coupon", "cost"), "not offered"),
    ("RES-KEEP-CAP", a_return(), cap("RES-KEEP-CAP"), Fen(2_500)),
    ("RES-KEEP-CAP", a_return(known__given=Fen(2_499)), cap("RES-KEEP-CAP"), FEN),
    ("RES-KEEP-CAP", a_return(known__given=Fen(9_999)), cap("RES-KEEP-CAP"), Fen(0)),
    (
        "RES-KEEP-CAP",
        quality(case__kind=Kind.REFUND_ONLY, known__keeps_goods=True, case__amounts__requested=Fen(2_500)),
        options(Act.AGREE),
        (True, "ok"),
    ),
    (
        "RES-KEEP-CAP",
        quality(case__kind=Kind.REFUND_ONLY, known__keeps_goods=True, case__amounts__requested=Fen(2_501)),
        options(Act.AGREE),
        (False, "over_cap"),
    ),
    ("RES-REVIEW-CAP", a_return(known__bad_review=True), cap("RES-REVIEW-CAP"), Fen(29_900)),
    ("RES-REVIEW-CAP", a_return(), cap("RES-REVIEW-CAP"), "no cap"),
    (
        "RES-REVIEW-CAP",
        a_return(known__bad_review=True),
        lambda v: all("never tied" in each.conditions[-1].en for each in v.remedies),
        True,
    ),
    (
        "RES-SCRATCHED",
        back(Returned.DAMAGED),
        lambda v: (*outcome(v), *remedies(v)),
        (HUMAN, "RES-SCRATCHED", "part_refund", "new_one"),
    ),
    ("RES-SCRATCHED", back(Returned.DAMAGED), remedy("part_refund", "gives"), Fen(23_920)),
    ("RES-SCRATCHED", back(Returned.INTACT), outcome, (ALLOW, "ELG-7D")),
    ("RES-SCRATCHED", back(None), outcome, (HUMAN, "SLA-RECEIPT")),
    (
        "RES-SCRATCHED",
        back(Returned.DAMAGED, **REFUSAL),
        options(Act.REFUSE_RETURN),
        (False, "return_photos"),
    ),
    (
        "RES-SCRATCHED",
        back(
            Returned.DAMAGED,
            **{**REFUSAL, "evidence": (Evidence(Proof.RETURN_PHOTO, Party.SHOP, valid=True),)},
        ),
        options(Act.REFUSE_RETURN),
        (True, "ok"),
    ),
    ("RES-SCRATCHED", back(Returned.DAMAGED), options(Act.REFUND), (False, "not_intact")),
    ("RES-SCRATCHED", back(Returned.INTACT), options(Act.REFUND), (True, "ok")),
    (
        "RES-EXCHANGE-EQUAL",
        a_return(case__kind=Kind.EXCHANGE, known__exchange_value=Fen(29_900)),
        lambda v: "new_order" in remedies(v) and "buy_again" not in remedies(v),
        True,
    ),
    (
        "RES-EXCHANGE-UNEQUAL",
        a_return(case__kind=Kind.EXCHANGE, known__exchange_value=Fen(29_901)),
        lambda v: "buy_again" in remedies(v) and "new_order" not in remedies(v),
        True,
    ),
    (
        "RES-EXCHANGE-UNEQUAL",
        a_return(case__kind=Kind.EXCHANGE),
        lambda v: {"buy_again", "new_order"} <= set(remedies(v)) and "known.exchange_value" in v.missing,
        True,
    ),
    (
        "RES-LIABILITY-WAREHOUSE",
        a_return(case__reason=WRONG),
        burden("RES-LIABILITY-WAREHOUSE"),
        Party.WAREHOUSE,
    ),
    (
        "RES-LIABILITY-WAREHOUSE",
        a_return(case__reason=WRONG, known__warehouse_proof=True),
        burden("RES-LIABILITY-WAREHOUSE"),
        None,
    ),
    (
        "RES-LIABILITY-CARRIER",
        a_return(case__reason=LOST, known__carrier_fault=True),
        burden("RES-LIABILITY-CARRIER"),
        Party.CARRIER,
    ),
    (
        "RES-LIABILITY-CARRIER",
        a_return(case__reason=LOST, known__carrier_fault=False),
        burden("RES-LIABILITY-CARRIER"),
        Party.SHOP,
    ),
    ("RES-LIABILITY-CARRIER", a_return(case__reason=LOST), burden("RES-LIABILITY-CARRIER"), None),
    ("RES-RETURN-FREIGHT", quality(), burden("RES-RETURN-FREIGHT"), Party.SHOP),
    ("RES-RETURN-FREIGHT", a_return(case__reason=QUALITY), burden("RES-RETURN-FREIGHT"), None),
    ("RES-RETURN-FREIGHT", a_return(), burden("RES-RETURN-FREIGHT"), Party.BUYER),
    (
        "RES-RETURN-FREIGHT",
        a_return(promises=promise(what=PromiseKind.FREIGHT)),
        burden("RES-RETURN-FREIGHT"),
        Party.SHOP,
    ),
    ("RES-RETURN-FREIGHT", a_cancel(), burden("RES-RETURN-FREIGHT"), "no burden"),
    ("RES-REFUND-ROUTE", a_return(), lambda v: v.routes, ("original", "balance", "rights_claim", "transfer")),
    ("RES-ADVANCE", a_return(known__advanced=FEN), outcome, (DENY, "RES-ADVANCE")),
    ("RES-ADVANCE", a_return(known__advanced=Fen(0)), outcome, (ALLOW, "ELG-7D")),
    ("RES-ADVANCE", a_return(known__advanced=None), outcome, (HUMAN, "RES-ADVANCE")),
    ("RES-ADVANCE", back(Returned.INTACT, known__advanced=FEN), options(Act.REFUND), (False, "advanced")),
    (
        "RES-KEEP-CAP",  # what is on its way back is not kept
        back(Returned.INTACT),
        lambda v: [(each.key, each.act) for each in v.remedies],
        [("return_refund", Act.REFUND), ("exchange", Act.SHIP_REPLACEMENT)],
    ),
    (
        "RES-REVIEW-CAP",  # 299.00 was paid; the refund with the freight comes to 309.00
        quality(known__severity=Severity.SEVERE, known__bad_review=True),
        lambda v: [each.en for each in v.remedies[0].conditions],
        [
            "as a remedy for a review above the 299.00 yuan it may cost (RES-REVIEW-CAP)",
            "never tied to amending a review (RES-REVIEW-CAP)",
        ],
    ),
    (
        "RES-ADVANCE",  # said before all else
        back(None, known__advanced=FEN),
        options(Act.REFUND),
        (False, "advanced"),
    ),
    (
        "EVD-QUALITY",  # what was found worthless does not count
        quality(
            evidence=(Evidence(Proof.PHOTO, Party.BUYER, 2, valid=False), Evidence(Proof.PHOTO, Party.BUYER))
        ),
        lambda verdict: wanted("EVD-QUALITY")(verdict)[Proof.PHOTO],
        (2, 1),
    ),
    # 5. Approval, automation, risk
    ("APR-SUPERVISOR", a_return(case__amounts__requested=Fen(100)), role, Role.SUPERVISOR),
    (
        "APR-SUPERVISOR",
        quality(case__kind=Kind.REFUND_ONLY, case__amounts__requested=Fen(100)),
        role,
        Role.AGENT,
    ),
    (
        "APR-SUPERVISOR",
        quality(case__kind=Kind.REFUND_ONLY, case__amounts__requested=Fen(100), known__keeps_goods=True),
        role,
        Role.SUPERVISOR,
    ),
    ("APR-SUPERVISOR", a_return(known__approvals=(Role.SUPERVISOR,)), lambda v: v.approval.given, True),
    ("APR-SUPERVISOR", a_return(known__approvals=(Role.AGENT,)), lambda v: v.approval.given, False),
    ("APR-SUPERVISOR", a_return(), lambda v: v.approval.given, None),
    ("APR-AUTHORISED", a_cancel(case__amounts__requested=Fen(100)), role, Role.AGENT),
    (
        "APR-AUTHORISED",
        a_cancel(case__amounts__requested=Fen(100)),
        lambda v: v.approval.rules[0],
        "APR-AUTHORISED",
    ),
    ("APR-FRONTLINE", a_cancel(case__amounts__requested=Fen(20_000)), role, Role.AGENT),
    ("APR-FRONTLINE", a_cancel(case__amounts__requested=Fen(20_001)), role, Role.SUPERVISOR),
    ("APR-FRONTLINE", a_cancel(case__amounts__requested=None), role, Role.SUPERVISOR),
    (
        "APR-FRONTLINE",
        a_cancel(case__amounts__requested=Fen(100), buyer__blacklisted=True),
        role,
        Role.SUPERVISOR,
    ),
    ("APR-TEMPLATE", a_return(), lambda v: v.templates, ("F3",)),
    ("APR-TEMPLATE", a_return(**LATE_BY_A_SECOND), lambda v: v.templates, ("F3R",)),
    (
        "APR-TEMPLATE",
        a_return(case__reason=LOST, order__delivered_at=None),
        lambda v: v.templates,
        ("F2", "K2"),
    ),
    ("APR-FASTLANE", a_return(case__amounts__requested=Fen(5_000)), lambda v: v.approval.fast_lane, True),
    ("APR-FASTLANE", a_return(case__amounts__requested=Fen(5_001)), lambda v: v.approval.fast_lane, False),
    (
        "APR-FASTLANE",
        a_return(buyer__vip=True),
        lambda v: (v.approval.fast_lane, v.approval.role),
        (True, Role.SUPERVISOR),
    ),
    ("APR-AUTO", a_cancel(case__amounts__requested=Fen(5_000)), lambda v: v.approval.auto, False),
    ("APR-AUTO", a_cancel(case__amounts__requested=Fen(5_000)), condition("within_limit"), True),
    ("APR-AUTO", a_cancel(case__amounts__requested=Fen(5_001)), condition("within_limit"), False),
    ("APR-AUTO", a_cancel(case__amounts__requested=None), condition("within_limit"), None),
    ("APR-AUTO", a_cancel(), condition("eligible"), True),
    ("APR-AUTO", a_cancel(known__cancelled=None), condition("eligible"), False),
    ("APR-AUTO", a_cancel(buyer__blacklisted=None), condition("low_risk"), None),
    ("APR-AUTO", a_cancel(buyer__history__linked=None), condition("low_risk"), True),
    ("APR-AUTO", a_cancel(case__dispute=Dispute.OPEN), condition("no_dispute"), False),
    ("APR-AUTO", a_cancel(case__dispute=None), condition("no_dispute"), None),
    ("APR-AUTO", a_cancel(siblings=None), condition("no_sibling"), None),
    ("APR-AUTO", a_cancel(siblings=(a_return().case,)), condition("no_sibling"), False),
    (
        "APR-AUTO",
        a_cancel(siblings=(a_return(case__stage=Stage.SUCCEEDED).case,)),
        condition("no_sibling"),
        False,
    ),
    (
        "APR-AUTO",
        a_cancel(siblings=(a_return(case__stage=Stage.CLOSED).case,)),
        condition("no_sibling"),
        True,
    ),
    ("APR-FLOAT", a_return(shop__balance=Fen(150_000)), warned("APR-FLOAT"), False),
    ("APR-FLOAT", a_return(shop__balance=Fen(149_999)), warned("APR-FLOAT"), True),
    (
        "APR-FLOAT",
        a_return(shop__balance=None),
        lambda v: (warned("APR-FLOAT")(v), v.missing),
        (False, ("shop.balance",)),
    ),
    ("RSK-FREQ", a_return(buyer__history__refunds=refunds(1, 2, 30)), signal("RSK-FREQ"), 30),
    ("RSK-FREQ", a_return(buyer__history__refunds=refunds(1, 30)), signal("RSK-FREQ"), 0),
    (
        "RSK-FREQ",
        a_return(buyer__history__refunds=(*refunds(1, 2), PastRefund(NOW - timedelta(days=30) - SECOND))),
        signal("RSK-FREQ"),
        0,
    ),
    (
        "RSK-FREQ",
        a_return(buyer__history__refunds=None),
        lambda v: "buyer.history.refunds" in v.risk.missing,
        True,
    ),
    ("RSK-CLUSTER", a_return(buyer__history__same_address=2), signal("RSK-CLUSTER"), 25),
    ("RSK-CLUSTER", a_return(buyer__history__same_payment=2), signal("RSK-CLUSTER"), 25),
    ("RSK-CLUSTER", a_return(buyer__history__same_address=1), signal("RSK-CLUSTER"), 0),
    (
        "RSK-BULK",
        a_return(case__amounts__requested=Fen(100_000), order__paid_at=aware("2026-03-04T10:00:00")),
        signal("RSK-BULK"),
        25,
    ),
    (
        "RSK-BULK",
        a_return(case__amounts__requested=Fen(99_999), order__paid_at=aware("2026-03-04T10:00:00")),
        signal("RSK-BULK"),
        0,
    ),
    (
        "RSK-BULK",
        a_return(case__amounts__requested=Fen(100_000), order__paid_at=aware("2026-03-04T09:59:59")),
        signal("RSK-BULK"),
        0,
    ),
    (
        "RSK-BULK",
        a_return(
            order__lines=(OrderLine("L1", "S1", quantity=10, paid=Fen(100)),),
            order__paid_at=aware("2026-03-05T09:00:00"),
        ),
        signal("RSK-BULK"),
        25,
    ),
    (
        "RSK-BULK",
        a_return(
            order__lines=(OrderLine("L1", "S1", quantity=9, paid=Fen(100)),),
            order__paid_at=aware("2026-03-05T09:00:00"),
        ),
        signal("RSK-BULK"),
        0,
    ),
    ("RSK-VAGUE", a_return(case__reason=Reason(detail="随便写写"), evidence=()), signal("RSK-VAGUE"), 30),
    ("RSK-VAGUE", a_return(case__reason=Reason(detail="随便写写")), signal("RSK-VAGUE"), 0),
    ("RSK-VAGUE", a_return(known__reason_changes=2), signal("RSK-VAGUE"), 30),
    ("RSK-VAGUE", a_return(known__reason_changes=1), signal("RSK-VAGUE"), 0),
    ("RSK-VAGUE", a_return(known__reason_related=False), signal("RSK-VAGUE"), 30),
    (
        "RSK-SWAP",
        back(Returned.COUNTERFEIT),
        lambda v: (*outcome(v), signal("RSK-SWAP")(v)),
        (HUMAN, "RSK-SWAP", 40),
    ),
    ("RSK-SWAP", back(Returned.INTACT), signal("RSK-SWAP"), 0),
    ("RSK-PRO", a_return(buyer__history__malicious=1), signal("RSK-PRO"), 40),
    ("RSK-PRO", a_return(buyer__history__malicious=0), signal("RSK-PRO"), 0),
    ("RSK-SCORE", a_return(), lambda v: (v.risk.level, v.risk.advice.en), (Level.LOW, "handle as usual")),
    ("RSK-SCORE", a_return(known__reason_changes=2), lambda v: v.risk.level, Level.MIDDLE),
    ("RSK-SCORE", a_return(buyer__history__same_address=2), lambda v: v.risk.level, Level.LOW),
    (
        "RSK-SCORE",  # 30 + 30 = 60; 25 + 30 = 55
        a_return(known__reason_changes=2, buyer__history__refunds=refunds(1, 2, 3)),
        lambda v: (v.risk.points, v.risk.level),
        (60, Level.HIGH),
    ),
    (
        "RSK-SCORE",
        a_return(known__reason_changes=2, buyer__history__same_address=2),
        lambda v: (v.risk.points, v.risk.level),
        (55, Level.MIDDLE),
    ),
    (
        "RSK-SCORE",
        a_return(buyer__blacklisted=True),
        lambda v: (v.risk.level, v.outcome),
        (Level.HIGH, ALLOW),
    ),
    ("RSK-BLACKLIST", a_return(buyer__blacklisted=True), signal("RSK-BLACKLIST"), 60),
    (
        "RSK-BLACKLIST",
        a_return(buyer__blacklisted=None),
        lambda v: "buyer.blacklisted" in v.risk.missing,
        True,
    ),
    (
        "RSK-HISTORY",
        a_return(),
        lambda v: v.risk.history.en,
        "5 orders and 0 refunds in 365 d, in 0 shops (over all platforms)",
    ),
    ("RSK-HISTORY", a_return(buyer__history__linked=None), lambda v: v.risk.missing, ("identity",)),
    (
        "RSK-HISTORY",
        a_return(buyer__history__refunds=refunds(365, 366), buyer__history__linked=False),
        lambda v: v.risk.history.en,
        "5 orders and 1 refunds in 365 d, in 1 shops (on this platform only: identity is not linked)",
    ),
]


@pytest.mark.parametrize(
    ("rule", "facts", "probe", "expected"),
    ROWS,
    ids=[f"{row[0]}-{index}" for index, row in enumerate(ROWS)],
)
def test_a_rule(rule, facts, probe, expected, default):
    assert probe(judge(facts, default, NOW)) == expected


def test_every_rule_of_sections_2_to_5_has_its_rows(default):
    here = {rule.id for rule in carried(default) if rule.id[:3] in {"ELG", "EVD", "PRI", "RES", "APR", "RSK"}}
    assert {row[0] for row in ROWS} | {"ELG-LAW"} == here


def test_the_rule_is_named_where_it_had_a_say(default):
    """By itself, not only through the outcome."""
    silent = {"ELG-REFUSE", "APR-AUTO", "APR-FLOAT", "RES-EXPEDITE", "RES-SCRATCHED", "RES-REVIEW-CAP"}
    named = {row[0]: False for row in ROWS}
    for rule, facts, _, _ in ROWS:
        verdict = judge(facts, default, NOW)
        told = {each.rule for each in (*verdict.fired, *verdict.warnings)} | {
            each.rule for each in verdict.next
        }
        named[rule] |= rule in told
    assert {rule for rule, found in named.items() if not found} <= silent
