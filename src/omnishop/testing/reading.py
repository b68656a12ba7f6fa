"""What is shown for reads: lists and details that tell the truth, and answers about what is not ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from omnishop.errors import NotFound, OmnishopError, PermissionDenied, Rejected
from omnishop.model import ENDED, Kind
from omnishop.ports import Capability, Level, Stream, Window
from omnishop.sandbox import steps
from omnishop.sandbox.world import Case, Claim, Order, Review
from omnishop.testing.bench import Bench
from omnishop.testing.desk import Desk
from omnishop.testing.levels_of import LISTS, OFFERED
from omnishop.testing.proving import differences, truth

Key = tuple[str, str]


def key_of(record: Any) -> Key:
    """(source, id) of a record as it is read."""
    for name in ("case_id", "review_id"):
        if hasattr(record, name):
            return (record.source, getattr(record, name))
    return (record.source, record.order_id)


def truths(bench: Bench, what: str) -> dict[Key, Any]:
    """All of the shop's records that this wire carries, as a perfect reader knows them."""
    world = bench.world
    many: Mapping[str, Iterator[Case] | Iterator[Order] | Iterator[Review]] = {
        "case": world.cases_of(bench.shop),
        "order": world.orders_of(bench.shop),
        "review": world.reviews_of(bench.shop),
    }
    told = (truth(bench, record) for record in many[what])
    return {key_of(record): record for record in told if record is not None}


def windows(stream: Stream, whole: Window) -> Iterator[Window]:
    """The stretch cut into windows that the list takes; a list of open cases takes none and is asked once."""
    if stream.clock == "open":
        yield whole
        return
    start = whole.start
    while start < whole.end:
        end = min(start + stream.span, whole.end)
        yield Window(start, end)
        start = end


def listed(bench: Bench, desk: Desk, stream: Stream) -> dict[Key, Any]:
    """Every record of the list by its key; one that two windows tell is told alike."""
    found: dict[Key, Any] = {}
    for window in windows(stream, bench.month):
        for record in desk.records(stream, window):
            assert found.setdefault(key_of(record), record) == record
    return found


def tells_the_truth(bench: Bench, desk: Desk, stream: Stream) -> dict[Key, Any]:
    """Field by field; nothing that is not there, and of open cases none that has ended."""
    found, true = listed(bench, desk, stream), truths(bench, stream.record)
    assert found.keys() <= true.keys()
    wrong = {key: differences(true[key], record) for key, record in found.items() if record != true[key]}
    assert wrong == {}
    assert all(record.raw for record in found.values()), "the bytes of each record are kept"
    if stream.clock == "open":
        assert not [key for key, record in found.items() if record.stage in ENDED]
    return found


def miss_nothing(bench: Bench, desk: Desk, capability: Capability) -> int:
    """What the lists of a clock tell is true, and together all there is; of open cases it may be a part. How many."""
    record, clock = LISTS[capability]
    every = bench.adapter.streams(bench.storefront)
    streams = [each for each in every if (each.record, each.clock) == (record, clock)]
    level = bench.adapter.support(bench.storefront, capability).level
    assert bool(streams) == (level in OFFERED), f"{capability} is {level} and has {len(streams)} lists"
    found = {key for stream in streams for key in tells_the_truth(bench, desk, stream)}
    true = truths(bench, record)
    if streams and clock != "open":
        assert found == true.keys()
    if level is Level.NATIVE and clock == "open":
        assert found == {key for key, case in true.items() if case.stage not in ENDED}
    return len(found)


def by_id(desk: Desk, what: str, key: Key) -> Any:
    source, name = key
    if what == "order":
        return desk.run(desk.adapter.order(desk.account, name))
    return desk.run(desk.adapter.case(desk.account, source, name))


def detail_is_true(bench: Bench, desk: Desk, what: str, every: int = 1) -> int:
    """Each of so many records read by its id is what it is; how many were compared."""
    true = truths(bench, what)
    some = list(true)[::every]
    for key in some:
        read = by_id(desk, what, key)
        assert key_of(read) == key
        assert differences(true[key], read) == {}
    return len(some)


