"""The suite that every adapter passes, for Taobao and Tmall."""

from __future__ import annotations

from pathlib import Path

from omnishop.model import Kind
from omnishop.sandbox.steps import Scenario
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

ENDED = frozenset({"succeeded", "closed"})
TALK = ("ask_evidence", "message", "submit_evidence")
"""The rows are for open cases; that the platform takes no words on ended ones is documented nowhere."""

TMALL = Candidate(
    "taobao",
    "tmall",
    lenient={
        f"{verb}-case-{kinds}-awaiting_return+8": ENDED for verb in TALK for kinds in ("cancel+5", "exchange")
    },
    scenarios=(
        Scenario("exchange, staff wanted", Kind.EXCHANGE, "delivered", (("refuse", 1), ("escalate", 1))),
    ),
)
TAOBAO = Candidate(
    "taobao",
    "taobao",
    lenient={f"{verb}-case-cancel+6-awaiting_return+8": ENDED for verb in TALK},
)


class TestTmallReadBack(ReadBackConformance):
    candidate = TMALL


class TestTmallWrites(WritesConformance):
    candidate = TMALL


class TestTmallVersions(VersionsConformance):
    candidate = TMALL


class TestTaobaoReadBack(ReadBackConformance):
    candidate = TAOBAO


class TestTaobaoWrites(WritesConformance):
    candidate = TAOBAO


class TestTaobaoVersions(VersionsConformance):
    candidate = TAOBAO


class TestTmallReads(ReadsConformance):
    candidate = TMALL


class TestTaobaoReads(ReadsConformance):
    candidate = TAOBAO


class TestTmallErrors(ErrorsConformance):
    candidate = TMALL


class TestTmallFaults(FaultsConformance):
    candidate = TMALL


class TestTmallPaging(PagingConformance):
    candidate = TMALL


class TestTmallTokens(TokensConformance):
    candidate = TMALL


class TestTaobaoErrors(ErrorsConformance):
    candidate = TAOBAO


class TestTaobaoFaults(FaultsConformance):
    candidate = TAOBAO


class TestTaobaoPaging(PagingConformance):
    candidate = TAOBAO


class TestTaobaoTokens(TokensConformance):
    candidate = TAOBAO


class TestTmallLevels(LevelsConformance):
    candidate = TMALL
    recorded = PROVED


class TestTaobaoLevels(LevelsConformance):
    candidate = TAOBAO
    recorded = PROVED


class TestTmallLive(LiveConformance):
    candidate = TMALL


class TestTaobaoLive(LiveConformance):
    candidate = TAOBAO


class TestTmallPushes(PushesConformance):
    candidate = TMALL


class TestTaobaoPushes(PushesConformance):
    candidate = TAOBAO
