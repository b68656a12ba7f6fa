"""Risk: signals of order, history and reason, each explained; they add up to a level and never deny by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from omnishop.model import Text
from omnishop.policy.answers import Level
from omnishop.policy.casefacts import Party
from omnishop.policy.ground import Ground
from omnishop.policy.own import NOTHING, Asked
from omnishop.policy.service import Risks
from omnishop.policy.verdict import Risk, Signal

IDENTITY = "identity"
"""What is missing where the merchant has not linked a buyer's accounts over the platforms."""


def risk_of(ground: Ground, rules: Risks, now: datetime, own: Asked = NOTHING) -> Risk:
    missing = list(own.unsure)
    signals = (*_signals(ground, rules, now, missing), *own.signals)
    points = sum(signal.points for signal in signals)
    score = rules.score
    level = Level.HIGH if points >= score.high else Level.MIDDLE if points >= score.middle else Level.LOW
    history = _history(ground, rules, now)
    return Risk(level, points, signals, score.advice[level].text, history, tuple(dict.fromkeys(missing)))


def _signals(ground: Ground, rules: Risks, now: datetime, missing: list[str]) -> Iterator[Signal]:
    """What is not known gives no points and is named in `missing`."""
    buyer, known = ground.facts.buyer, ground.known
    if buyer.key is None:
        missing.append("buyer.key")
    yield from _frequent(ground, rules, now, missing)
    yield from _cluster(ground, rules, missing)
    yield from _bulk(ground, rules, missing)
    yield from _vague(ground, rules, missing)
    if known.returned is not None and known.returned in rules.swap.returned:
        why = Text("退回的商品与发出时不符", "what came back is not as it was sent")
        yield Signal("RSK-SWAP", rules.swap.points, why, ground.fact("known.returned", known.returned))
    noted = buyer.history.malicious
    if noted is None:
        missing.append("buyer.history.malicious")
    elif noted >= rules.professional.noted:
        why = Text(f"登记过 {noted} 次恶意投诉或差评", f"{noted} malicious complaints or reviews on record")
        fact = ground.fact("buyer.history.malicious", noted)
        yield Signal("RSK-PRO", rules.professional.points, why, fact)
    if buyer.blacklisted is None:
        missing.append("buyer.blacklisted")
    elif buyer.blacklisted:
        why = Text("买家在恶意买家名单中", "the buyer is on the list of malicious buyers")
        fact = ground.fact("buyer.blacklisted", buyer.blacklisted)
        yield Signal("RSK-BLACKLIST", rules.blacklist.points, why, fact)
    if buyer.history.linked is not True:
        missing.append(IDENTITY)


def _frequent(ground: Ground, rules: Risks, now: datetime, missing: list[str]) -> Iterator[Signal]:
    refunds, row = ground.facts.buyer.history.refunds, rules.frequent
    if refunds is None:
        missing.append("buyer.history.refunds")
        return
    since = now - row.window.length
    count = sum(since <= each.at <= now for each in refunds)
    if count >= row.refunds:
        told = row.window.told
        why = Text(f"{told.zh}内已退款 {count} 次", f"{count} refunds within {told.en}")
        yield Signal("RSK-FREQ", row.points, why, ground.fact("buyer.history.refunds", count))


def _cluster(ground: Ground, rules: Risks, missing: list[str]) -> Iterator[Signal]:
    history, row = ground.facts.buyer.history, rules.cluster
    for path, others in (("same_address", history.same_address), ("same_payment", history.same_payment)):
        if others is None:
            missing.append(f"buyer.history.{path}")
        elif others >= row.others:
            what = (
                Text("收货地址", "address")
                if path == "same_address"
                else Text("支付方式", "means of payment")
            )
            why = Text(f"另有 {others} 个账号共用{what.zh}", f"{others} other accounts share the {what.en}")
            yield Signal("RSK-CLUSTER", row.points, why, ground.fact(f"buyer.history.{path}", others))
            return


def _bulk(ground: Ground, rules: Risks, missing: list[str]) -> Iterator[Signal]:
    row = rules.bulk
    if ground.cls not in row.classes:
        return
    applied = ground.case.opened_at
    paid_at = None if ground.order is None else ground.order.paid_at
    pieces, amount = ground.pieces, ground.amount
    large = (pieces is not None and pieces >= row.pieces) or (amount is not None and amount >= row.amount)
    if not large:
        if pieces is None:
            missing.append("order.lines.quantity")
        return
    if applied is None or paid_at is None:
        missing.append("case.opened_at" if applied is None else "order.paid_at")
        return
    if applied - paid_at <= row.window.length:
        told = row.window.told
        why = Text(f"大量购买后 {told.zh}内即申请退款", f"a large purchase, refund asked within {told.en}")
        yield Signal("RSK-BULK", row.points, why, ground.fact("order.paid_at", paid_at))


def _vague(ground: Ground, rules: Risks, missing: list[str]) -> Iterator[Signal]:
    row, known = rules.vague, ground.known
    if known.reason_changes is not None and known.reason_changes >= row.changes:
        why = Text(f"理由变过 {known.reason_changes} 次", f"the reason changed {known.reason_changes} times")
        yield Signal("RSK-VAGUE", row.points, why, ground.fact("known.reason_changes", known.reason_changes))
        return
    if known.reason_related is False:
        why = Text("理由与商品无关", "the reason has nothing to do with the item")
        yield Signal("RSK-VAGUE", row.points, why, ground.fact("known.reason_related", False))
        return
    if ground.cls not in row.classes:
        return
    evidence = ground.facts.evidence
    if evidence is None:
        missing.append("evidence")
        return
    if known.confirmed or any(each.valid is not False and each.by is Party.BUYER for each in evidence):
        return
    why = Text(
        "理由无从核实, 买家没有有效凭证", "nothing supports the reason: no valid evidence of the buyer"
    )
    yield Signal("RSK-VAGUE", row.points, why, ground.fact("evidence", len(evidence)))


def _history(ground: Ground, rules: Risks, now: datetime) -> Text:
    """RSK-HISTORY: what decisions show."""
    history, row = ground.facts.buyer.history, rules.history
    if ground.facts.buyer.key is None or history.refunds is None:
        return Text("买家历史未知", "the buyer's history is not known")
    since = now - row.window.length
    seen = [each for each in history.refunds if since <= each.at <= now]
    shops = len({(each.platform, each.shop_id) for each in seen})
    reach = (
        Text("各平台", "over all platforms")
        if history.linked
        else Text("仅本平台, 未关联身份", "on this platform only: identity is not linked")
    )
    orders = "?" if history.orders is None else str(history.orders)
    return Text(
        f"{row.window.told.zh}内订单 {orders} 笔, 退款 {len(seen)} 次, 涉及 {shops} 家店 ({reach.zh})",
        f"{orders} orders and {len(seen)} refunds in {row.window.told.en}, in {shops} shops ({reach.en})",
    )
