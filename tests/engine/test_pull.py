"""A pull: what it brings, that a second one changes nothing, and what happens when things go wrong."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from attrs import evolve
from tests.engine.market import ACCOUNT, NOW, Market, case, minutes, order, review

from omnishop import AuthError, ConfigError, NotFound, PermissionDenied, Transient, WireError, engine
from omnishop.client import Shop
from omnishop.drivers.tokens import MemoryTokens
from omnishop.engine.plan import LAG, SEAM
from omnishop.model import Kind, OrderStatus, Reply, Stage, Unreadable
from omnishop.ports import Account, App
from omnishop.store import Query, Saved

DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def kind_of_database(request):
    return request.param


@pytest.fixture
def busy(market):
    """Some of everything, more than a page of each."""
    market.orders += [order(f"o{n}", NOW - n * DAY) for n in range(1, 9)]
    market.cases += [case(f"c{n}", NOW - n * DAY, order_id=f"o{n}") for n in range(1, 9)]
    market.reviews += [review(f"r{n}", NOW - n * DAY, stars=5) for n in range(1, 5)]
    return market


def test_a_first_pull_brings_everything_once(store, busy, pull):
    report = pull()
    assert report.ok
    assert (report.saved("order").new, report.saved("review").new) == (8, 4)
    assert report.saved("case").new == 8
    assert [store.records.count(kind) for kind in ("order", "case", "review")] == [8, 8, 4]


def test_the_second_pull_changes_nothing_and_fetches_no_detail(store, busy, pull):
    pull()
    before = store.records.list("case"), store.records.list("order"), store.records.list("review")
    asked = len(busy.details)
    again = pull()
    assert (again.saved().new, again.saved().changed) == (0, 0)
    assert again.saved().unchanged > 0
    assert len(busy.details) == asked == 8, "a case open and changed is completed once"
    assert (store.records.list("case"), store.records.list("order"), store.records.list("review")) == before


def test_a_case_is_kept_as_its_detail_tells_it(store, busy, pull):
    pull()
    kept = store.records.get("case", "market", "77", "c3")
    assert kept.kind is Kind.REFUND_ONLY
    assert kept.reason.text == "from the detail"
    assert kept.raw == b"detail c3"
    assert (kept.shop_id, kept.storefront) == ("77", "stall"), "the token says what the wire leaves out"


def test_only_what_moved_is_completed_again(store, busy, pull):
    pull()
    busy.details.clear()
    busy.cases[0] = evolve(busy.cases[0], changed_at=NOW + minutes(9), stage=Stage.SUCCEEDED)
    report = pull(now=NOW + minutes(10))
    assert busy.details == ["c1"]
    assert report.saved("case").changed == 1
    assert store.records.get("case", "market", "77", "c1").stage is Stage.SUCCEEDED


def test_the_next_pull_reads_only_from_where_the_last_one_stood(busy, pull):
    pull()
    busy.windows.clear()
    pull(now=NOW + minutes(10))
    starts = {stream: window.start for stream, window in busy.windows}
    assert starts["orders changed"] == starts["cases changed"] == NOW + minutes(10) - LAG - SEAM, "the news"
    assert min(window.start for stream, window in busy.windows if stream == "orders changed") == (
        NOW - LAG - minutes(5)
    )
    busy.windows.clear()
    pull(now=NOW + minutes(12))
    asked = [window.start for stream, window in busy.windows if stream == "orders changed"]
    assert asked == [NOW + minutes(10) - LAG - minutes(5)], "too little to close yet: one reading for both"


def test_what_a_late_list_shows_is_not_missed(store, busy, pull):
    pull()
    busy.orders.append(order("late", NOW - timedelta(seconds=30)))
    pull(now=NOW + minutes(10))
    assert store.records.get("order", "market", "77", "late")


def test_the_first_pull_goes_back_thirty_days_and_brings_every_open_case(store, market, pull):
    market.orders += [order("old", NOW - 40 * DAY), order("new", NOW - 29 * DAY)]
    market.cases += [case("old open", NOW - 80 * DAY), case("old ended", NOW - 80 * DAY, stage=Stage.CLOSED)]
    pull()
    assert [each.order_id for each in store.records.list("order")] == ["new"]
    assert [each.case_id for each in store.records.list("case")] == ["old open"]


def test_since_fills_in_what_lies_before(store, market, pull):
    market.orders += [order("old", NOW - 40 * DAY), order("beyond", NOW - 200 * DAY)]
    pull()
    report = pull(since=NOW - 300 * DAY)
    read = next(each for each in report.streams if each.stream == "orders changed")
    assert [each.order_id for each in store.records.list("order")] == ["old"]
    assert read.short, "the platform's reach is told"
    assert NOW - 91 * DAY < read.read.start < NOW - 89 * DAY


def test_orders_listed_by_change_are_not_read_by_creation_too(busy, pull):
    assert "orders created" not in {each.stream for each in pull().streams}


def test_the_progress_names_each_page(busy, pull):
    told = []
    report = pull(told=told.append)
    orders = [each for each in told if each.stream == "orders changed"]
    assert orders[-1].saved == report.streams[0].saved
    assert orders[-1].window == orders[-1].windows >= 5
    assert [each.window for each in orders] == sorted(each.window for each in orders)


# ---------------------------------------------------------------- proof


def test_a_window_is_read_again_until_the_count_holds(store, busy, pull):
    busy.lost["o2"] = 2
    report = pull()
    assert report.ok
    assert store.records.count("order") == 8


def test_a_window_that_never_holds_stays_open_and_is_marked(store, stored, busy, pull):
    busy.lost["o2"] = 99
    report = pull()
    orders = next(each for each in report.streams if each.stream == "orders changed")
    assert isinstance(orders.error, Transient)
    assert not report.ok
    assert store.records.count("order") == 7, "what came is kept"
    cursor = store.cursors.get(stored.row, "orders changed")
    assert cursor.unverified
    assert cursor.until < NOW - 2 * DAY, "the cursor stays before the window"
    assert store.records.count("case") == 8, "the other lists go on"

    busy.lost.clear()
    assert pull().ok
    assert store.cursors.get(stored.row, "orders changed").unverified is None
    assert store.records.count("order") == 8


def test_a_list_without_counts_is_bounded_and_its_open_cases_are_read_one_by_one(store, stored, busy, pull):
    busy.counts = False
    report = pull()
    assert report.ok
    assert store.records.count("order") == 8
    assert {each.proof for each in report.streams} == {"bounded"}
    assert busy.asked == [], "the list of open ones has just named them"

    busy.cases[2] = evolve(busy.cases[2], stage=Stage.CLOSED, changed_at=NOW - 30 * DAY)
    pull(now=NOW + minutes(59))
    assert busy.asked == []
    pull(now=NOW + minutes(61))
    assert busy.asked == ["c3"]


def test_a_list_that_should_count_and_does_not_cannot_tell(busy, pull, monkeypatch):
    told = busy._paged
    monkeypatch.setattr(Market, "_paged", lambda market, *how: uncounted(told(*how)))
    report = pull()
    assert not report.ok
    assert all(each.read is None for each in report.streams if each.stream != "cases open")


def test_what_a_window_could_not_prove_its_halves_may(store, busy, pull):
    busy.lost["o2"] = 3
    assert pull().ok
    assert store.records.count("order") == 8
    assert busy.asked == [], "who was met again need not be asked for"


def test_more_rows_in_a_moment_than_the_list_hands_out_are_told(store, stored, busy, pull):
    busy.depth = 2
    busy.orders = [order(f"o{n}", NOW - minutes(40)) for n in range(3)]
    report = pull()
    assert "3 records are too many to be read as one" in str(report.errors[0])
    assert store.cursors.get(stored.row, "orders changed").unverified


def uncounted(pages):
    return evolve((yield from pages), total=None)


def test_a_row_that_the_filter_should_have_kept_out_closes_nothing(store, stored, busy, pull):
    stray = Unreadable("market", "claim", "outside the window", "c99", b"{}", stray=True)
    busy.unreadable.append((NOW - DAY, stray))
    report = pull()
    assert "cases changed: 1 rows do not match the filter sent" in str(report.errors[0])
    assert store.cursors.get(stored.row, "cases changed").unverified
    busy.unreadable.clear()
    assert pull().ok
    assert store.cursors.get(stored.row, "cases changed").unverified is None


def test_a_row_that_does_not_tell_the_time_it_was_asked_by_is_kept_apart(store, busy, pull):
    busy.cases.append(case("c9", None, opened_at=NOW - DAY))
    assert pull().ok
    assert "changed_at: missing" in {each.error for each in store.quarantine.list()}


def test_a_list_of_more_rows_than_one_window_hands_out_is_read_in_parts(busy, pull, store):
    busy.depth = 2
    busy.orders = [order(f"o{n}", NOW - minutes(40 + n)) for n in range(9)]
    assert pull().ok
    assert store.records.count("order") == 9


def test_what_left_a_window_while_it_was_read_is_asked_for_unless_it_turned_up_later(busy, pull, store):
    def mood(stream, window):
        if stream == "orders changed" and len(busy.windows) == 1:
            busy.orders[1] = evolve(busy.orders[1], changed_at=NOW - 60 * DAY)  # gone from every list
            busy.lost["o3"] = 1

    busy.mood = mood
    busy.lost["o1"] = 1
    assert pull().ok
    assert busy.asked == ["o2"]
    assert store.records.count("order") == 8


# ---------------------------------------------------------------- what cannot be read


def test_an_unreadable_record_is_kept_apart_and_the_rest_goes_on(store, busy, pull):
    bad = Unreadable("market", "claim", "amounts.requested: not an amount", "c99", b'{"amount": "x"}')
    busy.unreadable.append((NOW - DAY, bad))
    report = pull()
    assert report.ok
    assert report.quarantined == 1
    pull()
    [kept] = store.quarantine.list()
    assert (kept.raw, kept.error, kept.record_id) == (bad.raw, bad.error, "c99")
    assert store.records.count("case") == 8

    busy.unreadable.clear()
    busy.cases.append(case("c99", NOW - DAY))
    pull()
    assert store.quarantine.list() == [], "read well since"


def test_the_same_unreadable_record_is_counted_not_kept_twice(store, busy, pull):
    busy.unreadable.append((NOW - minutes(2), Unreadable("market", "claim", "no id", None, b"{}")))
    pull()
    pull()
    assert [each.times for each in store.quarantine.list()] == [2]


def test_a_record_of_another_shop_is_not_taken(store, busy, pull):
    busy.orders.append(order("theirs", NOW - DAY, shop_id="78"))
    assert pull().quarantined == 1
    assert store.records.count("order") == 8
    assert "another shop" in store.quarantine.list()[0].error


def test_an_id_that_not_every_database_can_hold_is_kept_as_it_came(pull, store, market):
    market.orders = [
        order("good", NOW - minutes(9)),
        order("b\x00d", NOW - minutes(9)),
    ]
    assert pull().ok
    assert store.records.count("order") == 1
    [kept] = store.quarantine.list()
    assert (kept.record_id, kept.error, kept.raw) == (None, "id: holds a NUL character", b"order b\x00d")


@pytest.mark.parametrize("lost", [NotFound("gone"), WireError("not JSON")])
def test_a_detail_that_cannot_be_had_leaves_what_the_list_told(store, busy, pull, lost):
    def refuse(listed):
        raise lost

    busy.detail = refuse
    assert pull().ok
    kept = store.records.get("case", "market", "77", "c1")
    assert (kept.stage, kept.kind, kept.raw) == (Stage.REQUESTED, Kind.UNKNOWN, b"list c1")
    assert bool(store.quarantine.list()) is isinstance(lost, WireError)

    busy.detail = None
    busy.details.clear()
    pull()
    assert store.records.get("case", "market", "77", "c1").kind is Kind.REFUND_ONLY, "asked again next time"


def test_an_unreadable_detail_is_quarantined_and_the_list_kept(store, busy, pull):
    busy.detail = lambda listed: Unreadable("market", "claim", "stage: not text", listed.case_id, b"[]")
    assert pull().ok
    assert store.records.count("case") == 8
    assert len(store.quarantine.list()) == 8


# ---------------------------------------------------------------- errors


def test_a_detail_that_lags_behind_its_list_is_asked_for_again(store, busy, pull):
    """A copy of the platform's that is a little late tells an older state than the list did."""
    before = evolve(busy.cases[0], changed_at=NOW - minutes(300), stage=Stage.REQUESTED)
    busy.cases[0] = evolve(before, changed_at=NOW - minutes(5), stage=Stage.SUCCEEDED)
    busy.detail = lambda listed: before if listed.case_id == "c1" else listed
    assert pull().ok, "its window is read again until it closes"
    assert store.records.get("case", "market", "77", "c1").stage is Stage.REQUESTED
    busy.detail = None
    pull(NOW + minutes(1))
    assert store.records.get("case", "market", "77", "c1").stage is Stage.SUCCEEDED


