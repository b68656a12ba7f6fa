"""`policy`: packs checked and compared, rules, reasons, texts; judging stands in `judge` and `backtest`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnishop.cli import backtest, judge, questions
from omnishop.cli.packs import PACKS_HELP, decoded, installed, layer_of, packs_here
from omnishop.cli.show import aside, json_line, line, table
from omnishop.cli.words import language, say, told
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from omnishop.policy.confusion import Confusion, Labelled
    from omnishop.policy.facts import Promise
    from omnishop.policy.layers import Effective, Layer
    from omnishop.policy.wording import Finding

_JSON = typer.Option("--json", help=say("JSON lines", "逐行 JSON"))
_PACKS = typer.Option("--pack", help=PACKS_HELP)
_PLATFORM = typer.Option("--platform", help=say("as it holds on this platform", "按此平台生效的规则"))
_STOREFRONT = typer.Option(
    "--storefront", help=say("tmall, taobao, jd or douyin", "tmall、taobao、jd 或 douyin")
)
_SHOP = typer.Option("--shop", help=say("as it holds for this shop", "按此店铺生效的规则"))
_AT = typer.Option("--at", help=say("as it holds at this time (periods)", "按此时间生效的规则(活动期)"))


def join(app: typer.Typer) -> None:
    group = typer.Typer(
        no_args_is_help=True,
        help=say(
            "Service policies: packs, clocks, reasons, wording.", "服务策略: 策略包、时效、归类、话术。"
        ),
    )
    group.command(
        "check", help=say("Check packs; every problem with its place.", "检查策略包, 逐条指出问题。")
    )(check)
    group.command("diff", help=say("What two packs say differently.", "两个策略包的差异。"))(diff)
    group.command("rules", help=say("Every rule that is carried.", "列出全部规则。"))(rules)
    group.command(
        "classes",
        help=say(
            "Classes of reasons; with --corpus how well they are told.",
            "原因类别; 加 --corpus 输出混淆矩阵。",
        ),
    )(classes)
    judge.join(group)
    backtest.join(group)
    questions.join(group)
    group.command("lint-text", help=say("Check a text to a buyer.", "检查发给买家的话术。"))(lint_text)
    app.add_typer(group, name="policy")


def check(
    files: Annotated[
        list[Path], typer.Argument(help=say("packs in TOML", "策略包(TOML)"), show_default=False)
    ],
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    installed()
    from omnishop.policy.layers import BadPack, effective
    from omnishop.policy.shipped import shipped_layers

    bad = 0
    for file in files:
        try:
            layer = layer_of(file)
            found = effective(_under(layer, shipped_layers()))
        except (ConfigError, OSError) as problem:
            bad += 1
            if not isinstance(problem, BadPack):
                _unread(file, problem, as_json=as_json)
                continue
            for each in problem.problems:
                if as_json:
                    json_line(
                        {
                            "file": str(file),
                            "ok": False,
                            "key": each.key,
                            "expected": each.expected,
                            "line": each.line,
                            "column": each.column,
                        }
                    )
                else:
                    line(each.told(language()))
            continue
        if as_json:
            json_line({"file": str(file), "ok": True, "layer": layer.head.layer, "digest": found.digest})
        else:
            line(f"{file}: {say('good', '通过')} ({layer.head.layer}, {found.version}, {found.digest})")
    if bad:
        raise ConfigError(
            f"{bad} of {len(files)} packs are not good", zh=f"{len(files)} 个策略包中有 {bad} 个有误"
        )


def _unread(file: Path, problem: ConfigError | OSError, *, as_json: bool) -> None:
    """The other files are still looked at."""
    zh = problem.zh if isinstance(problem, ConfigError) else f"{file}: {problem.strerror}"
    en = problem.en if isinstance(problem, ConfigError) else f"{file}: {problem.strerror}"
    if as_json:
        json_line({"file": str(file), "ok": False, "key": None, "expected": en, "line": None, "column": None})
    else:
        line(zh if language() == "zh" else en)


def diff(
    a: Annotated[Path, typer.Argument(help=say("a pack", "策略包"), show_default=False)],
    b: Annotated[Path, typer.Argument(help=say("the other", "另一个策略包"), show_default=False)],
    as_json: Annotated[bool, _JSON] = False,
) -> int:
    installed()
    from omnishop.policy.layers import effective
    from omnishop.policy.rules import differences
    from omnishop.policy.shipped import shipped_layers

    before, after = (effective(_under(layer_of(file), shipped_layers())) for file in (a, b))
    found = differences(before, after)
    if as_json:
        for each in found:
            json_line({"key": each.key, "before": each.before, "after": each.after})
    elif found:
        table(("", a.name, b.name), [(each.key, _shown(each.before), _shown(each.after)) for each in found])
    else:
        line(say("they say the same", "两者一致"))
    return 3 if found else 0


def rules(
    packs: Annotated[list[Path] | None, _PACKS] = None,
    platform: Annotated[str | None, _PLATFORM] = None,
    storefront: Annotated[str | None, _STOREFRONT] = None,
    shop: Annotated[str | None, _SHOP] = None,
    at: Annotated[str | None, _AT] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    found = _in_force(packs, platform, storefront, shop, at)
    from omnishop.policy.rules import carried

    carrying = carried(found)
    if as_json:
        for rule in carrying:
            json_line(rule.json())
        return
    zh = language() == "zh"
    headings = (
        say("rule", "规则"),
        say("title", "名称"),
        say("section", "章节"),
        say("source", "来源"),
        say("value", "取值"),
        say("where", "位置"),
    )
    table(
        headings,
        [
            (r.id, r.title_zh if zh else r.title, r.section, r.source, _shown(r.value), r.where)
            for r in carrying
        ],
    )


def classes(
    corpus: Annotated[
        Path | None,
        typer.Option(
            "--corpus",
            help=say(
                "labelled reasons (TSV): platform, part, code, text, detail, class, sub",
                "已标注的原因(TSV): platform, part, code, text, detail, class, sub",
            ),
        ),
    ] = None,
    packs: Annotated[list[Path] | None, _PACKS] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    found = _in_force(packs)
    if corpus is None:
        _class_table(found, as_json)
        return
    from omnishop.policy.confusion import judged, read_corpus

    rows = read_corpus(corpus.read_text(encoding="utf-8"), str(corpus))
    result = judged(rows, lambda platform: _in_force(packs, platform))
    if as_json:
        for part in result:
            json_line(part.json())
        return
    for part in result:
        _confusion(part)


def _class_table(found: Effective, as_json: bool) -> None:
    rows = [
        (
            cls.value,
            row.rule,
            name,
            sub.title_zh if language() == "zh" else sub.title,
            sub.source,
            len(sub.phrases),
        )
        for cls, row in found.pack.classes.items()
        for name, sub in row.subtypes.items()
    ]
    if as_json:
        keys = ("class", "rule", "sub", "title", "source", "phrases")
        for each in rows:
            json_line(dict(zip(keys, each, strict=True)))
        return
    headings = (
        say("class", "类别"),
        say("rule", "规则"),
        say("sub-type", "子类"),
        say("title", "名称"),
        say("source", "来源"),
        say("phrases", "短语"),
    )
    table(headings, [tuple(map(str, each)) for each in rows], right=(5,))


def _confusion(part: Confusion) -> None:
    names = part.classes
    rows = [
        (
            name,
            *(str(part.counts.get((name, other), 0) or "") for other in names),
            _percent(part.recall(name)),
            _percent(part.precision(name)),
        )
        for name in names
    ]
    subs = f"{say('sub-types', '子类')} {part.right_sub}/{part.with_sub}"
    title = f"{part.platform} / {part.part}: {part.right}/{part.total} ({_percent(part.accuracy)}); {subs}"
    headings = (say("is \\ told", "实际 \\ 判为"), *names, say("recall", "召回"), say("precision", "准确"))
    table(headings, rows, title=title, right=tuple(range(1, len(names) + 3)))
    for row, got in part.wrong:
        line(f"  {row.cls} -> {got}: {_reason(row)}")
    line("")


def _reason(row: Labelled) -> str:
    return " | ".join(each for each in (row.code, row.text, row.detail) if each)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def lint_text(
    file: Annotated[Path, typer.Argument(help=say("the text; - for stdin", "话术文件; - 为标准输入"))] = Path(
        "-"
    ),
    packs: Annotated[list[Path] | None, _PACKS] = None,
    platform: Annotated[str | None, _PLATFORM] = None,
    storefront: Annotated[str | None, _STOREFRONT] = None,
    shop: Annotated[str | None, _SHOP] = None,
    at: Annotated[str | None, _AT] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> int:
    found = _in_force(packs, platform, storefront, shop, at)
    from omnishop import clock
    from omnishop.policy.pack import Level
    from omnishop.policy.plainness import hints
    from omnishop.policy.promises import promises
    from omnishop.policy.wording import linter

    text, said = _text(file), clock.now()
    findings = (*linter(found).lint(text, said), *hints(text, found))
    for each in findings:
        _finding(each, as_json)
    for promise in promises(found).promised(text, said):
        _promise(promise, as_json)
    blocked = sum(each.level is Level.BLOCK for each in findings)
    if blocked:
        aside(say(f"not to be sent: {blocked} blocked", f"不可发送: {blocked} 处被拦截"))
    return 2 if blocked else 0


def _finding(each: Finding, as_json: bool) -> None:
    if not as_json:
        place = f"{each.line}:{each.column}: {each.level.value}: {each.words}"
        line(f"{place} - {told(each.why)} [{each.rule}] -> {each.suggestion}")
        return
    json_line(
        {
            "type": "finding",
            "rule": each.rule,
            "kind": each.kind,
            "level": each.level.value,
            "words": each.words,
            "line": each.line,
            "column": each.column,
            "why": {"zh": each.why.zh, "en": each.why.en},
            "suggestion": each.suggestion,
        }
    )


def _promise(each: Promise, as_json: bool) -> None:
    from omnishop.model import iso

    if not as_json:
        word = say("not before", "不早于") if each.open_end else say("due", "截止")
        line(f"{say('promised', '承诺')}: {each.words} ({word} {iso(each.due)}) [COM-TIME]")
        return
    json_line(
        {
            "type": "promise",
            "rule": "COM-TIME",
            "words": each.words,
            "due": None if each.open_end else iso(each.due),
            "not_before": iso(each.due),
            "unknown_year": each.open_end,
        }
    )


def _text(file: Path) -> str:
    raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    return decoded(raw, file)


def _in_force(
    packs: Sequence[Path] | None,
    platform: str | None = None,
    storefront: str | None = None,
    shop: str | None = None,
    at: str | None = None,
) -> Effective:
    installed()
    from omnishop.model import aware

    try:
        when = None if at is None else aware(at)
    except ValueError:
        raise ConfigError(
            f"--at {at!r} is not a time such as 2026-11-11T00:00",
            zh=f"--at {at!r} 不是时间, 如 2026-11-11T00:00",
        ) from None
    return packs_here(packs).of(platform, storefront, shop, when)


def _under(layer: Layer, shipped: Iterable[Layer]) -> list[Layer]:
    """The pack over those that hold where it holds."""
    head = layer.head
    return [
        *(each for each in shipped if each.holds(head.platform, head.storefront, head.shop, head.since)),
        layer,
    ]


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(each)}" for key, each in value.items())
    return "-" if value is None else str(value)
