"""Running, degraded, unverified: a pure judgement; every reason in two languages with what to do next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from omnishop.model import Text
from omnishop.store import StoredShop
from omnishop.store.glance import Backlog, Ban, Doubts, Ends, Lately
from omnishop.store.whys import Why
from omnishop.watching import Limits, Seen, ShopSeen, State, judge
from omnishop.watching.told import health_json

NOW = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
SHOP = StoredShop(1, "paper", "paper", "77", "corner", "k", NOW)
REFUSED = Why("AuthError", Text("请重新授权", "log in again"))
LOST = Why("Transient", Text("连接中断", "no connection"))
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
WELL = ShopSeen(SHOP, NOW, true_at=NOW - MINUTE, tokens={"main": Ends(NOW + 10 * DAY, renews=True)})

TROUBLES = {
    "unverified": (evolve(WELL, unverified={"cases": "the total moved"}), State.UNVERIFIED),
    "never_read": (evolve(WELL, true_at=None, unread=("orders",)), State.UNVERIFIED),
    "stale": (evolve(WELL, true_at=NOW - timedelta(hours=1)), State.DEGRADED),
    "clock": (evolve(WELL, true_at=NOW + timedelta(hours=1)), State.DEGRADED),
    "out_of_reach": (evolve(WELL, now=None, trouble=Text("无法连接", "no connection")), State.DEGRADED),
    "token_refused": (evolve(WELL, lately=Lately(1, REFUSED, NOW)), State.DEGRADED),
    "failing": (evolve(WELL, lately=Lately(3, LOST, NOW)), State.DEGRADED),
    "token_missing": (evolve(WELL, tokens={}), State.DEGRADED),
    "token_ending": (evolve(WELL, tokens={"main": Ends(NOW + DAY, renews=False)}), State.DEGRADED),
    "token_ended": (evolve(WELL, tokens={"main": Ends(NOW - DAY, renews=False)}), State.DEGRADED),
    "inbox_waits": (evolve(WELL, backlog=Backlog(3, NOW - timedelta(hours=1))), State.DEGRADED),
    "inbox_failed": (evolve(WELL, backlog=Backlog(failed=2)), State.DEGRADED),
    "quarantine": (evolve(WELL, quarantined=4), State.DEGRADED),
    "doubts": (evolve(WELL, doubts=Doubts(1, NOW - MINUTE)), State.DEGRADED),
}
WHOLE = {
    "no_shop": (Seen(NOW, ()), State.UNVERIFIED),
    "key": (Seen(NOW, (evolve(WELL, tokens=None),), key_trouble=Text("密钥", "the key")), State.DEGRADED),
    "quarantine": (Seen(NOW, (WELL,), unreadable=1), State.DEGRADED),
    "banned": (
        Seen(NOW, (WELL,), bans=(Ban("paper", "", "case.list", NOW + timedelta(hours=1), "7"),)),
        State.DEGRADED,
    ),
    "disk": (Seen(NOW, (WELL,), disk_free=2**20), State.DEGRADED),
    "clock": (Seen(NOW, (WELL,), clocks={"database": timedelta(minutes=-5)}), State.DEGRADED),
}


def test_all_is_well():
    health = judge(Seen(NOW, (WELL,), disk_free=2**40))
    assert (health.state, health.reasons) == (State.RUNNING, ())
    assert health.counts() == {State.RUNNING: 1, State.DEGRADED: 0, State.UNVERIFIED: 0}
    [shop] = health.shops
    assert (shop.state, shop.age) == (State.RUNNING, MINUTE)


@pytest.mark.parametrize("key", TROUBLES)
def test_one_thing_is_wrong_with_a_shop(key):
    seen, state = TROUBLES[key]
    health = judge(Seen(NOW, (WELL, seen)))
    well, found = health.shops
    assert well.state is State.RUNNING
    assert [reason.key for reason in found.reasons] == [key]
    assert found.state is health.state is state


@pytest.mark.parametrize(
    ("lately", "key"), [(Lately(1, REFUSED, NOW), "token_refused"), (Lately(3, LOST, NOW), "failing")]
)
def test_what_hindered_a_round_is_said_in_the_language_asked_for(lately, key):
    [shop] = judge(Seen(NOW, (evolve(WELL, lately=lately),))).shops
    [reason] = shop.reasons
    assert reason.key == key
    assert f"{lately.why.error}: {lately.why.text.zh}" in reason.text.zh
    assert lately.why.text.en not in reason.text.zh
    assert f"{lately.why.error}: {lately.why.text.en}" in reason.text.en


@pytest.mark.parametrize("key", WHOLE)
def test_one_thing_is_wrong_with_all(key):
    seen, state = WHOLE[key]
    health = judge(seen)
    assert [reason.key for reason in health.reasons] == [key]
    assert health.state is state
    assert all(shop.state is State.RUNNING for shop in health.shops)


@pytest.mark.parametrize(
    "seen",
    [
        evolve(WELL, lately=Lately(2, LOST, NOW)),  # tried again soon
        evolve(WELL, lately=Lately(0, REFUSED, NOW)),  # it was, and is no more
        evolve(WELL, backlog=Backlog(3, NOW - MINUTE)),
        evolve(WELL, tokens={"main": Ends(NOW - DAY, renews=True)}),  # the next call refreshes it
        evolve(WELL, tokens={"main": Ends(None, renews=False)}),
        evolve(WELL, true_at=NOW + timedelta(seconds=5)),
    ],
)
def test_what_is_no_trouble(seen):
    assert judge(Seen(NOW, (seen,))).state is State.RUNNING


def test_whose_clock_it_is():
    apart = {"database": timedelta(seconds=5), "paper": timedelta(hours=1)}
    [reason] = judge(Seen(NOW, (WELL,), clocks=apart)).reasons
    assert reason.text.en == "this clock is +3600 s ahead of that of paper"


def test_a_short_ban_is_how_quotas_are_learned():
    soon = Ban("paper", "77", "", NOW + timedelta(seconds=5), None)
    assert judge(Seen(NOW, (WELL,), bans=(soon,))).state is State.RUNNING


def test_what_is_old_is_for_whoever_watches_to_say():
    seen = Seen(NOW, (evolve(WELL, true_at=NOW - timedelta(hours=2)),))
    assert judge(seen).state is State.DEGRADED
    assert judge(seen, Limits(stale=timedelta(hours=3))).state is State.RUNNING


@given(st.lists(st.sampled_from(sorted(TROUBLES)), max_size=4), st.sampled_from([None, *sorted(WHOLE)]))
def test_the_whole_is_as_ill_as_its_worst_part(keys, of_all):
    base = Seen(NOW, ()) if of_all is None else WHOLE[of_all][0]
    shops = tuple(TROUBLES[key][0] for key in keys)
    health = judge(evolve(base, shops=shops))
    parts = [*(each.state for each in health.shops), *(each.state for each in health.reasons)]
    assert health.state is max(parts, key=list(State).index, default=State.RUNNING)
    assert sum(health.counts().values()) == len(shops)
    for reason in (*health.reasons, *(each for shop in health.shops for each in shop.reasons)):
        for text in (reason.text, reason.cure):
            assert text.zh
            assert text.en
            assert any("一" <= letter <= "鿿" for letter in text.zh)


def test_json_tells_the_worst_first_and_how_many_there_are():
    shops = (WELL, TROUBLES["stale"][0], TROUBLES["unverified"][0])
    told = health_json(judge(Seen(NOW, shops)))
    assert [shop["state"] for shop in told["shops"]] == ["unverified", "degraded", "running"]
    assert told["counts"] == {"running": 1, "degraded": 1, "unverified": 1}
    assert told["shops"][2]["true_as_of"] == "2026-09-01T09:59:00+08:00"
    assert told["shops"][2]["age_s"] == 60.0
    assert set(told["shops"][0]["reasons"][0]) == {"key", "state", "text", "cure"}
    assert len(health_json(judge(Seen(NOW, shops)), most=1)["shops"]) == 1
    assert health_json(judge(Seen(NOW, (WELL,))), most=9)["shops"] == []
