"""`keys`: what the database is sealed with, new keys for it, and another key for the home."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from omnishop.cli.opened import opened
from omnishop.cli.person import noted
from omnishop.cli.secret_input import interactive
from omnishop.cli.show import aside, json_line, line, table
from omnishop.cli.words import say, told
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from omnishop.config import Key
    from omnishop.store import Store

group = typer.Typer(
    no_args_is_help=True,
    help=say("What the database is sealed with.", "数据库加密所用的密钥。"),
)
_PLACES = ("environment", "keyring", "file")
Json = Annotated[bool, typer.Option("--json", help=say("JSON lines", "逐行 JSON"))]


def join(app: typer.Typer) -> None:
    app.add_typer(group, name="keys")


@group.command(
    "list",
    help=say(
        "The home's key and the data keys, with how many rows each seals.",
        "主密钥与各数据密钥, 及其加密的行数。",
    ),
)
def list_(as_json: Json = False) -> None:
    from omnishop.model import iso
    from omnishop.store.resealing import lying_open, needed

    with opened() as store:
        origin = store.key.origin()
        entries = [each for each in store.ring.entries() if each.purpose == "data"]
        rows = [(each, needed(store.engine, each.id)) for each in entries]
        plain = lying_open(store.engine)
    if as_json:
        json_line({"key": "home", "place": origin.place, "where": origin.where})
        for each, count in rows:
            retired = None if each.retired_at is None else iso(each.retired_at)
            json_line({"key": each.id, "made_at": iso(each.made_at), "retired_at": retired, "rows": count})
        json_line({"key": None, "rows": plain})
        return
    line(f"{say('home key', '主密钥')}: {origin.where}: {told(origin.guards)}")
    shown = [
        (
            each.id,
            iso(each.made_at.replace(microsecond=0)),
            say("in use", "使用中") if each.retired_at is None else say("being replaced", "更换中"),
            str(count),
        )
        for each, count in rows
    ]
    if plain:
        shown.append(("–", "", say("not sealed", "未加密"), str(plain)))
    headings = (
        say("data key", "数据密钥"),
        say("made", "生成时间"),
        say("state", "状态"),
        say("rows", "行数"),
    )
    table(headings, shown, right=(3,))
    if plain or len(rows) > 1:
        line(say("Next: omnishop keys seal", "下一步: omnishop keys seal"))


@group.command(
    help=say(
        "A new data key; every row is sealed anew, beside whoever works. May be stopped and called again.",
        "更换数据密钥并逐行重新加密, 不影响正在运行的进程; 可随时中断后再执行。",
    )
)
def rotate() -> None:
    from omnishop import clock

    with opened() as store:
        unfinished = [each for each in store.ring.entries() if each.purpose == "data" and each.retired_at]
        if unfinished:
            aside(say("the rotation before this one is finished first", "先完成上一次未完成的更换"))
        else:
            noted(store, "rotate", about=store.ring.add(clock.now()))
        _seal(store)


@group.command(
    help=say(
        "Seal what an older version left open, and finish a rotation that was stopped.",
        "加密旧版本留下的明文, 并完成中断的更换。",
    )
)
def seal() -> None:
    with opened() as store:
        store.key  # noqa: B018 - a database without a ring gets its first one
        _seal(store)


def _seal(store: Store) -> None:
    from omnishop.cli.progress import progress
    from omnishop.store.resealing import reseal, tidied

    with progress(say("sealing", "加密"), quiet_first=True) as tell:
        moved = reseal(store.engine, store.ring, lambda so_far: tell("", so_far.rows))
    line(say(f"{moved.rows} rows sealed", f"已加密 {moved.rows} 行"))
    if moved.lay_open and not tidied(store.engine):
        aside(
            say(
                f"{moved.lay_open} rows had lain open: what they were may still stand in unused pages; "
                "VACUUM FULL these tables, and replace backups",
                f"其中 {moved.lay_open} 行原为明文, 空闲页中可能仍有残留; 请执行 VACUUM FULL 并更换备份",
            )
        )


@group.command(
    help=say(
        "Another key for the home: the ring of data keys is sealed anew, nothing else.",
        "更换主密钥: 仅重新加密数据密钥, 不触及其他数据。",
    )
)
def rehome(
    to: Annotated[
        str,
        typer.Option(
            help=say(
                "environment (the new text comes from OMNISHOP_NEW_KEY, stdin or a prompt), keyring or file",
                "environment (新口令取自 OMNISHOP_NEW_KEY、标准输入或提示输入)、keyring 或 file",
            )
        ),
    ],
    stdin: Annotated[
        bool, typer.Option("--stdin", help=say("the new text from stdin", "从标准输入读取新口令"))
    ] = False,
) -> None:
    if to not in _PLACES:
        raise ConfigError(f"--to is one of {', '.join(_PLACES)}", zh=f"--to 可为 {', '.join(_PLACES)}")
    with opened() as store:
        store.key  # noqa: B018 - the old key must open the ring before a new one is made
        new = _from_text(stdin=stdin) if to == "environment" else store.home.new_key(in_ring=to == "keyring")
        if new.id == store.key.id:
            raise ConfigError("that is the key it has", zh="新口令与现有主密钥相同")
        noted(store, "rehome", about=new.id)
        store.ring.rehome(new)
        if to != "environment":
            store.home.next_key(new.id)
    line(_what_now(to, in_environment=store.home.key_said))


def _what_now(to: str, *, in_environment: bool) -> str:
    if to == "environment":
        return say(
            "done: set OMNISHOP_KEY to the new text wherever omnishop runs; processes that run go on meanwhile",
            "完成: 请在所有运行 omnishop 之处将 OMNISHOP_KEY 改为新口令; 正在运行的进程不受影响",
        )
    if in_environment:
        return say(
            "done: unset OMNISHOP_KEY, the key of the home counts from now on",
            "完成: 请取消 OMNISHOP_KEY, 今后以数据目录的密钥为准",
        )
    return say(
        "done; key.old opens backups that were made before: keep it with them, or remove it",
        "完成; key.old 可打开此前的备份: 请与备份一同保存, 或删除",
    )


def _from_text(*, stdin: bool) -> Key:
    from omnishop import keys

    text = os.environ.get("OMNISHOP_NEW_KEY", "").strip()
    if stdin:
        text = sys.stdin.read().strip()
    elif not text and interactive():
        text = typer.prompt(say("new key", "新口令"), hide_input=True, confirmation_prompt=True).strip()
    if not text:
        raise ConfigError(
            "the new key is missing: OMNISHOP_NEW_KEY, --stdin, or a terminal to ask on",
            zh="缺少新口令: 请设 OMNISHOP_NEW_KEY, 或用 --stdin, 或在终端中运行",
        )
    return keys.from_text(text)
