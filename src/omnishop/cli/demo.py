"""`demo`: simulated platforms, four shops, one pull, one table of cases over all of them."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import msgspec
import typer

from omnishop.cli.opened import calm_retries
from omnishop.cli.pull import brought, complain
from omnishop.cli.record_tables import case_table, urgent_first
from omnishop.cli.sandbox import moment
from omnishop.cli.show import line, table
from omnishop.cli.words import say, speak
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from omnishop.model import Case
    from omnishop.sandbox.server import Sandbox
    from omnishop.store import Store

ORDERS = 30
"""Fewer than the simulators' default, so that the table can be read at once."""

FACTS = "demo.toml"
_THEIR_FAULT = 3


def join(app: typer.Typer) -> None:
    app.command(
        "demo",
        help=say(
            "Simulated shops of every platform, pulled and shown as one list. Leaves nothing behind.",
            "模拟各平台店铺, 同步后汇总为一张列表。不留任何数据。",
        ),
    )(demo)


def demo(
    keep: Annotated[
        Path | None,
        typer.Option(
            help=say("keep the store in this new directory", "将数据保留在此新目录"), show_default=False
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help=say("same seed, same world", "种子相同则数据相同"))] = 1,
    orders: Annotated[
        int, typer.Option(min=1, max=10_000, help=say("orders of each shop", "每店订单数"))
    ] = ORDERS,
    now: Annotated[
        str | None,
        typer.Option(
            help=say("as if it were then: the same list at any time", "假定当前为此时间, 结果可重现"),
            show_default=False,
        ),
    ] = None,
) -> None:
    with _home(keep) as (path, env), _world(seed, orders, now) as (world, began):
        report = _show(path, env, world)
        if keep is not None:
            _write_facts(path, world.url, seed, orders, began)
        url = world.url
    _next(None if keep is None else path, url, seed, orders, began)
    if not report:
        raise typer.Exit(_THEIR_FAULT)


@contextmanager
def _home(keep: Path | None) -> Iterator[tuple[Path, Mapping[str, str]]]:
    """A home that ends with the demo, or one to keep. The first has its own key: nothing goes to a keyring."""
    if keep is not None:
        if keep.exists() and any(keep.iterdir()):
            raise ConfigError(f"{keep} is not empty; name a new directory", zh=f"{keep} 非空, 请指定新目录")
        yield keep.absolute(), os.environ
        return
    with tempfile.TemporaryDirectory(prefix="omnishop-demo-") as path:
        yield Path(path), {**os.environ, "OMNISHOP_KEY": secrets.token_hex(16)}


@contextmanager
def _world(seed: int, orders: int, then: str | None) -> Iterator[tuple[Sandbox, datetime]]:
    try:
        from omnishop.sandbox.server import Sandbox
    except ModuleNotFoundError as missing:
        raise ConfigError(
            f"the simulators need {missing.name}: pip install 'omnishop[sandbox]'",
            zh=f"模拟平台缺少 {missing.name}: pip install 'omnishop[sandbox]'",
        ) from None
    from omnishop import clock
    from omnishop.sandbox.simulation import Simulation

    now = clock.now().replace(microsecond=0) if then is None else moment(then, "--now")
    with Sandbox(Simulation.new(seed=seed, orders=orders, now=now)) as world:
        yield world, now


def _show(path: Path, env: Mapping[str, str], world: Sandbox) -> bool:
    from omnishop import clock
    from omnishop.config import Home
    from omnishop.engine.simulated import World, register
    from omnishop.store import Store

    home = Home.find(path, env, database="sqlite:///omnishop.db")  # never the one that others share
    speak(home.lang())
    calm_retries()
    line(say(f"Simulated platforms at {world.url}", f"模拟平台已启动: {world.url}"))
    sys.stdout.flush()
    with Store.open(home) as store, World.at(world.url) as door:
        shops = register(store, door, now=clock.now())
        report = brought(store, list(shops))
        present = door.now()
        cases = urgent_first(cast("list[Case]", store.records.list("case")))
        title = say(
            "After-sales cases over all storefronts, the most urgent first", "全部平台的售后单, 最紧急在前"
        )
        line("")
        case_table(cases, lambda _case: present, title, ids=False)
        line("")
        _counts(store)
    for each in report.shops:
        complain(each)
    return report.ok


