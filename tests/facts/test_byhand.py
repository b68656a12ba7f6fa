"""Facts that people enter: read strictly, laid over what the wire told, the nearer subject last."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.facts.conftest import CASE, KEY, NOW, ORDER

from omnishop import ConfigError
from omnishop.facts import SUBJECTS, entered
from omnishop.model import BEIJING, Fen
from omnishop.policy.casefacts import (
    Evidence,
    FactSource,
    Goods,
    Party,
    PromiseKind,
    Proof,
    Severity,
    ShopPromise,
)
from omnishop.policy.facts import Happening
from omnishop.store import About, CaseKey, Entered

ABOUT = {
    "shop": About.shop("market", "77"),
    "sku": About.sku("market", "77", "s1"),
    "buyer": About.buyer(KEY),
    "order": About.order("market", "77", "100"),
    "case": About.case(CaseKey.of(CASE)),
}


@pytest.fixture
def know(store, keep):
    keep(ORDER, CASE)

    def know(subject, name, text, by="li"):
        store.known.enter([Entered(ABOUT[subject], *entered(subject, name, text), by, NOW)])

    return know


@pytest.mark.parametrize(
    ("name", "text", "read"),
    [
        ("severity", "minor", ("known.severity", "minor")),
        ("known.severity", "severe", ("known.severity", "severe")),
        ("confirmed", "true", ("known.confirmed", True)),
        ("given", "20.00", ("known.given", "20.00")),
        ("reason_changes", "2", ("known.reason_changes", 2)),
        ("refusal.code", "007", ("known.refusal.code", "007")),
        ("ship_within", "48h", ("known.ship_within", "48h")),
        ("approvals", '["supervisor"]', ("known.approvals", ["supervisor"])),
        (
            "happened.decided",
            "2026-05-19 10:00",
            ("timeline.happened.decided", "2026-05-19T10:00:00+08:00"),
        ),
        ("happened.decided", "not_yet", ("timeline.happened.decided", "not_yet")),
        ("evidence.photo.buyer", "3", ("evidence.photo.buyer", 3)),
        ("evidence.photo.buyer", '{"valid": false}', ("evidence.photo.buyer", {"valid": False})),
    ],
)
def test_what_was_typed_is_read_by_what_the_fact_takes(name, text, read):
    assert entered("case", name, text) == read


@pytest.mark.parametrize(
    ("subject", "name", "text", "told"),
    [
        ("case", "severity", "awful", "known.severity: expected one of severe, plain, minor"),
        ("case", "severitty", "minor", "severitty: not a fact that is entered about a case"),
        ("case", "known.severitty", "minor", "did you mean severity"),
        ("case", "case.stage", "closed", "not a fact that is entered about a case"),
        ("case", "known.goods", "[]", "not a fact that is entered about a case"),
        ("case", "goods.opned", "true", "did you mean opened"),
        ("case", "given", "-1.00", "known.given: money is not negative"),
        ("case", "given", "twenty", "known.given: expected yuan as text"),
        ("case", "happened.exploded", "not_yet", "timeline.happened.exploded: expected one of"),
        ("case", "happened.decided", "yesterday", "expected a time"),
        ("case", "evidence.photo", "3", "write evidence.WHAT.BY"),
        ("case", "evidence.rumour.buyer", "3", "evidence[0].what: expected one of photo"),
        ("case", "known.refusal.code.x", "3", "known.refusal.code.x"),
        ("sku", "vip", "true", "vip: not a fact that is entered about a sku; there are: goods.…"),
        ("shop", "promises.p1", "30", "expected an object"),
        ("shop", "promises.p1", '{"what": "no_reason", "days": -1}', "promises[0].days"),
        ("buyer", "buyer.key", "x", "not a fact that is entered about a buyer"),
    ],
)
def test_what_cannot_be_is_told_with_its_path(subject, name, text, told):
    with pytest.raises(ConfigError) as caught:
        entered(subject, name, text)
    assert told in str(caught.value)
    assert caught.value.zh != caught.value.en


def test_facts_about_the_case(facts, know):
    know("case", "severity", "minor")
    know("case", "happened.decided", "not_yet")
    know("case", "happened.stocked", "2026-05-20T09:00:00")
    know("case", "evidence.photo.buyer", "3")
    found = facts()
    assert found.known.severity is Severity.MINOR
    assert found.source_of("known.severity") is FactSource.HAND
    assert found.timeline.happened[Happening.DECIDED] is None
    assert found.timeline.happened[Happening.STOCKED] == datetime(2026, 5, 20, 9, tzinfo=BEIJING)
    assert found.timeline.happened[Happening.APPLIED] == CASE.opened_at
    assert found.evidence == (Evidence(Proof.PHOTO, Party.BUYER, 3),)
    assert (found.case, found.order) == (CASE, ORDER)


def test_facts_about_the_goods_hold_for_every_case_of_them(facts, know):
    know("sku", "goods.custom", "true")
    know("sku", "goods.cost", "12.30")
    know("case", "goods.opened", "true")
    found = facts()
    assert found.known.goods == (Goods(sku_id="s1", custom=True, cost=Fen(1230)), Goods(opened=True))


def test_the_register_of_promises(facts, know):
    know("shop", "promises.live", '{"what": "no_reason", "days": 30, "said": "comment"}')
    know("shop", "promises.page", '{"what": "freight"}')
    found = facts()
    assert [(each.id, each.what, each.days) for each in found.promises] == [
        ("live", PromiseKind.NO_REASON, 30),
        ("page", PromiseKind.FREIGHT, None),
    ]
    assert isinstance(found.promises[0], ShopPromise)
    assert found.source_of("promises") is FactSource.REGISTER


def test_what_is_known_of_the_buyer_shows_on_every_case(facts, know):
    know("buyer", "buyer.blacklisted", "true")
    know("buyer", "buyer.history.malicious", "2")
    found = facts()
    assert found.buyer.blacklisted is True
    assert found.buyer.history.malicious == 2
    assert found.buyer.history.orders == 1
    assert found.source_of("buyer.blacklisted") is FactSource.REGISTER


def test_what_is_nearer_to_the_case_wins(facts, know):
    know("case", "live_stream", "false")
    know("order", "live_stream", "true")
    assert facts().known.live_stream is False


def test_a_balance_is_set_against_what_open_cases_ask_for(facts, know):
    assert facts().shop.refunds_waiting is None
    know("shop", "shop.balance", "100.00")
    found = facts()
    assert (found.shop.balance, found.shop.refunds_waiting) == (Fen(10000), Fen(2500))
    assert found.source_of("shop.refunds_waiting") is FactSource.DERIVED
    assert found.source_of("shop.balance") is FactSource.HAND


def test_every_subject_can_be_known_about(facts, know):
    for subject in SUBJECTS:
        assert subject in ABOUT
