"""What may be said with an act on the command line: every option once, and how it is read."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnishop.cli.words import say
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from omnishop.acts import Evidence
    from omnishop.model import Fen


def _argument(en: str, zh: str) -> Any:
    return typer.Argument(help=say(en, zh), show_default=False)


def option(en: str, zh: str, *names: str, least: int | None = None) -> Any:
    return typer.Option(*names, help=say(en, zh), show_default=False, min=least)


Platform = Annotated[str, _argument("taobao, jd or douyin", "taobao、jd 或 douyin")]
ShopName = Annotated[str, _argument("shop_id or alias", "店铺 ID 或别名")]
Id = Annotated[str, _argument("id or source:id", "ID 或 来源:ID")]
Act = Annotated[str, _argument("agree, refuse, refund …; see `may`", "agree、refuse、refund 等, 见 `may`")]
DryRun = Annotated[bool, option("show the request, send nothing", "仅显示请求, 不发送", "--dry-run")]
Yes = Annotated[bool, option("do not ask", "不再询问", "--yes")]
Json = Annotated[bool, option("JSON lines", "逐行 JSON", "--json")]

SAID: Mapping[str, Any] = {
    "reason": Annotated[
        str | None,
        option("the platform's reason code; see `case reasons`", "平台原因码, 见 `case reasons`"),
    ],
    "text": Annotated[str | None, option("what is said or noted", "说明、留言或备注")],
    "evidence": Annotated[
        list[str] | None,
        option("a file, or an address the platform can fetch; may be repeated", "凭证文件或网址; 可重复"),
    ],
    "address": Annotated[
        str | None,
        option("id of a return address; see `shops addresses`", "退货地址 ID, 见 `shops addresses`"),
    ],
    "carrier": Annotated[
        str | None, option("the platform's code or name of the carrier", "物流公司, 平台的代码或名称")
    ],
    "tracking": Annotated[str | None, option("waybill", "运单号")],
    "lines": Annotated[list[str] | None, option("ID=PIECES; may be repeated", "行ID=件数; 可重复", "--line")],
    "good": Annotated[int | None, option("pieces that came back intact", "退回完好件数", least=0)],
    "bad": Annotated[int | None, option("pieces that came back damaged", "退回损坏件数", least=0)],
    "days": Annotated[int | None, option("days", "天数", least=1)],
    "code": Annotated[str | None, option("the code the platform sent by SMS", "平台短信验证码")],
    "amount": Annotated[
        str | None, option("yuan; refused if it is not what was applied for", "金额(元), 仅作核对")
    ],
    "ceiling": Annotated[
        str | None, option("yuan: the most, where no ceiling is known", "金额上限(元), 平台未提供时必填")
    ],
    "reject_refund": Annotated[
        bool, option("ship although a refund was asked", "买家申请退款时仍然发货", "--reject-refund")
    ],
    "by": Annotated[str, option("who does it, as the platform may show it", "操作人, 平台可能展示", "--by")],
}

OF_A_CASE = tuple(SAID)
OF_AN_ORDER = ("text", "carrier", "tracking", "lines", "days", "by")
OF_A_REVIEW = ("text", "by")


def with_options(names: Iterable[str]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command that takes `**said` these options by name."""

    def given(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True)
        fixed = [each for each in own.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
        options = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=_default(name), annotation=SAID[name]
            )
            for name in names
        ]
        first = [each for each in fixed if each.default is inspect.Parameter.empty]
        last = [each for each in fixed if each.default is not inspect.Parameter.empty]
        parameters = [*first, *options, *last]
        keyword = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in parameters]
        command.__dict__["__signature__"] = own.replace(parameters=keyword)
        command.__annotations__ = {each.name: each.annotation for each in parameters}
        return command

    return given


def _default(name: str) -> Any:
    return {"reject_refund": False, "by": ""}.get(name)


# ---------------------------------------------------------------- reading them


def read(said: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of `Ask`. ConfigError for what cannot be read."""
    found = dict(said)
    for name in ("amount", "ceiling"):
        if name in found:
            found[name] = fen_of(found[name], f"--{name}")
    if "lines" in found:
        found["lines"] = _lines(found["lines"] or ())
    if "evidence" in found:
        found["evidence"] = tuple(_evidence(each) for each in found["evidence"] or ())
    return found


def fen_of(text: str | None, flag: str) -> Fen | None:
    from omnishop.model import fen_from_yuan

    if text is None:
        return None
    try:
        found = fen_from_yuan(text)
    except (ValueError, ArithmeticError):
        found = None
    if found is None or found < 0:
        raise ConfigError(
            f"{flag}: not yuan: {text!r}; write 12.30", zh=f"{flag}: 不是金额: {text!r}; 例如 12.30"
        )
    return found


def _lines(pairs: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for pair in pairs:
        line_id, _, pieces = pair.partition("=")
        if not (line_id and pieces.isascii() and pieces.isdigit() and int(pieces)):
            raise ConfigError(
                f"--line: write ID=PIECES, not {pair!r}", zh=f"--line: 格式为 行ID=件数, 而非 {pair!r}"
            )
        if line_id in found:
            raise ConfigError(f"--line: {line_id} is there twice", zh=f"--line: {line_id} 重复")
        found[line_id] = int(pieces)
    return found


_KINDS = {
    ".jpg": "image",
    ".jpeg": "image",
    ".png": "image",
    ".gif": "image",
    ".mp4": "video",
    ".mov": "video",
    ".mp3": "audio",
    ".txt": "text",
}


def _evidence(given: str) -> Evidence:
    """An address without an ending is taken for a picture; a file must say what it is."""
    from omnishop.acts import Evidence

    path = Path(given.partition("?")[0] if given.startswith(("http://", "https://")) else given)
    kind: Any = _KINDS.get(path.suffix.lower())
    if given.startswith(("http://", "https://")):
        return Evidence(kind or "image", path.name or "evidence", url=given)
    if kind is None:
        known = " ".join(_KINDS)
        raise ConfigError(
            f"--evidence: {given}: what it is is told by its ending, one of {known}",
            zh=f"--evidence: {given}: 须以扩展名表明类型: {known}",
        )
    try:
        return Evidence(kind, path.name, path.read_bytes())
    except OSError as problem:
        why = problem.strerror or type(problem).__name__
        raise ConfigError(
            f"--evidence: {given} cannot be read ({why})", zh=f"--evidence: 无法读取 {given} ({why})"
        ) from None
