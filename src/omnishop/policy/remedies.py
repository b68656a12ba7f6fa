"""Two or three choices to offer, each with what it costs and gives, its time and approval; and the caps on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from attrs import frozen

from omnishop.model import Fen, Kind, ReasonClass, Text, yuan_text
from omnishop.policy.answers import Act, Outcome, Role
from omnishop.policy.casefacts import Severity
from omnishop.policy.ground import BACK, Ground
from omnishop.policy.service import Approvals, Offer, Part, Resolution, Resolutions
from omnishop.policy.verdict import Cap, Remedy

_RANK = {Role.AGENT: 0, Role.SUPERVISOR: 1, Role.LEADER: 2}
_GENERAL = frozenset({"RES-CHOICES", "RES-COMPENSATE"})


@frozen
class Sum:
    """Parts in fen: what is the same for every case, and what has to be looked up."""

    fixed: Fen
    asked: tuple[Part, ...]


@frozen
class Choice:
    """An offer with what holds of it whatever the case. `roles`: who approves; the second for quality."""

    rule: str
    key: str
    offer: Offer
    terms: tuple[Text, ...]
    gives: Sum
    costs: Sum
    roles: tuple[Role, Role]


Place = tuple[ReasonClass, Kind, bool]
"""A class, a kind, and whether the case is denied: what most offers turn on."""


@frozen
class Choices:
    """A pack's offers made ready: those of a class, those for all, the general ones, by outcome."""

    special: dict[Place, tuple[Choice, ...]]
    general: dict[Place, tuple[Choice, ...]]
    rules: Resolutions
    approvals: Approvals
    keep_cap: Fen


def choices(rules: Resolutions, approvals: Approvals) -> Choices:
    every = [
        (row, _choice(name, key, offer, rules, approvals))
        for name, row in rules.rows.items()
        if isinstance(row, Resolution)
        for key, offer in row.offers.items()
    ]
    amends_first = sorted(every, key=lambda each: each[1].rule, reverse=True)
    special, general = {}, {}
    for place in product(ReasonClass, Kind, (False, True)):
        special[place] = tuple(
            one for row, one in every if one.rule not in _GENERAL and _belongs(row, one, place)
        )
        general[place] = tuple(
            one for row, one in amends_first if one.rule in _GENERAL and _belongs(row, one, place)
        )
    return Choices(special, general, rules, approvals, Fen(sum(rules.keep_cap.parts.values())))


def _choice(name: str, key: str, offer: Offer, rules: Resolutions, approvals: Approvals) -> Choice:
    terms = tuple(_terms(name, offer, rules))
    return Choice(
        name,
        key,
        offer,
        terms,
        _sum(offer.gives, offer, rules),
        _sum(offer.costs, offer, rules),
        (_role(offer, approvals, quality=False), _role(offer, approvals, quality=True)),
    )


def _sum(parts: tuple[Part, ...], offer: Offer, rules: Resolutions) -> Sum:
    known = {**rules.keep_cap.parts, Part.AMOUNT: offer.amount or Fen(0)}
    fixed = sum(known.get(part, Fen(0)) for part in parts)
    return Sum(Fen(fixed), tuple(part for part in parts if part not in known))


def _role(offer: Offer, approvals: Approvals, *, quality: bool) -> Role:
    """The offer's own, and what APR-SUPERVISOR says of allowances, return orders and quality forms."""
    row, roles = approvals.supervisor, [offer.approval]
    if offer.capped:
        roles.append(row.keep_allowance)
    if offer.act is Act.AGREE_RETURN:
        roles.append(row.return_order)
        if quality:
            roles.append(row.quality_form)
    return max(roles, key=_RANK.__getitem__)


def _belongs(row: Resolution, choice: Choice, place: Place) -> bool:
    """What never left has no faults, and no way to be lost on: only general offers fit it."""
    cls, kind, denied = place
    if row.classes and cls not in row.classes:
        return False
    asks_kind = choice.offer.kinds or (kind is Kind.CANCEL and choice.rule not in _GENERAL)
    if asks_kind and kind not in choice.offer.kinds:
        return False
    return (Outcome.DENY in choice.offer.outcomes) is denied


def remedies_of(ground: Ground, outcome: Outcome, made: Choices, caps: Sequence[Cap]) -> tuple[Remedy, ...]:
    """What fits for certain first; the general ones fill up where special ones do not reach."""
    rules = made.rules.choices
    place = (ground.cls, ground.case.kind, outcome is Outcome.DENY)
    sure, unsure = _fitting(made.special[place], ground, outcome, made)
    found = [*sure, *unsure]
    if len(found) < rules.least:
        sure, unsure = _fitting(made.general[place], ground, outcome, made)
        if found:  # amends first; else the general ones in their own order
            found += [*sure, *unsure][: rules.least - len(found)]
        else:
            found = [*_choices_first(sure), *_choices_first(unsure)]
    return tuple(_remedy(choice, missing, ground, made, caps) for choice, missing in found[: rules.most])