def test_no_window_closes_on_details_that_lag_behind_it(store, stored, busy, pull):
    lagging = evolve(busy.cases[2], changed_at=busy.cases[2].changed_at - minutes(1))
    busy.detail = lambda listed: lagging if listed.case_id == lagging.case_id else listed
    report = pull()
    [error] = report.errors
    assert "older than their rows" in error.en
    assert store.cursors.get(stored.row, "cases changed").until < busy.cases[2].changed_at
    busy.detail = None
    assert pull().ok
    assert store.cursors.get(stored.row, "cases changed").until == NOW - LAG
    assert store.records.get("case", "market", "77", lagging.case_id).changed_at > lagging.changed_at


def test_a_refused_list_does_not_stop_the_others(store, busy, pull):
    def mood(stream, window):
        if stream == "orders changed":
            raise PermissionDenied("the app may not read orders")

    busy.mood = mood
    report = pull()
    assert [type(error) for error in report.errors] == [PermissionDenied]
    assert report.error is None
    assert store.records.count("case") == 8


def test_a_refused_login_stops_the_shop_at_once(busy, pull):
    def mood(stream, window):
        raise AuthError("log in again")

    busy.mood = mood
    report = pull()
    assert isinstance(report.error, AuthError)
    assert len(report.errors) == len(report.streams) == 1


