"""Records brought, by steps of the world, to where one row of a storefront's writes is meant for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from typing import Any

from attrs import evolve, frozen

from omnishop import model
from omnishop.acts import Ask, Evidence, Look, Seen, Shown, Subject, Write, choose, missing, rows_for
from omnishop.errors import OmnishopError
from omnishop.model import ENDED, Kind
from omnishop.sandbox import steps
from omnishop.sandbox.forbidden import Forbidden
from omnishop.sandbox.steps import Scenario
from omnishop.sandbox.world import Case, Claim, Order, Review
from omnishop.testing.bench import Bench, Candidate
from omnishop.testing.desk import Desk

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)
PROOF = (Evidence("image", "proof.png", PICTURE, "https://pics.example/proof.png"),)
REACHED = ("paid", "shipped", "delivered", "finished")
_NAMED = 3
_LAST_DAY = timedelta(hours=20)


class NoScene(AssertionError):
    """No life of a record in this world leads to where the row is meant; the text says what was tried."""


@frozen
class Life:
    """A scenario up to one of its steps, and what a perfect reader sees of the case there."""

    scenario: Scenario
    steps: tuple[str, ...]
    source: str
    kind: Kind
    stage: str
    ended: bool


@frozen
class Scene:
    """A record where the row may be sent, as it was just read, and what is said with the write."""

    row: Write
    record: Case | Order | Review
    subject: Subject
    look: Look
    ask: Ask


# ---------------------------------------------------------------- records of the world


def ordered(bench: Bench, reached: str, lines: int = 1, pieces: int = 1) -> Order:
    """A new order that got so far."""
    world, face = bench.world, bench.face
    order = steps.place(world, face, bench.shop, [(index, pieces) for index in range(lines)])
    steps.pay(world, order)
    for step in REACHED[1 : REACHED.index(reached) + 1]:
        if step == "shipped":
            steps.ship(world, face, order)
        else:
            (steps.deliver if step == "delivered" else steps.finish)(world, order)
    return order


def applied(bench: Bench, scenario: Scenario, way: tuple[str, ...], *, at_once: bool = False) -> Case:
    """A new case that lived the scenario so far. `at_once`: no time goes by between the order and the case."""
    pieces = 2 if scenario.part else 1
    order = ordered(bench, scenario.prepare, max(scenario.lines, pieces), pieces)
    if not at_once:
        bench.pass_time(timedelta(hours=1))
    taken = order.lines[: scenario.lines]
    claims = [Claim(line, line.quantity - 1 if scenario.part else line.quantity) for line in taken]
    reason = scenario.reason or next(iter(bench.face.reasons(scenario.kind)))
    case = steps.apply(
        bench.world, bench.face, order, scenario.kind, claims, reason=reason, detail="请尽快处理"
    )
    case.marks.update(scenario.marks)
    for step in way:
        steps.take(bench.world, bench.face, case, step)
    return case


def reviewed(bench: Bench) -> Review:
    order = ordered(bench, "finished")
    return steps.review(bench.world, bench.face, order, order.lines[0], 3, "一般般, 有点色差")


@lru_cache(maxsize=16)
def lives(candidate: Candidate) -> tuple[Life, ...]:
    """Every point of every scenario, each once."""
    bench = Bench(candidate)
    found: dict[tuple[Any, ...], Life] = {}
    for scenario in (*candidate.scenarios, *bench.face.scenarios(candidate.storefront)):
        names = tuple(name for name, _ in scenario.steps)
        for upto in range(len(names) + 1):
            try:
                case = applied(bench, scenario, names[:upto])
            except Forbidden:  # a step that wants the hours between
                break
            truth = bench.face.true_case(bench.world, case)
            if truth is not None:
                life = Life(
                    scenario, names[:upto], truth.source, truth.kind, truth.stage, truth.stage in ENDED
                )
                found.setdefault((scenario.kind, life.steps, tuple(scenario.marks)), life)
    bench.close()
    return tuple(found.values())


# ---------------------------------------------------------------- what is said


def saying(bench: Bench, desk: Desk, row: Write, subject: Subject, names: tuple[str, ...]) -> Ask:
    """An ask with these fields said; `key`, `at` and `by` as whoever carries it out sets them."""
    said = {name: _word(bench, desk, row, subject, name) for name in names}
    number = bench.world.serial("conformance")
    return Ask(**said, key=f"intent-{number}", at=bench.world.now(), by="客服一")


def _word(bench: Bench, desk: Desk, row: Write, subject: Subject, name: str) -> Any:
    told = bench.candidate.said
    if f"{row.verb}.{name}" in told:
        return told[f"{row.verb}.{name}"]
    if name in told:
        return told[name]
    match name:
        case "reason":
            flow = desk.adapter.refuse_reasons(desk.account, subject.source, subject.id)
            reasons = desk.run(flow)
            plain = [reason for reason in reasons if not reason.needs_evidence]
            return (plain or list(reasons))[0].code
        case "address":
            return desk.run(desk.adapter.return_addresses(desk.account))[0].address_id
        case "evidence":
            return PROOF
        case "tracking":
            return f"SF{7_000_000_000_000 + bench.world.serial('conformance waybill')}"
    usual = {"text": "已为您处理", "carrier": "SF", "good": 1, "bad": 0, "days": 3, "reject_refund": True}
    return usual[name]


def asks(bench: Bench, desk: Desk, row: Write, subject: Subject) -> Iterator[Ask]:
    """What the row needs and no more; then with the rest that may be said beside it."""
    least = (*row.needs, *(group[0] for group in row.needs_any))
    yield saying(bench, desk, row, subject, least)
    more = tuple(name for name in ("text", "evidence", "days", "tracking") if name not in least)
    yield saying(bench, desk, row, subject, (*least, *more))


# ---------------------------------------------------------------- scenes


def scenes(bench: Bench, desk: Desk, row: Write) -> Iterator[Scene]:
    """Records at which the row is chosen and its stage is right, hindered or not; each newly made."""
    for record, subject in _records(bench, row):
        if row.record == "case":
            _led_up(bench, desk, row, subject)
        for ask in asks(bench, desk, row, subject):
            look = desk.run(row.look(desk.account, subject))
            chosen = choose(
                rows_for(desk.adapter.writes(bench.storefront), row.verb, subject), subject, Seen.of(look)
            )
            if chosen is not row or not row.in_stage(Seen.of(look).stage):
                break
            yield Scene(row, record, subject, look, ask)


def scene(bench: Bench, desk: Desk, row: Write) -> Scene:
    """The first of them that nothing hinders; in the last day of its clock if only then. NoScene tells why not."""
    why: dict[str, None] = {}
    for now in scenes(bench, desk, row):
        held = hindered(desk, now)
        found = now if held is None else _later(bench, desk, now)
        if held is None or hindered(desk, found) is None:
            assert missing(row, found.ask) == ()
            return found
        why[held.en] = None
    tried = "; ".join(why) or "no record came to its kind and stage"
    raise NoScene(f"{title(row)}: {tried}")


def hindered(desk: Desk, found: Scene) -> model.Text | None:
    row = found.row
    return None if row.hinders is None else row.hinders(desk.account, found.look, found.ask)


def title(row: Write) -> str:
    """A name of the row for people and test ids."""
    parts = [row.verb.value, row.record]
    parts += [
        "+".join(sorted(some)) if len(some) <= _NAMED else f"{min(some)}+{len(some) - 1}"
        for some in (row.kinds, row.stages)
        if some
    ]
    return "-".join(parts)


def looked(desk: Desk, found: Scene) -> Look:
    return desk.run(found.row.look(desk.account, found.subject))


def shown(desk: Desk, found: Scene) -> Shown:
    """What a fresh reading shows of the scene's write."""
    return found.row.shows(found.ask, Seen.of(found.look), Seen.of(looked(desk, found)))


