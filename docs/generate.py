"""Writes the parts of the docs that are drawn from tables in the code; `--check` fails when they are stale."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from runpy import run_path
from typing import Any

import attrs
from typer.main import get_command

os.environ["OMNISHOP_LANG"] = "en"  # before the command line writes its help

from omnishop import registry
from omnishop.acts import Write
from omnishop.cli.entry import app
from omnishop.model import Kind, OrderStatus, ReasonClass, Stage, Text, labels
from omnishop.policy.confusion import judged, read_corpus
from omnishop.policy.rules import carried
from omnishop.policy.shipped import shipped
from omnishop.ports import Capability, Level
from omnishop.sandbox.laws import LAWS
from omnishop.sandbox.simulation import Simulation
from omnishop.sandbox.steps import COMMON, ORDER_MOVES, UNDECIDED
from omnishop.telemetry import INSTRUMENTS, SPANS
from omnishop.telemetry.fields import FIELDS
from omnishop.testing import levels

DOCS = Path(__file__).parent
PROVED = DOCS / "proved.json"
"""What was shown for each capability; see prove_all."""

NO_CLOCK = timedelta(days=100_000)
"""Rules of this length only say that there is none."""

SIGNS = {
    Level.NATIVE: "✓",
    Level.EMULATED: "≈",
    Level.LIMITED: "◐",
    Level.UNVERSIONED: "◇",
    Level.IMPORT_ONLY: "⇩",
    Level.NOT_OFFERED: "–",
    Level.NOT_AUTHORISED: "🔒",
    Level.NOT_IMPLEMENTED: "·",
}


def names(table: dict[Kind, Text] | dict[Stage, Text] | dict[OrderStatus, Text]) -> Iterable[str]:
    yield "| value | 中文 | English |"
    yield "|---|---|---|"
    for value, text in table.items():
        yield f"| `{value}` | {text.zh} | {text.en} |"


def kinds() -> Iterable[str]:
    return names(labels.KINDS)


def stages() -> Iterable[str]:
    return names(labels.STAGES)


def statuses() -> Iterable[str]:
    return names(labels.ORDER_STATUSES)


def case_diagram() -> Iterable[str]:
    """Every move of a case that changes its stage."""
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {Stage.REQUESTED}: apply (buyer)"
    moves: dict[tuple[Stage, Stage], list[str]] = {}
    for name, row in COMMON.items():
        for start in sorted(row.stages):
            if row.to is not None and start is not row.to and not row.stages >= UNDECIDED:
                moves.setdefault((start, row.to), []).append(f"{name} ({row.actor})")
    for (start, end), steps in moves.items():
        yield f"    {start} --> {end}: {', '.join(steps)}"
    yield f"    {Stage.SUCCEEDED} --> [*]"
    yield f"    {Stage.CLOSED} --> [*]"
    yield "```"
    yield ""
    anywhere = [name for name, row in COMMON.items() if row.stages >= UNDECIDED]
    yield f"From any stage before the money is granted: {', '.join(f'`{name}`' for name in anywhere)}."


def order_diagram() -> Iterable[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {OrderStatus.UNPAID}: place"
    for step, (starts, ends) in ORDER_MOVES.items():
        for start in sorted(starts):
            for end in sorted(ends - {start} or ends):
                yield f"    {start} --> {end}: {step}"
    yield "```"


def prove_all() -> None:
    """Keeps what the adapters' own conformance tests show now; those tests compare it with what they show then."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for path in sorted((DOCS.parent / "adapters").glob("*/tests/test_*_conformance.py")):
        for suite in run_path(str(path)).values():
            if isinstance(suite, type) and getattr(suite, "recorded", None) is not None:
                candidate = suite.put_to_proof()
                found[candidate.storefront] = levels.record(levels.prove(candidate))
    PROVED.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def capabilities() -> Iterable[str]:
    """One row a capability, one column a storefront, then every reason and what proves it."""
    proofs = json.loads(PROVED.read_text(encoding="utf-8"))
    columns = [
        (adapter, storefront)
        for adapter in map(registry.adapter, registry.adapter_names())
        for storefront in adapter.storefronts
    ]
    yield "| | " + " | ".join(storefront for _, storefront in columns) + " |"
    yield "|---|" + "---|" * len(columns)
    for capability in Capability:
        signs = (SIGNS[adapter.support(storefront, capability).level] for adapter, storefront in columns)
        yield f"| `{capability}` | " + " | ".join(signs) + " |"
    yield ""
    yield "; ".join(f"{sign} {level}" for level, sign in SIGNS.items()) + "."
    for adapter, storefront in columns:
        yield ""
        yield f"## {storefront}"
        yield ""
        yield "| capability | level | why | 原因 | evidence | proved by |"
        yield "|---|---|---|---|---|---|"
        for capability in Capability:
            support = adapter.support(storefront, capability)
            told = (f"`{capability}`", support.level, support.reason.en, support.reason.zh, support.evidence)
            cells = (*told, proofs[storefront][capability]["by"])
            yield "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def rules() -> Iterable[str]:
    """Every clock of every simulated platform, with how it is known."""
    yield (
        "| platform | rule | from | after | then | by the step | favours | extendable | "
        "duration known by | default known by | source |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    told = {True: "yes", False: "no", None: "?"}
    for name in registry.face_names():
        for rule in registry.face(name).rules:
            cells = (
                name,
                f"`{rule.id}`",
                rule.start,
                duration(rule.duration) + ("" if rule.hours is None else " of {}-{} h".format(*rule.hours)),
                rule.default,
                "" if rule.step is None else f"`{rule.step}`",
                rule.favours,
                told[rule.extendable],
                rule.evidence,
                rule.default_evidence,
                rule.source.replace("|", "\\|"),
            )
            yield "| " + " | ".join(map(str, cells)) + " |"


def laws() -> Iterable[str]:
    """What holds on every simulated platform alike."""
    yield "| row | what | 说明 | known by | source | at work in the simulated world |"
    yield "|---|---|---|---|---|---|"
    for law in LAWS:
        where = law.where or "nothing happens by itself"
        yield f"| `{law.id}` | {law.text.en} | {law.text.zh} | {law.evidence} | {law.source} | {where} |"


def duration(span: timedelta) -> str:
    if not span or span > NO_CLOCK:
        return "at once" if not span else "no clock"
    hours = span / timedelta(hours=1)
    return f"{hours / 24:g} d" if hours >= 48 else f"{hours:g} h"  # noqa: PLR2004 - two days read better as days


def commands() -> Iterable[str]:
    """Every command with its arguments and options, as its own help has them."""
    for path, command in programs(get_command(app), "omnishop"):
        yield f"### {path}"
        yield ""
        yield f"{command.help}"
        yield ""
        yield "| option | what it does | default |"
        yield "|---|---|---|"
        for param in command.params:
            name = ", ".join(
                f"`{each}`"
                for each in (param.opts if param.opts[0].startswith("-") else [param.name.upper()])
            )
            default = getattr(param, "default", None)
            shown = f"`{default}`" if type(default) in {int, str} and default != "" else ""
            yield f"| {name} | {getattr(param, 'help', '') or ''} | {shown} |"
        yield ""


def programs(command: Any, path: str) -> Iterable[tuple[str, Any]]:
    """The commands below a group, with their whole names."""
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name, below in command.commands.items():
        yield from programs(below, f"{path} {name}")


def policy_rules() -> Iterable[str]:
    """Every rule of the shipped default."""
    yield "| id | rule | 规则 | section | source | value |"
    yield "|---|---|---|---|---|---|"
    for rule in carried(shipped().of()):
        value = rule.value
        if isinstance(value, dict):
            value = ", ".join(
                f"{name} {' '.join(map(str, each)) if isinstance(each, list) else each}"
                for name, each in value.items()
            )
        shown = ", ".join(value) if isinstance(value, list) else value
        yield f"| `{rule.id}` | {rule.title} | {rule.title_zh} | {rule.section} | {rule.source} | {shown} |"


def policy_figures() -> Iterable[str]:
    """How well the reasons of the corpus are told."""
    corpus = DOCS.parent / "tests" / "policy" / "reasons.tsv"
    yield "| platform | part | class right | sub-type right | told wrong |"
    yield "|---|---|---|---|---|"
    for part in judged(read_corpus(corpus.read_text(encoding="utf-8"), corpus.name), shipped().of):
        wrong = sum(got != ReasonClass.UNCLASSIFIED for _, got in part.wrong)
        cells = (
            part.platform,
            f"`{part.part}`",
            f"{part.right} of {part.total}",
            f"{part.right_sub} of {part.with_sub}",
            wrong,
        )
        yield "| " + " | ".join(map(str, cells)) + " |"


_NO_FACTS = frozenset(
    {
        *(
            f"{record}.{name}"
            for record in ("case", "order")
            for name in ("platform", "source", "storefront", "shop_id")
        ),
        *(
            "case.case_id",
            "case.raw_kind",
            "case.raw_stage",
            "order.raw_status",
            "order.buyer.key",
            "order.remark",
        ),
    }
)
"""Which record it is, and the wire's own codes, say nothing of what happened; a key is ours, a remark the shop's."""


def facts_by_wire() -> Iterable[str]:
    """Which storefront's wire tells which fact, counted over the default simulated world."""
    simulation = Simulation.new(seed=1, now=datetime(2026, 9, 1, 2, tzinfo=UTC))
    told: dict[str, dict[str, list[bool]]] = {}
    for shop in simulation.world.shops:
        face = simulation.faces[shop.platform]
        cases = (
            face.true_case(simulation.world, each)
            for each in simulation.world.cases.values()
            if each.shop is shop
        )
        orders = (
            face.true_order(simulation.world, each)
            for each in simulation.world.orders.values()
            if each.shop is shop
        )
        for name, records in (("case", cases), ("order", orders)):
            for record in records:
                for path, known in _leaves(record, name):
                    told.setdefault(path, {}).setdefault(shop.storefront, []).append(known)
    fronts = [shop.storefront for shop in simulation.world.shops]
    yield "| fact | " + " | ".join(fronts) + " |"
    yield "|---|" + "---|" * len(fronts)
    for path, by_front in told.items():
        if path not in _NO_FACTS:
            yield f"| `{path}` | " + " | ".join(_share(by_front.get(front, [])) for front in fronts) + " |"


def _share(known: list[bool]) -> str:
    if not any(known):
        return "–"
    return "✓" if all(known) else "◐"


def _leaves(value: Any, path: str) -> Iterable[tuple[str, bool]]:
    """Every fact below, and whether it is known; of a list, whether it is known of each."""
    if isinstance(value, tuple):
        found: dict[str, bool] = {}
        for each in value:
            for below, known in _leaves(each, f"{path}[]"):
                found[below] = found.get(below, True) and known
        yield from found.items()
    elif attrs.has(type(value)):
        for each in attrs.fields(type(value)):
            if each.type not in {bytes, "bytes"}:
                yield from _leaves(getattr(value, each.name), f"{path}.{each.name}")
    elif not path.endswith(
        (".deadline", ".buyer", ".reason")
    ):  # absent as a whole: no such clock, buyer, reason
        yield path, value is not None and str(value) not in {"unknown", "unclassified"}


def verbs() -> Iterable[str]:
    """Every write of every storefront, as the ledger knows it."""
    for adapter in map(registry.adapter, registry.adapter_names()):
        for storefront in adapter.storefronts:
            yield f"### {storefront}"
            yield ""
            yield "| verb | method | for | at the stages | needs | ¥ | version | shown by | 回读依据 | known from |"
            yield "|---|---|---|---|---|---|---|---|---|---|"
            for row in adapter.writes(storefront):
                yield "| " + " | ".join(cell.replace("|", "\\|") for cell in _verb(row)) + " |"
            yield ""


def _verb(row: Write) -> tuple[str, ...]:
    caution = f" **caution**: {row.caution.en} ({row.caution.zh})" if row.caution else ""
    needs = [*row.needs, *(" or ".join(group) for group in row.needs_any)]
    return (
        f"`{row.verb}`" + (" (operator's session)" if row.session == "operator" else ""),
        f"`{row.method}`" if row.method else "none: recorded by us",
        " ".join((row.record, *sorted(row.sources)))
        + (": " if row.kinds else "")
        + ", ".join(sorted(row.kinds)),
        ", ".join(sorted(row.stages)) or "any",
        (", ".join(needs) or "–") + caution,
        "¥" if row.money else "",
        "yes" if row.versioned else "",
        row.says.en,
        row.says.zh,
        row.evidence,
    )


def best_answers() -> Iterable[str]:
    """Every list of every storefront: its widest window, its reach, and the best answer a reading can reach."""
    yield "| storefront | list | records | cut by | window | reach | rows | best answer | what it rests on | 依据 |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for adapter in map(registry.adapter, registry.adapter_names()):
        for storefront in adapter.storefronts:
            for each in adapter.streams(storefront):
                basis = each.basis or Text("", "")
                window = "–" if each.clock == "open" else duration(each.span)
                reach = "–" if each.clock == "open" else duration(each.reach)
                depth = f"≤ {each.depth:,}" if each.depth else ""
                cells = (storefront, f"`{each.name}`", each.record, each.clock, window, reach, depth)
                yield "| " + " | ".join((*cells, each.best, basis.en, basis.zh)) + " |"


def metrics() -> Iterable[str]:
    yield "| metric | kind | labels | what it says | 说明 |"
    yield "|---|---|---|---|---|"
    for row in INSTRUMENTS.values():
        labels = ", ".join(f"`{label}`" for label in row.labels)
        yield f"| `{row.on_the_page}` | {row.kind} | {labels} | {row.en} | {row.zh} |"


def spans() -> Iterable[str]:
    yield "| span | what it is |"
    yield "|---|---|"
    for name, what in SPANS.items():
        yield f"| `{name}` | {what} |"


def fields() -> Iterable[str]:
    yield "| field | what it says |"
    yield "|---|---|"
    for name, what in FIELDS.items():
        yield f"| `{name}` | {what} |"


PARTS: dict[str, tuple[str, Callable[[], Iterable[str]]]] = {
    "kinds": ("concepts.md", kinds),
    "stages": ("concepts.md", stages),
    "statuses": ("concepts.md", statuses),
    "case-diagram": ("concepts.md", case_diagram),
    "order-diagram": ("concepts.md", order_diagram),
    "capabilities": ("capabilities.md", capabilities),
    "best-answers": ("engine.md", best_answers),
    "commands": ("commands.md", commands),
    "laws": ("simulators.md", laws),
    "rules": ("simulators.md", rules),
    "verbs": ("acting.md", verbs),
    "policy-rules": ("policy.md", policy_rules),
    "facts-by-wire": ("policy.md", facts_by_wire),
    "policy-figures": ("policy.md", policy_figures),
    "metrics": ("watching.md", metrics),
    "spans": ("watching.md", spans),
    "fields": ("watching.md", fields),
}


def written(text: str, part: str, lines: Iterable[str]) -> str:
    """The page with the part between its two marks replaced."""
    opened, closed = f"<!-- begin {part} -->", f"<!-- end {part} -->"
    pattern = re.compile(f"{re.escape(opened)}.*?{re.escape(closed)}", re.DOTALL)
    if not pattern.search(text):
        sys.exit(f"docs: no place for {part}")
    body = "\n".join((opened, "", *lines, "", closed))
    return pattern.sub(lambda _: body, text)


def main() -> None:
    stale = []
    if "--check" not in sys.argv:
        prove_all()
    for part, (page, make) in PARTS.items():
        path = DOCS / page
        before = path.read_text(encoding="utf-8")
        after = written(before, part, make())
        if after != before:
            stale.append(f"{page}: {part}")
            if "--check" not in sys.argv:
                path.write_text(after, encoding="utf-8")
    if stale and "--check" in sys.argv:
        sys.exit(f"docs are stale, run docs/generate.py: {', '.join(stale)}")


if __name__ == "__main__":
    main()
