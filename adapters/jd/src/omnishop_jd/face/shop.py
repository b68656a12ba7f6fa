"""Opens the simulated JD shop: goods, buyers, addresses, an app and its token, from the world's own chance."""

from __future__ import annotations

from datetime import timedelta

from omnishop.sandbox.world import Buyer, Good, Shop, ShopAddress, SimToken, World

PLATFORM = "jd"
TOKEN_LIFE = timedelta(seconds=31535999)
CODE_LIFE = timedelta(minutes=10)

_GOODS = (
    ("跑步鞋 透气款", "灰色 41码", 26900),
    ("纯棉袜 五双装", "均码", 3990),
    ("真空保温杯", "墨绿 480ml", 9900),
    ("智能电饭煲", "3L 白色", 32900),
    ("床上四件套", "1.8米 浅灰", 21900),
    ("无线鼠标", "静音 黑色", 7900),
    ("折叠晾衣架", "落地款", 15900),
    ("茶叶礼盒", "250g", 18800),
)
_FAMILY = "陈杨黄周吴徐孙胡朱高"
_GIVEN = ("晓晨", "思源", "佳宁", "文博", "雅琴", "俊杰", "慧敏", "子墨")
_PLACES = (
    ("北京", "海淀区", "四环到五环之间", "学院路"),
    ("江苏", "苏州市", "姑苏区", "人民路"),
    ("广东", "广州市", "天河区", "体育西路"),
    ("四川", "成都市", "武侯区", "人民南路"),
)


def open_shop(world: World, storefront: str) -> Shop:
    number = world.serial("jd.shop", 1)
    vender = 10200000 + number * 137
    shop = Shop(
        platform=PLATFORM,
        storefront=storefront,
        shop_id=str(vender),
        name="晴川演示京东旗舰店",
        nick="qingchuan_demo",
        app_key=world.secret(32).upper(),
        app_secret=world.secret(32),
    )
    shop.goods = [_good(number, index) for index in range(len(_GOODS))]
    shop.buyers = [_buyer(world, number, index) for index in range(12)]
    shop.addresses = [_address(number, index) for index in range(2)]
    shop.marks["customer_code"] = f"010K{vender % 1000000:06d}"
    issue(world, shop)
    return shop


def issue(world: World, shop: Shop) -> SimToken:
    """A new pair; it ends as a whole, for after its end no refresh is possible."""
    now = world.now()
    token = SimToken(
        access=world.secret(32) + "simu",
        refresh=world.secret(32) + "simr",
        shop=shop,
        role="main",
        issued_at=now,
        dead_at=now + TOKEN_LIFE,
        refresh_dead_at=now + TOKEN_LIFE,
    )
    world.tokens[token.access] = token
    return token


def token_of(world: World, shop: Shop) -> SimToken:
    """The newest one."""
    return [token for token in world.tokens.values() if token.shop is shop][-1]


_STARTS = {
    "order": 312045600001,
    "case": 1800012301,
    "review": 1,
    "parcel": 1,
    "refund": 660012301,
    "line": 1,
}


def new_id(world: World, what: str) -> str:
    number = world.serial(f"jd.{what}", _STARTS[what])
    if what == "line":
        return f"1012_FQ{100071200000 + number}"
    return f"{world.secret(24)}{number:08x}" if what == "review" else str(number)


def _good(shop: int, index: int) -> Good:
    title, spec, price = _GOODS[index]
    return Good(
        item_id=str(10071230000 + shop * 1000 + index),
        sku_id=str(100071230000 + shop * 1000 + index),
        outer_sku_id=f"JD-SKU-{index + 1:03d}",
        title=title,
        spec=spec,
        price=price,
    )


def _buyer(world: World, shop: int, index: int) -> Buyer:
    province, city, district, street = world.rng.choice(_PLACES)
    return Buyer(
        open_id=f"ob{world.secret(26)}",
        nick=f"jd_{world.secret(12)}{index}",
        name=world.rng.choice(_FAMILY) + world.rng.choice(_GIVEN),
        phone=f"1{world.rng.choice('3578')}0000{world.rng.randrange(10000, 99999)}",
        province=province,
        city=city,
        district=district,
        street=f"{street}{world.rng.randrange(1, 300)}号",
    )


def _address(shop: int, index: int) -> ShopAddress:
    return ShopAddress(
        address_id=str(3300 + shop * 10 + index),
        contact=("演示退货组", "演示备用仓")[index],
        phone=f"0571-8800{shop}{index}00",
        province="浙江",
        city="杭州市",
        district="余杭区",
        street=f"演示街道仓库路{index + 1}号",
        default_return=index == 0,
    )
