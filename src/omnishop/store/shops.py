"""The registry of apps and shops; secrets are sealed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from attrs import Factory, frozen
from pydantic import ValidationError
from sqlalchemy import Connection, Engine, RowMapping, delete, func, select, union, update

from omnishop.config import ShopEntry, fault
from omnishop.errors import ConfigError
from omnishop.ports import Account, App, Role, Token
from omnishop.store.connection import insert, looking, reading, writing
from omnishop.store.moments import moment, when
from omnishop.store.prepared import Prepared, given
from omnishop.store.ring import Ring
from omnishop.store.tables import apps, cursors, shops
from omnishop.store.tokens import StoredTokens

_APP_FACTS = ("gateway", "oauth", "redirect_uri", "service_id")


@frozen
class StoredShop:
    """A registered shop, without its secrets. `control` is the address of a simulated shop's world."""

    row: int
    platform: str
    storefront: str
    shop_id: str | None
    alias: str | None
    app_key: str
    added_at: datetime
    settings: Mapping[str, str] = Factory(dict)
    control: str | None = None

    @property
    def simulated(self) -> bool:
        return self.control is not None

    @property
    def name(self) -> str:
        """For people: the alias, else the id."""
        return self.alias or self.shop_id or "?"


class StoredShops:
    def __init__(self, engine: Engine, ring: Ring) -> None:
        self._engine = engine
        self._ring = ring

    def add(
        self,
        account: Account,
        *,
        now: datetime,
        tokens: Mapping[Role, Token] | None = None,
        control: str | None = None,
    ) -> StoredShop:
        """Register a shop and its app, or bring both up to date; tokens not given stay as they are.

        A shop is known by (platform, shop_id), or by its alias while its id is not known. A simulated shop in a
        new world (another `control`) is read from the start again. ConfigError: a field is wrong, the alias is
        another shop's, neither id nor alias is given, or simulated and real would be mixed.
        """
        entry = _checked(account)
        if entry.shop_id is None and entry.alias is None:
            raise ConfigError(
                "a shop needs its shop_id, or an alias until a login tells the id",
                zh="请提供店铺 ID; 若尚不知道, 请先给一个别名, 授权后会自动补全",
            )
        with writing(self._engine) as connection:
            known = _same_shop(connection, entry)
            app = _put_app(connection, self._ring, entry, simulated=control is not None)
            facts = _facts(entry, app, control)
            if known is None:
                added = insert(connection, shops).values(added_at=moment(now), **facts).returning(shops.c.row)
                row: int = connection.execute(added).scalar_one()
            else:
                row = known["row"]
                _replace(connection, known, facts)
            held = StoredTokens(self._engine, self._ring, row)
            for role, token in (tokens or {}).items():
                held.put_in(connection, role, token)
            return _stored(connection, row)

    def update(self, shop: StoredShop, account: Account) -> StoredShop:
        """Write back what the platform told (`whoami`): shop_id, storefront, settings."""
        entry = _checked(account)
        with writing(self._engine) as connection:
            same = _by_id(connection, entry)
            if same is not None and same["row"] != shop.row:
                raise _twice(shop, _shop(same))
            settings = msgspec.json.encode(entry.settings).decode()
            told = {"shop_id": entry.shop_id, "storefront": entry.storefront, "settings": settings}
            connection.execute(update(shops).where(shops.c.row == shop.row).values(told))
            return _stored(connection, shop.row)

    def list(self, platform: str | None = None) -> tuple[StoredShop, ...]:
        """In the order they were added."""
        wanted = _joined().order_by(shops.c.row)
        if platform is not None:
            wanted = wanted.where(shops.c.platform == platform)
        with reading(self._engine) as connection:
            return tuple(_shop(row) for row in connection.execute(wanted).mappings())

    def at(self, row: int) -> StoredShop | None:
        with looking(self._engine) as connection:
            found = connection.execute(_joined().where(shops.c.row == row)).mappings().first()
        return None if found is None else _shop(found)

    def count(self) -> int:
        with looking(self._engine) as connection:
            found: int = connection.execute(select(func.count()).select_from(shops)).scalar_one()
            return found

    def worlds(self) -> tuple[str, ...]:
        """The addresses of the simulated worlds that have shops here."""
        wanted = select(shops.c.control).where(shops.c.control.is_not(None)).distinct()
        with looking(self._engine) as connection:
            return tuple(sorted(connection.execute(wanted).scalars()))

    def get(self, name: str, platform: str | None = None) -> StoredShop:
        """By alias or shop_id. ConfigError: unknown (the known ones are listed), or more than one fits."""
        with reading(self._engine) as connection:
            rows = _called().all(connection, {"name": name})
        called = [_shop(dict(zip(_COLUMNS, row, strict=True))) for row in rows]
        fits = [shop for shop in called if platform in {None, shop.platform}]
        found = [shop for shop in fits if shop.alias == name] or fits
        if len(found) == 1:
            return found[0]
        if found:
            where = ", ".join(shop.platform for shop in found)
            raise ConfigError(
                f"shop {name} is known on several platforms ({where}): name the platform, or use the alias",
                zh=f"店铺 {name} 在多个平台上存在 ({where}): 请指定平台或使用别名",
            )
        names = ", ".join(f"{shop.platform}/{shop.name}" for shop in self.list(platform))
        raise ConfigError(
            f"no such shop: {name}; known: {names or 'none yet, add one: omnishop shops add'}",
            zh=f"没有店铺 {name}; 已有: {names or '无, 请先添加: omnishop shops add'}",
        )

    def remove(self, shop: StoredShop) -> None:
        """Forget a shop, its tokens and cursors, and its app when no shop is left on it; its records stay."""
        with writing(self._engine) as connection:
            connection.execute(delete(shops).where(shops.c.row == shop.row))
            _forget_unused_apps(connection)

    def account(self, shop: StoredShop, buyer_secret: bytes | None = None) -> Account:
        """The account with its app's secret opened."""
        wanted = select(apps).where(apps.c.platform == shop.platform, apps.c.app_key == shop.app_key)
        with looking(self._engine) as connection:
            app = connection.execute(wanted).mappings().one()
        secret = self._ring.open(app["secret"], about(shop.platform, shop.app_key)).decode()
        facts = {name: app[name] for name in _APP_FACTS}
        return Account(
            App(shop.platform, shop.app_key, secret, **facts),
            shop.storefront,
            shop.shop_id,
            shop.alias,
            buyer_secret,
            shop.settings,
        )