def test_one_failing_shop_does_not_stop_the_others(store, stored, busy):
    other = store.shops.add(Account(App("market", "key-2", "secret"), "stall", "78", alias="other"), now=NOW)
    down = Market(mood=_down)
    markets = {"77": down, "78": Market(orders=[order("theirs", NOW - DAY)])}

    def opened(kept, shop):
        return Shop(engine.account_of(kept, shop), MemoryTokens({}), adapter=markets[shop.shop_id])

    report = engine.pull(store, [stored, other], now=lambda shop: NOW, opened=opened)
    assert [shop.ok for shop in report.shops] == [False, True]
    assert not report.ok
    assert report.saved("order") == Saved(new=1, unchanged=0)
    assert isinstance(report.shops[0].error, Transient)


def _down(stream, window):
    raise Transient("down")


def test_a_shop_that_cannot_be_opened_stands_in_the_report(store, stored):
    def opened(kept, shop):
        raise ConfigError("no adapter")

    report = engine.pull(store, [stored], now=lambda shop: NOW, opened=opened)
    assert isinstance(report.shops[0].error, ConfigError)


def test_the_shops_id_is_asked_for_when_nobody_told_it(store, market):
    nameless = store.shops.add(Account(App("market", "key-3", "secret"), "stall", None, alias="new"), now=NOW)
    market.orders.append(order("o1", NOW - DAY))
    with Shop(engine.account_of(store, nameless), MemoryTokens({}), adapter=market) as shop:
        assert engine.pull_shop(store, nameless, shop, now=NOW).ok
    assert store.shops.get("new").shop_id == "77"
    assert store.records.list("order", Query(shop="77"))


