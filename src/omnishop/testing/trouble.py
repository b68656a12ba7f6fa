"""Trouble: refusals and faults end in the truth or in an honest error, and no write in doubt is sent again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import stamina

from omnishop.acts import Seen, Shown, Write
from omnishop.errors import (
    AuthError,
    ConfigError,
    NotSupported,
    OmnishopError,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    Rejected,
    Transient,
    WireError,
)
from omnishop.sandbox.faults import NAMES, PUSHES
from omnishop.testing import reading
from omnishop.testing.bench import Bench
from omnishop.testing.desk import DOORS, Desk
from omnishop.testing.proving import print_of
from omnishop.testing.scenes import Scene, looked, scene, send, title
from omnishop.testing.suite import Conformance

Kinds = tuple[type[OmnishopError], ...]

REFUSED: Kinds = (Rejected, AuthError, PermissionDenied, RateLimited, ConfigError)
"""Of a write: in words, or before the business saw it."""

STRIKES: dict[str, tuple[Kinds, Kinds]] = {
    "throttle": ((RateLimited,), (RateLimited,)),
    "expired_token": ((AuthError,), (AuthError,)),
    "server_error": ((Transient, WireError), (OutcomeUnknown,)),
    "reset_before": ((Transient,), (OutcomeUnknown,)),
    "reset_after_commit": ((Transient,), (OutcomeUnknown,)),
    "cut_body": ((Transient, WireError), (OutcomeUnknown,)),
    "slow": ((Transient,), (OutcomeUnknown,)),
    "refuse_connect": ((Transient,), (Transient, OutcomeUnknown)),
    "clock_skew": ((AuthError, ConfigError, Transient, Rejected), REFUSED),
}
"""What a read and what a write ends in when each request is struck: the rest distorts answers only."""

NOT_SEEN = frozenset({"reset_before", "refuse_connect"})
DOUBTFUL = frozenset(name for name, (_, writes) in STRIKES.items() if writes == (OutcomeUnknown,))

SPOILT = (
    ("app_secret", "0" * 32, "keys"),
    ("app_key", "99999999", "keys"),
    ("access_token", "nobody-has-this-token", None),
)
"""(key of the ready line, what is sent in its place, what cures it: None for a login or a refresh)."""


def money_row(bench: Bench) -> Write:
    """The write to try: one that moves money where there is one."""
    rows = [row for row in bench.adapter.writes(bench.storefront) if row.method is not None]
    fit = [row for row in rows if title(row) not in bench.candidate.signposts | bench.candidate.silent]
    return next((row for row in fit if row.money), fit[0])


def a_read(bench: Bench, desk: Desk) -> Any:
    """One order by its id."""
    return reading.by_id(desk, "order", next(iter(reading.truths(bench, "order"))))


def is_honest(error: OmnishopError, bench: Bench) -> None:
    """It names platform, shop and method in both languages, and no secret."""
    keys = bench.keys()
    assert (error.platform, error.method is not None) == (bench.candidate.platform, True)
    assert error.shop
    for text in (error.told("zh"), error.told("en"), repr(error)):
        for name in ("app_secret", "access_token", "refresh_token", "operator_token"):
            assert not keys[name] or keys[name] not in text
    assert error.zh != ""


class ErrorsConformance(Conformance):
    """Each refusal of the gateway is the error that says what to do next."""

    orders = 12

    @pytest.mark.parametrize("fault", STRIKES)
    def test_a_read_that_is_struck(self, bench: Bench, fault: str, lifted: None) -> None:
        desk = bench.desk("sync", timeout=0.2, refresh_token=None)
        bench.simulation.faults(1, {fault: 1.0})
        with pytest.raises(STRIKES[fault][0]) as struck:
            a_read(bench, desk)
        is_honest(struck.value, bench)

    @pytest.mark.parametrize("fault", STRIKES)
    def test_a_write_that_is_struck(self, bench: Bench, fault: str, lifted: None) -> None:
        """Doubt only where the business may have seen it."""
        desk = bench.desk("sync", timeout=0.2, refresh_token=None)
        found = scene(bench, desk, money_row(bench))
        before = print_of(found.record)
        bench.simulation.faults(1, {fault: 1.0}, "writes")
        with pytest.raises(STRIKES[fault][1]) as struck:
            send(desk, found)
        is_honest(struck.value, bench)
        if fault in NOT_SEEN or not isinstance(struck.value, OutcomeUnknown):
            assert print_of(found.record) == before

    @pytest.mark.parametrize(("key", "value", "cure"), SPOILT, ids=[row[0] for row in SPOILT])
    def test_keys_that_are_wrong(self, bench: Bench, key: str, value: str, cure: str | None) -> None:
        found = scene(bench, bench.desk(), money_row(bench))
        before = print_of(found.record)
        keys: dict[str, Any] = {"refresh_token": None, "operator_token": value, key: value}
        spoilt = bench.desk("sync", **keys)
        attempts: list[Callable[[], Any]] = [lambda: a_read(bench, spoilt), lambda: send(spoilt, found)]
        for attempt in attempts:
            with pytest.raises(AuthError) as refused:
                attempt()
            assert refused.value.cure == cure or (cure is None and refused.value.cure != "keys")
            is_honest(refused.value, bench)
        assert print_of(found.record) == before


class FaultsConformance(Conformance):
    """Under every fault of the plan a read is true or fails, and a write happens once at most."""

    orders = 12

    @pytest.mark.parametrize("fault", [name for name in NAMES if name not in PUSHES])
    def test_reads_are_true_or_fail(self, bench: Bench, fault: str, lifted: None) -> None:
        """A record may tell less than there is; it never tells another thing."""
        desk = bench.desk("sync", timeout=0.2)
        true = reading.truths(bench, "order")
        stream = next(each for each in bench.adapter.streams(bench.storefront) if each.record == "order")
        bench.simulation.faults(7, {fault: 0.4})
        for window in [*reading.windows(stream, bench.month)][-3:]:
            try:
                pages = list(desk.pages(stream, window))
            except (OutcomeUnknown, NotSupported) as error:
                raise AssertionError(f"{fault}: {error}") from error
            except OmnishopError:
                continue
            for item in (item for page in pages for item in page.items):
                key = reading.key_of(item)
                assert key in true
                assert reading.contradictions(true[key], item) == {}

    @pytest.mark.parametrize("fault", [name for name in STRIKES if name not in {"slow", "clock_skew"}])
    def test_a_write_is_never_repeated_in_doubt(self, bench: Bench, fault: str, lifted: None) -> None:
        """With attempts left, at every door; afterwards a reading shows what the world did."""
        for seed, door in enumerate(DOORS):
            desk = bench.desk(door, attempts=3)
            found = scene(bench, desk, money_row(bench))
            before = print_of(found.record)
            desk.fresh()
            bench.simulation.faults(seed, {fault: 0.7}, "writes")
            error = self._tried(desk, found)
            struck = bench.simulation.world.faults.counts.get(fault, 0)
            bench.simulation.faults(0, {})
            if fault in DOUBTFUL:
                assert len(desk.attempts) == 1, "a write that may have happened was sent again"
            assert isinstance(error, STRIKES[fault][1]) or error is None
            done = print_of(found.record) != before
            shows = found.row.shows(found.ask, Seen.of(found.look), Seen.of(looked(desk, found)))
            assert shows is (Shown.DONE if done else Shown.BEFORE)
            assert done or error is not None
            assert struck or error is None

    def _tried(self, desk: Desk, found: Scene) -> OmnishopError | None:
        with stamina.set_testing(True, attempts=3):
            try:
                send(desk, found)
            except OmnishopError as error:
                return error
        return None
