"""Where secrets come from: stdin, environment, a prompt that does not echo; flags for simulated keys only."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec
import typer

from omnishop.cli.words import say
from omnishop.errors import ConfigError

SECRETS = ("app_secret", "access_token", "refresh_token", "operator_token")
"""In the order of lines on stdin; as variables: OMNISHOP_APP_SECRET and so on."""


def only_simulated(flags: Mapping[str, str | None], gateway: str | None) -> None:
    """A real secret on the command line stays in the shell's history and in the list of processes."""
    from omnishop.sandbox.loopback import is_loopback

    used = [f"--{name.replace('_', '-')}" for name in SECRETS if flags[name] is not None]
    host = urlsplit(gateway).hostname if gateway else None
    if used and not (host and is_loopback(host)):
        raise ConfigError(
            f"{', '.join(used)}: flags are for simulated keys with a loopback --gateway; "
            "give real secrets by prompt, --secret-stdin or environment (OMNISHOP_APP_SECRET …)",
            zh=f"{', '.join(used)}: 命令行密钥仅限本机模拟平台(--gateway 为本机地址); "
            "真实密钥请通过提示输入、--secret-stdin 或环境变量(OMNISHOP_APP_SECRET 等)提供",
        )


def secrets_given(flags: Mapping[str, str | None], *, from_stdin: bool) -> dict[str, str | None]:
    """The first source that has them: flags, stdin, environment, prompt."""
    given = dict(flags)
    read = _from_lines(sys.stdin.read()) if from_stdin else {}
    for name in SECRETS:
        given[name] = given[name] or read.get(name) or os.environ.get(f"OMNISHOP_{name.upper()}") or None
    if given["app_secret"] is None:
        if from_stdin or not interactive():
            raise ConfigError(
                "the app's secret is missing: OMNISHOP_APP_SECRET, --secret-stdin, or a terminal to ask on",
                zh="缺少应用密钥: 请设 OMNISHOP_APP_SECRET, 或用 --secret-stdin, 或在终端中运行",
            )
        given["app_secret"] = typer.prompt(say("app secret", "应用密钥"), hide_input=True)
        if given["access_token"] is None:
            asked = say("access token (empty: log in later)", "店铺令牌(留空则稍后授权)")
            given["access_token"] = (
                typer.prompt(asked, hide_input=True, default="", show_default=False) or None
            )
    return given


def _from_lines(text: str) -> dict[str, str]:
    """A JSON object, or lines: `name=value`, or bare values in the order of SECRETS."""
    if text.lstrip().startswith("{"):
        try:
            told = msgspec.json.decode(text, type=dict[str, str | None])
        except msgspec.DecodeError:
            raise ConfigError(
                "stdin is not a JSON object of texts", zh="标准输入不是由文本组成的 JSON 对象"
            ) from None
        unknown = sorted(set(told) - set(SECRETS))
        if unknown:
            raise ConfigError(
                f"stdin names {', '.join(unknown)}; it may name {', '.join(SECRETS)}",
                zh=f"标准输入含未知字段 {', '.join(unknown)}; 可用: {', '.join(SECRETS)}",
            )
        return {name: value for name, value in told.items() if value}
    found: dict[str, str] = {}
    bare = iter(SECRETS)
    for each in filter(None, map(str.strip, text.splitlines())):
        name, equals, value = each.partition("=")
        if equals and name.strip() in SECRETS:
            found[name.strip()] = value.strip()
        else:
            found[next(bare, "operator_token")] = each
    return found


def interactive() -> bool:
    """Whether there is someone to ask."""
    return sys.stdin.isatty()