def test_a_platform_that_does_not_tell_the_id_is_told_so(store):
    nameless = store.shops.add(Account(App("market", "key-3", "secret"), "stall", None, alias="new"), now=NOW)
    with Shop(engine.account_of(store, nameless), MemoryTokens({}), adapter=Market(own_id=None)) as shop:
        report = engine.pull_shop(store, nameless, shop, now=NOW)
    assert isinstance(report.error, ConfigError)


def test_a_stop_in_the_middle_keeps_what_was_committed_and_goes_on_from_there(store, stored, busy, pull):
    """Ctrl-C in the third window of orders."""

    def mood(stream, window):
        if stream == "orders changed" and len(busy.windows) == 2:
            raise KeyboardInterrupt

    busy.mood = mood
    with pytest.raises(KeyboardInterrupt):
        pull()
    kept = store.cursors.get(stored.row, "orders changed")
    assert kept.until is not None

    busy.mood = lambda stream, window: None
    busy.windows.clear()
    assert pull().ok
    first = next(window for stream, window in busy.windows if stream == "orders changed")
    assert first.start == kept.until - minutes(5)
    assert store.records.count("order") == 8


def test_what_came_of_a_window_before_it_failed_is_kept(store, stored, market, pull):
    """Its first two pages of three; the cursor does not move past it."""
    market.orders += [order(f"o{n}", NOW - n * minutes(60)) for n in range(1, 9)]
    pages = []

    def mood(stream, window):
        pages.append(window)
        if stream == "orders changed" and pages.count(window) == 3:
            raise Transient("the connection was lost", zh="连接中断")

    market.mood = mood
    assert not pull().ok
    assert store.records.count("order") == 6
    assert store.cursors.get(stored.row, "orders changed").until is None


