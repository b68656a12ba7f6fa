"""What is shown for one write: its effect seen, its version guarded, its needs held; each as a plain function."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import attrs
import msgspec
from attrs import evolve

from omnishop.acts import Ask, Seen, Shown, Subject, Write, missing
from omnishop.errors import Conflict, NotFound, OmnishopError, OutcomeUnknown
from omnishop.model import Record
from omnishop.sandbox import steps
from omnishop.sandbox.forbidden import Forbidden
from omnishop.sandbox.world import Case, Order, Review
from omnishop.testing.bench import Bench
from omnishop.testing.desk import Desk
from omnishop.testing.scenes import Scene, applied, lives, looked, scene, send, shown, title

MOVES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("message", {"actor": "buyer", "text": "请问处理到哪一步了?"}),
    ("modify", {"text": "已修改申请"}),
    ("escalate", {"text": "要求平台处理"}),
    ("remark", {"text": "另一位同事的备注"}),
    ("withdraw", {}),
)
"""What others do to a case meanwhile; the first that makes it newer on the wire is taken."""


def truth(bench: Bench, record: Case | Order | Review) -> Record | None:
    """What a perfect reader of this wire knows of it."""
    if isinstance(record, Case):
        return bench.face.true_case(bench.world, record)
    if isinstance(record, Order):
        return bench.face.true_order(bench.world, record)
    return bench.face.true_review(bench.world, record)


def differences(true: Any, read: Any) -> dict[str, tuple[Any, Any]]:
    """Field by field, `raw` aside: (true, read) where they are not equal."""
    return {
        field.name: (getattr(true, field.name), getattr(read, field.name))
        for field in attrs.fields(type(true))
        if field.eq and getattr(true, field.name) != getattr(read, field.name)
    }


def print_of(record: Case | Order | Review) -> tuple[Any, ...]:
    """What a write would change."""
    if isinstance(record, Case):
        said = len(record.history), len(record.proofs), record.remark, record.extended
        return (record.stage, record.dispute, record.changed_at, *said, print_of(record.order))
    if isinstance(record, Order):
        sent = len(record.parcels), record.refunded, record.receipt_due
        return (record.status, record.changed_at, record.remark, *sent)
    return (record.reply, record.changed_at)


# ---------------------------------------------------------------- its effect


def read_back(bench: Bench, desk: Desk, row: Write) -> Scene:
    """Before it a reading shows BEFORE, after it DONE; between them exactly one call that writes, the send's last."""
    found = scene(bench, desk, row)
    assert missing(row, found.ask) == ()
    for name, ask in unsaid(row, found.ask):
        assert name in missing(row, ask), f"{title(row)}: without {name} nothing is missing"
    before = shown(desk, found)
    if row.method is not None:
        wanted = {Shown.MOVED} if title(row) in bench.candidate.silent else {Shown.BEFORE}
        assert before in wanted, f"{title(row)}: before the write a reading shows {before}"
        seen = Seen.of(found.look)
        assert row.shows(found.ask, seen, seen) is not Shown.DONE, (
            "nothing that changed shows nothing that was done"
        )
    desk.fresh()
    send(desk, found)
    check_calls(desk, row)
    after = looked(desk, found)
    shows = row.shows(found.ask, Seen.of(found.look), Seen.of(after))
    assert shows is Shown.DONE, f"{title(row)}: after the write a reading shows {shows}"
    true = truth(bench, found.record)
    assert true is not None
    assert differences(true, after.record) == {}
    return found


def check_calls(desk: Desk, row: Write) -> None:
    writes = [call for call in desk.calls if call.write]
    if row.method is None:
        assert desk.calls == [], f"{title(row)} has no method and made calls"
        return
    assert [call.method for call in writes] == [row.method]
    assert desk.calls[-1] is writes[0], "the write is the last call of a send"
    assert desk.attempts == writes, "it went out once"
    assert writes[0].session == row.session
    assert writes[0].method not in desk.adapter.read_methods
    msgspec.json.encode(writes[0].params)


# ---------------------------------------------------------------- its version


def moved_on(bench: Bench, desk: Desk, row: Write) -> Scene:
    """A scene whose case others have made newer since it was looked at."""
    found = scene(bench, desk, row)
    assert isinstance(found.record, Case), f"{title(row)}: only cases have versions"
    before = Seen.of(found.look)
    bench.pass_time(timedelta(minutes=1))
    for step, given in MOVES:
        try:
            steps.take(bench.world, bench.face, found.record, step, **given)
        except Forbidden:
            continue
        now = Seen.of(looked(desk, found))
        if now.version != before.version:
            return found
    raise AssertionError(f"{title(row)}: nothing that others did gave the case another version")


def stale_is_refused(bench: Bench, desk: Desk, row: Write) -> None:
    """Sent with the look of before: Conflict, and the world is as it was."""
    found = moved_on(bench, desk, row)
    refused(desk, found, (Conflict,))


# ---------------------------------------------------------------- what it wants, and where


def refused(desk: Desk, found: Scene, kinds: tuple[type[OmnishopError], ...] = (OmnishopError,)) -> None:
    """The send raises one of these and never doubt; the world is as it was."""
    before = print_of(found.record)
    try:
        send(desk, found)
    except OutcomeUnknown as doubt:
        raise AssertionError(f"{title(found.row)}: doubt where the platform said no: {doubt}") from doubt
    except kinds:
        pass
    else:
        raise AssertionError(f"{title(found.row)}: nothing refused it")
    assert print_of(found.record) == before


def unsaid(row: Write, ask: Ask) -> Iterator[tuple[str, Ask]]:
    """For each thing that must be said: its name as `missing` gives it, and the ask without it."""
    blank = Ask()
    for name in row.needs:
        yield name, evolve(ask, **{name: getattr(blank, name)})
    for group in row.needs_any:
        yield "|".join(group), evolve(ask, **{name: getattr(blank, name) for name in group})


def anew(bench: Bench, ask: Ask) -> Ask:
    """The same words as another intent, in another parcel."""
    number = bench.world.serial("conformance")
    return evolve(ask, key=f"intent-{number}", tracking=None if ask.tracking is None else f"YT{number:012}")


def elsewhere(bench: Bench, desk: Desk, row: Write) -> Iterator[Scene]:
    """Cases of its kinds at stages that no row of its method is meant for, one for each stage."""
    lenient = bench.candidate.lenient.get(title(row), frozenset())
    same = [other for other in desk.adapter.writes(bench.storefront) if other.method == row.method]
    stages: dict[str, Any] = {}
    for life in lives(bench.candidate):
        subject = Subject("case", "?", life.source)
        taken = any(other.meant(subject, life.kind) and other.in_stage(life.stage) for other in same)
        if row.meant(subject, life.kind) and not taken and life.stage not in lenient:
            stages.setdefault(life.stage, life)
    if not stages:
        return
    fit = scene(bench, desk, row)
    for life in stages.values():
        case = applied(bench, life.scenario, life.steps)
        subject = Subject("case", case.case_id, life.source)
        try:
            look = desk.run(row.look(desk.account, subject))
        except NotFound:
            continue
        yield Scene(row, case, subject, look, anew(bench, fit.ask))
