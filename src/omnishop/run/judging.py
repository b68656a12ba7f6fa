"""The clocks of cases: whatever changed, or whose moment has come, is judged again, and the next moment set."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from attrs import frozen

from omnishop import clock, telemetry
from omnishop.errors import ConfigError, OmnishopError, Transient
from omnishop.facts.gather import gather
from omnishop.facts.judging import counted, in_force, reach
from omnishop.model import ENDED, Case
from omnishop.policy.judge import judge
from omnishop.policy.reading import dump_verdict
from omnishop.run.did import Did, Job
from omnishop.run.work import Work
from omnishop.store import CaseKey, Saved
from omnishop.store.connection import of_shop
from omnishop.store.verdicts import Judged
from omnishop.store.waiting import ALL, Part, Place

if TYPE_CHECKING:
    from omnishop.policy.casefacts import CaseFacts
    from omnishop.policy.layers import Packs
    from omnishop.policy.verdict import Verdict

AT_ONCE = 100
"""Cases of one transaction: their shops' other writers wait so long, a fraction of a second."""

AT_LATEST = timedelta(days=1)
"""An open case is judged so often even when no clock of it moves: some answers turn with the time alone, and a
buyer's other shops are among its facts."""

UNJUDGED = timedelta(hours=1)
"""One that could not be judged is tried again after this: somebody may have put right what was wrong."""

_INSTANT = timedelta(microseconds=1)

_log = telemetry.logger("run")


@frozen
class Batch:
    """What one transaction did. `full`: more may be due."""

    judged: int = 0
    kept: int = 0
    full: bool = False


def due_parts(work: Work, many: int) -> set[int]:
    """Of so many parts of all shops those with a case to be judged."""
    found = set[int]()
    for control in (None, *work.store.shops.worlds()):
        try:
            at = work.now() if control is None else work.world(control).now()
        except OmnishopError:
            continue
        found |= work.store.waiting.parts(at, many, control=control)
    return found


def judge_due(work: Work, part: Part = ALL) -> Did | None:
    """A batch of the real shops' cases, and one of each simulated world's; None: nothing was due.

    `count`: cases judged; those whose verdict says something new count as `saved.changed`.
    """
    if work.packs is None:
        return None
    started, judged, kept, full, error = clock.monotonic(), 0, 0, False, None
    for control in (None, *work.store.shops.worlds()):
        try:
            at = work.now() if control is None else work.world(control).now()
        except OmnishopError as problem:  # that world is gone; the others have their time
            error = problem
            continue
        batch = _batch(work, work.packs, control, at, part)
        judged, kept, full = judged + batch.judged, kept + batch.kept, full or batch.full
    if not judged and error is None:
        return None
    return Did(
        Job.JUDGEMENT,
        saved=Saved(changed=kept),
        count=judged,
        seconds=clock.monotonic() - started,
        error=error,
        again=work.now() if full else None,
    )


def _batch(work: Work, packs: Packs, control: str | None, at: datetime, part: Part) -> Batch:
    """Alone with the shops of what is due: between the look at the facts and the verdict nothing changes.

    What is due is looked for twice, before and after the others were shut out.
    """
    store = work.store
    places = {each.place for each in store.waiting.due(at, AT_ONCE, control=control, part=part)}
    if not places:
        return Batch()
    words = [of_shop(*place) for place in places]
    with store.writing(durable=False, alone=words) as connection:
        due = store.waiting.due(at, AT_ONCE, control=control, part=part, connection=connection, places=places)
        found = store.records.of_rows("case", [each.row for each in due])
        cases = {row: case for row, case in found.items() if isinstance(case, Case)}
        verdicts = dict(_judged(work, packs, list(cases.values()), at))
        kept = store.verdicts.keep(connection, (_to_keep(each) for each in verdicts.values()))
        again = {row: next_moment(case, verdicts.get(CaseKey.of(case)), at) for row, case in cases.items()}
        store.waiting.again(connection, again)
    return Batch(len(verdicts), kept, len(due) == AT_ONCE)


def _judged(work: Work, packs: Packs, cases: list[Case], at: datetime) -> Iterator[tuple[CaseKey, Verdict]]:
    """A case that cannot be judged is told and left for later: the others go on."""
    for case, facts in _facts(work, packs, cases, at):
        with _alone(case):
            yield CaseKey.of(case), counted(judge(facts, in_force(packs, case), at))


def _facts(work: Work, packs: Packs, cases: list[Case], at: datetime) -> Iterable[tuple[Case, CaseFacts]]:
    """All in a few queries; one by one where something about one of them cannot be understood."""
    try:
        found = gather(work.store, cases, now=lambda _case: at, back=reach(packs, cases))
    except ConfigError:
        pass
    else:
        return list(zip(cases, found, strict=True))
    alone: list[tuple[Case, CaseFacts]] = []
    for case in cases:
        with _alone(case):
            [facts] = gather(work.store, [case], now=lambda _case: at, back=reach(packs, [case]))
            alone.append((case, facts))
    return alone


@contextmanager
def _alone(case: Case) -> Iterator[None]:
    """What is wrong with one case is told, and ends nothing else; the store's own troubles end all."""
    try:
        yield
    except Transient:
        raise
    except Exception as problem:  # noqa: BLE001 - one case must not hold up the others
        name = f"{case.source}:{case.case_id}"
        about = {"platform": case.platform, "shop": case.shop_id, "case": name}
        _log.error("case not judged", **about, **telemetry.trouble(problem))


def _to_keep(verdict: Verdict) -> Judged:
    key = CaseKey(verdict.platform, verdict.shop_id or "", verdict.source, verdict.case_id)
    body = dump_verdict(verdict)
    return Judged(key, body, verdict.pack, verdict.pack_digest, verdict.facts_digest, verdict.at)


def next_moment(case: Case, verdict: Verdict | None, at: datetime) -> datetime | None:
    """The first at which one of its clocks opens, warns, stretches or ends; None for a case that ended."""
    if case.stage in ENDED:
        return None
    if verdict is None:
        return at + UNJUDGED
    latest = at + AT_LATEST
    moments = [each for each in _turns(verdict) if each > at]
    return min([*moments, latest])


def _turns(verdict: Verdict) -> Iterator[datetime]:
    """Just after an end: exactly at the limit is in time."""
    for each in verdict.clocks:
        if not each.open:
            continue
        ends = (each.due_at, each.not_before)
        begins = (each.opens_at, each.warn_at, each.stretch_at, each.escalate_at)
        yield from (moment for moment in begins if moment is not None)
        yield from (moment + _INSTANT for moment in ends if moment is not None)


def rules_changed(work: Work) -> bool:
    """Whether the packs are others than those that judged last; then every open case is judged again."""
    if work.packs is None:
        return False
    mark = _mark(work.packs)
    if work.store.marks.get(_JUDGED_BY) == mark:
        return False
    for stored in work.store.shops.list():
        if stored.shop_id is not None:
            place: Place = (stored.platform, stored.shop_id)
            with work.store.writing(durable=False, alone=of_shop(*place)) as connection:
                work.store.waiting.all_again(connection, *place)
    work.store.marks.put(_JUDGED_BY, mark)
    return True


_JUDGED_BY = "judged_by"


def _mark(packs: Packs) -> str:
    told = "\n".join(repr((layer.head, layer.tree)) for layer in packs.layers)
    return hashlib.sha256(told.encode()).hexdigest()[:16]
