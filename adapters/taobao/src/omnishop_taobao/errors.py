"""The platform's error codes as rows, walked from the top; the first match decides the class."""

from __future__ import annotations

import re
from datetime import time
from functools import lru_cache

from attrs import frozen

from omnishop.errors import (
    AuthError,
    ConfigError,
    Conflict,
    NotFound,
    OmnishopError,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    Rejected,
    Scope,
    Transient,
)
from omnishop.model import BEIJING

MIDNIGHT = time(tzinfo=BEIJING)
"""When the day's quota of an app is there again."""

NOT_ONLINE = 3600.0
"""Seconds to leave a method alone whose calls are few until the app is online."""

_GATEWAY_BELOW = 100
_BUSINESS = 15
_REMOTE = frozenset({15, 50})
"""A remote error that names no reason is the business's no to a read (B); about a write it leaves doubt."""

BAN = re.compile(r"This ban will last for (\d{1,9}) more seconds?")
SECRETIVE = re.compile(r"[0-9A-Za-z_\-]{24,}")
_TOLD = 200
_SHOWN = 80  # characters of a code or an id


@frozen
class Row:
    """`code` None: any code. `sub` must match the whole sub code; None: any, also none. `mark`: how it is known.

    `cure` as in `AuthError`; `wait` seconds before the next try; `repeats`: the same call fails again. `scope`: a ban
    is the app's, of one method unless the row says otherwise; `day`: its quota of the day is spent.
    """

    code: int | None
    sub: str | None
    cls: str
    mark: str
    cure: str = "login"
    wait: float | None = None
    repeats: bool = False
    scope: Scope = "method"
    day: bool = False

    def matches(self, code: int | None, sub_code: str) -> bool:
        if self.code is not None and self.code != code:
            return False
        return self.sub is None or re.fullmatch(self.sub, sub_code) is not None


ROWS: tuple[Row, ...] = (
    Row(7, r"accesscontrol\.limited-by-api-access-count", "throttle", "A"),
    Row(7, r"accesscontrol\.limited-by-dynamic-access-count", "throttle", "B"),
    Row(7, r"accesscontrol\.limited-by-app-access-count", "throttle", "A", scope="app", day=True),
    Row(7, r"accesscontrol\.limited-by-app-api-access-count", "throttle", "A", wait=NOT_ONLINE),
    Row(7, None, "throttle", "A"),
    Row(4, None, "throttle", "A"),
    Row(5, None, "throttle", "A"),
    Row(6, None, "throttle", "A"),
    Row(8, None, "throttle", "A"),
    Row(26, None, "auth", "A", cure="login"),
    Row(27, r"invalid-sessionkey|sessionkey-not-generated-by-server", "auth", "A", cure="login"),
    Row(27, r"session-expired", "auth", "B", cure="refresh"),
    Row(27, r"session-is-blank", "auth", "B", cure="login"),
    Row(27, r"session-not-exist|session-key-.*|.*sessionkey.*", "auth", "C", cure="login"),
    Row(27, None, "auth", "A", cure="refresh"),
    Row(28, None, "auth", "A", cure="keys"),
    Row(29, None, "auth", "A", cure="keys"),
    Row(24, None, "auth", "A", cure="keys"),
    Row(25, None, "auth", "A", cure="keys"),
    Row(11, r"isv\.permission-api-package-empty", "permission", "A"),
    Row(11, r"isv\.permission-api-package-not-allowed", "permission", "A"),
    Row(11, r"isv\.permission-api-package-limit", "permission", "A"),
    Row(11, r"isv\.permission-ip-whitelist-limit", "permission", "A"),
    Row(11, r"isv\.permission-api-widget-only-limit", "permission", "A"),
    Row(11, None, "permission", "A"),
    Row(12, None, "permission", "A"),
    Row(13, None, "permission", "A"),
    Row(42, None, "permission", "A"),
    Row(3, None, "bad_request", "A"),
    Row(9, None, "bad_request", "A"),
    Row(21, None, "bad_request", "A"),
    Row(22, None, "bad_request", "A"),
    Row(23, None, "bad_request", "A"),
    Row(30, None, "bad_request", "A"),
    Row(31, None, "bad_request", "A"),
    Row(32, None, "bad_request", "A"),
    Row(33, None, "bad_request", "A"),
    Row(34, None, "bad_request", "A"),
    Row(40, None, "bad_request", "A"),
    Row(41, None, "bad_request", "A"),
    Row(43, None, "bad_request", "A"),
    Row(10, None, "platform", "A"),
    Row(None, r"isp\.null-pointer-exception", "platform", "A", repeats=True),
    Row(None, r"isp\.top-parse-error", "platform", "A", repeats=True),
    Row(None, r"isp\.top-mapping-parse-error", "platform", "A", repeats=True),
    Row(None, r"isp\.call-limited", "throttle", "A"),
    Row(None, r"isp\..*-service-unavailable|isp\.service-unavailable", "platform", "A"),
    Row(None, r"isp\.remote-service-error", "platform", "A"),
    Row(None, r"isp\.remote-service-timeout", "platform", "A"),
    Row(None, r"isp\.remote-connection-error", "platform", "A"),
    Row(None, r"isp\.top-remote-connection-timeout(-tmall)?", "platform", "A"),
    Row(None, r"isp\.top-remote-connection-error", "platform", "A"),
    Row(None, r"isp\.top-remote-service-unavailable", "platform", "A"),
    Row(None, r"isp\.top-remote-connection-control-error", "platform", "A"),
    Row(None, r"isp\.top-remote-unknown-error", "platform", "A"),
    Row(None, r"isp\.unknown-error", "platform", "A"),
    Row(None, r"isp\.service-error", "platform", "A"),
    Row(None, r"isp\..*", "platform", "A"),
    Row(None, r"isv\.change-refund-top-api", "business", "C"),
    Row(None, r"isv\.invalid-permission:not_sub_user", "permission", "C"),
    Row(
        None,
        r"isv\.invalid-permission:refund_status is invalid or refund is out of date",
        "state_conflict",
        "C",
    ),
    Row(None, r"isv\.invalid-permission(:.*)?", "permission", "A"),
    Row(15, r"2101", "state_conflict", "C"),
    Row(15, r"2401", "not_found", "C"),
    Row(15, r"PY-101", "business", "C"),
    Row(None, r"isv\.invalid-parameter", "validation", "B"),
    Row(None, r"CLOSE_TRADE_TOO_FAST", "state_conflict", "A", wait=10.0),
    Row(None, r"isv\.trade-not-exist(:.*)?", "not_found", "B"),
    Row(None, r"isv\.refund-not-exist(:.*)?", "not_found", "C"),
    Row(None, r"isv\.user-not-exist:invalid-nick", "not_found", "B"),
    Row(None, r"isv\.[a-z-]+-not-exist(:.*)?", "not_found", "A"),
    Row(None, r"isv\.missing-parameter(:.*)?", "validation", "A"),
    Row(None, r"isv\.invalid-parameter:.*", "validation", "A"),
    Row(None, r"isv\.parameters-mismatch(:.*)?", "validation", "A"),
    Row(None, r"isv\.logistics-(offline|online)-service-error:.*", "business", "B"),
    Row(None, r"company-not-support|isv\.company-not-support.*", "business", "C"),
    Row(None, r"isv\.[a-z-]+-service-rejection(:.*)?", "business", "A"),
    Row(None, r"isv\.[a-z-]+-service-error(:.*)?", "business", "A"),
    Row(None, r"isv\..*", "business", "A"),
    Row(15, r"[0-9]+|[A-Z][A-Z0-9_-]*", "business", "B"),
    Row(15, None, "business", "B"),
    Row(50, None, "business", "C"),
    Row(700, None, "platform", "C"),
    Row(None, None, "unknown", "A"),
)


