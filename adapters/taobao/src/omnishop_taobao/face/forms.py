"""Answers in the forms a client may ask for: JSON with its root key, simplified JSON, XML."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

import msgspec
from attrs import frozen

from omnishop.ports import Response
from omnishop_taobao.methods import root


@frozen
class Items:
    """A list on the wire: `name` is what its wrapper calls one item. An empty one is left out, key and all."""

    name: str
    rows: list[Any]


@frozen
class Form:
    """How this client wants its answer."""

    json: bool = False
    simple: bool = False


def answered(form: Form, method: str, payload: dict[str, Any], request_id: str) -> Response:
    whole = {**payload, "request_id": request_id}
    if not form.json:
        name = root(method)
        return _response(f"{_XML}<{name}>{_xml_members(whole)}</{name}>".encode(), "text/xml;charset=UTF-8")
    plain = json_ready(whole, simple=form.simple)
    return _json(plain if form.simple else {root(method): plain})


def refused(form: Form, error: dict[str, Any]) -> Response:
    """Errors stand under `error_response` in every form."""
    if form.json:
        return _json({"error_response": error})
    body = f"{_XML}<error_response>{_xml_members(error)}</error_response><!--top{error['request_id']}-->"
    return _response(body.encode(), "text/xml;charset=UTF-8")


def _json(value: Any) -> Response:
    return _response(msgspec.json.encode(value), "application/json;charset=UTF-8")


def _response(content: bytes, kind: str) -> Response:
    return Response(200, content, {"content-type": kind})


def json_ready(value: Any, *, simple: bool) -> Any:
    if isinstance(value, Items):
        rows = [json_ready(row, simple=simple) for row in value.rows]
        return rows if simple else {value.name: rows}
    if isinstance(value, dict):
        return {
            key: json_ready(item, simple=simple)
            for key, item in value.items()
            if item is not None and not (isinstance(item, Items) and not item.rows)
        }
    return value


# ---------------------------------------------------------------- XML

_XML = '<?xml version="1.0" encoding="utf-8" ?>'


def _xml_members(value: dict[str, Any]) -> str:
    return "".join(_xml(name, item) for name, item in value.items() if item is not None)


def _xml(name: str, value: Any) -> str:
    if isinstance(value, Items):
        if not value.rows:
            return ""
        inside = "".join(_xml(value.name, row) for row in value.rows)
        return f'<{name} list="true">{inside}</{name}>'
    if isinstance(value, dict):
        return f"<{name}>{_xml_members(value)}</{name}>"
    if isinstance(value, bool):
        return f"<{name}>{'true' if value else 'false'}</{name}>"
    return f"<{name}>{escape(str(value))}</{name}>"
