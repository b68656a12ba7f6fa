"""Tokens: refreshed once for all who wait, given up honestly, and the operator's apart from the shop's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from omnishop import clock
from omnishop.drivers.tokens import MemoryTokens
from omnishop.errors import AuthError, ConfigError
from omnishop.flow import Call, Flow
from omnishop.ports import Capability, Token
from omnishop.testing import reading
from omnishop.testing.bench import Bench
from omnishop.testing.desk import Desk
from omnishop.testing.levels_of import OFFERED
from omnishop.testing.suite import Conformance
from omnishop.testing.trouble import a_read

_WAITING = 5
_LAST = (3600, 600, 120, 60)
"""Seconds before its end at which a token may be due."""


class TokensConformance(Conformance):
    """Each test has a desk of its own: what it holds is told by the ready line of that moment."""

    orders = 12

    @pytest.fixture
    def renewable(self, bench: Bench) -> None:
        if bench.adapter.support(bench.storefront, Capability.REFRESH).level not in OFFERED:
            pytest.skip(f"{bench.storefront} refreshes nothing")

    def test_a_token_that_is_due_is_refreshed_once(self, bench: Bench, door: str, renewable: None) -> None:
        desk = self._ending(bench, door)
        before, issued = desk.tokens.load("main"), len(bench.world.tokens)
        a_read(bench, desk)
        after = desk.tokens.load("main")
        assert after is not None
        assert after != before
        grown = len(bench.world.tokens) - issued
        a_read(bench, desk)
        assert desk.tokens.load("main") == after
        assert len(bench.world.tokens) - issued == grown >= 1

    def test_many_wait_for_one_refresh(self, bench: Bench, door: str, renewable: None) -> None:
        issued = len(bench.world.tokens)
        a_read(bench, self._ending(bench, door))
        each = len(bench.world.tokens) - issued
        desk = self._ending(bench, door)
        issued = len(bench.world.tokens)
        keys = list(reading.truths(bench, "order"))[:_WAITING]
        done = desk.together(desk.adapter.order(desk.account, name) for _, name in keys)
        assert [getattr(order, "order_id", order) for order in done] == [name for _, name in keys]
        assert len(bench.world.tokens) - issued == each

    def test_a_token_that_has_ended(self, bench: Bench, door: str, renewable: None) -> None:
        """Refused by the platform: refreshed where that is still possible, else the merchant logs in again."""
        desk = self._ending(bench, door, told=False)
        held = desk.tokens.load("main")
        assert held is not None
        bench.world.tokens[held.access].dead_at = bench.world.now() - timedelta(minutes=1)
        if bench.candidate.renews_late:
            assert a_read(bench, desk)
            return
        with pytest.raises(AuthError) as refused:
            a_read(bench, desk)
        assert refused.value.cure == "login"

    def test_a_refresh_that_is_refused_wants_a_login(self, bench: Bench, door: str, renewable: None) -> None:
        desk = self._ending(bench, door)
        held = desk.tokens.load("main")
        assert held is not None
        for token in bench.world.tokens.values():  # a refresh token may outlive the access tokens it renewed
            token.dead_at = token.refresh_dead_at = bench.world.now() - timedelta(minutes=1)
        with pytest.raises(AuthError) as refused:
            a_read(bench, desk)
        assert refused.value.cure == "login"

    def test_an_operators_call_wants_the_operators_token(self, bench: Bench, door: str) -> None:
        desk = bench.desk(door, operator_token=None)
        call = Call(min(bench.adapter.read_methods), session="operator")
        asked = len(bench.world.log)
        with pytest.raises(ConfigError, match="operator"):
            desk.run(_of(call))
        assert len(bench.world.log) == asked, "nothing was sent"

    def _ending(self, bench: Bench, door: str, *, told: bool = True) -> Desk:
        """A desk with a pair of its own, whose last hour has begun; `told`: and which knows it."""
        world, now = bench.world, bench.world.now()
        for token in world.tokens.values():
            token.replaced = False
            token.dead_at, token.refresh_dead_at = now + timedelta(hours=1), now + timedelta(days=60)
        desk = bench.desk(door)
        held = desk.tokens.load("main")
        assert held is not None
        if told:
            held = self._due(bench, held)
        desk.tokens = MemoryTokens({"main": held})
        return desk

    def _due(self, bench: Bench, held: Token) -> Token:
        """With so much time left that this adapter refreshes it first."""
        now = clock.now()
        for seconds in _LAST:
            told = evolve(held, expires_at=now + timedelta(seconds=seconds))
            if bench.adapter.due(told, now):
                return told
        raise AssertionError("no token is refreshed before it ends")


def _of(call: Call) -> Flow[Any]:
    return (yield call)