MOVED_ON = frozenset({"退款单版本号已过期", "退款单未审核"})
"""Members of a batch are refused in words alone, without a code (C, samples of rp.refunds.agree)."""

_MOVED_ON = Row(_BUSINESS, "OP_FAILURE_UE", "state_conflict", "C")


@frozen
class Failure:
    """What an answer says of itself when it failed; every part may be missing.

    `inside`: told by the business in a whole, readable success.
    """

    code: int | None = None
    sub_code: str = ""
    sub_msg: str = ""
    request_id: str | None = None
    inside: bool = False

    @property
    def name(self) -> str:
        """Both codes as one text, as the platform's papers write them."""
        parts = [str(self.code)] if self.code is not None else []
        return "/".join([*parts, *([self.sub_code] if self.sub_code else [])])


@lru_cache(maxsize=1024)
def row_for(code: int | None, sub_code: str) -> Row:
    return next(row for row in ROWS if row.matches(code, sub_code))


def mapped(failure: Failure, *, write: bool, method: str) -> OmnishopError:
    """Our error for a failed call. For a write, what leaves doubt is `OutcomeUnknown` at once."""
    row = row_for(_BUSINESS if failure.inside else failure.code, failure.sub_code)
    if failure.inside and failure.sub_msg in MOVED_ON:
        row = _MOVED_ON
    unmapped = row.cls == "unknown" and (failure.code is None or failure.code < _GATEWAY_BELOW)
    wordless = row.code in _REMOTE and row.sub is None and not failure.inside
    doubtful = failure.sub_code.startswith("isp.") or unmapped or wordless
    if write and doubtful:
        error: OmnishopError = OutcomeUnknown(
            "the platform failed behind its gateway: the write may have happened; read the record back first",
            zh="平台后端故障, 写操作可能已生效: 请先重新读取该单据, 不要重复提交",
        )
    else:
        error = _BUILDERS[row.cls](row, failure)
    error.platform, error.method = "taobao", method
    error.code = failure.name[:_SHOWN] or None
    error.request_id = failure.request_id[:_SHOWN] if failure.request_id else None
    return error


