"""From the platform's codes to our errors, by the rows of `error_rows`; a code without a row stays visible."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from attrs import frozen

from omnishop.errors import (
    AuthError,
    ConfigError,
    Conflict,
    NotFound,
    NotSupported,
    OmnishopError,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    Rejected,
    Transient,
)
from omnishop_douyin.error_rows import OLD_ROWS, ROWS
from omnishop_douyin.shape import PLATFORM, shortened


@frozen
class Meaning:
    """Class of an error (ok, partial, platform, throttle, auth …) and what the platform's list says to do."""

    cls: str
    action: str = ""


_BY_SUB = {(method, code, sub): Meaning(cls, action) for method, code, sub, cls, action, _ in ROWS}
_BY_ERR_NO = {number: Meaning(cls, action) for number, cls, action, _ in OLD_ROWS}

_BY_CODE = {
    # the code alone, when a sub_code came that nobody listed: wire page 1.4, column "meaning" (A)
    "30001": Meaning("permission"),
    "30002": Meaning("permission"),
    "40001": Meaning("bad_params"),
    "40002": Meaning("bad_params"),
    "40003": Meaning("bad_params"),
    "40004": Meaning("bad_params"),
    "50002": Meaning("business"),
    "60000": Meaning("throttle"),
    "70000": Meaning("offline"),
    "80000": Meaning("security"),
    "90000": Meaning("unknown"),
}
_THEIR_OWN = frozenset({"70000", "80000", "90000"})
"""Codes that keep their class whoever the sub_code names; of others an unlisted `isp.` one says nothing."""
_ANY_SUB = frozenset({"20000", "20001"})
"""Service unavailable and timed out, whatever service it names (wire page 1.4)."""

_CURES = {
    "refresh": "refresh",
    "refresh_or_create": "refresh",
    "reauthorize": "login",
    "fix_config": "keys",
    "": "login",
}
_NUMBER = re.compile(r":\s*-?\d+$")
_SECRET = re.compile(r"[0-9A-Za-z+/=_-]{16,}|\d{7,}")
_SAID_LIMIT = 120


def meaning(method: str, code: str, sub_code: str) -> Meaning | None:
    """The row for an answer in the present scheme; None when nobody listed it."""
    sub = re.sub(r":\s+", ":", sub_code.strip())
    stem = _NUMBER.sub(":{n}", sub)
    for key in ((method, code, sub), ("", code, sub), ("", code, stem)):
        if key in _BY_SUB:
            return _BY_SUB[key]
    if (not sub or code in _ANY_SUB) and ("", code, "") in _BY_SUB:
        return _BY_SUB["", code, ""]
    return None if sub.startswith("isp.") and code not in _THEIR_OWN else _BY_CODE.get(code)


def old_meaning(err_no: str) -> Meaning | None:
    """The row for an answer that has err_no alone."""
    return _BY_ERR_NO.get(err_no)


def error(
    found: Meaning | None, *, code: str, said: str | None, method: str, log_id: str | None, write: bool
) -> OmnishopError:
    """`code` with its sub_code for the error's facts, `said` the platform's text for people."""
    facts: dict[str, Any] = {
        "platform": PLATFORM,
        "method": method,
        "code": shortened(code),
        "request_id": shortened(log_id) if log_id else None,
    }
    if found is None or found.cls in {"unknown", "ok", "partial"}:
        what = _UNTOLD.get(found.cls if found is not None else "", _UNTOLD[""])
        return _unmapped(what, write, said, facts)
    if found.cls in {"auth", "signature"}:
        return _auth(found, facts)
    if write and found.cls == "platform":
        return _doubtful(facts)
    public = found.cls == "bad_params" and not code.startswith(("40002", "40004", "50002", "302"))
    build, en, zh = _CONFIG if public else _CLASSES[found.cls]
    return build(f"{en}{quoted(said)}", zh=f"{zh}{quoted(said)}", **facts)


