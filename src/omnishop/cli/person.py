"""Who sits here, as the book of deeds calls them: the user of this machine, whatever they say of themselves."""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING, Annotated

import typer

from omnishop.cli.words import say
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from omnishop.store import Store

Unmask = Annotated[
    bool,
    typer.Option(
        "--unmask",
        help=say(
            "with people's data; needs the right see_persons and --why, and is written down",
            "显示个人信息; 须有 see_persons 权限并用 --why 说明原因, 会被记录",
        ),
    ),
]
Why = Annotated[str | None, typer.Option(help=say("what for", "原因"), show_default=False)]


def here() -> str:
    try:
        import pwd
    except ImportError:
        return getpass.getuser()
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def noted(store: Store, deed: str, *, about: str | None = None, why: str | None = None) -> None:
    from omnishop import clock
    from omnishop.store.entitlements import Deed

    store.audit.note(Deed(clock.now(), here(), deed, about=about, why=why))


def may_see(store: Store, place: tuple[str, str], about: str, why: str | None) -> None:
    """Before a person's data is printed. ConfigError without the right, or without a reason."""
    from omnishop import clock

    if not (why or "").strip():
        raise ConfigError("--unmask wants a reason: --why TEXT", zh="--unmask 须说明原因: --why 文本")
    store.entitlements.seen(here(), place, about, str(why), now=clock.now())
