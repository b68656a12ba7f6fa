"""A buyer's act as one object, as control takes it: what each act wants, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omnishop.model import Fen, fen_from_yuan
from omnishop.sandbox.buyers import BadAct, Buyers

_FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "order": (("shop_id",), ("lines", "freight", "paid")),
    "pay": (("order_id",), ()),
    "apply": (("order_id",), ("kind", "lines", "amount", "reason", "text")),
    "modify": (("case_id",), ("amount", "reason", "text")),
    "send_back": (("case_id",), ("tracking", "carrier")),
    "withdraw": (("case_id",), ()),
    "escalate": (("case_id",), ("text",)),
    "settle": (("case_id",), ()),
    "message": (("case_id", "text"), ()),
    "confirm": ((), ("order_id", "case_id")),
    "extend_receipt": (("order_id",), ()),
    "review": (("order_id",), ("text", "stars", "line_id")),
    "append": (("review_id", "text"), ()),
    "live": ((), ("seed", "acts_per_day", "shop_id")),
    "rest": ((), ()),
}
"""What each act wants, and what it takes beside that. `shop_id` may stand beside any, and is checked."""

_TYPES: dict[str, tuple[type, ...]] = {
    "lines": (list,),
    "paid": (bool,),
    "stars": (int,),
    "seed": (int,),
    "acts_per_day": (int, float),
}


def act(buyers: Buyers, told: Any) -> str:
    """One object `{"do": …}` as control takes it; amounts in it are yuan as text. BadAct says what is wrong."""
    if not isinstance(told, dict) or told.get("do") not in _FIELDS:
        raise BadAct(f"do must be one of: {', '.join(_FIELDS)}")
    do = told["do"]
    wants, takes = _FIELDS[do]
    given = {name: value for name, value in told.items() if name != "do" and value is not None}
    shop_id = given.get("shop_id")
    if "shop_id" not in wants + takes:
        given.pop("shop_id", None)
    for name in given:
        if name not in wants + takes:
            raise BadAct(f"{do} takes {', '.join(wants + takes) or 'nothing'}; not {name}")
    for name in wants:
        if name not in given:
            raise BadAct(f"{do} wants {name}")
    for name, value in given.items():
        given[name] = _checked(name, value)
    _same_shop(buyers, shop_id, given)
    done = getattr(buyers, do)(**given)
    return done if isinstance(done, str) else str(done.name)


def _checked(name: str, value: Any) -> Any:
    if name in {"amount", "freight"}:
        return _fen(name, value)
    kinds = _TYPES.get(name, (str,))
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise BadAct(f"{name} must be {' or '.join(kind.__name__ for kind in kinds)}, not {value!r}")
    if isinstance(value, list) and not all(isinstance(row, dict) for row in value):
        raise BadAct('lines must be a list of objects like {"line_id": "…", "quantity": 1}')
    return value


def _fen(name: str, value: Any) -> Fen:
    try:
        fen = fen_from_yuan(value if isinstance(value, str) else "")
    except ValueError:
        fen = Fen(-1)
    if fen < 0:
        raise BadAct(f'{name} must be yuan as text like "12.30", not {value!r}')
    return fen


def _same_shop(buyers: Buyers, shop_id: Any, given: Mapping[str, Any]) -> None:
    """A shop named beside an order or a case must be theirs."""
    named = {name: given[name] for name in ("order_id", "case_id") if name in given}
    if shop_id is None or not named:
        return
    owner = buyers.shop_of(**named)
    if owner != shop_id:
        raise BadAct(f"that is of shop {owner}, not {shop_id}")