_Fit = tuple[Choice, tuple[str, ...]]


def _choices_first(fits: Iterable[_Fit]) -> list[_Fit]:
    return sorted(fits, key=lambda each: each[0].rule)


def _fitting(
    offered: Iterable[Choice], ground: Ground, outcome: Outcome, made: Choices
) -> tuple[list[_Fit], list[_Fit]]:
    sure: list[_Fit] = []
    unsure: list[_Fit] = []
    for choice in offered:
        offer = choice.offer
        if offer.outcomes and outcome not in offer.outcomes:
            continue
        missing = _missing(choice, ground, made)
        if missing is not None:
            (unsure if missing else sure).append((choice, missing))
    return sure, unsure


def _missing(choice: Choice, ground: Ground, made: Choices) -> tuple[str, ...] | None:
    """Facts that would tell whether it fits; None: it does not."""
    asked: list[str] = []
    for path, fits in _questions(choice, ground, made):
        if fits is False:
            return None
        if fits is None:
            asked.append(path)
    return tuple(asked)


def _questions(choice: Choice, ground: Ground, made: Choices) -> Iterator[tuple[str, bool | None]]:
    offer, known = choice.offer, ground.known
    if offer.returned:
        yield "known.returned", known.returned in offer.returned
    if offer.keeps is False:
        yield "known.keeps_goods", not known.keeps_goods
    if offer.capped:
        yield "known.keeps_goods", known.keeps_goods is not False
        yield "parcels", None if ground.goods_back is None else not ground.goods_back
    if offer.subs:
        yield "case.reason.sub", _among(ground.sub, offer.subs)
    if offer.severities:
        yield "known.severity", _among(known.severity, offer.severities)
        yield "known.repairable", not (known.repairable and Severity.SEVERE in offer.severities)
    if offer.findings:
        yield "known.finding", _among(known.finding, offer.findings)
    if offer.over is not None:
        yield "known.over_shipped", None if known.over_shipped is None else known.over_shipped is offer.over
    if offer.willing:
        yield "known.wants_exchange", known.wants_exchange
    if choice.rule in {"RES-EXCHANGE-EQUAL", "RES-EXCHANGE-UNEQUAL"}:
        yield "known.exchange_value", _equal(choice.rule, ground, made.rules.equal.tolerance)


def _among(value: str | None, listed: Sequence[str]) -> bool | None:
    return None if value is None else value in listed


def _equal(rule: str, ground: Ground, tolerance: Fen) -> bool | None:
    """Whether the exchange is of this sort."""
    value, paid = ground.known.exchange_value, ground.paid
    if value is None or paid is None:
        return None
    return (abs(value - paid) <= tolerance) is (rule == "RES-EXCHANGE-EQUAL")


def _remedy(
    choice: Choice, missing: tuple[str, ...], ground: Ground, made: Choices, caps: Sequence[Cap]
) -> Remedy:
    offer = choice.offer
    asked = list(missing)
    gives, cost = _amount(choice.gives, choice, ground, asked), _amount(choice.costs, choice, ground, asked)
    conditions: list[Text] = []
    for cap in caps if offer.capped else ():
        gives, cost = _at_most(gives, cap), _at_most(cost, cap)
        if cap.amount is not None:
            told = yuan_text(cap.amount)
            conditions.append(Text(f"至多 {told} 元 ({cap.rule})", f"at most {told} yuan ({cap.rule})"))
    conditions += choice.terms
    if choice.rule == "RES-ORDER-WRONG" and ground.paid is not None:
        conditions.append(_COMES_BACK if ground.paid >= made.rules.expedite.back_from else _STAYS)
    role = choice.roles[ground.cls is ReasonClass.QUALITY]
    if ground.known.bad_review:
        role = max(role, made.approvals.supervisor.review_remedy, key=_RANK.__getitem__)
        conditions += _of_review(cost, caps)
    return Remedy(
        choice.key,
        choice.rule,
        offer.text,
        cost,
        gives,
        offer.within,
        role,
        _act(offer, ground),
        tuple(conditions),
        tuple(dict.fromkeys(asked)),
        offer.along,
    )


def _act(offer: Offer, ground: Ground) -> Act | None:
    """Once the goods are on their way back, what is left of an agreed return is its end."""
    if offer.act is not Act.AGREE_RETURN or not ground.goods_back:
        return offer.act
    return Act.SHIP_REPLACEMENT if Part.GOODS in offer.gives else Act.REFUND


