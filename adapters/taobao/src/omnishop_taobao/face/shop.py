"""Opens a simulated shop: goods, buyers, addresses, an app and its tokens, all from the world's own chance."""

from __future__ import annotations

from datetime import timedelta

from omnishop.sandbox.world import Buyer, Good, Shop, ShopAddress, SimToken, World

YEAR = timedelta(seconds=31536000)
PLATFORM = "taobao"

_GOODS = (
    ("晴雨两用折叠伞", "颜色分类:军绿色;尺码:M", 5900),
    ("帆布双肩包", "颜色分类:黑色;尺寸:大", 19900),
    ("不锈钢保温杯", "容量:500ml", 2580),
    ("儿童雨衣", "颜色:黄色;参考身高:110cm", 7900),
    ("羽绒服", "颜色:红色;尺码:M", 89900),
    ("竹纤维毛巾三条装", "颜色分类:米白", 3990),
    ("桌面收纳盒", "颜色分类:透明;规格:三层", 4550),
    ("蓝牙音箱", "颜色:石墨灰", 16800),
)
_FAMILY = "林何郭马罗梁宋郑谢韩"
_GIVEN = ("小溪", "一诺", "子涵", "雨桐", "嘉懿", "思远", "若曦", "明哲")
_PLACES = (
    ("浙江省", "杭州市", "西湖区", "文三路"),
    ("江苏省", "南京市", "鼓楼区", "中山北路"),
    ("广东省", "广州市", "天河区", "体育西路"),
    ("四川省", "成都市", "武侯区", "人民南路"),
)
_NAMES = {"tmall": "晴川演示旗舰店", "taobao": "小巷杂货演示店"}


def open_shop(world: World, storefront: str) -> Shop:
    number = world.serial("taobao.shop", 1)
    shop = Shop(
        platform=PLATFORM,
        storefront=storefront,
        shop_id=str(2200000000000 + number * 1013),
        name=_NAMES[storefront],
        nick=_NAMES[storefront],
        app_key=str(31230000 + number * 17),
        app_secret=world.secret(32),
    )
    shop.goods = [_good(number, index) for index in range(len(_GOODS))]
    shop.buyers = [_buyer(world, number, index) for index in range(12)]
    shop.addresses = [_address(world, number, index) for index in range(2)]
    for role in ("main", "operator"):
        issue(world, shop, role)
    return shop


def issue(world: World, shop: Shop, role: str, *, refresh: str | None = None) -> SimToken:
    """A new access token; the refresh token of a renewed one stays (as the documents' example has it)."""
    now = world.now()
    token = SimToken(
        access=f"6200{world.secret(36)}{world.serial('taobao.token', 1000001)}",
        refresh=refresh or f"6201{world.secret(36)}{world.serial('taobao.token', 1000001)}",
        shop=shop,
        role=role,
        issued_at=now,
        dead_at=now + YEAR,
        refresh_dead_at=now + YEAR,
    )
    world.tokens[token.access] = token
    return token


def _good(shop: int, index: int) -> Good:
    title, spec, price = _GOODS[index]
    return Good(
        item_id=str(584200000000 + shop * 1000 + index),
        sku_id=str(4400000000000 + shop * 1000 + index),
        outer_sku_id=f"SPU-{index + 1:03d}-{shop}",
        title=title,
        spec=spec,
        price=price,
    )


def _buyer(world: World, shop: int, index: int) -> Buyer:
    province, city, district, street = world.rng.choice(_PLACES)
    name = world.rng.choice(_FAMILY) + world.rng.choice(_GIVEN)
    return Buyer(
        open_id=f"AAH{world.secret(16)}{shop}{index:02d}",
        nick=f"{'bcdfghjklmnp'[index]}uyer_{shop}{index:02d}",
        name=name,
        phone=f"1{world.rng.choice('3578')}0000{world.rng.randrange(10000, 99999)}",
        province=province,
        city=city,
        district=district,
        street=f"{street}{world.rng.randrange(1, 300)}号",
    )


def _address(world: World, shop: int, index: int) -> ShopAddress:
    return ShopAddress(
        address_id=str(100000000 + shop * 100 + index),
        contact=("演示退货仓", "演示备用仓")[index],
        phone=f"130000000{shop}{index}",
        province="浙江省",
        city="杭州市",
        district="余杭区",
        street=f"演示街道演示路{index + 1}号",
        default_return=index == 0,
    )
