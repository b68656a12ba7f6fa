"""`run`: pulls, follows what platforms tell, and keeps the clocks of cases, until it is stopped."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnishop.cli.opened import opened, some_shop
from omnishop.cli.packs import packs_in_force
from omnishop.cli.show import aside, json_line, line
from omnishop.cli.watched import Metrics, addresses, observed
from omnishop.cli.words import language, say
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from omnishop.listen import Listener
    from omnishop.policy.layers import Packs
    from omnishop.run.alone import Alone
    from omnishop.run.did import Did
    from omnishop.run.work import Work
    from omnishop.store import Store

_THEIR_FAULT, _AT_ONCE = 3, 143

Tell = Callable[["Did"], None]


class Queue(StrEnum):
    """Kinds of jobs; the names by which procrastinate knows their queues."""

    DEALING = "dealing"
    SHOPS = "shops"
    JUDGING = "judging"
    MESSAGES = "messages"
    QUEUES = "queues"
    DOUBTS = "doubts"


_LISTENING = frozenset({Queue.MESSAGES, Queue.QUEUES})


def join(app: typer.Typer) -> None:
    app.command(
        "run",
        help=say(
            "Keep everything going until SIGTERM or Ctrl-C: pull, follow queues and pushes, judge, clear up doubt.",
            "持续运行, 直至 SIGTERM 或 Ctrl-C: 同步、接收消息与推送、判断时效、核实存疑的写操作。",
        ),
    )(run)


def run(
    listen: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help=say("take pushes on this address as well", "同时在此地址接收推送"),
            show_default=False,
        ),
    ] = None,
    no_listen: Annotated[
        bool, typer.Option("--no-listen", help=say("leave queues and inbox alone", "不处理消息队列与收件箱"))
    ] = False,
    every: Annotated[
        int, typer.Option(min=1, metavar="SECONDS", help=say("a shop's news so often", "每隔多少秒同步一次"))
    ] = 60,
    compare: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="HOURS",
            help=say(
                "store and platform side by side so often; 0: never", "每隔多少小时对账一次; 0 为不对账"
            ),
        ),
    ] = 24,
    shop: Annotated[
        list[str] | None,
        typer.Option(
            help=say("only this one, by id or alias; may be repeated", "仅此店铺(ID 或别名), 可重复"),
            show_default=False,
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help=say("shops at a time", "同时处理的店铺数"))] = 4,
    jobs: Annotated[
        list[Queue] | None,
        typer.Option(
            help=say(
                "on PostgreSQL: only jobs of this kind; may be repeated",
                "PostgreSQL: 仅处理此类任务, 可重复",
            ),
            show_default=False,
        ),
    ] = None,
    stalled: Annotated[
        int,
        typer.Option(
            min=2,
            metavar="SECONDS",
            help=say(
                "on PostgreSQL: a worker silent for so long is dead, its jobs are taken over",
                "PostgreSQL: 进程静默多少秒即视为已死, 其任务由他人接手",
            ),
        ),
    ] = 30,
    once: Annotated[
        bool, typer.Option("--once", help=say("what is due now, then end", "处理当前待办后退出"))
    ] = False,
    metrics: Metrics = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=say("JSON lines, one per step", "逐行 JSON, 每步一行"))
    ] = False,
) -> None:
    if listen is not None and no_listen:
        raise ConfigError("either --listen or --no-listen", zh="--listen 与 --no-listen 不能同时使用")
    addresses(listen, metrics)
    from omnishop.run.work import Work

    with opened() as store, observed(store, metrics, timedelta(seconds=every)) as page:
        only = [store.shops.get(name).row for name in shop] if shop else None
        some_shop(store)
        _ = (
            store.ring.home_key
        )  # with another key every step would be hindered, and other workers' shops with it
        shared = not once and not store.home.database.startswith("sqlite:")
        _must_fit(shared=shared, only=only, jobs=jobs)
        with Work(
            store,
            every=timedelta(seconds=every),
            compared_every=timedelta(hours=compare) if compare else None,
            packs=_packs(store),
            connections=2 * workers,
        ) as work:
            told = _teller(as_json=as_json)
            if shared:
                kinds = None if jobs is None else [each.value for each in jobs]
                if no_listen:
                    kinds = [each for each in kinds or list(Queue) if each not in _LISTENING]
                _run_shared(work, workers, kinds, told, listen, page, as_json=as_json, stalled=stalled)
                return
            alone = _alone(work, workers, only, told, queues=not once and not no_listen and listen is None)
            with _signals(alone.stop):
                if once:
                    alone.once()
                else:
                    with _listening(work, listen) as listener:
                        alone.run(lambda: _announce(work, listener, page, as_json=as_json))
    if alone.hindered and once:
        raise typer.Exit(_THEIR_FAULT)


def _must_fit(*, shared: bool, only: object, jobs: object) -> None:
    if shared and only is not None:
        raise ConfigError(
            "on PostgreSQL all workers share all shops: --shop goes with --once there",
            zh="使用 PostgreSQL 时各进程共同处理全部店铺: --shop 须与 --once 同用",
        )
    if jobs is not None and not shared:
        raise ConfigError(
            "--jobs tells workers on one PostgreSQL database apart; here is only one",
            zh="--jobs 用于区分同一 PostgreSQL 数据库上的多个进程, 此处只有一个",
        )


def _alone(work: Work, threads: int, only: list[int] | None, told: Tell, *, queues: bool) -> Alone:
    from omnishop.engine.following import Following
    from omnishop.run.alone import Alone

    following = Following(work.store, present=work.present, opened=work.opened) if queues else None
    return Alone(work, threads=threads, only=only, told=told, following=following)


def _run_shared(
    work: Work,
    size: int,
    kinds: list[str] | None,
    told: Tell,
    listen: str | None,
    page: str | None,
    *,
    as_json: bool,
    stalled: int,
) -> None:
    try:
        from omnishop.run.shared import Shared
    except ModuleNotFoundError as missing:
        raise ConfigError(
            f"workers on PostgreSQL need {missing.name}: pip install 'omnishop[postgres]'",
            zh=f"在 PostgreSQL 上运行缺少 {missing.name}: pip install 'omnishop[postgres]'",
        ) from None
    shared = Shared(work, size=size, kinds=kinds, stalled_s=float(stalled), told=told)
    with _signals(shared.stop), _listening(work, listen, told=shared.something) as listener:
        shared.run(lambda: _announce(work, listener, page, as_json=as_json))


@contextmanager
def _listening(
    work: Work, where: str | None, told: Callable[[], None] | None = None
) -> Iterator[Listener | None]:
    if where is None:
        yield None
        return
    try:
        from omnishop.listen import Listener
    except ModuleNotFoundError as missing:
        raise ConfigError(
            f"--listen needs {missing.name}: pip install 'omnishop[listen]'",
            zh=f"--listen 缺少 {missing.name}: pip install 'omnishop[listen]'",
        ) from None
    from omnishop.watching.address import address

    host, port = address(where)
    at: dict[str, Any] = {"host": host, "port": port, "told": told}
    with Listener(work.store, present=work.present, opened=work.opened, **at) as listener:
        yield listener


def _packs(store: Store) -> Packs | None:
    from omnishop.run.chores import judging_installed

    if judging_installed():
        return packs_in_force(store.home, None)
    aside(
        say(
            "cases are not judged: pip install 'omnishop[policy]'",
            "未安装策略组件, 不判断售后单: pip install 'omnishop[policy]'",
        )
    )
    return None


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """The first asks for an orderly end, the second ends at once: what was kept stays either way."""

    orderly = False

    def asked(_number: int, _frame: FrameType | None) -> None:
        nonlocal orderly
        if orderly:
            os._exit(_AT_ONCE)
        orderly = True
        stop()

    before = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# ---------------------------------------------------------------- what it says


def _announce(work: Work, listener: Listener | None, page: str | None, *, as_json: bool) -> None:
    shops = work.store.shops.count()
    hooks = {} if listener is None else listener.hooks()
    if as_json:
        about = {"url": None if listener is None else listener.url, "hooks": hooks}
        json_line({"ready": True, "process": os.getpid(), "shops": shops, **about, "metrics": page})
    else:
        line(say(f"running: {shops} shops", f"运行中: {shops} 个店铺"))
        for platform, address in hooks.items():
            line(f"  {platform}: {address}")
        if page is not None:
            line(say(f"  metrics: {page}/metrics", f"  监控指标: {page}/metrics"))
        line(say("Ctrl-C stops it.", "Ctrl-C 停止。"))
    sys.stdout.flush()


def _teller(*, as_json: bool) -> Tell:
    """JSON lines if asked for; words on a terminal; else the log has it."""
    from omnishop.run.telling import tell

    if as_json:
        return _as_json
    return _in_words if sys.stdout.isatty() else tell


def _as_json(did: Did) -> None:
    from omnishop.model import iso

    json_line(
        {
            "job": did.job.value,
            "platform": did.platform,
            "shop": did.shop,
            "new": did.saved.new,
            "changed": did.saved.changed,
            "unchanged": did.saved.unchanged,
            "quarantined": did.quarantined,
            "count": did.count,
            "seconds": round(did.seconds, 3),
            "error": None if did.error is None else type(did.error).__name__,
            "again": None if did.again is None else iso(did.again),
        }
    )
    sys.stdout.flush()


def _in_words(did: Did) -> None:
    if not did.something:
        return
    from omnishop import clock

    at = clock.now().astimezone().strftime("%H:%M:%S")
    line(f"{at} {_sentence(did)}")
    sys.stdout.flush()


def _sentence(did: Did) -> str:
    from omnishop.run.did import Job

    saved, count = did.saved, did.count
    news = say(f"{saved.new} new, {saved.changed} changed", f"新增 {saved.new}, 变更 {saved.changed}")
    words = {
        Job.NEWS: news,
        Job.HISTORY: say(f"history: {news}; {count} windows left", f"历史: {news}; 剩余 {count} 段"),
        Job.COMPARISON: say(f"compared: {count} differences, healed", f"对账: {count} 处差异, 已修正"),
        Job.MESSAGES: say(f"{count} messages: {news}", f"处理消息 {count} 条: {news}"),
        Job.JUDGEMENT: say(
            f"{count} cases judged, {saved.changed} verdicts new",
            f"判断售后单 {count} 个, 新判定 {saved.changed} 个",
        ),
        Job.DOUBTS: say(f"{count} writes in doubt settled", f"核实存疑的写操作 {count} 个"),
        Job.TIDYING: say(f"{count} old rows dropped", f"清理旧记录 {count} 行"),
    }
    told = words[did.job]
    if did.quarantined:
        told += say(f", {did.quarantined} unreadable", f", 无法解析 {did.quarantined}")
    if did.error is not None:
        told = did.error.told(language())
    return f"{did.shop}: {told}" if did.shop else told
