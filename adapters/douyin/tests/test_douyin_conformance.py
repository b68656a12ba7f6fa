"""The suite that every adapter passes, for Douyin."""

from __future__ import annotations

from pathlib import Path

from omnishop.testing import (
    ErrorsConformance,
    FaultsConformance,
    LevelsConformance,
    LiveConformance,
    PagingConformance,
    PushesConformance,
    ReadBackConformance,
    ReadsConformance,
    TokensConformance,
    VersionsConformance,
    WritesConformance,
)
from omnishop.testing.bench import Candidate

PROVED = Path(__file__).parents[3] / "docs" / "proved.json"

DOUYIN = Candidate(
    "douyin",
    "douyin",
    said={"refuse_return.reason": "3"},
    lenient={
        "ship-case-cancel-requested": frozenset({"unknown"})
    },  # withdrawn: the order goes out as any other
    signposts=frozenset({"refuse-case-cancel-requested"}),
    silent=frozenset({"cancel_order-case-cancel-requested"}),
)


class TestReadBack(ReadBackConformance):
    candidate = DOUYIN


class TestWrites(WritesConformance):
    candidate = DOUYIN


class TestVersions(VersionsConformance):
    candidate = DOUYIN


class TestReads(ReadsConformance):
    candidate = DOUYIN


class TestErrors(ErrorsConformance):
    candidate = DOUYIN


class TestFaults(FaultsConformance):
    candidate = DOUYIN


class TestPaging(PagingConformance):
    candidate = DOUYIN


class TestTokens(TokensConformance):
    candidate = DOUYIN


class TestLevels(LevelsConformance):
    candidate = DOUYIN
    recorded = PROVED


class TestLive(LiveConformance):
    candidate = DOUYIN


class TestPushes(PushesConformance):
    candidate = DOUYIN