def _of_review(cost: Fen | None, caps: Sequence[Cap]) -> Iterator[Text]:
    """RES-REVIEW-CAP."""
    for cap in caps:
        if cap.rule == "RES-REVIEW-CAP" and cost is not None and cap.amount is not None and cost > cap.amount:
            told = yuan_text(cap.amount)
            yield Text(
                f"作为评价补救超过上限 {told} 元 (RES-REVIEW-CAP)",
                f"as a remedy for a review above the {told} yuan it may cost (RES-REVIEW-CAP)",
            )
    yield _NEVER_TIED


def _amount(parts: Sum, choice: Choice, ground: Ground, asked: list[str]) -> Fen | None:
    """None: a part is not known; it is named in `asked`."""
    total, known = int(parts.fixed), True
    for part in parts.asked:
        fen, path = _looked_up(part, ground)
        if fen is None:
            known = False
            if path:
                asked.append(path)
        else:
            total += _share(fen, choice.offer.share or 0.0) if part in _SHARED else fen
    return Fen(total) if known else None


_SHARED = frozenset({Part.SHARE, Part.REST})


def _looked_up(part: Part, ground: Ground) -> tuple[Fen | None, str]:
    if part is Part.SHARE:
        return ground.paid, "order.lines.paid"
    if part is Part.GOODS:
        return _cost(ground), "known.goods.cost"
    if part is Part.DIFFERENCE:
        return None, ""  # the buyer pays it: nothing that a fact could tell
    return ground.amount, "case.amounts.requested"


def _share(fen: int, share: float) -> int:
    """In whole fen, down."""
    return int(fen * round(share * 10_000)) // 10_000


def _at_most(sum_: Fen | None, cap: Cap) -> Fen | None:
    return sum_ if sum_ is None or cap.amount is None else min(sum_, cap.amount)


def _terms(rule: str, offer: Offer, rules: Resolutions) -> Iterator[Text]:
    """What an offer says of itself whatever the case."""
    if offer.share is not None and Part.REST in offer.gives:
        told = f"{offer.share:.0%}"
        yield Text(f"按申请金额的 {told}", f"{told} of what was applied for")
    if offer.months is not None:
        yield Text(f"质保延长 {offer.months} 个月", f"{offer.months} months more warranty")
    if offer.points is not None:
        yield Text(f"另赠 {offer.points} 积分", f"with {offer.points} points")
    if offer.willing:
        yield Text("买家愿意换货", "the buyer is willing to exchange")
    if rule == "RES-SCRATCHED":
        count = rules.scratched.photos
        yield Text(
            f"附退货照片至少 {count} 张并引用规则",
            f"with {count} or more photos of the return and the rule cited",
        )
    if Part.GOODS in offer.costs and Part.FREIGHT_OUT in offer.costs:
        carrier = rules.expedite.carrier
        yield Text(
            f"用 {carrier}, 告知单号与到货日 (RES-EXPEDITE)",
            f"by {carrier}, tracking and arrival day told (RES-EXPEDITE)",
        )


_COMES_BACK = Text("错发商品须退回 (RES-EXPEDITE)", "the wrong goods come back (RES-EXPEDITE)")
_STAYS = Text("错发商品可不退回 (RES-EXPEDITE)", "the wrong goods need not come back (RES-EXPEDITE)")
_NEVER_TIED = Text("不得以改评为条件 (RES-REVIEW-CAP)", "never tied to amending a review (RES-REVIEW-CAP)")


def _cost(ground: Ground) -> Fen | None:
    """What the claimed goods cost the shop once more."""
    goods = ground.goods
    if goods is None or len(goods) != 1 or goods[0].cost is None or ground.pieces is None:
        return None
    return Fen(goods[0].cost * ground.pieces)


def caps_of(ground: Ground, made: Choices) -> tuple[Cap, ...]:
    """RES-KEEP-CAP where the buyer may keep the goods, less what was given; RES-REVIEW-CAP where a review waits."""
    found: list[Cap] = []
    if ground.known.keeps_goods is not False and ground.case.stage not in BACK:
        given = ground.known.given
        left = Fen(max(0, made.keep_cap - (given or 0)))
        told = yuan_text(made.keep_cap)
        why = Text(
            f"一次换货的成本 {told} 元, 减去已补偿",
            f"what an exchange costs, {told} yuan, less what was given",
        )
        found.append(Cap("RES-KEEP-CAP", left, why, () if given is not None else ("known.given",)))
    if ground.known.bad_review:
        share = made.rules.review_cap.share
        paid = ground.paid
        cap = None if paid is None else Fen(_share(paid, share))
        why = Text(
            "评价补救不超过订单金额, 且不以改评为条件",
            "at most the order's price, never tied to an amendment",
        )
        found.append(Cap("RES-REVIEW-CAP", cap, why, () if paid is not None else ("order.lines.paid",)))
    return tuple(found)
