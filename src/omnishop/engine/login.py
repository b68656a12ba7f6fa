"""A merchant's consent becomes tokens: where to send them, what they bring back, whose shop it is."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from attrs import evolve, frozen

from omnishop.client import Shop
from omnishop.drivers.sync import SyncDriver
from omnishop.drivers.tokens import MemoryTokens
from omnishop.errors import ConfigError, Rejected
from omnishop.ports import Account, Adapter, Grant, Role
from omnishop.store import Store, StoredShop

_STATE_BYTES = 18


@frozen
class Consent:
    """One login under way. `state` comes back with the code, or the answer is not to this question."""

    account: Account
    adapter: Adapter
    redirect_uri: str
    state: str

    @classmethod
    def ask(cls, account: Account, adapter: Adapter, redirect_uri: str | None) -> Consent:
        chosen = redirect_uri or account.app.redirect_uri or ""
        if not chosen and not _self_use(account):
            raise ConfigError(
                "the app's callback address is needed, as registered with the platform: --redirect-uri",
                zh="需要应用在平台登记的回调地址: --redirect-uri",
                platform=account.platform,
            )
        return cls(account, adapter, chosen, secrets.token_urlsafe(_STATE_BYTES))

    @property
    def address(self) -> str | None:
        """Where the merchant says yes; None for an app of the shop's own, which needs no one's consent."""
        if _self_use(self.account):
            return None
        return self.adapter.authorize_url(self.account.app, self.redirect_uri, self.state)

    def code(self, pasted: str) -> str:
        """The code in the address the merchant was sent back to; it must answer our question."""
        parts = urlsplit(pasted.strip())
        told = dict(parse_qsl(parts.query) + parse_qsl(parts.fragment))
        if "error" in told:
            why = told.get("error_description") or told["error"]
            raise Rejected(
                f"the login was refused: {why}",
                zh=f"授权被拒绝: {why}",
                platform=self.account.platform,
                code=told["error"],
            )
        if "code" not in told:
            raise ConfigError(
                "no code in what was pasted; paste the whole address that the browser ended at",
                zh="粘贴内容中没有 code; 请粘贴浏览器最终跳转的完整地址",
                platform=self.account.platform,
            )
        if not hmac.compare_digest(told.get("state", "").encode(), self.state.encode()):
            raise ConfigError(
                "the state in the address is not ours: it belongs to another login; start again",
                zh="地址中的 state 不匹配, 可能属于另一次授权; 请重新开始",
                platform=self.account.platform,
            )
        return told["code"]

    def grant(self, code: str, now: datetime, driver: SyncDriver) -> Grant:
        shop = Shop(self.account, MemoryTokens({}), adapter=self.adapter, driver=driver)
        return shop.exchange(code, self.redirect_uri, now)


def _self_use(account: Account) -> bool:
    return account.settings.get("self_use") == "1"


def keep(
    store: Store,
    known: StoredShop | None,
    consent: Consent,
    grant: Grant,
    role: Role,
    now: datetime,
    driver: SyncDriver,
) -> StoredShop:
    """Put the tokens where they belong: to the shop they were asked for, or to a new one that is found out.

    `role` is what was asked for; a platform that says a sub-account logged in is believed.
    """
    role = "operator" if grant.role == "operator" else role
    if known is None:
        account = identified(consent.account, consent.adapter, grant, driver)
        return store.shops.add(account, now=now, tokens={role: grant.token})
    if known.shop_id and grant.shop_id and known.shop_id != grant.shop_id:
        raise ConfigError(
            f"the consent is for shop {grant.shop_id}, not for {known.name}; nothing was stored",
            zh=f"授权属于店铺 {grant.shop_id}, 而非 {known.name}; 未保存",
            platform=known.platform,
        )
    store.tokens(known).put(role, grant.token)
    if known.shop_id is None:
        return store.shops.update(known, identified(consent.account, consent.adapter, grant, driver))
    return known


def identified(account: Account, adapter: Adapter, grant: Grant, driver: SyncDriver) -> Account:
    """The account with its shop's id and storefront: from the grant, else asked of the platform."""
    told = evolve(
        account,
        shop_id=grant.shop_id or account.shop_id,
        storefront=grant.storefront or account.storefront,
    )
    if grant.shop_id and grant.storefront:
        return told
    return Shop(told, MemoryTokens({"main": grant.token}), adapter=adapter, driver=driver).whoami()
