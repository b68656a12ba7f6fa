"""Every rule that is carried: its id, what it says now, and where that stands; and how two packs differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

from omnishop.policy.layers import Effective, Path, Tree
from omnishop.policy.own import PREFIX
from omnishop.policy.rows import Rule as Row

MAPPING = "CLS-MAP"
NAMES = frozenset({"title", "title_zh", "source", "note", "of", "of_zh", "unit", "by"})
_SERVICE = {
    "eligibility": "2",
    "proofs": "3",
    "priorities": "3",
    "resolutions": "4",
    "approvals": "5",
    "risks": "5",
}
_MEASURES = {"measures": "8", "penalties": "8", "alerts": "8"}


@frozen
class Rule:
    """`value` is what it says in this pack; `where` the file and key that say it."""

    id: str
    title: str
    title_zh: str
    section: str
    source: str
    value: Any
    where: str

    def json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title,
            "title_zh": self.title_zh,
            "section": self.section,
            "source": self.source,
            "value": self.value,
            "where": self.where,
        }


def carried(effective: Effective) -> tuple[Rule, ...]:
    return (
        *_clocks(effective),
        *_tables(effective, _SERVICE),
        *_classes(effective),
        *_wording(effective),
        *_tables(effective, _MEASURES),
        *_own(effective),
    )


def _rule(effective: Effective, id: str, row: Row, section: str, value: Any, *path: str) -> Rule:  # noqa: A002 - it is one
    return Rule(id, row.title, row.title_zh, section, row.source, value, effective.where(*path))


def _clocks(effective: Effective) -> Iterator[Rule]:
    for name, row in effective.pack.clocks.items():
        what = "limit" if row.limit is not None else "limit_from"
        value = row.limit.text if row.limit is not None else row.limit_from
        if not row.enabled:
            what, value = "enabled", "off"
        yield _rule(effective, name, row, "1", value, "clocks", name, what)
    platform = effective.pack.platform_clock
    value = f"as sent; warning {platform.warn_before.text} before"
    yield _rule(effective, "SLA-PLATFORM", platform, "1", value, "platform_clock", "warn_before")


def _classes(effective: Effective) -> Iterator[Rule]:
    pack = effective.pack
    for cls, row in pack.classes.items():
        value = {name: len(sub.phrases) for name, sub in row.subtypes.items()}
        yield _rule(effective, row.rule, row, "3", value, "classes", cls.value)
    counts = {"codes": len(pack.reasons.codes), "texts": len(pack.reasons.texts)}
    yield _rule(effective, MAPPING, pack.classifying, "3", counts, "classifying")


def _wording(effective: Effective) -> Iterator[Rule]:
    pack = effective.pack
    steps = list(pack.templates.steps)
    yield _rule(effective, "COM-TEMPLATE", pack.templates, "7", steps, "templates")
    levels = {name: row.level.value for name, row in pack.lint.rows.items() if row.rule == "COM-LINT"}
    yield _rule(effective, "COM-LINT", pack.lint, "7", levels, "lint")
    yield _rule(effective, "COM-TIME", pack.waiting, "7", pack.waiting.parts, "waiting")
    yield from _talk(effective)


def _talk(effective: Effective) -> Iterator[Rule]:
    talk, tree = effective.pack.talk, effective.tree["talk"]
    lengths = {name: plain_value(tree["plain"][name]) for name in ("text", "sentence")}
    care = {name: plain_value(each) for name, each in tree["care"].items() if name not in NAMES}
    names = {"handling": list(talk.care.handling), "privileges": list(talk.care.privileges)}
    for name, rule, row, value in (
        ("plain", "COM-PLAIN", talk.plain, lengths),
        ("progress", "COM-PROGRESS", talk.progress, tree["progress"]["within"]),
        ("faq", "COM-FAQ", talk.faq, list(talk.faq.topics)),
        ("products", "COM-PRODUCT", talk.products, list(talk.products.facets)),
        ("care", "COM-CARE", talk.care, care | names),
    ):
        yield _rule(effective, rule, row, "7", value, "talk", name)


def _tables(effective: Effective, groups: Mapping[str, str]) -> Iterator[Rule]:
    """Their value is all that they say beside their names."""
    for group, section in groups.items():
        for name, row in getattr(effective.pack, group).rows.items():
            tree = effective.tree[group][name]
            said = {**_said({key: each for key, each in tree.items() if key != "offers"}), **_offers(tree)}
            yield _rule(effective, name, row, section, said, group, name)


def _own(effective: Effective) -> Iterator[Rule]:
    """The shop's, by the ids that verdicts name."""
    for name, row in effective.pack.conditions.items():
        value = _said(effective.tree["conditions"][name])
        where = effective.where("conditions", name)
        yield Rule(PREFIX + name, row.title, row.title_zh, "own", "shop", value, where)


_FIGURES = ("share", "amount", "points", "months", "within", "approval")


def _offers(tree: Tree) -> dict[str, Any]:
    """Of each choice its figures."""
    told: dict[str, Any] = {}
    for key, offer in tree.get("offers", {}).items():
        told |= {f"{key}.{name}": plain_value(offer[name]) for name in _FIGURES if name in offer}
    return told


def _said(tree: Tree) -> dict[str, Any]:
    """One level deep: `rate.at_most`; of tables that hold names only, the keys."""
    found: dict[str, Any] = {}
    for key, value in tree.items():
        if key in NAMES:
            continue
        if not isinstance(value, dict):
            found[key] = plain_value(value)
            continue
        inside = {
            name: _said(each) if isinstance(each, dict) else plain_value(each) for name, each in value.items()
        }
        if not any(inside.values()):
            found[key] = list(inside)
        for name, each in inside.items():
            if isinstance(each, dict):
                found |= {f"{name}.{last}": told for last, told in each.items()}
            elif name not in NAMES:
                found[f"{key}.{name}"] = each
    return found


@frozen
class Difference:
    """None: not there."""

    key: str
    before: Any
    after: Any


def differences(before: Effective, after: Effective) -> tuple[Difference, ...]:
    """Every value that the two say differently."""
    old, new = dict(_leaves(before.tree, ())), dict(_leaves(after.tree, ()))
    return tuple(
        Difference(".".join(path), old.get(path), new.get(path))
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    )


def _leaves(tree: Tree, path: Path) -> Iterator[tuple[Path, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), plain_value(value)


def plain_value(value: Any) -> Any:
    """As JSON can say it."""
    if isinstance(value, list):
        return [plain_value(each) for each in value]
    if isinstance(value, str | int | bool) or value is None:
        return value
    return float(value) if isinstance(value, Decimal) else str(value)
