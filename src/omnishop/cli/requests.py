"""A request as text for people: exact but for its secrets, which are hidden, and files, which are counted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

import msgspec

from omnishop.masking import HIDDEN, masked

if TYPE_CHECKING:
    from omnishop.flow import Call
    from omnishop.ports import Request

_SHOWN_HEADERS = frozenset({"content-type", "accept", "user-agent"})


def masked_request(call: Call, request: Request) -> dict[str, Any]:
    """`method`, `url`, `headers`, `body` as they would go out, and the call's own name and parameters."""
    headers = {
        name: value if name.lower() in _SHOWN_HEADERS else masked({name: value})[name]
        for name, value in request.headers
    }
    kind = next((value for name, value in request.headers if name.lower() == "content-type"), "")
    return {
        "call": call.method,
        "params": masked(msgspec.to_builtins(dict(call.params), enc_hook=str)),
        "method": request.method,
        "url": _url(request.url),
        "headers": headers,
        "body": _body(request.content, kind),
    }


def _url(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=_form(parts.query)))


def _form(text: str) -> str:
    pairs = masked(dict(parse_qsl(text, keep_blank_values=True)))
    return "&".join(f"{quote(name)}={_value(value)}" for name, value in pairs.items())


def _value(value: str) -> str:
    return value if value == HIDDEN else quote(str(value), safe="")


def _body(content: bytes, kind: str) -> str:
    if not content:
        return ""
    if kind.startswith("multipart/"):
        return _parts(content, kind)
    text = content.decode("utf-8", "replace")
    if text.lstrip()[:1] in {"{", "["}:
        return str(masked(text))
    return _form(text)


def _parts(content: bytes, kind: str) -> str:
    """Each part on a line; a file is its name and size."""
    found = re.search(r'boundary="?([^";]+)', kind)
    if found is None:
        return f"<{len(content)} bytes>"
    lines = []
    for part in content.split(b"--" + found[1].encode())[1:-1]:
        head, _, value = part.strip(b"\r\n").partition(b"\r\n\r\n")
        names = dict(re.findall(r'(\w+)="([^"]*)"', head.decode("utf-8", "replace")))
        name = names.get("name", "?")
        if "filename" in names:
            lines.append(f"{name}: <{names['filename']}, {len(value)} bytes>")
        else:
            lines.append(f"{name}: {masked({name: value.decode('utf-8', 'replace')})[name]}")
    return "\n".join(lines)
