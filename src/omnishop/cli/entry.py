"""The program `omnishop`: its commands joined, its errors as one line, its exit codes."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer
from typer.main import get_command

from omnishop.cli import (
    acts,
    buyers,
    capabilities,
    choices,
    codec,
    demo,
    doctor,
    entitlements,
    erasing,
    health,
    inbox,
    keys,
    ledger,
    listen,
    login,
    policy,
    pull,
    quarantine,
    quotas,
    reconcile,
    records,
    report,
    rights,
    running,
    sandbox,
    shops,
)
from omnishop.cli.opened import choose
from omnishop.cli.show import aside, line
from omnishop.cli.words import language, say
from omnishop.errors import ConfigError, OmnishopError
from omnishop.lang import lang

DONE, OUR_FAULT, YOUR_INPUT, THEIR_FAULT = 0, 1, 2, 3
_STOPPED, _PIPE_CLOSED, _TERMINATED = 130, 141, 143

_UsageError = typer.BadParameter.__mro__[1]  # typer carries its own click, and does not name this one
"""Arguments that do not parse."""

app = typer.Typer(
    name="omnishop",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=say(
        "Orders, after-sales cases and reviews of every storefront in one model.",
        "各平台的订单、售后单与评价, 统一为一个模型。",
    ),
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        line(f"omnishop {version('omnishop')}")
        raise typer.Exit


@app.callback()
def _root(
    _version_wanted: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help=say("Print the version.", "显示版本。")
        ),
    ] = False,
    debug: Annotated[
        bool,
        typer.Option(
            "--debug",
            help=say(
                "Show tracebacks; also: OMNISHOP_DEBUG=1.", "显示完整错误堆栈; 亦可设 OMNISHOP_DEBUG=1。"
            ),
        ),
    ] = False,
    database: Annotated[
        str | None,
        typer.Option(
            "--database",
            metavar="URL",
            show_default=False,
            help=say(
                "sqlite:///path or postgresql://user@host/name; anywhere in the line; also: OMNISHOP_DATABASE.",
                "sqlite:///路径 或 postgresql://用户@主机/库名; 可写在命令任意位置; 亦可设 OMNISHOP_DATABASE。",
            ),
        ),
    ] = None,
) -> None:
    choose(database)
    if debug:
        os.environ["OMNISHOP_DEBUG"] = "1"


for part in (
    demo,
    sandbox,
    shops,
    login,
    pull,
    running,
    listen,
    inbox,
    reconcile,
    quarantine,
    quotas,
    records,
    acts,
    choices,
    ledger,
    rights,
    entitlements,
    keys,
    erasing,
    buyers,
    codec,
    policy,
    report,
    capabilities,
    doctor,
    erasing,
    health,
):
    part.join(app)


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run one command and end the process with its exit code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who started us
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - till the end
    code = run(args)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _no_reader()
    sys.exit(code)


def run(args: Sequence[str] | None = None) -> int:
    """One command; the exit code. Never a traceback, unless asked for one."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGTERM, _terminated)
    try:
        lang()
        line_of = _database_first(sys.argv[1:] if args is None else args)
        code: Any = _program()(line_of, prog_name="omnishop", standalone_mode=False)
    except BrokenPipeError:
        return _no_reader()
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # typer has met it first, and calls it 1
            return _no_reader()
        return end.code if isinstance(end.code, int) else DONE
    except BaseException as error:  # noqa: BLE001 - whatever it is, people get one line
        return _tell(error)
    return code if isinstance(code, int) else DONE


@cache
def _program() -> Any:
    """Built once: in a process that runs many commands it is most of their time."""
    return get_command(app)


def _database_first(args: Sequence[str]) -> list[str]:
    """`--database URL` is of the program, not of a command, and may stand anywhere before a bare `--`."""
    first: list[str] = []
    rest: list[str] = []
    given = iter(args)
    for each in given:
        if each == "--":
            return [*first, *rest, each, *given]
        if each == "--database":
            value = next(given, "")
            if not value or value.startswith("-"):
                raise ConfigError(
                    "--database needs an address after it: --database postgresql://user@host/name",
                    zh="--database 之后须给出地址: --database postgresql://用户@主机/库名",
                )
            first += [each, value]
        elif each.startswith("--database="):
            first.append(each)
        else:
            rest.append(each)
    return [*first, *rest]


def _tell(error: BaseException) -> int:
    if os.environ.get("OMNISHOP_DEBUG") and not isinstance(error, _UsageError):
        traceback.print_exception(error)
    if isinstance(error, OmnishopError):
        aside(_error(error.told(language())))
        ours = isinstance(error, ConfigError) and error.code is None  # with a code the platform said it
        return YOUR_INPUT if ours else THEIR_FAULT
    if isinstance(error, _UsageError):
        if type(error).__name__ == "NoArgsIsHelpError":
            return YOUR_INPUT  # the help is printed already
        aside(_error(_usage(error)))
        return YOUR_INPUT
    if isinstance(error, typer.Abort | KeyboardInterrupt):
        aside(say("stopped", "已停止"))
        return _STOPPED
    if isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        aside(_error(f"{error.strerror or type(error).__name__}{where}"))
        return YOUR_INPUT
    if (trouble := _of_database(error)) is not None:
        aside(_error(trouble))
        return YOUR_INPUT
    aside(_error(_bug(error)))
    return OUR_FAULT


def _of_database(error: BaseException) -> str | None:
    """What the database said when it cannot be written or read: a full disk, missing rights, a lock."""
    cause = getattr(error, "orig", None) or error
    if type(cause).__module__ != "sqlite3" or type(cause).__name__ != "OperationalError":
        return None
    return say(
        f"the database cannot be used: {cause}; check the disk, and the rights on OMNISHOP_HOME",
        f"数据库无法使用: {cause}; 请检查磁盘空间与 OMNISHOP_HOME 的权限",
    )


def _error(text: str) -> str:
    return f"{say('error', '错误')}: {text}"


def _usage(error: Any) -> str:
    told = " ".join(str(error.format_message()).split())
    context = getattr(error, "ctx", None)
    if context is None:
        return told
    return f"{told} ({say('see', '参见')}: {context.command_path} --help)"


def _bug(error: BaseException) -> str:
    """Where it happened, not what it said: the text may hold a secret or a buyer's name."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else "?"  # noqa: PTH119 - no path is built
    return say(
        f"a bug of ours: {type(error).__name__} at {where}; OMNISHOP_DEBUG=1 shows all of it",
        f"程序缺陷: {type(error).__name__} 于 {where}; 设 OMNISHOP_DEBUG=1 查看详情",
    )


def _no_reader() -> int:
    """The next program in the pipe has ended: so do we, without a word."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    return _PIPE_CLOSED


def _terminated(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(_TERMINATED)
