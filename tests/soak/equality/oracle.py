"""What must hold of a store, told by the world's own history and the database's journal; no code of the engine's.

A window that closed says: every record whose latest change lies in it is held in a state at least as new. So each
move of a cursor is held against the chronicle of the world: what had changed in the range it claims, and had not
changed again by then, must have been kept (or lie in quarantine) before the cursor moved.
"""

from __future__ import annotations

import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import define, field, frozen
from tests.soak.equality.journal import Line
from tests.soak.equality.world import Key

SECOND = 1_000_000
LAG = 20 * 60 * SECOND
"""Lists may show a change so late: a range that is held ends no later than so long before the present."""

_AHEAD = 60 * SECOND
"""While the world's clock stands each change of a record takes the next second: some lie a little ahead."""

_BLUNT = 2_000
"""The journal's own clock has milliseconds."""

_LISTS = {
    "order": {"orders", "orders_changed"},
    "refund": {"refunds"},
    "special_refund": {"special_refunds"},
    "aftersale": {"cases_changed"},
    "refundapply": {"refundapply_changed"},
    "review": {"reviews", "reviews_created"},
}
"""By the id space of a record: the lists that name each change of it."""

_BY_TWO = {"service": ("service_changed", "service_freight")}
"""Lists of which each names some changes: only what both hold is held."""

_STANDING = {
    *("refunds_open", "special_refunds_open", "exchanges_open"),
    *("cases_open", "service_audit", "refundapply_open", "open cases"),
}
_BESIDES = {"exchanges", "disputes"}
"""What is open now, whenever it changed; and lists of what others name as well. They vouch for no range."""

_VOUCHING = {
    *(name for names in _LISTS.values() for name in names),
    *(name for both in _BY_TWO.values() for name in both),
}
_TOP = 200


@define
class _Held:
    since: int
    until: int


