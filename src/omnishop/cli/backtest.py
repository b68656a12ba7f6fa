"""`policy backtest`: what a draft pack would decide otherwise, on screen and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnishop.cli.opened import opened
from omnishop.cli.packs import PACKS_HELP, installed, layer_of, packs_in_force
from omnishop.cli.progress import progress
from omnishop.cli.progress import told as counted
from omnishop.cli.records import presents
from omnishop.cli.sandbox import moment
from omnishop.cli.show import aside, json_line, line, table
from omnishop.cli.words import say, told
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from omnishop.facts.backtest import Failed, Line, Totals
    from omnishop.model import Case
    from omnishop.store import Store

_SHOWN = 20
_COLUMNS = (
    "platform",
    "storefront",
    "shop_id",
    "case_id",
    "order_id",
    "kind",
    "stage",
    "requested",
    "judged_at",
    "before",
    "rule_before",
    "after",
    "rule_after",
    "yuan_moved",
    "auto_before",
    "auto_after",
    "breaches_added",
    "breaches_removed",
    "decision",
    "decided_by",
    "contradicted",
    "error",
)


def join(group: typer.Typer) -> None:
    group.command(
        "backtest",
        help=say(
            "Replay a draft pack over the kept cases: what would change.",
            "用草案策略包重放已存售后单, 看会改变什么。",
        ),
    )(backtest)


def backtest(
    draft: Annotated[
        Path,
        typer.Argument(
            help=say(
                "a pack; it replaces the one of its name and layer, else lies over the others",
                "策略包草案; 替换同名同层的策略包, 否则叠加其上",
            ),
            show_default=False,
        ),
    ],
    since: Annotated[
        str | None,
        typer.Option("--since", help=say("cases changed at or after", "变更时间不早于"), show_default=False),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--csv", help=say("every case, as a table", "将每个售后单写入 CSV"), show_default=False),
    ] = None,
    packs: Annotated[list[Path] | None, typer.Option("--pack", help=PACKS_HELP, show_default=False)] = None,
    now: Annotated[
        str | None,
        typer.Option(
            "--now",
            help=say("open cases as if it were this time", "进行中的售后单按此时间判断"),
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=say("the totals as JSON", "以 JSON 输出合计"))
    ] = False,
) -> None:
    installed()
    from omnishop.facts.backtest import Totals, drafted
    from omnishop.facts.backtest import backtest as replayed
    from omnishop.store import Query

    start = None if since is None else moment(since, "--since")
    at = None if now is None else moment(now, "--now")
    totals = Totals()
    shown: list[Line] = []
    layer = layer_of(draft)
    with opened() as store:
        force = packs_in_force(store.home, packs)
        after = drafted(force, layer)
        head = layer.head
        after.of(head.platform, head.storefront, head.shop, head.since)  # a bad draft is told before any file
        lines = replayed(store, force, after, now=_present(store, at), since=start)
        with progress(say("replaying", "正在重放"), quiet_first=True) as tell:
            cases = store.records.count("case", Query(since=start))
            _replay(counted(lines, tell, say("cases", "售后单"), cases), file, totals, shown)
    if as_json:
        json_line(_json(totals))
        return
    if shown:
        _changes(shown)
    _summary(totals)
    if totals.changed > len(shown):
        line(say("not all are shown; --csv FILE has them", "未全部列出, 完整清单请用 --csv"))


def _replay(lines: Iterable[Line | Failed], file: Path | None, totals: Totals, shown: list[Line]) -> None:
    from omnishop.facts.backtest import Line

    with _written(file) as write:
        for each in lines:
            write(each)
            if isinstance(each, Line):
                totals.add(each)
                if each.tells and len(shown) < _SHOWN:
                    shown.append(each)
            else:
                totals.failed += 1
                aside(f"{each.case.platform} {each.case.case_id}: {told(each.why)}")


def _present(store: Store, at: datetime | None) -> Callable[[Case], datetime]:
    """Asked only when an open case needs it."""
    known: dict[tuple[str, str | None], datetime | None] = {}

    def now(case: Case) -> datetime:
        if at is not None:
            return at
        if not known:
            known.update(presents(store))
        found = known.get((case.platform, case.shop_id))
        if found is None:
            raise ConfigError(
                "this shop is not registered, or its simulated world is not running: give --now",
                zh="该店铺未登记, 或其模拟平台未在运行: 请用 --now 指定时间",
                platform=case.platform,
                shop=case.shop_id,
            )
        return found

    return now


# ---------------------------------------------------------------- the file


@contextmanager
def _written(file: Path | None) -> Iterator[Callable[[Line | Failed], None]]:
    """One row a case, written as it comes."""
    if file is None:
        yield lambda _each: None
        return
    with file.open("w", encoding="utf-8-sig", newline="") as opened_file:
        writer = csv.DictWriter(opened_file, _COLUMNS)
        writer.writeheader()
        yield lambda each: writer.writerow(_row(each))


def _row(each: Line | Failed) -> dict[str, Any]:
    from omnishop.facts.backtest import Failed
    from omnishop.model import iso, yuan_text

    case = each.case
    asked = case.amounts.requested
    row: dict[str, Any] = {
        "platform": case.platform,
        "storefront": case.storefront,
        "shop_id": case.shop_id,
        "case_id": f"{case.source}:{case.case_id}",
        "order_id": case.order_id,
        "kind": case.kind.value,
        "stage": case.stage.value,
        "requested": None if asked is None else yuan_text(asked),
    }
    if isinstance(each, Failed):
        return {**row, "error": told(each.why)}
    return {
        **row,
        "judged_at": iso(each.at),
        "before": each.before.outcome.value,
        "rule_before": each.before.rule,
        "after": each.after.outcome.value,
        "rule_after": each.after.rule,
        "yuan_moved": None if each.moved is None else yuan_text(each.moved),
        "auto_before": _yes(each.before.approval.auto),
        "auto_after": _yes(each.after.approval.auto),
        "breaches_added": " ".join(each.breaches_added),
        "breaches_removed": " ".join(each.breaches_removed),
        "decision": None if each.decided is None else str(each.decided.decision),
        "decided_by": None if each.decided is None else str(each.decided.by),
        "contradicted": _yes(each.contradicts),
    }


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


# ---------------------------------------------------------------- the screen


def _changes(lines: Iterable[Line]) -> None:
    rows = [_row(each) for each in lines]
    names = (
        ("storefront", say("storefront", "店铺类型")),
        ("case_id", say("case", "售后单")),
        ("requested", say("yuan", "金额")),
        ("before", say("before", "现行")),
        ("after", say("draft", "草案")),
        ("rule_after", say("by", "依据")),
        ("yuan_moved", say("yuan moved", "金额变化")),
        ("breaches_added", say("breaches more", "新增超时")),
        ("breaches_removed", say("breaches less", "减少超时")),
        ("decision", say("people decided", "人工决定")),
        ("contradicted", say("contradicted", "与人工相反")),
    )
    shown = [tuple(row[name] or "" for name, _ in names) for row in rows]
    table(tuple(heading for _, heading in names), shown, right=(2, 6))
    line("")


def _summary(totals: Totals) -> None:
    from omnishop.model import Fen, yuan_text

    moves = ", ".join(f"{a.value} → {b.value}: {n}" for (a, b), n in sorted(totals.moves.items()))
    breaches = [
        ", ".join(f"{rule} {n}" for rule, n in sorted(some.items()))
        for some in (totals.breaches_added, totals.breaches_removed)
    ]
    rows = (
        (say("cases judged", "已判断售后单"), str(totals.cases), ""),
        (say("could not be judged", "无法判断"), str(totals.failed), ""),
        (say("verdicts that change", "判定改变"), str(totals.changed), moves),
        (say("yuan allowed more", "多允许的金额(元)"), yuan_text(Fen(totals.allowed_more)), ""),
        (say("yuan allowed less", "少允许的金额(元)"), yuan_text(Fen(totals.allowed_less)), ""),
        (say("changed, amount not known", "改变但金额未知"), str(totals.unpriced), ""),
        (say("agreed automatically, more", "新增自动同意"), str(totals.auto_added), ""),
        (say("agreed automatically, less", "减少自动同意"), str(totals.auto_removed), ""),
        (say("breaches added", "新增超时"), str(totals.breaches_added.total()), breaches[0]),
        (say("breaches removed", "减少超时"), str(totals.breaches_removed.total()), breaches[1]),
        (say("decided by people", "有人工决定"), str(totals.decided), ""),
        (say("contradicted by the draft", "草案与之相反"), str(totals.contradicted), ""),
        (say("… and not today", "其中现行并不相反"), str(totals.newly_contradicted), ""),
        (say("no longer contradicted", "不再相反"), str(totals.no_longer_contradicted), ""),
    )
    table((say("what", "项目"), say("how many", "数量"), say("of which", "其中")), rows, right=(1,))


def _json(totals: Totals) -> dict[str, Any]:
    from omnishop.model import Fen, yuan_text

    return {
        "cases": totals.cases,
        "failed": totals.failed,
        "changed": totals.changed,
        "moves": [
            {"before": a.value, "after": b.value, "cases": n} for (a, b), n in sorted(totals.moves.items())
        ],
        "yuan_allowed_more": yuan_text(Fen(totals.allowed_more)),
        "yuan_allowed_less": yuan_text(Fen(totals.allowed_less)),
        "amount_unknown": totals.unpriced,
        "auto_added": totals.auto_added,
        "auto_removed": totals.auto_removed,
        "breaches_added": dict(sorted(totals.breaches_added.items())),
        "breaches_removed": dict(sorted(totals.breaches_removed.items())),
        "decided": totals.decided,
        "contradicted": totals.contradicted,
        "newly_contradicted": totals.newly_contradicted,
        "no_longer_contradicted": totals.no_longer_contradicted,
    }
