"""taobao.top.auth.token.*: the OAuth answers by signed methods, as JSON text inside JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from omnishop_taobao.face import oauth
from omnishop_taobao.face.asking import Ask, Read
from omnishop_taobao.face.gate import Refusal


def _create(ask: Ask) -> dict[str, Any]:
    try:
        given = oauth.by_code(ask.world, ask.asked.app, ask.params["code"])
    except oauth.Denied as no:
        raise Refusal(15, "Remote service error", "isv.invalid-parameter:code", no.why) from None
    return _boxed(ask, given)


def _refresh(ask: Ask) -> dict[str, Any]:
    try:
        given = oauth.renewed(ask.world, ask.asked.app, ask.params["refresh_token"])
    except oauth.Denied as no:
        raise Refusal(15, "Remote service error", "isv.invalid-parameter:refresh_token", no.why) from None
    return _boxed(ask, given)


def _boxed(ask: Ask, given: Any) -> dict[str, Any]:
    return {"token_result": msgspec.json.encode(oauth.told(ask.world, given)).decode()}


TOKENS: dict[str, Read] = {
    "taobao.top.auth.token.create": Read(_create, ("code",), session=False),
    "taobao.top.auth.token.refresh": Read(_refresh, ("refresh_token",), session=False),
}
