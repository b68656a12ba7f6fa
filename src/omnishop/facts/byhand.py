"""Facts that people enter: which names there are for what, how what was typed is read, and how it joins the rest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import fields

from omnishop.errors import ConfigError
from omnishop.model import Case, aware, iso
from omnishop.policy.casefacts import CaseFacts, FactSource, Known
from omnishop.policy.reading import dump_facts, read_facts
from omnishop.store import Entered

NOT_YET = "not_yet"
"""Entered for something that could happen: known not to have happened."""

SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "shop": ("shop.", "promises"),
    "sku": ("goods.",),
    "buyer": ("buyer.vip", "buyer.blacklisted", "buyer.history."),
    "order": ("known.", "goods."),
    "case": ("known.", "goods.", "timeline.", "evidence.", "parcels", "buyer.history.same_"),
}
"""What a fact may be about -> the names it may have. The later ones are laid over the earlier ones."""

_SOURCES = {"shop": FactSource.REGISTER, "sku": FactSource.REGISTER, "buyer": FactSource.REGISTER}
_SHORT = {"happened": "timeline.happened", "steps": "timeline.steps", "waits": "timeline.waits"}
_EVIDENCE_PARTS = 3
_KNOWN = frozenset(each.name for each in fields(Known)) - {"goods"}


def entered(subject: str, name: str, text: str) -> tuple[str, Any]:
    """The whole name and the JSON value of what a person typed.

    `severity` is short for `known.severity`. Times may leave out the zone (Beijing). ConfigError names the path.
    """
    path = whole_name(name)
    if not path.startswith(SUBJECTS[subject]) or path == "known.goods":
        there = ", ".join(f"{each}…" if each.endswith((".", "_")) else each for each in SUBJECTS[subject])
        raise ConfigError(
            f"{path}: not a fact that is entered about a {subject}; there are: {there}",
            zh=f"{path}: 不是可为 {subject} 录入的事实; 可用: {there}",
        )
    problems: list[ConfigError] = []
    for value in _readings(text):
        try:
            read_facts(_laid_over(_NOTHING, [(subject, "?", path, value)]))
        except ConfigError as told:
            problems.append(told)
        else:
            return path, value
    raise problems[-1 if text.lstrip().startswith(("{", "[")) else 0]


def with_entered(facts: CaseFacts, told: Iterable[Entered]) -> CaseFacts:
    """The facts with what people added; the raw record stays with the case."""
    order = list(SUBJECTS)
    mine = sorted(told, key=lambda each: order.index(each.about.subject))
    rows = [(each.about.subject, each.about.subject_id, each.name, each.value) for each in mine]
    if not rows:
        return facts
    laid = read_facts(_laid_over(dump_facts(facts), rows))
    return CaseFacts(
        facts.case,
        facts.order,
        laid.shop,
        laid.buyer,
        facts.siblings,
        laid.parcels,
        laid.evidence,
        laid.promises,
        laid.known,
        laid.timeline,
        laid.sources,
    )


_NOTHING: Mapping[str, Any] = dump_facts(CaseFacts(Case("", "", "")))


def whole_name(name: str) -> str:
    """`severity` is short for `known.severity`, `happened.x` for `timeline.happened.x`."""
    first, dot, rest = name.strip().partition(".")
    if first in _SHORT:
        return _SHORT[first] + dot + rest
    return f"known.{name}" if first in _KNOWN else f"{first}{dot}{rest}"


def _readings(text: str) -> Iterable[Any]:
    """What the text may stand for, the plainest first; the reader of the facts takes what fits."""
    yield text
    try:
        if len(text) >= len("2026-1-1") and "-" in text:
            yield iso(aware(text))
    except ValueError:
        pass
    try:
        yield json.loads(text)
    except ValueError:
        return


def _laid_over(data: Mapping[str, Any], rows: Iterable[tuple[str, str, str, Any]]) -> dict[str, Any]:
    """`rows`: subject, its id, name, value."""
    told: dict[str, Any] = json.loads(json.dumps(data))
    for subject, about, name, value in rows:
        first, _, rest = name.partition(".")
        if first == "goods":
            _goods(told["known"], about if subject == "sku" else None)[rest] = value
            path = "known.goods"
        elif first == "promises" and rest:
            told["promises"] = [*(told["promises"] or ()), {"id": rest, **_object(name, value)}]
            path = first
        elif first == "evidence":
            told["evidence"] = [*(told["evidence"] or ()), _evidence(name, value)]
            path = first
        else:
            _put(told, name, None if value == NOT_YET and name.startswith("timeline.happened.") else value)
            path = name
        source = FactSource.HAND if path.startswith("shop.") else _SOURCES.get(subject, FactSource.HAND)
        told["sources"][path] = source.value
    return told


def _goods(known: dict[str, Any], sku_id: str | None) -> dict[str, Any]:
    rows: list[dict[str, Any]] = known["goods"] or []
    known["goods"] = rows
    found = next((row for row in rows if row.get("sku_id") == sku_id and not row.get("line_id")), None)
    if found is None:
        found = {"sku_id": sku_id}
        rows.append(found)
    return found


def _evidence(name: str, value: Any) -> dict[str, Any]:
    """`evidence.photo.buyer` with a count, or with an object of its other fields."""
    parts = name.split(".")
    if len(parts) != _EVIDENCE_PARTS:
        raise ConfigError(
            f"{name}: write evidence.WHAT.BY, such as evidence.photo.buyer",
            zh=f"{name}: 请写作 evidence.凭证.提供方, 如 evidence.photo.buyer",
        )
    own = value if isinstance(value, dict) else {"count": value}
    return {"what": parts[1], "by": parts[2], **own}


def _object(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(
            f'{name}: expected an object such as {{"what": "no_reason", "days": 30}}',
            zh=f'{name}: 应为对象, 如 {{"what": "no_reason", "days": 30}}',
        )
    return value


def _put(told: dict[str, Any], name: str, value: Any) -> None:
    *above, last = name.split(".")
    place = told
    for part in above:
        below = place.get(part)
        if not isinstance(below, dict):
            known = ", ".join(place)
            raise ConfigError(
                f"{name}: no such fact; there are: {known}", zh=f"{name}: 没有此事实; 可用: {known}"
            )
        place = below
    place[last] = value
