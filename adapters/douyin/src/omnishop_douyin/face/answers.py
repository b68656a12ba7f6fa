"""Answers in the platform's envelope, in the new scheme and beside it the old one."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from attrs import frozen

from omnishop.model import to_beijing_text
from omnishop.ports import Response
from omnishop.sandbox.world import World

PLATFORM = "douyin"
_JSON = {"content-type": "application/json; charset=utf-8"}

_MSG = {
    "20000": "服务不可用",
    "30001": "权限不足",
    "40001": "缺少平台参数",
    "40002": "缺少业务参数",
    "40003": "无效平台参数",
    "40004": "无效业务参数",
    "50001": "平台处理失败",
    "50002": "业务处理失败",
    "60000": "接口限流",
    "70000": "API下线",
}
_OLD = {
    "isv.signature-invalid": 11,
    "isv.access-token-expired": 30002,
    "isv.access-token-no-existed": 30005,
    "isv.access-token-invalid": 30007,
    "isv.access-token-missing": 30001,
    "dop.authorization-closed": 30006,
    "isv.parameter-format-invalid": 6,
    "isv.parameter-missing": 3,
}
_OLD_BY_CODE = {"20000": 8, "30001": 2, "40001": 3, "40002": 3, "70000": 12}
_OLD_OTHERWISE = 4


class Refusal(Exception):
    """The platform says no: its code, sub_code and words."""

    def __init__(self, code: int, sub_code: str, words: str) -> None:
        super().__init__(sub_code)
        self.code = code
        self.sub_code = sub_code
        self.words = words


@frozen
class Asked:
    """A request that passed the gate."""

    method: str
    params: dict[str, Any]


def log_id(world: World) -> str:
    """34 characters: date and time, then hex; a function of the world's history alone."""
    number = world.serial("douyin log")
    when = to_beijing_text(world.now())
    stamp = "".join(letter for letter in when if letter.isdigit())
    tail = hashlib.sha256(f"{world.seed}/{number}/{stamp}".encode()).hexdigest()[:20]
    return f"{stamp}{tail.upper()}"


def success(world: World, data: Any, *, old: bool) -> Response:
    body: dict[str, Any] = {
        "code": 10000,
        "data": data,
        "log_id": log_id(world),
        "msg": "success",
        "sub_code": "",
        "sub_msg": "",
    }
    if old:
        body |= {"err_no": 0, "message": "success"}
    return Response(200, msgspec.json.encode(body), _JSON)


def refusal(world: World, why: Refusal, *, old: bool) -> Response:
    code = str(why.code)
    body: dict[str, Any] = {
        "code": why.code,
        "log_id": log_id(world),
        "msg": _MSG.get(code, why.words),
        "sub_code": why.sub_code,
        "sub_msg": why.words,
    }
    if old:
        number = _OLD.get(why.sub_code, _OLD_BY_CODE.get(code, _OLD_OTHERWISE))
        body |= {"err_no": number, "message": why.words, "data": None}
    return Response(200, msgspec.json.encode(body), _JSON)
