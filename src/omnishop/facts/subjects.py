"""What a fact that people enter may be about: the case, or the order, goods, buyer and shop it belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from omnishop.errors import ConfigError
from omnishop.facts.byhand import SUBJECTS, whole_name
from omnishop.model import Case, Order
from omnishop.store import About, CaseKey, Store, StoredShop
from omnishop.store.around import OrderKey

_NEAREST = ("case", "order", "sku", "buyer", "shop")


def order_key(case: Case) -> OrderKey | None:
    return None if case.order_id is None else OrderKey(case.platform, case.shop_id or "", case.order_id)


def around(case: Case, order: Order | None) -> Iterator[About]:
    """Everything that people may have said something about and that concerns this case."""
    platform, shop_id = case.platform, case.shop_id or ""
    yield About.case(CaseKey.of(case))
    yield About.shop(platform, shop_id)
    for sku_id in _skus(case, order):
        yield About.sku(platform, shop_id, sku_id)
    key = order_key(case)
    if key is not None:
        yield About.order(*key)
    if order is not None and order.buyer is not None and order.buyer.key is not None:
        yield About.buyer(order.buyer.key)


def _skus(case: Case, order: Order | None) -> list[str]:
    """Of the claimed lines; of all lines of the order where the case names none."""
    lines = case.lines or (order.lines if order is not None else ())
    named = {line.line_id: line.sku_id for line in (order.lines if order is not None else ())}
    found = (line.sku_id or named.get(line.line_id) for line in lines)
    return list(dict.fromkeys(sku for sku in found if sku is not None))


def abouts(store: Store, case: Case) -> list[About]:
    return list(around(case, _order(store, case)))


def subject_of(store: Store, case: Case, name: str, of: str | None, sku: str | None) -> About:
    """What a fact of this name is about: what was said, else the nearest to the case that may have it.

    ConfigError: nothing has such a fact, or the case does not tell which order, goods or buyer.
    """
    path = whole_name(name)
    wanted = of or ("sku" if sku else None)
    if wanted is None:
        wanted = next((each for each in _NEAREST if path.startswith(SUBJECTS[each])), "case")
    if wanted not in SUBJECTS:
        known = ", ".join(_NEAREST)
        raise ConfigError(f"--of {wanted!r}: it may be {known}", zh=f"--of {wanted!r}: 可用 {known}")
    found = [about for about in abouts(store, case) if about.subject == wanted]
    if wanted == "sku" and sku is not None:
        found = [about for about in found if about.subject_id == sku]
    if len(found) == 1:
        return found[0]
    there = ", ".join(about.subject_id for about in found)
    raise ConfigError(
        f"which {wanted}? the case tells {there or 'none'}" + ("; add --sku" if there else ""),
        zh=f"哪个 {wanted}? 该售后单涉及: {there or '无'}" + ("; 请加 --sku" if there else ""),
        platform=case.platform,
        shop=case.shop_id,
    )


def about_shop(shop: StoredShop, name: str, sku: str | None) -> About:
    """The shop itself, or goods of it. ConfigError while its id is not known."""
    if shop.shop_id is None:
        raise ConfigError(
            f"the id of shop {shop.name} is not known yet; first: omnishop pull",
            zh=f"店铺 {shop.name} 的 ID 未知; 请先: omnishop pull",
            platform=shop.platform,
        )
    if sku is not None:
        return About.sku(shop.platform, shop.shop_id, sku)
    if whole_name(name).startswith(SUBJECTS["sku"]):
        raise ConfigError(f"{name}: of which goods? add --sku", zh=f"{name}: 哪个商品? 请加 --sku")
    return About.shop(shop.platform, shop.shop_id)


def _order(store: Store, case: Case) -> Order | None:
    key = order_key(case)
    found = store.around.of_orders("order", [key]) if key is not None else {}
    return next((each for some in found.values() for each in some if isinstance(each, Order)), None)
