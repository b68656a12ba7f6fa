"""Opens the simulated shop: app, goods, buyers, return addresses, and its first pair of tokens."""

from __future__ import annotations

from datetime import timedelta

from omnishop.sandbox.face import WireRequest
from omnishop.sandbox.world import Buyer, Good, Shop, ShopAddress, SimToken, World
from omnishop_douyin.face import names

PLATFORM = "douyin"
CALLBACK = "https://callback.example/douyin"
ACCESS_LIFE = timedelta(days=7)
REFRESH_LIFE = timedelta(days=14)
LIVES_ON = timedelta(hours=1)


def open_shop(world: World, storefront: str) -> Shop:
    number = world.serial("douyin shop")
    shop = Shop(
        platform=PLATFORM,
        storefront=storefront,
        shop_id=str(12_345_677 + number),
        name="山野集旗舰店" if number == 1 else f"山野集旗舰店{number}",
        nick="山野集",
        app_key=str(7_000_000_000_000_000_000 + number),
        app_secret=names.uuid_like(world),
        service_id=str(21_000 + number),
    )
    shop.goods = [_good(index, row) for index, row in enumerate(names.GOODS)]
    shop.buyers = [_buyer(world, index, row) for index, row in enumerate(names.BUYERS)]
    shop.addresses = [
        ShopAddress("65432101", "退货仓", "", "浙江省", "杭州市", "滨江区", "长河街道示例路100号2号仓", True),
        ShopAddress("65432102", "发货仓", "", "浙江省", "嘉兴市", "海宁市", "长安镇示例大道8号", False),
    ]
    issue(world, shop)
    return shop


def _good(index: int, row: tuple[str, str, int]) -> Good:
    title, spec, price = row
    return Good(
        item_id=str(3_660_207_428_038_974_300 + index * 1_000_003),
        sku_id=str(3_410_716_076_201_700 + index * 100_003),
        outer_sku_id=f"SY-{index + 1:02d}",
        title=title,
        spec=spec,
        price=price,
    )


def _buyer(world: World, index: int, row: tuple[str, str, str, str]) -> Buyer:
    name, province, city, district = row
    phone = f"1{3 + index % 6}{world.rng.randrange(10**9):09d}"
    return Buyer(names.open_id(world), f"用户{index + 1}", name, phone, province, city, district, "示例路1号")


def issue(world: World, shop: Shop) -> SimToken:
    """A new pair; the one before is replaced, and its access token lives an hour more if it still lived."""
    now = world.now()
    for token in world.tokens.values():
        if token.shop is shop and not token.replaced:
            token.replaced = True
            token.dead_at = now + LIVES_ON if token.dead_at > now else token.dead_at
    token = SimToken(
        access=names.uuid_like(world),
        refresh=names.uuid_like(world),
        shop=shop,
        role="main",
        issued_at=now,
        dead_at=now + ACCESS_LIFE,
        refresh_dead_at=now + REFRESH_LIFE,
    )
    world.tokens[token.access] = token
    return token


def current(world: World, shop: Shop) -> SimToken:
    return next(token for token in world.tokens.values() if token.shop is shop and not token.replaced)


def credentials(world: World, shop: Shop, base_url: str) -> dict[str, str | None]:
    token = current(world, shop)
    return {
        "gateway": base_url.rstrip("/"),
        "app_key": shop.app_key,
        "app_secret": shop.app_secret,
        "service_id": shop.service_id,
        "access_token": token.access,
        "operator_token": None,
        "refresh_token": token.refresh,
    }


def shop_of_service(world: World, request: WireRequest) -> Shop | None:
    wanted = dict(request.query_items()).get("service_id")
    return next((s for s in world.shops if s.platform == PLATFORM and s.service_id == wanted), None)
