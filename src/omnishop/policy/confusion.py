"""How well reasons are classified: a labelled corpus, and what was told for it."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from attrs import frozen

from omnishop.errors import ConfigError
from omnishop.model import ReasonClass
from omnishop.policy.classes import classifier
from omnishop.policy.layers import Effective

_COLUMNS = ("platform", "part", "code", "text", "detail", "class", "sub")


@frozen
class Labelled:
    """One reason with what a person says it is. `part`: `written` the tables were made from, or `held_out`."""

    platform: str
    part: str
    code: str | None
    text: str | None
    detail: str | None
    cls: ReasonClass
    sub: str | None


@frozen
class Confusion:
    """Of one platform and part: counts by (what it is, what was told)."""

    platform: str
    part: str
    counts: dict[tuple[str, str], int]
    right_sub: int
    with_sub: int
    wrong: tuple[tuple[Labelled, str], ...]

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(cls.value for cls in ReasonClass)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def right(self) -> int:
        return sum(count for (is_it, told), count in self.counts.items() if is_it == told)

    @property
    def accuracy(self) -> float | None:
        return self.right / self.total if self.total else None

    def recall(self, name: str) -> float | None:
        of = sum(count for (is_it, _), count in self.counts.items() if is_it == name)
        return self.counts.get((name, name), 0) / of if of else None

    def precision(self, name: str) -> float | None:
        of = sum(count for (_, told), count in self.counts.items() if told == name)
        return self.counts.get((name, name), 0) / of if of else None

    def json(self) -> dict[str, Any]:
        return {
            "platform": self.platform,
            "part": self.part,
            "total": self.total,
            "right": self.right,
            "with_sub": self.with_sub,
            "right_sub": self.right_sub,
            "confusion": {
                name: {other: self.counts.get((name, other), 0) for other in self.classes}
                for name in self.classes
            },
            "wrong": [
                {
                    "class": row.cls.value,
                    "told": told,
                    "code": row.code,
                    "text": row.text,
                    "detail": row.detail,
                }
                for row, told in self.wrong
            ],
        }


def read_corpus(text: str, file: str) -> list[Labelled]:
    """TSV with a heading; ConfigError names the line that does not fit."""
    reader = csv.DictReader(text.split("\n"), delimiter="\t", quoting=csv.QUOTE_NONE)
    if tuple(reader.fieldnames or ()) != _COLUMNS:
        told = ", ".join(_COLUMNS)
        raise ConfigError(f"{file}: the first line names {told}", zh=f"{file}: 首行须为 {told}")
    return [_row(row, f"{file}:{number}") for number, row in enumerate(reader, 2)]


def _row(row: dict[str, Any], where: str) -> Labelled:
    if None in row or None in row.values():
        raise ConfigError(f"{where}: seven columns", zh=f"{where}: 须为七列")
    if row["class"] not in set(ReasonClass):
        known = ", ".join(ReasonClass)
        raise ConfigError(f"{where}: class is one of {known}", zh=f"{where}: class 须为 {known} 之一")
    return Labelled(
        row["platform"],
        row["part"],
        row["code"] or None,
        row["text"] or None,
        row["detail"] or None,
        ReasonClass(row["class"]),
        row["sub"] or None,
    )


def judged(rows: Iterable[Labelled], packs: Callable[[str], Effective]) -> list[Confusion]:
    """One table for each platform and part, then one for each part over all platforms."""
    known: dict[str, Any] = {}
    told: dict[tuple[str, str], list[tuple[Labelled, str, bool]]] = {}
    for row in rows:
        if row.platform not in known:
            known[row.platform] = classifier(packs(row.platform))
        found = known[row.platform].classify(row.code, row.text, row.detail)
        result = (row, found.cls.value, found.cls is row.cls and found.sub == row.sub)
        for platform in (row.platform, "all"):
            told.setdefault((platform, row.part), []).append(result)
    order = sorted(told, key=lambda each: (each[0] == "all", each[0], each[1] != "written", each[1]))
    return [_counted(platform, part, told[platform, part]) for platform, part in order]


def _counted(platform: str, part: str, told: list[tuple[Labelled, str, bool]]) -> Confusion:
    return Confusion(
        platform,
        part,
        dict(Counter((row.cls.value, got) for row, got, _ in told)),
        sum(right for row, _, right in told if row.sub),
        sum(row.sub is not None for row, _, _ in told),
        tuple((row, got) for row, got, _ in told if got != row.cls.value),
    )
