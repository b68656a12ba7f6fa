"""One request answered with the troubles of the plan: what strikes before the platform, in it, and after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

from omnishop.ports import Response
from omnishop.sandbox.face import Face, WireRequest
from omnishop.sandbox.faults import SKEW, STALE, Trouble
from omnishop.sandbox.world import Case, Order, World

K = TypeVar("K")
R = TypeVar("R", Case, Order)

_BROKEN = Response(
    502,
    b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
    {"content-type": "text/html"},
)


def answered(world: World, face: Face, request: WireRequest, *, connected: bool) -> Response:
    """The face's answer; Trouble where the connection does not bring it. Each fault that struck is one log line."""
    plan = world.faults
    if not plan.rates:
        return face.answer(world, request)
    plan.draw(write=face.writes(request))
    if connected:
        plan.hits -= {"refuse_connect"}
    try:
        return _answered(world, face, request)
    finally:
        for name in plan.struck:
            world.note(face.name, request.path, "fault", name)
        plan.lift()


def _answered(world: World, face: Face, request: WireRequest) -> Response:
    plan = world.faults
    if plan.strikes("refuse_connect"):
        raise Trouble("refuse_connect")
    if plan.strikes("reset_before"):
        raise Trouble("reset")
    broken = plan.strikes("server_error")
    if broken and plan.coin():
        return _BROKEN
    with _skewed(world), _stale(world):
        answer = face.answer(world, request)
    if broken:
        return _BROKEN
    if plan.strikes("reset_after_commit"):
        raise Trouble("reset", answer)
    if plan.strikes("cut_body"):
        raise Trouble("cut_body", answer)
    if plan.strikes("slow"):
        raise Trouble("slow", answer)
    return answer


@contextmanager
def _skewed(world: World) -> Iterator[None]:
    """The platform judges the request's timestamp by a clock that is wrong."""
    world.clock.skew = SKEW if world.faults.strikes("clock_skew") else timedelta()
    try:
        yield
    finally:
        world.clock.skew = timedelta()


@contextmanager
def _stale(world: World) -> Iterator[None]:
    """Cases and orders that changed a moment ago are shown as they were before it."""
    cases = _lately(world, world.cases, world.earlier) if "stale_read" in world.faults.hits else {}
    orders = _lately(world, world.orders, world.earlier_orders) if "stale_read" in world.faults.hits else {}
    if not cases and not orders:
        yield
        return
    world.faults.strikes("stale_read")
    fresh_cases = {key: world.cases[key] for key in cases}
    fresh_orders = {key: world.orders[key] for key in orders}
    _swap(fresh_cases, cases)
    world.cases.update(cases)
    world.orders.update(orders)
    try:
        yield
    finally:
        _swap(cases, fresh_cases)
        world.cases.update(fresh_cases)
        world.orders.update(fresh_orders)


def _swap(out: dict[tuple[str, str], Case], put: dict[tuple[str, str], Case]) -> None:
    """In the orders' own lists too, which some wires show."""
    for key, case in out.items():
        rows = case.order.cases
        rows[rows.index(case)] = put[key]


def _lately(world: World, now: dict[K, R], before: dict[K, R]) -> dict[K, R]:
    since = world.now() - STALE
    return {key: old for key, old in before.items() if now[key].changed_at >= since}