def _auth(row: Row, failure: Failure) -> OmnishopError:
    en, zh = {
        "keys": (
            "the platform does not accept the app key or the signature: check app_key, app_secret and gateway",
            "平台不接受 app_key 或签名: 请检查 app_key, app_secret 与网关地址",
        ),
        "refresh": (
            "the session (or its risk level for this method) has lapsed; log in again: omnishop shops login taobao",
            "会话已失效(或该接口的授权级别已过期), 请重新授权: omnishop shops login taobao",
        ),
        "login": (
            "the platform does not know this session any more; log in again: omnishop shops login taobao",
            "平台不认可该会话, 请重新授权: omnishop shops login taobao",
        ),
    }[row.cure]
    return AuthError(en, cure=row.cure, zh=zh)


def _permission(row: Row, failure: Failure) -> OmnishopError:
    if failure.sub_code == "isv.invalid-permission:not_sub_user":
        return PermissionDenied(
            "this method wants the session of a sub-account: add one with omnishop shops login … --operator",
            zh="此接口必须使用子账号会话: 请用 omnishop shops login … --operator 添加",
        )
    return PermissionDenied(
        f"the app or the account may not do this: ask for the permission in the platform's console{_said(failure)}",
        zh=f"应用或账号没有此权限: 请在开放平台控制台申请{_said(failure)}",
    )


def _throttle(row: Row, failure: Failure) -> OmnishopError:
    ban = BAN.search(failure.sub_msg)
    seconds = float(ban.group(1)) + 1 if ban else row.wait
    when = "later" if seconds is None else f"after {seconds:g} s"
    when_zh = "稍后" if seconds is None else f"在 {seconds:g} 秒后"
    if row.day:
        return RateLimited(
            "the app has spent its calls of the day: they are back at 00:00 Beijing time, or when the console resets "
            "them (then: omnishop quotas lift)",
            zh="应用当日调用量已用完: 北京时间 0 点恢复; 若已在控制台重置, 请运行 omnishop quotas lift",
            retry_after=seconds,
            scope=row.scope,
            back_at=MIDNIGHT,
        )
    return RateLimited(
        f"too many calls of this app: try again {when}; other shops of the app are held up too",
        zh=f"应用调用过于频繁: 请{when_zh}重试; 同一应用的其他店铺同受影响",
        retry_after=seconds,
        scope=row.scope,
    )


def _bad_request(row: Row, failure: Failure) -> OmnishopError:
    if failure.code == 31:  # noqa: PLR2004 - the code's own number
        return ConfigError(
            "this machine's clock is more than ten minutes away from the platform's: set the clock",
            zh="本机时钟与平台相差超过十分钟: 请校准系统时间",
        )
    if failure.code == 22:  # noqa: PLR2004 - the code's own number
        return ConfigError(
            "the gateway does not know this method: check its name and the gateway address",
            zh="网关不认识该方法: 请检查方法名与网关地址",
        )
    return ConfigError(
        f"the gateway refused the request as malformed: check the parameters{_said(failure)}",
        zh=f"网关认为请求不合格式: 请检查参数{_said(failure)}",
    )


def _platform(row: Row, failure: Failure) -> OmnishopError:
    if row.repeats:
        return Rejected(
            "the platform failed and will fail again on this call: report it to the platform",
            zh="平台故障, 重复此调用仍会失败: 请向平台反馈",
        )
    return Transient(
        "the platform is not available at the moment: try again later", zh="平台暂不可用: 请稍后重试"
    )


def _not_found(row: Row, failure: Failure) -> OmnishopError:
    return NotFound(
        f"the platform knows no such record for this shop: check the id, and that it is under 3 months old"
        f"{_said(failure)}",
        zh=f"平台查无此单据: 请核对编号, 并确认在三个月之内{_said(failure)}",
    )


def _conflict(row: Row, failure: Failure) -> OmnishopError:
    return Conflict(
        f"the record has moved on: read it again, then decide{_said(failure)}",
        zh=f"单据状态或版本已变化: 请重新读取后再决定{_said(failure)}",
    )


def _rejected(row: Row, failure: Failure) -> OmnishopError:
    if failure.sub_code == "isv.change-refund-top-api":
        return Rejected(
            "this refund is of a special kind: read it with source special_refund",
            zh="该退款为特殊退款: 请以 special_refund 读取",
        )
    return Rejected(f"the platform refuses{_said(failure)}", zh=f"平台拒绝{_said(failure)}")


_BUILDERS = {
    "auth": _auth,
    "permission": _permission,
    "throttle": _throttle,
    "bad_request": _bad_request,
    "platform": _platform,
    "not_found": _not_found,
    "state_conflict": _conflict,
    "validation": _rejected,
    "business": _rejected,
    "unknown": _rejected,
}


def _said(failure: Failure) -> str:
    """The platform's own words, short and without anything that could be a token."""
    words = SECRETIVE.sub("***", " ".join(failure.sub_msg.split()))[:_TOLD]
    return f": {words}" if words else ""
