"""The door to the simulated world itself, beside its platforms' doors: state, clock, log, shops."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from omnishop.ports import Response
from omnishop.sandbox.buyers import BadAct
from omnishop.sandbox.faults import BadPlan
from omnishop.sandbox.outbox import BadSubscription
from omnishop.sandbox.quotas import BadQuota
from omnishop.sandbox.simulation import Simulation

PREFIX = "/_control"

LONGEST_STEP_S = 10 * 366 * 86400
"""Ten years: the clock is for deadlines of days, and a calendar ends somewhere."""

_Work = Callable[[Simulation, bytes, str], Any]


class _Refused(Exception):
    """Bad input of a control request: what is wrong, in words."""


class _Advance(msgspec.Struct):
    advance_s: float


class _Plan(msgspec.Struct, forbid_unknown_fields=True):
    rates: dict[str, float]
    seed: int = 1
    only: str = "all"


class _Quota(msgspec.Struct, forbid_unknown_fields=True):
    platform: str
    method: str
    per_s: int | None
    ban_s: float = 0.0


class _Push(msgspec.Struct, forbid_unknown_fields=True):
    platform: str
    url: str | None
    sign_method: str | None = None


def control(
    simulation: Simulation,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    url: str,
    token: str | None,
) -> Response:
    """Answer one request below PREFIX. `url`: where the asker reached us; `token`: None asks for none."""
    if token is not None and not _bears(headers.get("authorization", ""), token):
        refusal = {"error": "control needs the header: Authorization: Bearer <control_token>"}
        return answer_json(401, refusal, {"www-authenticate": "Bearer"})
    rows = {name: work for (name, _), work in _WORK.items()}
    name = path.removeprefix(PREFIX).strip("/")
    if name not in rows:
        known = ", ".join(f"{verb} {PREFIX}/{each}" for each, verb in _WORK)
        return answer_json(404, {"error": f"control has no {path}; it has: {known}"})
    work = _WORK.get((name, method))
    if work is None:
        allowed = ", ".join(verb for each, verb in _WORK if each == name)
        return answer_json(405, {"error": f"{path} takes {allowed}, not {method}"}, {"allow": allowed})
    try:
        return answer_json(200, work(simulation, body, url))
    except _Refused as refused:
        return answer_json(400, {"error": str(refused)})


def answer_json(status: int, data: Any, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        status, msgspec.json.encode(data), {"content-type": "application/json", **(headers or {})}
    )


def _bears(header: str, token: str) -> bool:
    scheme, _, given = header.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def _state(simulation: Simulation, _body: bytes, _url: str) -> Any:
    return simulation.state()


def _log(simulation: Simulation, _body: bytes, _url: str) -> Any:
    return simulation.log()


def _shops(simulation: Simulation, _body: bytes, url: str) -> Any:
    return simulation.shops(url)


def _clock(simulation: Simulation, body: bytes, _url: str) -> Any:
    try:
        step = msgspec.json.decode(body, type=_Advance).advance_s
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        msg = f'the body must be JSON like {{"advance_s": 3600}}: {problem}'
        raise _Refused(msg) from None
    if not 0 <= step <= LONGEST_STEP_S:
        msg = f"advance_s must be between 0 and {LONGEST_STEP_S}: time only goes forward"
        raise _Refused(msg)
    try:
        return simulation.advance(step)
    except OverflowError:
        msg = "advance_s goes beyond the calendar"
        raise _Refused(msg) from None


def _faults(simulation: Simulation, body: bytes, _url: str) -> Any:
    try:
        told = msgspec.json.decode(body, type=_Plan)
        plan = simulation.faults(told.seed, told.rates, told.only)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        msg = f'the body must be JSON like {{"seed": 7, "rates": {{"reset_after_commit": 0.3}}}}: {problem}'
        raise _Refused(msg) from None
    except BadPlan as problem:
        raise _Refused(str(problem)) from None
    return {"seed": plan.seed, "rates": plan.rates, "only": plan.only}


def _buyers(simulation: Simulation, body: bytes, _url: str) -> Any:
    try:
        return {"id": simulation.act(msgspec.json.decode(body))}
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        msg = f'the body must be JSON like {{"do": "apply", "order_id": "…"}}: {problem}'
        raise _Refused(msg) from None
    except BadAct as problem:
        raise _Refused(str(problem)) from None


def _put_quota(simulation: Simulation, body: bytes, _url: str) -> Any:
    try:
        told = msgspec.json.decode(body, type=_Quota)
        return simulation.quota(told.platform, told.method, told.per_s, told.ban_s)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        msg = f'the body must be JSON like {{"platform": "…", "method": "…", "per_s": 50, "ban_s": 1}}: {problem}'
        raise _Refused(msg) from None
    except BadQuota as problem:
        raise _Refused(str(problem)) from None


def _quotas(simulation: Simulation, _body: bytes, _url: str) -> Any:
    return simulation.quotas()


def _push(simulation: Simulation, body: bytes, _url: str) -> Any:
    try:
        told = msgspec.json.decode(body, type=_Push)
        return simulation.subscribe(told.platform, told.url, told.sign_method)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        msg = f'the body must be JSON like {{"platform": "…", "url": "http://127.0.0.1:8080/push/…"}}: {problem}'
        raise _Refused(msg) from None
    except BadSubscription as problem:
        raise _Refused(str(problem)) from None


_WORK: dict[tuple[str, str], _Work] = {
    ("state", "GET"): _state,
    ("clock", "POST"): _clock,
    ("faults", "POST"): _faults,
    ("buyers", "POST"): _buyers,
    ("push", "POST"): _push,
    ("quotas", "POST"): _put_quota,
    ("quotas", "GET"): _quotas,
    ("log", "GET"): _log,
    ("shops", "GET"): _shops,
}