def strange(bench: Bench) -> tuple[Order, Case | None]:
    """An order at another shop of the same storefront, and a case on it where the wire carries such a one."""
    world, face = bench.world, bench.face
    other = face.open_shop(world, bench.storefront)
    world.shops.append(other)
    order = steps.place(world, face, other, [(0, 1)])
    steps.pay(world, order)
    if Kind.CANCEL not in {scenario.kind for scenario in face.scenarios(bench.storefront)}:
        return order, None
    reason = next(iter(face.reasons(Kind.CANCEL)))
    claims = [Claim(order.lines[0], order.lines[0].quantity)]
    return order, steps.apply(world, face, order, Kind.CANCEL, claims, reason=reason)


def is_not_ours(desk: Desk, what: str, key: Key) -> OmnishopError:
    """NotFound, or a refusal where the platform says whose it is; never the record."""
    try:
        read = by_id(desk, what, key)
    except (NotFound, PermissionDenied, Rejected) as error:
        return error
    raise AssertionError(f"{what} {key} was read: {read!r}")


# ---------------------------------------------------------------- beside records


BESIDE = (
    Capability.CASE_TIMELINE,
    Capability.REFUSE_REASONS,
    Capability.RETURN_ADDRESSES,
    Capability.TRACE,
)


def beside(bench: Bench, desk: Desk, capability: Capability) -> Any:
    """What a read beside lists and details brings; it may not be empty."""
    match capability:
        case Capability.RETURN_ADDRESSES:
            found: Any = desk.run(desk.adapter.return_addresses(desk.account))
            assert {place.address_id for place in found} == {
                place.address_id for place in bench.shop.addresses
            }
        case Capability.CASE_TIMELINE:
            found = _first_told(
                desk.run(desk.adapter.timeline(desk.account, *key)) for key in truths(bench, "case")
            )
        case Capability.REFUSE_REASONS:
            found = _first_told(
                desk.run(desk.adapter.refuse_reasons(desk.account, *key))
                for key, case in truths(bench, "case").items()
                if case.stage == "requested"
            )
        case Capability.TRACE:
            found = _first_told(_traced(desk, order) for order in truths(bench, "order").values())
        case _:
            found = desk.run(desk.adapter.whoami(desk.account))
            assert (found.shop_id, found.storefront) == (bench.shop.shop_id, bench.storefront)
    assert found, f"{capability} brought nothing"
    return found


def _first_told(many: Iterator[Any]) -> Any:
    """The first that is not empty: some records have nothing to tell."""
    return next((one for one in many if one), ())


def _traced(desk: Desk, order: Any) -> Any:
    for parcel in order.parcels:
        asked = {
            "order_id": order.order_id,
            "carrier": parcel.carrier_code,
            "tracking_no": parcel.tracking_no,
        }
        try:
            found = desk.run(desk.adapter.trace(desk.account, **asked))
        except OmnishopError:
            continue  # not every carrier is traced
        if found:
            assert {step.tracking_no for step in found if step.tracking_no} <= {
                parcel.tracking_no for parcel in order.parcels
            }
            return found
    return ()


# ---------------------------------------------------------------- answers that tell less


def contradictions(true: Any, read: Any) -> dict[str, tuple[Any, Any]]:
    """Fields in which a reading says another thing than the truth; to say less is no contradiction."""
    return {
        name: pair
        for name, pair in differences(true, read).items()
        if not name.startswith("raw") and not _less(*pair)
    }


def _less(true: Any, read: Any) -> bool:
    """Whether the reading only leaves out or does not know."""
    if read is None or read == true or str(read) == "unknown":
        return True
    if isinstance(true, tuple) and isinstance(read, tuple):
        return len(read) <= len(true) and (not read or len(read) < len(true) or all(map(_less, true, read)))
    if attrs.has(type(true)) and type(true) is type(read):
        return all(
            field.name.startswith("raw") or _less(getattr(true, field.name), getattr(read, field.name))
            for field in attrs.fields(type(true))
        )
    return False
