"""Which scene is played on which storefront, and why it is not on the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import frozen
from tests.scenes.stage import FRONTS

from omnishop import registry
from omnishop.acts import Verb, Write
from omnishop.model import Kind

SCENES = (
    "two cases on one order",
    "several parcels",
    "three asked, two received",
    "partial refund, then exchange",
    "the buyer withdraws while we agree",
    "the deadline passes during our call",
    "version conflict",
    "one refund asked by two workers",
    "refusal without evidence",
    "agreed by the platform a second before us",
    "address missing",
    "operator session missing",
    "SMS code wanted",
    "exchange of unequal value",
    "a shipped order's cancel",
    "the answer lost and the reading stale",
    "5xx after commit",
    "an unmapped gateway code after a write",
)


@frozen
class Cannot:
    """`reason`: why a scene does not occur on a storefront; `true`: what its table of writes must be for that."""

    reason: str
    true: Callable[[tuple[Write, ...]], bool]


def _rows(rows: tuple[Write, ...], verb: Verb, kind: Kind) -> list[Write]:
    return [row for row in rows if row.verb is verb and (not row.kinds or kind in row.kinds)]


def _no_exchange(rows: tuple[Write, ...]) -> bool:
    return not _rows(rows, Verb.AGREE_RETURN, Kind.EXCHANGE)


def _no_operator(rows: tuple[Write, ...]) -> bool:
    return all(row.session == "main" for row in rows)


def _no_proof(rows: tuple[Write, ...]) -> bool:
    found = _rows(rows, Verb.REFUSE, Kind.RETURN_REFUND)
    return bool(found) and not any("evidence" in row.needs for row in found)


CANNOT: dict[tuple[str, str], Cannot] = {
    ("partial refund, then exchange", "taobao"): Cannot(
        "exchanges are not agreed to over its API", _no_exchange
    ),
    ("refusal without evidence", "taobao"): Cannot("a proof may be given there and need not be", _no_proof),
    ("refusal without evidence", "jd"): Cannot("its audit takes a reason and words, no pictures", _no_proof),
    ("operator session missing", "jd"): Cannot("one session does everything there", _no_operator),
    ("operator session missing", "douyin"): Cannot("one session does everything there", _no_operator),
    ("SMS code wanted", "jd"): Cannot("no write of its wire takes a code", _no_operator),
    ("SMS code wanted", "douyin"): Cannot("no write of its wire takes a code", _no_operator),
}

PLAYED: dict[str, set[str]] = {scene: set() for scene in SCENES}
"""Filled as the files of scenes are read."""


def played(scene: str) -> Any:
    """Parametrizes a test over every storefront on which its scene can occur."""
    fronts = [front for front in FRONTS if (scene, front.name) not in CANNOT]
    PLAYED[scene] |= {front.name for front in fronts}
    return pytest.mark.parametrize("front", fronts, ids=str)


def writes(front: str) -> tuple[Write, ...]:
    platform = next(each.platform for each in FRONTS if each.name == front)
    return registry.adapter(platform).writes(front)
