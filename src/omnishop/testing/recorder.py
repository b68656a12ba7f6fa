"""Answers of a platform kept in a file and played back without it: matched by what is asked, not by its signature.

A recording holds no secret, and no person: their values are replaced, each always by the same word, so that what
belonged together still does and a question that names one is still matched.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Self, cast

import httpx
import msgspec
from attrs import define, field

from omnishop.errors import ConfigError
from omnishop.flow import Call
from omnishop.masking import masked, without_persons
from omnishop.ports import Account, Adapter, Codec, Request, Response, Token

_KEPT_HEADERS = frozenset({"content-type", "retry-after", "date"})


def hidden(value: Any) -> Any:
    """A parsed JSON value without secrets and persons; texts that hold JSON are looked into."""
    return without_persons(masked(value), _word)


def _word(value: str) -> str:
    return f"hidden-{hashlib.sha256(value.encode()).hexdigest()[:8]}"


def _parsed(content: bytes) -> Any:
    """Numbers with a point stay to the digit."""
    return json.loads(content, parse_float=lambda told: msgspec.Raw(told.encode()))


@define
class Cassette:
    """What was asked and answered, in order; one JSON line each."""

    path: Path
    lines: list[dict[str, Any]] = field(factory=list)

    @classmethod
    def read(cls, path: Path) -> Self:
        text = path.read_text(encoding="utf-8")
        return cls(path, [json.loads(line) for line in text.splitlines() if line.strip()])

    def write(self) -> None:
        lines = (json.dumps(line, ensure_ascii=False) + "\n" for line in self.lines)
        self.path.write_text("".join(lines), encoding="utf-8")

    def keep(self, call: Call, response: Response) -> None:
        try:
            body = msgspec.json.encode(hidden(_parsed(response.content))).decode()
        except ValueError:
            body = hidden(response.content.decode("utf-8", "replace"))
        headers = {name: value for name, value in response.headers.items() if name.lower() in _KEPT_HEADERS}
        self.lines.append(
            {
                "method": call.method,
                "asked": asked(call),
                "write": call.write,
                "status": response.status,
                "headers": headers,
                "body": body,
            }
        )


def asked(call: Call) -> str:
    """What a call asks, without how: the same for the same question, whenever it is signed and by whom."""
    params = hidden(json.loads(msgspec.json.encode(call.params)))
    files = {name: hashlib.sha256(file.content).hexdigest() for name, file in call.files.items()}
    told = {"params": params, "files": files, "session": call.session, "address": call.address}
    return json.dumps(told, ensure_ascii=False, sort_keys=True)


class _Instead:
    """An object with one attribute of its own; the rest is another's."""

    def __init__(self, of: Any, **own: Any) -> None:
        self._of, self._own = of, own

    def __getattr__(self, name: str) -> Any:
        return self._own[name] if name in self._own else getattr(self._of, name)


class _Keeping:
    """A codec that keeps each answer before it is opened."""

    def __init__(self, codec: Codec, cassette: Cassette) -> None:
        self._codec, self._cassette = codec, cassette

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codec, name)

    def decode(self, call: Call, response: Response) -> msgspec.Raw:
        self._cassette.keep(call, response)
        return self._codec.decode(call, response)


class Recorder:
    """Records while a shop works over `adapter`; written at the end of `with`, whatever happened in it."""

    def __init__(self, adapter: Adapter, path: Path) -> None:
        self._cassette = Cassette(path)
        self.adapter = cast("Adapter", _Instead(adapter, codec=_Keeping(adapter.codec, self._cassette)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._cassette.write()


class _Noting:
    """A codec that notes which call became which request: the transport sees only the request."""

    def __init__(self, codec: Codec, sent: dict[tuple[str, bytes], Call]) -> None:
        self._codec, self._sent = codec, sent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codec, name)

    def encode(self, call: Call, account: Account, token: Token | None, now: Any) -> Request:
        request = self._codec.encode(call, account, token, now)
        self._sent[str(httpx.URL(request.url)), request.content] = call
        return request


class Player(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Plays a recording: `adapter` for the shop, and itself as the transport of its client. Requests are signed anew.

    The same question is answered as often as it was recorded, in that order, then a read by the last answer again.
    ConfigError for what was never asked, and for a write that was not asked so often.
    """

    def __init__(self, adapter: Adapter, path: Path) -> None:
        self._sent: dict[tuple[str, bytes], Call] = {}
        self._left: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for line in Cassette.read(path).lines:
            self._left.setdefault((line["method"], line["asked"]), []).append(line)
        self.adapter = cast("Adapter", _Instead(adapter, codec=_Noting(adapter.codec, self._sent)))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self._answer(request, await request.aread())

    def _answer(self, request: httpx.Request, content: bytes) -> httpx.Response:
        call = self._sent[str(request.url), content]
        lines = self._left.get((call.method, asked(call)), [])
        if not lines:
            raise ConfigError(
                f"the recording has no answer to {call.method} with these parameters; record it again",
                zh=f"录制文件中没有 {call.method} (此参数) 的应答, 请重新录制",
                method=call.method,
            )
        line = lines.pop(0) if len(lines) > 1 or call.write else lines[0]
        return httpx.Response(line["status"], headers=line["headers"], content=line["body"].encode())
