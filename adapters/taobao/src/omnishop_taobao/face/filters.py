"""Filters of the simulated lists. One on a fact that this world does not have lets nothing through."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from omnishop.sandbox.world import Buyer, Order, Review
from omnishop_taobao.face.gate import invalid
from omnishop_taobao.face.lists import Params, an_id
from omnishop_taobao.face.wire_orders import TRADE_TYPE, masked, status

_ALL = {
    "ALL_WAIT_PAY": frozenset({"WAIT_BUYER_PAY", "TRADE_NO_CREATE_PAY"}),
    "ALL_CLOSED": frozenset({"TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"}),
}
"""Filter values that stand for several statuses of a trade (§3.2)."""

_TYPES = frozenset({TRADE_TYPE, "guarantee_trade"})
"""`type` values that this world's trades come under: fixed price (一口价), and the kind that holds it."""

_RATED = {
    "RATE_UNBUYER": (False, None),
    "RATE_UNSELLER": (None, False),
    "RATE_BUYER_UNSELLER": (True, False),
    "RATE_UNBUYER_SELLER": (False, True),
    "RATE_BUYER_SELLER": (True, True),
}
"""`rate_status` -> whether the buyer has rated, and the seller; None: either (§3.2)."""

_NEUTRAL = frozenset({"", "0", "all", "false"})


def parts(params: Params, name: str) -> frozenset[str]:
    """A comma list; empty when it is not sent."""
    return frozenset(part.strip() for part in params.get(name, "").split(",") if part.strip())


def ids(params: Params, name: str, most: int) -> frozenset[str]:
    found = parts(params, name)
    if len(found) > most or not all(part.isascii() and part.isdigit() for part in found):
        raise invalid(name)
    return found


def one_of(params: Params, name: str, known: Iterable[str]) -> str | None:
    """None when it is not sent."""
    text = params.get(name, "").strip()
    if text and text not in known:
        raise invalid(name)
    return text or None


def maybe_id(params: Params, name: str) -> str | None:
    return an_id(params, name) if params.get(name, "").strip() else None


def unknown_facts(params: Params, *names: str) -> bool:
    """Whether something is asked for that no record of this world can be told to be."""
    return any(params.get(name, "").strip().lower() not in _NEUTRAL for name in names)


def by_buyer(params: Params, nick: str, open_id: str) -> Callable[[Buyer], bool]:
    """`nick` and `open_id` name the method's parameters. A nick counts as it is, and as the wire masks it."""
    name, uid = params.get(nick, "").strip(), params.get(open_id, "").strip()

    def fits(who: Buyer) -> bool:
        return (not name or name in {who.nick, masked(who.nick)}) and uid in {"", who.open_id}

    return fits


def of_type(params: Params) -> bool:
    """Whether this world's trades are among the types asked for."""
    wanted = parts(params, "type")
    return not wanted or bool(wanted & _TYPES)


def by_trade_status(params: Params) -> Callable[[Order], bool]:
    wanted = params.get("status", "").strip()
    group = _ALL.get(wanted, frozenset({wanted}))
    return lambda order: not wanted or status(order) in group


def by_rating(params: Params, reviews: Iterable[Review]) -> Callable[[Order], bool]:
    """No shop of this world has rated a buyer."""
    wanted = one_of(params, "rate_status", _RATED)
    if wanted is None:
        return lambda _: True
    by_buyer, by_seller = _RATED[wanted]
    if by_seller:
        return lambda _: False
    rated = {review.order.order_id for review in reviews}
    return lambda order: by_buyer is None or (order.order_id in rated) == by_buyer
