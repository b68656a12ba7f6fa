"""`policy judge|explain|override|facts|know`: one case, what is known of it, and what the policies say to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from omnishop.cli.opened import opened
from omnishop.cli.packs import PACKS_HELP, decoded, installed, packs_here, packs_in_force
from omnishop.cli.records import one_record, presents
from omnishop.cli.sandbox import moment
from omnishop.cli.show import aside, json_line, json_text, line, table
from omnishop.cli.words import language, say
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from omnishop.model import Case
    from omnishop.policy.layers import Effective
    from omnishop.policy.verdict import Verdict
    from omnishop.store import About, Store, StoredVerdict

_STDIN = "-"
_FULL = 3  # PLATFORM SHOP CASE


def _option(en: str, zh: str, *names: str) -> Any:
    return typer.Option(*names, help=say(en, zh), show_default=False)


Target = Annotated[
    list[str],
    typer.Argument(
        metavar="CASE",
        help=say("id, source:id, or PLATFORM SHOP CASE", "ID、来源:ID, 或 平台 店铺 售后单"),
        show_default=False,
    ),
]
Platform = Annotated[str | None, _option("taobao, jd or douyin", "taobao、jd 或 douyin", "--platform")]
Shop = Annotated[str | None, _option("id or alias", "店铺 ID 或别名", "--shop")]
Own = Annotated[list[Path] | None, typer.Option("--pack", help=PACKS_HELP, show_default=False)]
Now = Annotated[str | None, _option("as if it were this time", "按此时间判断", "--now")]
Json = Annotated[bool, typer.Option("--json", help="JSON")]
By = Annotated[str, _option("who says so", "操作人", "--by")]


def join(group: typer.Typer) -> None:
    group.command(
        "judge",
        help=say(
            "Judge a kept case, or facts in a JSON file; the verdict on a case is kept.",
            "判断一个售后单, 或 JSON 文件中的事实; 售后单的判定会保存。",
        ),
    )(judge)
    group.command("explain", help=say("The verdict on a case, in words.", "用文字说明对售后单的判定。"))(
        explain
    )
    group.command(
        "override",
        help=say("Put a person's decision in the place of a verdict.", "以人工决定替代判定, 并记录原因。"),
    )(override)
    group.command("facts", help=say("What is known of a case, with its sources.", "已知事实及其来源。"))(
        facts
    )
    group.command(
        "know",
        help=say(
            "Enter a fact that no wire tells: about a case, or its order, goods, buyer or shop.",
            "录入平台不提供的事实: 关于售后单, 或其订单、商品、买家、店铺。",
        ),
    )(know)


# ---------------------------------------------------------------- judging


def judge(
    target: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|CASE",
            help=say(
                "facts as JSON (- for stdin), or a case: id, source:id, or PLATFORM SHOP CASE",
                "事实 JSON 文件(- 为标准输入), 或售后单: ID、来源:ID, 或 平台 店铺 售后单",
            ),
            show_default=False,
        ),
    ],
    platform: Platform = None,
    shop: Shop = None,
    packs: Own = None,
    now: Now = None,
    as_json: Json = False,
) -> None:
    installed()
    at = None if now is None else moment(now, "--now")
    if len(target) == 1 and (target[0] == _STDIN or Path(target[0]).is_file()):
        verdict, force = _of_file(target[0], packs, at)
    else:
        from omnishop.facts.judging import in_force, judge_case, keep

        with opened() as store:
            case = _case(store, target, platform, shop)
            all_packs = packs_in_force(store.home, packs)
            verdict = judge_case(store, all_packs, case, at or _now(store, case.platform, case.shop_id))
            force = in_force(all_packs, case)
            keep(store, verdict)
    _show(verdict, force, as_json=as_json)


def _of_file(name: str, packs: Sequence[Path] | None, at: datetime | None) -> tuple[Verdict, Effective]:
    import json
    import sys

    from omnishop import clock
    from omnishop.facts.judging import in_force
    from omnishop.policy.judge import judge as judged
    from omnishop.policy.reading import read_facts

    file = Path(name)
    raw = sys.stdin.buffer.read() if name == _STDIN else file.read_bytes()
    try:
        found = read_facts(json.loads(decoded(raw, file)))
    except json.JSONDecodeError as problem:
        raise ConfigError(f"{file} is not JSON: {problem}", zh=f"{file} 不是 JSON: {problem}") from None
    except RecursionError:
        raise ConfigError(f"{file}: too many brackets inside each other", zh=f"{file}: 嵌套过深") from None
    except ConfigError as problem:
        raise ConfigError(f"{file}: {problem.en}", zh=f"{file}: {problem.zh}") from None
    force = in_force(packs_here(packs), found.case)
    return judged(found, force, at or clock.now()), force


def _show(verdict: Verdict, force: Effective, *, as_json: bool) -> None:
    from omnishop.policy.reading import dump_verdict

    if as_json:
        json_line(dump_verdict(verdict))
        return
    from omnishop.policy.explain import explain as explained

    line(explained(verdict, language(), force.pack))


def explain(
    target: Target,
    platform: Platform = None,
    shop: Shop = None,
    packs: Own = None,
    lang: Annotated[str | None, _option("zh or en", "zh 或 en", "--lang")] = None,
) -> None:
    installed()
    from omnishop.facts.judging import in_force, judge_case, keep, stale
    from omnishop.policy.explain import explain as explained
    from omnishop.policy.reading import read_verdict
    from omnishop.store import CaseKey

    with opened() as store:
        tongue = language() if lang is None else lang
        if tongue not in {"zh", "en"}:
            raise ConfigError(f"--lang is zh or en, not {lang!r}", zh=f"--lang 为 zh 或 en, 而非 {lang!r}")
        case = _case(store, target, platform, shop)
        force = packs_in_force(store.home, packs)
        stored = store.verdicts.latest(CaseKey.of(case))
        old = stored is not None and stale(store, force, case, stored)
        if stored is None:
            stored = keep(store, judge_case(store, force, case, _now(store, case.platform, case.shop_id)))
    line(explained(read_verdict(stored.body), tongue, in_force(force, case).pack))
    if stored.override is not None:
        line(_overridden(stored, tongue))
    if old:
        aside(
            say(
                "facts or packs have changed since: omnishop policy judge",
                "事实或策略包此后有变化, 请重新判断: omnishop policy judge",
            )
        )


def _overridden(stored: StoredVerdict, tongue: str) -> str:
    from omnishop.model import iso

    decided = stored.override
    if decided is None:
        return ""
    at = iso(decided.at)
    if tongue == "zh":
        return f"人工决定: {decided.decision} ({decided.by}, {at}): {decided.reason}"
    return f"decided by a person: {decided.decision} ({decided.by}, {at}): {decided.reason}"


def override(
    target: Target,
    decision: Annotated[
        str,
        _option(
            "allow, deny, needs_human, or the key of a remedy that the verdict offers",
            "allow、deny、needs_human, 或判定所列方案的 key",
            "--decision",
        ),
    ],
    by: By,
    reason: Annotated[str, _option("why", "原因", "--reason")],
    platform: Platform = None,
    shop: Shop = None,
    now: Now = None,
) -> None:
    installed()
    from omnishop.facts.judging import override as overridden
    from omnishop.store import CaseKey, Override

    with opened() as store:
        case = _case(store, target, platform, shop)
        stored = store.verdicts.latest(CaseKey.of(case))
        if stored is None:
            raise ConfigError(
                f"case {case.case_id} has not been judged; first: omnishop policy judge {case.case_id}",
                zh=f"售后单 {case.case_id} 尚未判断; 请先: omnishop policy judge {case.case_id}",
                platform=case.platform,
                shop=case.shop_id,
            )
        at = moment(now, "--now") if now is not None else _now(store, case.platform, case.shop_id)
        done = overridden(store, stored, Override(decision, by, at, reason))
    line(_overridden(done, language()))


# ---------------------------------------------------------------- facts


def facts(
    target: Target,
    platform: Platform = None,
    shop: Shop = None,
    entered: Annotated[
        bool,
        typer.Option(
            "--entered", help=say("only what people entered: by whom and when", "仅列出人工录入: 谁、何时")
        ),
    ] = False,
    now: Now = None,
) -> None:
    installed()
    from omnishop.facts.judging import facts_of
    from omnishop.policy.reading import dump_facts

    with opened() as store:
        case = _case(store, target, platform, shop)
        if entered:
            _entered(store, case)
            return
        at = moment(now, "--now") if now is not None else _now(store, case.platform, case.shop_id)
        json_text(dump_facts(facts_of(store, packs_in_force(store.home, None), case, at)))


def _entered(store: Store, case: Case) -> None:
    from omnishop.facts import abouts
    from omnishop.model import iso

    rows = [
        (each.about.subject, each.name, _value(each.value), each.by, iso(each.at))
        for about in abouts(store, case)
        for each in store.known.history(about)
    ]
    headings = (
        say("about", "关于"),
        say("fact", "事实"),
        say("value", "值"),
        say("by", "录入人"),
        say("at", "时间"),
    )
    if rows:
        table(headings, rows)
    else:
        aside(say("nothing was entered", "没有人工录入的事实"))


def _value(value: Any) -> str:
    import json

    if value is None:
        return say("(taken back)", "(已撤回)")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def know(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[CASE] NAME [VALUE]",
            help=say(
                "with --shop and without CASE: about the shop, or with --sku its goods",
                "给出 --shop 而无 CASE: 关于店铺; 加 --sku 则关于商品",
            ),
            show_default=False,
        ),
    ],
    by: By,
    of: Annotated[
        str | None,
        _option(
            "case, order, sku, buyer or shop; else what the name fits first",
            "case、order、sku、buyer 或 shop; 省略则由名称决定",
            "--of",
        ),
    ] = None,
    platform: Platform = None,
    shop: Shop = None,
    sku: Annotated[str | None, _option("which goods", "商品 SKU", "--sku")] = None,
    forget: Annotated[bool, typer.Option("--forget", help=say("take the fact back", "撤回该事实"))] = False,
    now: Now = None,
) -> None:
    installed()
    from omnishop.facts import about_shop, entered, subject_of, whole_name
    from omnishop.store import Entered

    given, name, text = _words(words, forget=forget)
    if not by.strip():
        raise ConfigError("--by must say who", zh="--by 不能为空")
    with opened() as store:
        if given:
            case = _case(store, given, platform, shop)
            about, here = subject_of(store, case, name, of, sku), (case.platform, case.shop_id)
        else:
            about = about_shop(store.shops.get(shop, platform), name, sku) if shop else _no_case()
            here = (about.platform, about.shop_id)
        at = moment(now, "--now") if now is not None else _now(store, *here)
        path, value = (whole_name(name), None) if forget else entered(about.subject, name, text)
        store.known.enter([Entered(about, path, value, by, at)])
    line(f"{about.subject} {about.subject_id}: {path} = {_value(value)}")


def _words(words: Sequence[str], *, forget: bool) -> tuple[list[str], str, str]:
    """CASE (one word, three, or none), NAME, and VALUE unless the fact is taken back."""
    own = 1 if forget else 2
    case, told = list(words[:-own]), list(words[-own:])
    if len(words) < own or len(case) not in {0, 1, _FULL}:
        raise ConfigError(
            "write [CASE] NAME VALUE, or [CASE] NAME --forget; CASE is id, source:id, or PLATFORM SHOP CASE",
            zh="请写作 [售后单] 名称 值, 或 [售后单] 名称 --forget; 售后单为 ID、来源:ID, 或 平台 店铺 售后单",
        )
    return case, told[0], "" if forget else told[1]


def _no_case() -> About:
    raise ConfigError(
        "about which case? write CASE NAME VALUE, or --shop SHOP for a fact about a shop or its goods",
        zh="关于哪个售后单? 请写作 售后单 名称 值; 店铺或商品的事实请加 --shop",
    )


# ---------------------------------------------------------------- which case, and when


def _case(store: Store, target: Sequence[str], platform: str | None, shop: str | None) -> Case:
    if len(target) not in {1, _FULL}:
        raise ConfigError(
            "name one case: its id, source:id, or PLATFORM SHOP CASE",
            zh="请指定一个售后单: ID、来源:ID, 或 平台 店铺 售后单",
        )
    if len(target) == _FULL:
        platform, shop = target[0], target[1]
    return cast("Case", one_record(store, "case", target[-1], platform, shop))


def _now(store: Store, platform: str, shop_id: str | None) -> datetime:
    found = presents(store).get((platform, shop_id))
    if found is None:
        raise ConfigError(
            "the simulated world of this shop is not running: start it, or give --now",
            zh="该店铺的模拟平台未在运行: 请启动, 或用 --now 指定时间",
            platform=platform,
            shop=shop_id,
        )
    return found
