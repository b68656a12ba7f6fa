"""`decode`, `sign` and `schema`: what a captured answer says, what a signature is made of, what our JSON is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from omnishop.cli.packs import installed
from omnishop.cli.show import aside, json_line, json_text, line
from omnishop.cli.words import say
from omnishop.errors import ConfigError, NotFound, Transient, WireError

if TYPE_CHECKING:
    from omnishop.ports import Account, Adapter

_PLATFORM = typer.Argument(help=say("taobao, jd or douyin", "taobao、jd 或 douyin"), show_default=False)
_SESSIONS = ("session", "access_token", "refresh_token", "code")
_SECRETS = ("app_secret", "secret")
_JUDGED = ("facts", "verdict")
_NOTHING_READ = 2
_LARGEST = 256 * 2**20


def join(app: typer.Typer) -> None:
    app.command(
        "decode",
        help=say("Read a captured answer: one JSON line per record.", "解析抓取的应答: 每条记录一行 JSON。"),
    )(decode)
    app.command("sign", help=say("Sign a request and show how.", "计算签名并展示过程。"))(sign)
    app.command("schema", help=say("JSON Schema of our records.", "记录的 JSON Schema。"))(schema)


def decode(
    platform: Annotated[str, _PLATFORM],
    method: Annotated[
        str,
        typer.Argument(
            help=say("the platform's method that was called", "所调用的平台方法"), show_default=False
        ),
    ],
    file: Annotated[
        Path,
        typer.Argument(
            help=say("the answer's body; - for stdin", "应答内容文件; - 为标准输入"), show_default=False
        ),
    ],
    shop: Annotated[
        str | None, typer.Option("--shop", help=say("id of the shop it came from", "应答所属店铺 ID"))
    ] = None,
    storefront: Annotated[
        str | None,
        typer.Option(
            "--storefront", help=say("tmall or taobao, with --shop", "tmall 或 taobao, 与 --shop 合用")
        ),
    ] = None,
) -> None:
    from omnishop import jsonform, registry
    from omnishop.masking import texts

    adapter = registry.adapter(platform)
    account = _account(adapter, shop, storefront)
    body = _content(file)
    try:
        records = adapter.decode_body(method, body, account)
    except (WireError, Transient, NotFound) as problem:
        if problem.code is not None:  # the platform's own refusal, in a whole answer
            raise
        told = {"platform": platform, "method": method}
        raise ConfigError(f"{file}: {problem.en}", zh=f"{file}: {problem.zh}", **told) from None
    bad = 0
    for record in records:
        row = texts(jsonform.dump(record))
        bad += row["type"] == "unreadable"
        json_line(row)
    if bad:
        aside(
            say(
                f"{bad} of {len(records)} records could not be read; their lines say why",
                f"{len(records)} 条记录中有 {bad} 条无法解析, 原因见对应行",
            )
        )
        if bad == len(records):
            raise typer.Exit(_NOTHING_READ)


def _account(adapter: Adapter, shop: str | None, storefront: str | None) -> Account | None:
    from omnishop.ports import Account, App

    if shop is None:
        if storefront is not None:
            raise ConfigError("--storefront goes with --shop", zh="--storefront 须与 --shop 合用")
        return None
    if storefront is not None and storefront not in adapter.storefronts:
        known = ", ".join(adapter.storefronts)
        raise ConfigError(
            f"{adapter.name} has no storefront {storefront!r}; it has: {known}",
            zh=f"{adapter.name} 没有店铺类型 {storefront!r}; 可用: {known}",
        )
    only = adapter.storefronts[0] if len(adapter.storefronts) == 1 else ""
    return Account(App(adapter.name, "", ""), storefront or only, shop)


def _content(file: Path) -> bytes:
    with sys.stdin.buffer if str(file) == "-" else file.open("rb") as opened:
        content = opened.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ConfigError(
            f"{file} is larger than {_LARGEST} bytes: no platform answers with so much",
            zh=f"{file} 超过 {_LARGEST} 字节: 平台应答不会这样大",
        )
    if not content.strip():
        raise ConfigError(f"{file} is empty", zh=f"{file} 为空")
    return content


def sign(
    platform: Annotated[str, _PLATFORM],
    file: Annotated[
        Path,
        typer.Argument(
            help=say("one request as JSON; - for stdin", "一个请求(JSON); - 为标准输入"), show_default=False
        ),
    ],
    explain: Annotated[
        bool, typer.Option("--explain", help=say("also the text that was hashed", "同时显示参与哈希的文本"))
    ] = False,
    show_secret: Annotated[
        bool, typer.Option("--show-secret", help=say("do not mask secrets in it", "不遮盖其中的密钥"))
    ] = False,
    kind: Annotated[
        str | None,
        typer.Option(
            "--as", help=say("spi, tmc or push instead of a gateway request", "按 spi、tmc 或 push 计算")
        ),
    ] = None,
) -> None:
    from omnishop import registry

    codec = registry.adapter(platform).codec
    vector = _vector(file)
    try:
        signature, text = codec.sign(vector, kind)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise ConfigError(
            f"{file} is not a request that can be signed: {type(problem).__name__} {_field_of(problem)}",
            zh=f"{file} 不是可签名的请求: {type(problem).__name__} {_field_of(problem)}",
            platform=platform,
        ) from None
    line(signature)
    if explain:
        line(text if show_secret else _masked(text, vector))


def _vector(file: Path) -> dict[str, Any]:
    try:
        vector = msgspec.json.decode(_content(file))
    except msgspec.DecodeError as problem:
        raise ConfigError(f"{file} is not JSON: {problem}", zh=f"{file} 不是 JSON: {problem}") from None
    if not isinstance(vector, dict) or "vectors" in vector:
        raise ConfigError(
            f"{file} must hold one JSON object: one request with its app_secret or secret",
            zh=f"{file} 应只含一个 JSON 对象: 一个请求及其 app_secret 或 secret",
        )
    return vector


def _field_of(problem: Exception) -> str:
    """A missing key is named; what another error says may hold a value."""
    return repr(problem.args[0]) if isinstance(problem, KeyError) and problem.args else ""


def _masked(text: str, vector: dict[str, Any]) -> str:
    """Without the secrets: the app's own, and the sessions among the parameters."""
    params = vector.get("params")
    hidden = {name: vector.get(name) for name in (*_SECRETS, *_SESSIONS)}
    if isinstance(params, dict):
        hidden |= {name: params[name] for name in _SESSIONS if name in params}
    for name, value in sorted(hidden.items(), key=lambda item: -len(str(item[1]))):
        if isinstance(value, str) and value:
            text = text.replace(value, f"<{name}>")
    return text


def schema(
    name: Annotated[
        str | None,
        typer.Argument(
            help=say(
                "order, case, facts, verdict …; none lists them", "order、case、facts、verdict 等; 省略则列出"
            )
        ),
    ] = None,
) -> None:
    from omnishop import jsonform

    if name is None:
        for each in (*jsonform.TYPES, *_JUDGED):
            line(each)
    elif name in jsonform.TYPES:
        json_text(jsonform.schema(name))
    elif name in _JUDGED:
        installed()
        from omnishop.policy.reading import schema as judged

        json_text(judged(name))
    else:
        known = ", ".join((*jsonform.TYPES, *_JUDGED))
        raise ConfigError(
            f"no record type {name!r}; there are: {known}", zh=f"没有记录类型 {name!r}; 可用: {known}"
        )