def send(desk: Desk, found: Scene) -> Any:
    return desk.run(found.row.send(desk.account, found.look, found.ask))


def _records(bench: Bench, row: Write) -> Iterator[tuple[Case | Order | Review, Subject]]:
    if row.record == "review":
        review = reviewed(bench)
        yield review, Subject("review", _shown_id(bench, review))
        return
    if row.record == "order":
        for reached in REACHED:
            order = ordered(bench, reached)
            true = bench.face.true_order(bench.world, order)
            if true is not None and row.in_stage(true.status):
                yield order, Subject("order", true.order_id)
        return
    for life in lives(bench.candidate):
        subject = Subject("case", "?", life.source)
        if row.meant(subject, life.kind) and row.in_stage(life.stage):
            case = applied(bench, life.scenario, life.steps)
            yield case, Subject("case", case.case_id, life.source)


def _shown_id(bench: Bench, review: Review) -> str:
    true = bench.face.true_review(bench.world, review)
    assert true is not None, "the wire does not carry the review"
    return true.review_id


def _led_up(bench: Bench, desk: Desk, row: Write, subject: Subject) -> None:
    """The verbs that an act of this name sends before this one are sent."""
    writes = desk.adapter.writes(bench.storefront)
    look = desk.run(row.look(desk.account, subject))
    for verb in desk.adapter.verbs(bench.storefront, row.verb, look):
        if verb is row.verb:
            return
        first = choose(rows_for(writes, verb, subject), subject, Seen.of(look))
        assert first is not None, f"{row.verb} wants {verb} first, which is not for such a record"
        before = desk.run(first.look(desk.account, subject))
        desk.run(first.send(desk.account, before, next(asks(bench, desk, first, subject))))


def _later(bench: Bench, desk: Desk, found: Scene) -> Scene:
    """The same in the last hours of its clock, where it has one that the wire tells."""
    due = found.record.deadline if isinstance(found.record, Case) else None
    if due is None or due - bench.world.now() <= _LAST_DAY:
        return found
    bench.pass_time(due - bench.world.now() - _LAST_DAY)
    try:
        return evolve(found, look=looked(desk, found), ask=evolve(found.ask, at=bench.world.now()))
    except OmnishopError:
        return found