# ---------------------------------------------------------------- records change


def test_an_older_snapshot_does_not_undo_a_newer_one(store, market, pull):
    market.orders = [order("o1", NOW - minutes(3), status=OrderStatus.SHIPPED)]
    pull()
    market.orders = [order("o1", NOW - minutes(4), status=OrderStatus.PAID)]
    pull()
    assert store.records.get("order", "market", "77", "o1").status is OrderStatus.SHIPPED


def test_a_reply_to_a_review_of_yesterday_is_a_change(store, market, pull):
    """Reviews are listed by creation, so the last days are read again."""
    market.reviews = [review("r1", NOW - DAY)]
    pull()
    market.reviews = [review("r1", NOW - DAY, reply=Reply("thank you", NOW))]
    assert pull(now=NOW + DAY).saved("review").changed == 1
    assert store.records.get("review", "market", "77", "r1").reply.text == "thank you"


@pytest.mark.parametrize("control", [None, "http://127.0.0.1:1/_control"], ids=["real", "simulated"])
def test_a_change_dated_the_next_second_is_seen_of_a_simulated_shop_only(store, market, control):
    """While a simulated clock stands, its changes take the seconds to come; no real platform is asked for them."""
    stored = store.shops.add(evolve(ACCOUNT, alias=None), now=NOW, control=control)
    market.orders = [order("o1", NOW + timedelta(seconds=2))]
    with Shop(engine.account_of(store, stored), MemoryTokens({}), adapter=market) as shop:
        assert engine.pull_shop(store, stored, shop, now=NOW).saved().new == (1 if control else 0)
        assert engine.pull_shop(store, stored, shop, now=NOW + minutes(1)).ok
    assert store.records.count("order") == 1
    latest = max(window.end for _, window in market.windows)
    assert latest == NOW + minutes(2 if control else 1)


def test_one_record_twice_on_a_page_is_one_row(store, market, pull):
    market.counts = False
    market.orders = [order("o1", NOW - DAY), order("o1", NOW - DAY, remark="call first")]
    pull()
    [kept] = store.records.list("order")
    assert kept.remark == "call first"


def test_a_world_whose_clock_went_back_is_still_read(store, market, pull):
    pull()
    market.orders = [order("o1", NOW - DAY - minutes(2))]
    pull(now=NOW - DAY)
    assert store.records.count("order") == 1


def test_windows_cover_the_whole_time(market, pull):
    pull()
    windows = sorted(
        w for stream, w in ((s, (w.start, w.end)) for s, w in market.windows) if stream == "reviews"
    )
    assert windows[0][0] == NOW - 30 * DAY
    assert windows[-1][1] == NOW
    assert all(later[0] < earlier[1] for earlier, later in pairwise(windows))


def test_what_came_back_in_which_parcel_is_kept_and_never_forgotten(store, busy, pull):
    busy.sent_back = {"c1": "SF1", "c2": "SF1"}
    pull()
    assert [each.case.case_id for each in store.parcels.on(["SF1"])] == ["c1", "c2"]
    busy.sent_back = {"c2": "SF2"}
    pull(now=NOW + minutes(10))
    kept = store.parcels.of([each.case for each in store.parcels.on(["SF1", "SF2"])])
    assert sorted((each.case.case_id, each.tracking_no) for each in kept) == [
        ("c1", "SF1"),
        ("c2", "SF1"),
        ("c2", "SF2"),
    ]
