"""The suite that every adapter passes, for JD."""

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
from omnishop_jd.writes.goods import RECEIVE_SETTINGS

PROVED = Path(__file__).parents[3] / "docs" / "proved.json"

JD = Candidate(
    "jd",
    "jd",
    settings={
        "operate_pin": "cs01",
        "contact_tel": "0571-88001234",
        "offline_change_op_flag": "1",
        **dict.fromkeys(RECEIVE_SETTINGS.values(), "10"),
        "receive_quality_state_bad": "20",
    },
    settings_from=lambda shop: {"customer_code": shop.marks["customer_code"]},
    said={"carrier": "顺丰快递", "intervene.reason": "101"},
    scenarios=(Scenario("called unsolved", Kind.RETURN_REFUND, "delivered", (("call_unsolved", 1),)),),
    lenient={"intervene-case-awaiting_return+4": frozenset({"resent", "unknown"})},
    renews_late=False,
    signposts=frozenset({"agree-case-refund_only-requested"}),
)


class TestReadBack(ReadBackConformance):
    candidate = JD


class TestWrites(WritesConformance):
    candidate = JD


class TestVersions(VersionsConformance):
    candidate = JD


class TestReads(ReadsConformance):
    candidate = JD


class TestErrors(ErrorsConformance):
    candidate = JD


class TestFaults(FaultsConformance):
    candidate = JD


class TestPaging(PagingConformance):
    candidate = JD


class TestTokens(TokensConformance):
    candidate = JD


class TestLevels(LevelsConformance):
    candidate = JD
    recorded = PROVED


class TestLive(LiveConformance):
    candidate = JD


class TestPushes(PushesConformance):
    candidate = JD
