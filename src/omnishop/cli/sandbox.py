"""`sandbox serve` and `sandbox info`: simulated platforms on a port, and what is in them."""

from __future__ import annotations

import gc
import os
import secrets
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from omnishop.cli.show import json_line, line, table
from omnishop.cli.words import say
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from datetime import datetime

_TOKEN = "OMNISHOP_CONTROL_TOKEN"  # noqa: S105 - the variable's name

ORDERS = 90
"""As `sandbox.simulation.DEFAULT_ORDERS`, which would have to be imported to show help."""

group = typer.Typer(no_args_is_help=True, help=say("Simulated platforms on a port.", "本机模拟平台。"))


def join(app: typer.Typer) -> None:
    app.add_typer(group, name="sandbox")


@group.command(
    help=say("Serve simulated platforms until SIGTERM or Ctrl-C.", "启动模拟平台, 直至 SIGTERM 或 Ctrl-C。")
)
def serve(
    host: Annotated[str, typer.Option(help=say("address to listen on", "监听地址"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help=say("0: any free one", "0 为自动选择"))] = 0,
    seed: Annotated[int, typer.Option(help=say("same seed, same world", "种子相同则数据相同"))] = 1,
    orders: Annotated[
        int,
        typer.Option(
            min=0,
            max=100_000,
            help=say("orders of each shop", "每店订单数"),
        ),
    ] = ORDERS,
    now: Annotated[
        str | None,
        typer.Option(
            help=say(
                "start there, as 2026-03-18T10:00:00, and stand still",
                "世界时间从此开始并静止, 如 2026-03-18T10:00:00",
            )
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=say("the ready line as JSON", "以 JSON 输出就绪信息"))
    ] = False,
) -> None:
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    gc.disable()  # nothing that is loaded now will ever be garbage: a tenth faster to the ready line
    try:
        from omnishop.sandbox.server import Sandbox
        from omnishop.serving import bind
    except ModuleNotFoundError as missing:
        raise ConfigError(
            f"the simulators need {missing.name}: pip install 'omnishop[sandbox]'",
            zh=f"模拟平台缺少 {missing.name}: pip install 'omnishop[sandbox]'",
        ) from None
    from omnishop.sandbox.loopback import is_loopback
    from omnishop.sandbox.simulation import Simulation
    from omnishop.telemetry.writing import logs

    start = None if now is None else moment(now, "--now")
    bound = bind(host, port)
    token = None if is_loopback(host) else os.environ.get(_TOKEN) or secrets.token_urlsafe(24)
    world = Simulation.new(seed=seed, orders=orders, now=start)
    if not world.faces:
        raise ConfigError(
            "no platform is installed: pip install omnishop-taobao omnishop-jd omnishop-douyin",
            zh="未安装任何平台: pip install omnishop-taobao omnishop-jd omnishop-douyin",
        )
    running = Sandbox(world, control_token=token, bound=bound)
    gc.freeze()
    gc.enable()
    with logs():
        running.run(lambda: announce(running.ready(), as_json=as_json))


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """Before the server has its own handler: to be stopped is how this command ends."""
    sys.exit(0)


def announce(ready: dict[str, Any], *, as_json: bool) -> None:
    """The ready line."""
    if as_json:
        json_line(ready)
    else:
        _tell(ready)
        line(say("Ctrl-C stops it. Next, in another terminal:", "Ctrl-C 停止。接下来可在另一终端执行:"))
        line(f"  omnishop shops add --sandbox {ready['url']}")
    sys.stdout.flush()


def _tell(ready: dict[str, Any]) -> None:
    line(f"{say('simulated platforms at', '模拟平台地址')}: {ready['url']}")
    if "control_token" in ready:
        line(f"{say('control token', '控制令牌')}: {ready['control_token']}")
    table(
        (say("storefront", "店铺类型"), say("shop", "店铺"), say("name", "名称"), say("gateway", "网关")),
        [(shop["storefront"], shop["shop_id"], shop["name"], shop["gateway"]) for shop in ready["shops"]],
    )


@group.command(
    help=say("What a running world holds: shops, time, counts.", "查看运行中的模拟平台: 店铺、时间、数量。")
)
def info(
    url: Annotated[
        str, typer.Argument(help=say("the address of the ready line", "就绪信息中的地址"), show_default=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help=say("as JSON", "以 JSON 输出"))] = False,
) -> None:
    from collections import Counter

    from omnishop.engine.simulated import World
    from omnishop.model import from_unix, iso

    with World.at(url) as world:
        ready, state = world.shops(), world.state()
    now = iso(from_unix(state["now_s"]))
    counts = {
        what: Counter((row["platform"], row["shop_id"]) for row in state[what])
        for what in ("orders", "cases", "reviews")
    }
    shops = [
        {key: shop[key] for key in ("platform", "storefront", "shop_id", "name", "gateway")}
        | {what: counts[what][shop["platform"], shop["shop_id"]] for what in counts}
        for shop in ready["shops"]
    ]
    if as_json:
        json_line({"url": ready["url"], "control": ready["control"], "now": now, "shops": shops})
        return
    line(f"{ready['url']}  {now}")
    table(
        (
            say("storefront", "店铺类型"),
            say("shop", "店铺"),
            say("name", "名称"),
            say("orders", "订单"),
            say("cases", "售后"),
            say("reviews", "评价"),
            say("gateway", "网关"),
        ),
        [
            (
                row["storefront"],
                row["shop_id"],
                row["name"],
                *(str(row[what]) for what in counts),
                row["gateway"],
            )
            for row in shops
        ],
        right=(3, 4, 5),
    )


_FIRST, _LAST = 2000, 2100
"""Years people mean: a world needs some before and after it."""


def moment(text: str, option: str) -> datetime:
    """A time as people type it."""
    from omnishop.model import aware

    try:
        when = aware(text)
        if _FIRST <= when.year < _LAST:
            return when
        raise ConfigError(
            f"{option} must lie between the years {_FIRST} and {_LAST}: {text!r}",
            zh=f"{option} 须在 {_FIRST} 年至 {_LAST} 年之间: {text!r}",
        )
    except ValueError:
        raise ConfigError(
            f"{option} is not a time: {text!r}; write 2026-03-18 or 2026-03-18T10:00:00 (Beijing) or with +08:00",
            zh=f"{option} 不是时间: {text!r}; 请写作 2026-03-18 或 2026-03-18T10:00:00 (北京时间)",
        ) from None