def _counts(store: Store) -> None:
    counted = {
        record: Counter(each.storefront for each in cast("list[Any]", store.records.list(record)))
        for record in ("order", "case", "review")
    }
    waiting = Counter(
        each.storefront for each in cast("list[Any]", store.records.list("case")) if each.stage == "requested"
    )
    fronts = [shop.storefront for shop in store.shops.list()]
    rows = [
        (front, *(str(counted[record][front]) for record in counted), str(waiting[front])) for front in fronts
    ]
    total = (*(str(sum(counts.values())) for counts in counted.values()), str(sum(waiting.values())))
    table(
        (
            say("storefront", "店铺类型"),
            say("orders", "订单"),
            say("cases", "售后单"),
            say("reviews", "评价"),
            say("cases that wait for the shop", "待商家处理"),
        ),
        [*rows, (say("all", "合计"), *total)],
        right=(1, 2, 3, 4),
    )


def _write_facts(path: Path, url: str, seed: int, orders: int, now: datetime) -> None:
    """What it takes to start the same world again."""
    from omnishop.model import iso

    facts = {
        "url": url,
        "seed": seed,
        "orders": orders,
        "now": iso(now),
        "serve": _serve(url, seed, orders, now),
    }
    text = "".join(f"{name} = {msgspec.json.encode(value).decode()}\n" for name, value in facts.items())
    (path / FACTS).write_text(text, encoding="utf-8")


def _serve(url: str, seed: int, orders: int, now: datetime) -> str:
    from omnishop.model import iso

    port = url.rpartition(":")[2]
    return f"sandbox serve --port {port} --seed {seed} --orders {orders} --now {iso(now)}"


def _next(path: Path | None, url: str, seed: int, orders: int, now: datetime) -> None:
    me = _me()
    line("")
    if path is None:
        line(say("Nothing was left behind. Next:", "未保留任何数据。接下来可以:"))
        _command(
            f"{me} demo --keep omnishop-demo", say("the same, kept to look around in", "再次运行并保留数据")
        )
        _command(
            f"{me} sandbox serve", say("simulated platforms for your own program", "为您的程序启动模拟平台")
        )
        _command(f"{me} shops add --help", say("your own shops", "接入您自己的店铺"))
        return
    home = f"OMNISHOP_HOME={_quoted(str(path))}" + (
        " OMNISHOP_DATABASE=" * bool(os.environ.get("OMNISHOP_DATABASE"))
    )
    line(
        say(
            f"Kept in {path}. The simulators have stopped. Next:",
            f"数据保留在 {path}, 模拟平台已停止。接下来可以:",
        )
    )
    _command(f"{home} {me} cases list --open --urgent", say("the open cases", "未结束的售后单"))
    _command(f"{home} {me} orders list --limit 10", say("the latest orders", "最新订单"))
    _command(
        f"{me} {_serve(url, seed, orders, now)}",
        say("the same platforms again, for `pull`", "重新启动相同的模拟平台, 供 `pull` 使用"),
    )


def _command(text: str, why: str) -> None:
    line(f"  {text}    # {why}")


def _me() -> str:
    """How this program was called, so that the next commands work where this one did."""
    called = sys.argv[0] if sys.argv else "omnishop"
    if Path(called).name == "__main__.py":
        return "python -m omnishop"
    if Path(called).name != "omnishop" or shutil.which("omnishop") == str(Path(called).absolute()):
        return "omnishop"
    absolute = Path(called).absolute()
    here = Path.cwd()
    return _quoted(str(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute))


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)