@define
class Oracle:
    """`changes`: by record, when it changed; `moves`: when by the machine the world's clock got where.

    Give it the journal's lines in their order; then `wrong` says what did not hold.
    """

    changes: Mapping[Key, Sequence[int]]
    moves: Sequence[tuple[int, int]]
    shops: Mapping[str, str]  # by row: the shop's id
    wrong: list[str] = field(factory=list)
    counts: Counter[str] = field(factory=Counter)
    first: dict[Key, int] = field(factory=dict)  # when of the world it was first kept
    _kept: dict[Key, int] = field(factory=dict)
    _quarantined: Counter[tuple[str, str, str]] = field(factory=Counter)  # shop, source, id
    _nameless: Counter[str] = field(factory=Counter)  # by shop
    _held: dict[tuple[str, str], _Held] = field(factory=dict)
    _by_space: dict[tuple[str, str], list[Key]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        spaces: defaultdict[tuple[str, str], list[Key]] = defaultdict(list)
        for key in self.changes:
            spaces[key[2], key[3] if key[0] == "case" else key[0]].append(key)
        self._by_space = dict(spaces)

    def read(self, lines: Iterable[Line]) -> None:
        for line in lines:
            if line.what == "cursor":
                self._moved(line)
            elif line.what in {"quarantined", "released"}:
                self._in_quarantine(line, 1 if line.what == "quarantined" else -1)
            else:
                self._kept_now(line)

    def _kept_now(self, line: Line) -> None:
        key = line.what, line.platform, line.shop_id, line.source, line.record_id
        at = line.since or 0
        self.counts["records written"] += 1
        if at < self._kept.get(key, 0):
            self._say(f"{line.seq}: {key} went back from {_told(self._kept[key])} to {_told(at)}")
        if key not in self.changes:
            self._say(f"{line.seq}: {key} is kept and never was")
        elif line.what != "review" and at not in self.changes[key]:
            self.counts["states of a moment in between"] += 1
        self._kept[key] = at
        self.first.setdefault(key, self._now(line.at))

    def _in_quarantine(self, line: Line, by: int) -> None:
        self.counts["put into quarantine"] += by > 0
        if line.record_id:
            self._quarantined[line.shop_id, line.source, line.record_id] += by
        else:
            self._nameless[line.shop_id] += by

    def came_late(self, found: Apart, shipped_at: int | None) -> bool:
        """Whether the goods were sent had been the wire's only hint, and they were before anybody read the case."""
        if found.field != "kind" or (found.ours, found.truth) != ("refund_only", "cancel"):
            return False
        first = self.first.get(("case", *found.key), 0)  # type: ignore[arg-type] - a key has five parts
        return shipped_at is not None and shipped_at <= first

    # ------------------------------------------------------------ a cursor

    def _moved(self, line: Line) -> None:
        if line.since is None or line.until is None:
            return
        if line.source in _STANDING | _BESIDES:
            return
        if line.source not in _VOUCHING:
            self._say(f"{line.seq}: nothing is known here of a list {line.source}")
            return
        shop_id = self.shops[line.shop_id]
        place = shop_id, line.source
        held, claimed = self._held.get(place), _Held(line.since, line.until)
        if held == claimed:
            return
        self._held[place] = claimed
        self.counts["cursors moved"] += 1
        now = self._now(line.at)
        if line.until > now - LAG + SECOND:
            self._say(
                f"{line.seq}: {line.source} of {shop_id} is held until {_told(line.until)} at {_told(now)}:"
                f" that is less than {LAG // SECOND} s ago"
            )
        for space, claims in self._claims(shop_id, line.source, claimed):
            for key in self._by_space.get((shop_id, space), ()):
                self._one(line, key, claims, now)

    def _claims(self, shop_id: str, stream: str, claimed: _Held) -> Iterator[tuple[str, _Held]]:
        for space, names in _LISTS.items():
            if stream in names:
                yield space, claimed
        for space, both in _BY_TWO.items():
            ranges = [self._held[shop_id, each] for each in both if (shop_id, each) in self._held]
            if stream in both and len(ranges) == len(both):
                yield space, _Held(max(r.since for r in ranges), min(r.until for r in ranges))

    def _one(self, line: Line, key: Key, claimed: _Held, now: int) -> None:
        """Its latest change by then is what counts: who changed again has left the window for a later one."""
        moments = self.changes[key]
        latest = bisect.bisect_right(moments, now + _AHEAD)
        if latest == 0 or not claimed.since <= moments[latest - 1] < claimed.until:
            return
        self.counts["records vouched for"] += 1
        at = moments[latest - 1]
        if (
            self._kept.get(key, 0) >= at
            or self._quarantined[key[2], key[3], key[4]] > 0
            or self._nameless[key[2]]
        ):
            return
        had = _told(self._kept[key]) if key in self._kept else "never"
        self._say(
            f"{line.seq}: {line.source} of {key[2]} says it holds {_told(claimed.since)} to {_told(claimed.until)};"
            f" {key[0]} {key[3]}:{key[4]} changed at {_told(at)} and was kept {had}"
        )

    def _now(self, at: int) -> int:
        """The world's present at a moment of the machine; between two moves of its clock it stands."""
        found = bisect.bisect_right(self.moves, (at + _BLUNT, 1 << 62))
        return self.moves[max(found - 1, 0)][1]

    def _say(self, what: str) -> None:
        self.counts["wrong"] += 1
        if len(self.wrong) < _TOP:
            self.wrong.append(what)


def _told(at: int) -> str:
    return datetime.fromtimestamp(at / SECOND).astimezone().strftime("%m-%dT%H:%M:%S")


@frozen
class Apart:
    """What the store says of a field (of a whole record, where there is none), and what is true."""

    record: str
    key: tuple[str, ...]
    field: str | None
    ours: Any
    truth: Any

    def __str__(self) -> str:
        if self.field is None:
            return f"{self.record} {self.key}: {self.ours}"
        return f"{self.record} {self.key}: {self.field} is {self.ours!r}, in truth {self.truth!r}"


def apart(state: Mapping[str, Any], kept: Mapping[str, Iterable[Mapping[str, Any]]]) -> Iterator[Apart]:
    """Every field in which the store and the world's own truth differ; nothing, if they are equal."""
    for record, rows in kept.items():
        ours = {_name(record, row): _plain(row) for row in rows}
        theirs = {_name(record, row): _plain(row) for row in state[f"{record}s"]}
        yield from (Apart(record, key, None, "not in the store", None) for key in theirs.keys() - ours.keys())
        yield from (
            Apart(record, key, None, "only in the store", None) for key in ours.keys() - theirs.keys()
        )
        for key in ours.keys() & theirs.keys():
            for name, value in theirs[key].items():
                if ours[key].get(name) != value:
                    yield Apart(record, key, name, ours[key].get(name), value)


def _name(record: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    return row["platform"], row["shop_id"], row["source"], row[f"{record}_id"]


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Without what only the world knows; buyers' keys are made with the home's secret."""
    plain = {name: value for name, value in row.items() if name not in {"refunds", "hidden"}}
    if plain.get("buyer"):
        masked = plain["buyer"]["masked"]
        plain["buyer"] = {"key": None, "masked": masked} if masked else None
    return plain
