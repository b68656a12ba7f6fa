"""The simulated gateway's door: reads a request in any accepted form and refuses what the platform refuses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from email.policy import HTTP
from math import ceil

from attrs import frozen

from omnishop.model import from_beijing_text, from_unix, from_unix_ms
from omnishop.sandbox.face import WireRequest
from omnishop.sandbox.world import Shop, SimToken, World
from omnishop_taobao.face.forms import Form
from omnishop_taobao.face.shop import PLATFORM
from omnishop_taobao.methods import METHODS
from omnishop_taobao.signing import METHODS as SIGN_METHODS
from omnishop_taobao.signing import joined, signature

TOLERANCE = timedelta(minutes=10)
_MILLISECONDS = 12  # digits from which a number is milliseconds, not seconds


class Refusal(Exception):
    """The platform says no, in its own codes."""

    def __init__(self, code: int, msg: str, sub_code: str | None = None, sub_msg: str | None = None) -> None:
        super().__init__(msg)
        self.code, self.msg, self.sub_code, self.sub_msg = code, msg, sub_code, sub_msg


def missing(name: str) -> Refusal:
    return Refusal(40, f"Missing required arguments:{name}", f"isv.missing-parameter:{name}")


def invalid(name: str) -> Refusal:
    return Refusal(41, f"Invalid arguments:{name}", f"isv.invalid-parameter:{name}")


@frozen
class Asked:
    """A request that got through: whose app, whose shop (None: no session sent), and the parameters."""

    method: str
    params: Mapping[str, str]
    app: Shop
    token: SimToken | None


# ---------------------------------------------------------------- reading


def parameters(request: WireRequest) -> tuple[dict[str, str], dict[str, bytes]]:
    """Text parameters of query and body together, and the file parts."""
    pairs = request.query_items()
    files: dict[str, bytes] = {}
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        more, files = _parts(kind, request.content)
        pairs += more
    elif request.content:
        pairs += request.form_items()
    return dict(pairs), files


def _parts(kind: str, content: bytes) -> tuple[list[tuple[str, str]], dict[str, bytes]]:
    head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace")
    whole = BytesParser(policy=HTTP).parsebytes(head + content)
    if not whole.is_multipart():
        raise Refusal(3, "Upload fail")
    texts: list[tuple[str, str]] = []
    files: dict[str, bytes] = {}
    for part in whole.iter_parts():
        name = part.get_param("name", header="content-disposition")
        body = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(body, bytes):
            continue
        if part.get_filename() is None:
            texts.append((name, body.decode("utf-8", "replace")))
        else:
            files[name] = body
    return texts, files


def form_of(params: Mapping[str, str]) -> Form:
    """XML unless JSON is asked for."""
    return Form(
        json=params.get("format", "").lower() == "json", simple=params.get("simplify", "").lower() == "true"
    )


# ---------------------------------------------------------------- the checks, in the gateway's order


def admit(world: World, params: Mapping[str, str], *, sessions: bool) -> Asked:
    """`sessions`: whether the method asked for needs one is settled by the caller's table."""
    method = params.get("method", "")
    if not method:
        raise Refusal(21, "Missing method")
    app = _app(world, params)
    _public(world, params)
    _signed(app, params)
    if method not in METHODS:
        raise Refusal(22, "Invalid method")
    left = world.throttles(PLATFORM, app.app_key, method)
    if left is not None:
        ban = f"This ban will last for {max(ceil(left), 1)} more seconds"
        raise Refusal(7, "App Call Limited", "accesscontrol.limited-by-api-access-count", ban)
    return Asked(method, params, app, _session(world, app, params, wanted=sessions))


def _app(world: World, params: Mapping[str, str]) -> Shop:
    key = params.get("app_key", "")
    if not key:
        raise Refusal(28, "Missing app key")
    app = next((shop for shop in world.shops if shop.platform == PLATFORM and shop.app_key == key), None)
    if app is None:
        raise Refusal(29, "Invalid app key")
    return app


def _public(world: World, params: Mapping[str, str]) -> None:
    if not params.get("timestamp"):
        raise Refusal(30, "Missing timestamp")
    if not params.get("v"):
        raise Refusal(32, "Missing version")
    if params["v"] != "2.0":
        raise Refusal(33, "Invalid version")
    if params.get("format", "xml").lower() not in {"json", "xml"}:
        raise Refusal(23, "Invalid format")
    if not params.get("sign"):
        raise Refusal(24, "Missing signature")
    at = _timestamp(params["timestamp"])
    if at is None or abs(world.clock.machine() - at) > TOLERANCE:
        raise Refusal(31, "Invalid timestamp")


def _timestamp(text: str) -> datetime | None:
    """`yyyy-MM-dd HH:mm:ss` in Beijing; epoch numbers as some clients send them."""
    try:
        if re.fullmatch(r"\d{9,14}", text):
            return from_unix_ms(int(text)) if len(text) >= _MILLISECONDS else from_unix(int(text))
        return from_beijing_text(text).astimezone(UTC)
    except ValueError:
        return None


def _signed(app: Shop, params: Mapping[str, str]) -> None:
    """Clients differ about empty and blank values: a sign that keeps or drops them is accepted as well."""
    method = params.get("sign_method", "md5")
    if method not in SIGN_METHODS:
        raise Refusal(25, "Invalid signature")
    filled = [(name, value) for name, value in params.items() if value.strip()]
    texts = {joined(params.items()), joined(filled), _with_bare_names(params.items())}
    if params["sign"] not in {signature(method, app.app_secret, text) for text in texts}:
        raise Refusal(25, "Invalid signature")


def _with_bare_names(params: Iterable[tuple[str, str]]) -> str:
    pairs = sorted((name.encode(), value) for name, value in params if name != "sign")
    return "".join(name.decode() + value for name, value in pairs)


def _session(world: World, app: Shop, params: Mapping[str, str], *, wanted: bool) -> SimToken | None:
    access = params.get("session") or params.get("access_token") or ""
    if not access:
        if wanted:
            raise Refusal(26, "Missing session")
        return None
    token = world.tokens.get(access)
    if token is None or token.shop.app_key != app.app_key or token.shop.platform != PLATFORM:
        raise Refusal(27, "Invalid session", "invalid-sessionkey")
    if token.replaced or token.dead_at <= world.now() or world.faults.strikes("expired_token"):
        raise Refusal(27, "Invalid session:session-expired", "session-expired")
    return token