def _checked(account: Account) -> ShopEntry:
    facts = {name: getattr(account.app, name) for name in ("platform", "app_key", "app_secret", *_APP_FACTS)}
    own = {name: getattr(account, name) for name in ("storefront", "shop_id", "alias")}
    try:
        return ShopEntry.model_validate({**facts, **own, "settings": dict(account.settings)})
    except ValidationError as problem:
        raise fault(problem, "shop") from None


def _same_shop(connection: Connection, entry: ShopEntry) -> RowMapping | None:
    """The registered shop this entry is about; ConfigError when its alias is another one's."""
    by_id = _by_id(connection, entry)
    named = connection.execute(_joined().where(shops.c.alias == entry.alias)).mappings().first()
    if named is None or entry.alias is None or (by_id is not None and named["row"] == by_id["row"]):
        return by_id
    nameless = entry.shop_id is None or named["shop_id"] is None
    if by_id is None and nameless and named["platform"] == entry.platform:
        return named
    raise _taken(entry.alias, named)


def _by_id(connection: Connection, entry: ShopEntry) -> RowMapping | None:
    if entry.shop_id is None:
        return None
    same = (shops.c.platform == entry.platform, shops.c.shop_id == entry.shop_id)
    return connection.execute(_joined().where(*same)).mappings().first()