_CONFIG: tuple[Callable[..., OmnishopError], str, str] = (
    ConfigError,
    "the platform refuses the form of the request; check app key, gateway and parameters",
    "平台不接受请求格式, 请检查 app_key, 网关地址和参数",
)
_CLASSES: dict[str, tuple[Callable[..., OmnishopError], str, str]] = {
    "platform": (
        Transient,
        "the platform is busy or timed out; try again in a while",
        "平台繁忙或内部超时, 请稍后重试",
    ),
    "throttle": (
        RateLimited,
        "too many calls; wait before the next one",
        "调用过于频繁, 请等待后再试",
    ),
    "permission": (
        PermissionDenied,
        "permission or IP whitelist is missing; apply for the package or add the IP on the open platform",
        "应用缺少权限或 IP 不在白名单, 请在开放平台申请权限包或添加 IP 白名单",
    ),
    "security": (
        PermissionDenied,
        "the platform's security check refuses the call; ask the platform's support with the request id",
        "平台安全策略拒绝调用, 请凭请求编号联系平台客服",
    ),
    "bad_params": (
        Rejected,
        "the platform refuses a business parameter; correct it",
        "业务参数被平台拒绝, 请更正后再试",
    ),
    "business": (Rejected, "the platform refuses", "平台拒绝该操作"),
    "partial": (Rejected, "part of the request failed", "请求部分失败"),
    "not_found": (NotFound, "the platform knows no such record for this shop", "平台查无该店铺的此单据"),
    "conflict": (
        Conflict,
        "the record is in another state by now; read it again and decide anew",
        "单据状态已变化, 请重新读取后再决定",
    ),
    "duplicate": (
        Conflict,
        "this was done before; read the record again",
        "该操作此前已经完成, 请重新读取单据",
    ),
    "clock": (
        ConfigError,
        "this machine's clock is more than 10 minutes off the platform's; set the clock",
        "本机时间与平台相差超过 10 分钟, 请校准时间",
    ),
    "offline": (
        NotSupported,
        "the platform has withdrawn this method or does not know it",
        "平台已下线该接口或不存在该接口",
    ),
}
_AUTH_TEXTS = {
    "refresh": (
        "the access token is no longer valid and could not be renewed; log in again: omnishop shops login douyin",
        "访问令牌已失效且无法续期, 请重新授权: omnishop shops login douyin",
    ),
    "login": (
        "the shop's authorisation is not valid; log in again: omnishop shops login douyin",
        "店铺授权无效, 请重新授权: omnishop shops login douyin",
    ),
    "keys": (
        "app key, app secret and token do not belong together; check the app's keys",
        "app_key, app_secret 与令牌不匹配, 请检查应用密钥",
    ),
}


def _auth(found: Meaning, facts: dict[str, Any]) -> AuthError:
    cure = "keys" if found.cls == "signature" else _CURES[found.action]
    en, zh = _AUTH_TEXTS[cure]
    return AuthError(en, cure=cure, zh=zh, **facts)


def _doubtful(facts: dict[str, Any]) -> OutcomeUnknown:
    """Busy or timed out says nothing about a write either (wire page 1.4: re-read before repeating it)."""
    return OutcomeUnknown(
        "the platform failed while it may have carried out the write; read the record back, do not repeat",
        zh="平台繁忙或超时, 写操作可能已生效; 请重新读取单据确认, 不要重复提交",
        **facts,
    )


_UNTOLD = {
    "": ("the platform answered with a code nobody listed", "平台返回未收录的错误码"),
    "partial": ("part of the request failed", "请求部分失败"),
    "unknown": ("the platform reports an error it does not explain", "平台返回未说明原因的错误"),
}


def _unmapped(what: tuple[str, str], write: bool, said: str | None, facts: dict[str, Any]) -> OmnishopError:
    """Neither a code nobody listed nor an unexplained error says whether a write happened."""
    en, zh = (f"{words}{quoted(said)}" for words in what)
    if write:
        return OutcomeUnknown(
            f"{en}; read the record back, do not repeat",
            zh=f"{zh}; 请重新读取单据确认, 不要重复提交",
            **facts,
        )
    return Rejected(en, zh=zh, **facts)


def quoted(said: str | None) -> str:
    """The platform's own words, without what looks like a token, an id or a phone number."""
    text = _SECRET.sub("***", " ".join((said or "").split()))[:_SAID_LIMIT]
    return f": {text}" if text else ""
