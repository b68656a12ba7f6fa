"""How results are printed: JSON lines, tables, and one line on stderr for what went wrong."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console

_PIPE_COLUMNS = 160
"""A table in a pipe is not cut to a terminal that is not there."""
_NARROW = 130


def line(text: str) -> None:
    sys.stdout.write(text + "\n")


def aside(text: str) -> None:
    """To people, not to the next program in a pipe."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def json_line(data: Any) -> None:
    line(msgspec.json.encode(data).decode())


def json_text(data: Any) -> None:
    """Indented, for one thing that is read by people too."""
    line(msgspec.json.format(msgspec.json.encode(data), indent=2).decode())


def raw_bytes(content: bytes, *, unmask: bool) -> None:
    """What a platform sent, byte for byte for whom may see it, else its JSON without people and secrets."""
    from omnishop.masking import masked, without_persons

    if not content:
        raise ConfigError(
            "what the platform sent is not kept any more: its days of retention are over, or its person was erased",
            zh="平台原始数据已不再保留: 已过保留期限, 或其个人信息已被清除",
        )
    if unmask:
        sys.stdout.flush()
        sys.stdout.buffer.write(content + b"\n")
        return
    try:
        told = json.loads(content, parse_float=lambda told: msgspec.Raw(told.encode()))
    except ValueError:
        raise ConfigError(
            f"{len(content)} bytes that are no JSON: people in them cannot be masked; see omnishop rights, --unmask",
            zh=f"{len(content)} 字节内容不是 JSON, 无法遮盖个人信息; 见 omnishop rights 与 --unmask",
        ) from None
    json_line(without_persons(masked(told)))


def console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    found = Console(stderr=stderr, highlight=False)
    if found.is_terminal or "COLUMNS" in os.environ:
        return found
    return Console(stderr=stderr, highlight=False, width=_PIPE_COLUMNS)


def narrow() -> bool:
    """Whether a table should leave out what can be asked for otherwise."""
    return console().width < _NARROW


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    title: str | None = None,
    right: Sequence[int] = (),
) -> None:
    """`right`: the columns of numbers. Words are wrapped, never cut."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True, header_style="bold"
    )
    drawn.title, drawn.title_justify = title, "left"
    for index, heading in enumerate(headings):
        drawn.add_column(heading, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    screen = console()
    if screen.is_terminal:
        screen.print(drawn)
        return
    with screen.capture() as plain:
        screen.print(drawn)
    for each in plain.get().splitlines():
        line(each.rstrip())