def _twice(shop: StoredShop, other: StoredShop) -> ConfigError:
    return ConfigError(
        f"{shop.name} is the shop {other.shop_id}, which is registered already as {other.name}; remove one",
        zh=f"{shop.name} 就是店铺 {other.shop_id}, 已登记为 {other.name}; 请删除其中一个",
        platform=shop.platform,
    )


def _taken(name: str, other: RowMapping) -> ConfigError:
    shop = _shop(other)
    where = f"{shop.platform}/{shop.shop_id or shop.name}"
    return ConfigError(
        f"{name!r} already belongs to the shop {where}; choose another alias",
        zh=f"{name!r} 已属于店铺 {where}; 请换一个别名",
    )


def _facts(entry: ShopEntry, app: int, control: str | None) -> dict[str, Any]:
    return {
        "app": app,
        "platform": entry.platform,
        "storefront": entry.storefront,
        "shop_id": entry.shop_id,
        "alias": entry.alias,
        "settings": msgspec.json.encode(entry.settings).decode(),
        "control": control,
    }


def _replace(connection: Connection, known: RowMapping, facts: dict[str, Any]) -> None:
    if (known["control"] is None) != (facts["control"] is None):
        raise _mixed(f"{known['platform']}/{known['shop_id'] or known['alias']}")
    kept = {"shop_id": facts["shop_id"] or known["shop_id"], "alias": facts["alias"] or known["alias"]}
    connection.execute(update(shops).where(shops.c.row == known["row"]).values({**facts, **kept}))
    _forget_unused_apps(connection)
    if facts["control"] != known["control"]:
        connection.execute(delete(cursors).where(cursors.c.shop == known["row"]))


def _forget_unused_apps(connection: Connection) -> None:
    connection.execute(delete(apps).where(apps.c.row.not_in(select(shops.c.app))))


def _put_app(connection: Connection, ring: Ring, entry: ShopEntry, *, simulated: bool) -> int:
    same_app = (apps.c.platform == entry.platform, apps.c.app_key == entry.app_key)
    others = select(shops.c.control).join(apps, apps.c.row == shops.c.app).where(*same_app)
    if any((control is not None) != simulated for control in connection.execute(others).scalars()):
        raise _mixed(f"app {entry.app_key}")
    sealed = ring.sealer(connection).seal(entry.app_secret.encode(), about(entry.platform, entry.app_key))
    facts = {"secret": sealed, **{name: getattr(entry, name) for name in _APP_FACTS}}
    row: int = connection.execute(
        insert(connection, apps)
        .values(platform=entry.platform, app_key=entry.app_key, **facts)
        .on_conflict_do_update(index_elements=["platform", "app_key"], set_=facts)
        .returning(apps.c.row)
    ).scalar_one()
    return row


def _mixed(what: str) -> ConfigError:
    return ConfigError(
        f"{what} is registered both for a simulated and a real platform; use separate homes (OMNISHOP_HOME)",
        zh=f"{what} 已登记, 模拟平台与真实平台不能混用; 请使用不同的数据目录 (OMNISHOP_HOME)",
    )


def about(platform: str, app_key: str) -> str:
    return f"app:{platform}:{app_key}"


def _joined() -> Any:
    return select(shops, apps.c.app_key).join(apps, apps.c.row == shops.c.app)


_COLUMNS = (*(column.name for column in shops.columns), "app_key")


@cache
def _called() -> Prepared:
    """Found by two indexes; an OR over one row of each would read them all."""
    name = given("name")
    return Prepared(union(_joined().where(shops.c.alias == name), _joined().where(shops.c.shop_id == name)))


def _stored(connection: Connection, row: int) -> StoredShop:
    return _shop(connection.execute(_joined().where(shops.c.row == row)).mappings().one())


def _shop(row: RowMapping | Mapping[str, Any]) -> StoredShop:
    return StoredShop(
        row["row"],
        row["platform"],
        row["storefront"],
        row["shop_id"],
        row["alias"],
        row["app_key"],
        when(row["added_at"]),
        msgspec.json.decode(row["settings"]),
        row["control"],
    )
