"""`listen`: take what platforms tell, and read again what they told about."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from omnishop.cli.opened import opened, some_shop
from omnishop.cli.show import aside, json_line, line
from omnishop.cli.watched import Metrics, addresses, observed
from omnishop.cli.words import say
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from omnishop.listen import Listener


def join(app: typer.Typer) -> None:
    app.command(
        "listen",
        help=say(
            "Take pushes and empty message queues until SIGTERM or Ctrl-C.",
            "接收平台推送与消息队列, 直至 SIGTERM 或 Ctrl-C。",
        ),
    )(listen)


def listen(
    host: Annotated[str, typer.Option(help=say("address to listen on", "监听地址"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help=say("0: any free one", "0 为自动选择"))] = 0,
    metrics: Metrics = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=say("the ready line as JSON", "以 JSON 输出就绪信息"))
    ] = False,
) -> None:
    addresses(metrics)
    try:
        from omnishop.listen import Listener
    except ModuleNotFoundError as missing:
        raise ConfigError(
            f"listening needs {missing.name}: pip install 'omnishop[listen]'",
            zh=f"接收推送缺少 {missing.name}: pip install 'omnishop[listen]'",
        ) from None
    from omnishop.engine.simulated import present

    with opened() as store:
        some_shop(store)
        _ = store.ring.home_key  # with another key nothing could be verified or kept
        with observed(store, metrics) as page:
            listener = Listener(store, present=present(), host=host, port=port)
            listener.handed()  # a wrong setting is said before anything is served
            listener.run(lambda: _announce(listener, page, as_json=as_json))
        _farewell(listener)


def _announce(listener: Listener, page: str | None, *, as_json: bool) -> None:
    sockets = [stored.name for stored in listener.handed()]
    queues = [stored.name for stored in listener.channels() if stored.name not in sockets]
    if as_json:
        watched = {} if page is None else {"metrics": f"{page}/metrics", "health": f"{page}/health"}
        json_line(
            {"url": listener.url, "hooks": listener.hooks(), "queues": queues, "sockets": sockets, **watched}
        )
    else:
        line(f"{say('listening at', '监听地址')}: {listener.url}")
        for platform, address in listener.hooks().items():
            line(f"  {platform}: {address}")
        for name in queues:
            line(say(f"  asking the queue of {name}", f"  轮询消息队列: {name}"))
        for name in sockets:
            line(say(f"  the queue of {name} over a WebSocket", f"  WebSocket 消息队列: {name}"))
        if page is not None:
            line(say(f"  metrics: {page}/metrics", f"  监控指标: {page}/metrics"))
        line(say("Ctrl-C stops it.", "Ctrl-C 停止。"))
    sys.stdout.flush()


def _farewell(listener: Listener) -> None:
    tally, worked = listener.receiver.tally, listener.worked
    aside(
        say(
            f"{tally.taken} pushes taken, {tally.new} new messages, {tally.forged} not genuine; "
            f"{worked.taken} messages worked off, {worked.given_up} given up",
            f"接收推送 {tally.taken} 次, 新消息 {tally.new} 条, 验签失败 {tally.forged} 次; "
            f"已处理消息 {worked.taken} 条, 放弃 {worked.given_up} 条",
        )
    )
