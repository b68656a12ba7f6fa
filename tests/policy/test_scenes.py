"""The scenes of the training material, as far as judgement reaches: each ends where a good desk would end it."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest
from tests.policy.casebook import PLAIN_GOODS, a_return
from tests.policy.conftest import layer

from omnishop.model import (
    CaseLine,
    Consequence,
    Deadline,
    Favours,
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
    Party,
    PastRefund,
    PromiseKind,
    Proof,
    Refusal,
    Returned,
    Severity,
    ShopPromise,
)
from omnishop.policy.clocks import State
from omnishop.policy.explain import explain
from omnishop.policy.judge import judge
from omnishop.policy.loss import in_order, work
from omnishop.policy.pack import Level as LintLevel
from omnishop.policy.shipped import shipped
from omnishop.policy.wording import linter

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def of_lines(price, cost):
    return {
        "case__amounts__requested": Fen(price),
        "order__amounts__paid": Fen(price),
        "order__lines": (OrderLine("L1", "S1", quantity=1, paid=Fen(price)),),
        "known__goods": (attrs.evolve(PLAIN_GOODS, cost=Fen(cost)),),
    }


def option(verdict, act):
    return next(each for each in verdict.next if each.act is act)


def clock(verdict, rule):
    return next(each for each in verdict.clocks if each.rule == rule)


def lint(default, text, now):
    return {finding.kind for finding in linter(default).lint(text, now) if finding.level is LintLevel.BLOCK}


def test_scn_watch_a_watch_used_a_week_comes_back_scratched(default):
    """Wrong: accusing the buyer, half the price forced. Right: two choices, photos, the rule."""
    now = aware("2026-03-08T10:00:00")
    watch = a_return(
        case__reason=Reason(detail="用了一周, 不喜欢"),
        case__stage=Stage.INSPECTING,
        case__opened_at=aware("2026-03-07T10:00:00"),
        known__returned=Returned.DAMAGED,
        **of_lines(129_900, 60_000),
    )
    verdict = judge(watch, default, now)
    assert (verdict.outcome, verdict.rule) == (Outcome.NEEDS_HUMAN, "RES-SCRATCHED")
    assert [(each.key, each.gives, each.approval) for each in verdict.remedies] == [
        ("part_refund", Fen(103_920), Role.SUPERVISOR),  # 80 %
        ("new_one", Fen(60_000), Role.SUPERVISOR),
    ]
    told = explain(verdict, "zh")
    assert "质保延长 6 个月" in told
    assert "退货照片至少 1 张" in told
    assert option(verdict, Act.REFUND).key == "not_intact"
    assert option(verdict, Act.REFUSE_RETURN).key == "return_photos"
    assert lint(default, "是您自己弄坏的, 只能退一半", now) == {"blame", "forced"}
    assert not lint(default, "我们可以为您退八成, 或者换新并延保, 您看哪个合适", now)


def test_scn_dress_a_stain_on_a_dress_of_299_yuan(default):
    """Full refund and freight wanted: eligible once the stain is confirmed, the freight is ours, three choices."""
    now = aware("2026-03-20T10:00:00")
    dress = a_return(
        case__reason=Reason(text="质量问题", detail="裙子上有污渍, 要全额退款和运费"),
        case__opened_at=aware("2026-03-19T20:00:00"),  # long after the seven days
        **of_lines(29_900, 9_000),
    )
    before = judge(dress, default, now)
    assert (before.outcome, before.rule) == (Outcome.NEEDS_HUMAN, "ELG-QUALITY")
    assert before.cls is ReasonClass.QUALITY
    assert option(before, Act.REFUSE).key == "undecided_refuse"
    assert "known.confirmed" in before.missing
    found = attrs.evolve(
        dress.known, confirmed=True, severity=Severity.MINOR, wants_exchange=True, keeps_goods=None
    )
    verdict = judge(attrs.evolve(dress, known=found), default, now)
    assert (verdict.outcome, verdict.rule) == (Outcome.ALLOW, "ELG-QUALITY")
    assert [each.key for each in verdict.remedies] == ["replace", "partial_refund", "gift"]
    assert [each.cost for each in verdict.remedies] == [Fen(2_500), Fen(2_500), Fen(1_500)]
    assert {each.rule: each.party for each in verdict.burdens} == {"RES-RETURN-FREIGHT": Party.SHOP}
    assert option(verdict, Act.REFUSE).key == "eligible"
    assert verdict.priority.first


def test_scn_vague_costly_goods_a_weeks_use_no_evidence(default):
    """Risk is seen and explained; it asks for evidence and a person, and refuses nothing by itself."""
    now = aware("2026-03-09T10:00:00")
    vague = a_return(
        case__kind=Kind.REFUND_ONLY,
        case__reason=Reason(detail="就是觉得怪怪的"),
        case__opened_at=aware("2026-03-09T09:00:00"),
        evidence=(),
        buyer__history__refunds=tuple(PastRefund(now - each * DAY) for each in (3, 9, 20)),
        **of_lines(388_000, 200_000),
    )
    verdict = judge(vague, default, now)
    assert verdict.outcome is Outcome.NEEDS_HUMAN
    assert verdict.cls is ReasonClass.UNCLASSIFIED
    assert {each.rule for each in verdict.risk.signals} == {"RSK-VAGUE", "RSK-FREQ"}
    assert (verdict.risk.points, verdict.risk.level) == (60, Level.HIGH)
    assert verdict.approval.role is Role.SUPERVISOR
    assert option(verdict, Act.AGREE).key == "undecided"
    assert option(verdict, Act.REFUSE).key == "undecided_refuse"
    assert "平台介入" in verdict.risk.advice.zh
    known_good = attrs.evolve(vague, evidence=(Evidence(Proof.PHOTO, Party.BUYER, 2),))
    assert judge(known_good, default, now).risk.level is Level.MIDDLE


def late_make_up(**changes):
    """Bought in a live stream, 48 h promised, unshipped after five days."""
    return a_return(
        **{
            "case__kind": Kind.CANCEL,
            "case__reason": Reason(detail="一直不发货"),
            "case__opened_at": aware("2026-03-06T09:00:00"),
            "order__status": OrderStatus.PAID,
            "order__paid_at": aware("2026-03-01T09:00:00"),
            "order__shipped_at": None,
            "order__delivered_at": None,
            "known__live_stream": True,
            "known__ship_within": timedelta(hours=48),
            "known__channel": Channel.COMMENT,
            "known__cancelled": None,
            **changes,
        }
    )


def test_scn_late_the_limited_edition_that_was_not_shipped(default):
    now = aware("2026-03-06T10:00:00")
    verdict = judge(late_make_up(), default, now)
    late = clock(verdict, "SLA-SHIP")
    assert (late.due_at, late.state) == (aware("2026-03-03T09:00:00"), State.BREACHED)
    assert (verdict.priority.level, verdict.priority.first) == (Level.HIGH, True)
    assert "PRI-URGENT" in verdict.priority.rules
    assert verdict.outcome is Outcome.NEEDS_HUMAN
    assert option(verdict, Act.AGREE).key == "cancel_first"  # T1B: refund only when it is really cancelled
    assert option(verdict, Act.CANCEL_ORDER).allowed
    assert [each.key for each in verdict.remedies] == ["refund", "wait", "amends_coupon"]
    assert "另赠 200 积分" in explain(verdict, "zh")  # ships first by a faster carrier, with amends
    stopped = judge(late_make_up(known__cancelled=True), default, now)
    assert stopped.outcome is Outcome.ALLOW
    assert option(stopped, Act.AGREE).allowed


def test_scn_late_after_it_was_shipped_amends_are_offered(default):
    """Apology, cause, faster carrier, 200 points."""
    shipped_late = late_make_up(
        case__kind=Kind.REFUND_ONLY,
        order__status=OrderStatus.SHIPPED,
        order__shipped_at=aware("2026-03-06T09:30:00"),
        known__finding=None,
        known__cls=ReasonClass.LOGISTICS,
        known__sub="delay",
    )
    facts = attrs.evolve(shipped_late, known=attrs.evolve(shipped_late.known, finding="late"))
    verdict = judge(facts, default, aware("2026-03-06T10:00:00"))
    assert [each.key for each in verdict.remedies] == ["extend_receipt", "delay_coupon", "faster"]
    assert "另赠 200 积分" in explain(verdict, "zh")
    assert clock(verdict, "SLA-SHIP").state is State.MET_LATE


THIRTY_DAYS = ShopPromise(
    PromiseKind.NO_REASON,
    "live-0301",
    days=30,
    covers_exempt=False,
    said=Channel.PLATFORM,
    live_stream=True,
    since=aware("2026-02-20T00:00:00"),
    until=aware("2026-03-01T00:00:00"),
    words="三十天无理由",
)


def test_scn_promise_thirty_days_said_live_and_then_refused(default):
    now = aware("2026-03-25T10:00:00")
    facts = a_return(case__opened_at=aware("2026-03-24T10:00:00"), promises=(THIRTY_DAYS,))
    verdict = judge(facts, default, now)
    assert (verdict.outcome, verdict.rule) == (Outcome.ALLOW, "ELG-PROMISE")
    assert option(verdict, Act.REFUSE).key == "eligible"
    refused = judge(attrs.evolve(facts, case=attrs.evolve(facts.case, stage=Stage.REFUSED)), default, now)
    assert {"ELG-MALICIOUS-REFUSE", "PEN-PROMISE"} <= {each.rule for each in refused.warnings}
    assert "虚假宣传" in explain(refused, "zh")
    without = judge(attrs.evolve(facts, promises=()), default, now)
    assert (without.outcome, without.rule) == (Outcome.DENY, "ELG-7D")


def test_scn_promise_refusing_what_is_not_covered_needs_evidence_reason_and_alternative(default):
    now = aware("2026-04-10T10:00:00")
    facts = a_return(
        case__opened_at=aware("2026-04-09T10:00:00"), promises=(THIRTY_DAYS,), evidence=()
    )  # day 38
    verdict = judge(facts, default, now)
    assert verdict.outcome is Outcome.DENY
    assert option(verdict, Act.REFUSE).key == "refusal_evidence"
    assert [each.key for each in verdict.remedies] == ["coupon", "paid_repair"]  # the alternatives
    ready = attrs.evolve(
        facts,
        evidence=(Evidence(Proof.PAGE_SNAPSHOT, Party.SHOP, valid=True),),
        known=attrs.evolve(facts.known, refusal=Refusal("c", accepted_reason=True, alternative=True)),
    )
    assert option(judge(ready, default, now), Act.REFUSE).allowed


@pytest.mark.parametrize("hours", [24, 48, 72])
def test_scn_surge_a_promotion_without_staff(packs, hours):
    """Forty applications and nobody: what is next is what would cost most, and what happens by default is said."""
    default = packs.of()
    opened = aware("2026-11-11T00:00:00")
    now = opened + hours * HOUR
    verdicts = []
    for number in range(40):
        amount = Fen(1_000 + 5_000 * number)
        deadline = Deadline(
            opened + 48 * HOUR + number * HOUR, Consequence.AGREES, Favours.BUYER, extendable=False
        )
        facts = a_return(
            case__case_id=f"R{number:02}",
            case__opened_at=opened,
            case__amounts__requested=amount,
            case__deadline=deadline,
            order__delivered_at=aware("2026-11-10T12:00:00"),
        )
        verdicts.append(judge(facts, default, now))
    works = in_order(work(each.case_id, each.clocks, default.pack.loss, now, each.cls) for each in verdicts)
    losses = [each.loss for each in works]
    assert losses == sorted(losses, reverse=True)
    assert {each.loss for each in verdicts} == set(losses)
    platform = [clock(each, "SLA-PLATFORM") for each in verdicts]
    late = sum(each.state is State.BREACHED for each in platform)
    assert late == max(0, min(40, hours - 48))
    assert all(
        each.stake == verdict.risk.points + each.stake
        for each, verdict in zip(platform, verdicts, strict=True)
    )
    assert "自动同意, 有利于买家" in explain(verdicts[-1], "zh")
    assert clock(verdicts[0], "SLA-REVIEW").state is (
        State.RUNNING if hours < 36 else State.WARNING if hours == 48 else State.BREACHED
    )


def test_scn_surge_a_shop_may_prepare_for_the_promotion():
    """A period with its own limits, and the quick lane for small sums."""
    rush = layer('[clocks.SLA-FIRST]\nlimit = "2h"\n[approvals.APR-FASTLANE]\namount = "100.00"', "period")
    opened = aware("2026-11-11T00:00:00")
    facts = a_return(
        case__opened_at=opened,
        case__amounts__requested=Fen(10_000),
        order__delivered_at=aware("2026-11-10T12:00:00"),
        timeline__happened={"responded": None},
    )
    verdict = judge(facts, shipped(rush).of("p", None, "7", opened), opened + 2 * HOUR + timedelta(seconds=1))
    assert verdict.approval.fast_lane
    assert clock(verdict, "SLA-FIRST").state is State.BREACHED
    assert {each.key for each in verdict.overrides} == {
        "clocks.SLA-FIRST.limit",
        "approvals.APR-FASTLANE.amount",
    }


def test_scn_festival_seven_days_unhandled_over_spring_festival(packs):
    """Elapsed clocks do not stop for the holiday; working days do; the platform has decided long before."""
    opened = aware("2026-02-15T20:00:00")  # the holiday of 2026: 15 to 23 February
    facts = a_return(
        case__opened_at=opened,
        case__deadline=Deadline(opened + 48 * HOUR, Consequence.AGREES, Favours.BUYER, extendable=False),
        order__delivered_at=aware("2026-02-14T12:00:00"),
        timeline__happened={"responded": None},
    )
    for platform in ("douyin", "taobao", "jd"):
        verdict = judge(facts, packs.of(platform), opened + 7 * DAY)
        breached = {each.rule for each in verdict.clocks if each.state is State.BREACHED}
        assert {"SLA-PLATFORM", "SLA-FIRST", "SLA-REVIEW"} <= breached
        assert ("SLA-HANDLED" in breached) is (platform != "douyin")
        whole = clock(verdict, "SLA-AFTERSALE-WHOLE")
        assert whole.state is State.RUNNING
        assert whole.due_at > opened + 45 * DAY  # thirty working days, the holiday left out
        assert verdict.outcome is Outcome.ALLOW  # and still it is eligible
    effects = {
        text.en for each in judge(facts, packs.of("douyin"), opened + 7 * DAY).clocks for text in each.effects
    }
    assert {"agreed automatically", "shop health falls", "shop weight falls"} <= effects


def test_scn_cashback_paying_for_good_reviews_never_goes_out(default):
    """And a review's remedy is capped by the price and never tied to an amendment."""
    now = aware("2026-03-06T10:00:00")
    assert lint(default, "亲, 好评返现5元, 五星晒图领红包", now) == {"paid_review"}
    assert "paid_review" in lint(default, "您改好评我们给您返20元", now)
    facts = a_return(known__bad_review=True, **of_lines(2_000, 500))
    verdict = judge(facts, default, now)
    assert {each.rule: each.amount for each in verdict.caps}["RES-REVIEW-CAP"] == Fen(2_000)
    assert all(
        "不得以改评为条件 (RES-REVIEW-CAP)" in [text.zh for text in each.conditions]
        for each in verdict.remedies
    )
    assert verdict.approval.role is Role.SUPERVISOR


def test_two_lines_of_one_case_are_judged_together(default):
    facts = a_return(
        case__lines=(CaseLine("L1", "S1"), CaseLine("L2", "S2")),
        order__lines=(
            OrderLine("L1", "S1", quantity=1, paid=Fen(100)),
            OrderLine("L2", "S2", quantity=1, paid=Fen(200)),
        ),
        known__goods=(PLAIN_GOODS, attrs.evolve(PLAIN_GOODS, sku_id="S2")),
    )
    assert judge(facts, default, aware("2026-03-06T10:00:00")).outcome is Outcome.ALLOW
