"""The rows of the book as values: one intent is one platform write, written down before the call."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from attrs import Factory, evolve, field, frozen

from omnishop.acts import Ask, By, Seen, Shown, State, Subject
from omnishop.model import Fen, Text

RAW = "call:"
"""Before the method's name: the verb of a raw call."""


@frozen
class Key:
    """A record of a shop, as the book names it."""

    platform: str
    shop_id: str
    subject: Subject

    @property
    def columns(self) -> dict[str, str]:
        return {
            "platform": self.platform,
            "shop_id": self.shop_id,
            "record": self.subject.record,
            "source": self.subject.source,
            "record_id": self.subject.id,
        }

    @property
    def name(self) -> str:
        """For people: `source:id`, as commands take it."""
        return f"{self.subject.source}:{self.subject.id}" if self.subject.source else self.subject.id


@frozen
class Held:
    """The ceiling that held: which one, its limit, and what was used of it before. Fen."""

    name: str
    limit: Fen
    used: Fen


@frozen
class Reading:
    """One look after the send. `at`: the machine's time when it was asked for; `stale`: older than what we hold."""

    at: datetime
    seen: Seen
    shown: Shown
    stale: bool = False


@frozen
class Intent:
    """`amount` includes `freight`; both fen. `until`: no attempt begins after it, no reading counts before it."""

    id: str
    act: str
    key: Key
    verb: str
    digest: str
    state: State
    seen: Seen
    said: Ask
    planned_at: datetime
    day: str
    money: bool = False
    amount: Fen | None = None
    freight: Fen | None = None
    lines: Mapping[str, int] = Factory(dict)
    order_id: str | None = None
    ceiling: Held | None = None
    by: By | None = None
    why: Text | None = None
    code: str | None = None
    readings: tuple[Reading, ...] = ()
    attempts: int = 0
    sent_at: datetime | None = None
    until: datetime | None = None
    settled_at: datetime | None = None

    @property
    def raw(self) -> bool:
        """A raw call: no row of any table says what a reading must show."""
        return self.verb.startswith(RAW)


@frozen
class ActRow:
    """What a person asked for; `confirmed` are the verbs of it whose effect is there, `seen` the record then."""

    id: str
    key: Key
    act: str
    digest: str
    by: str
    begun_at: datetime
    ended_at: datetime | None = None
    confirmed: frozenset[str] = field(default=frozenset())
    seen: Seen | None = None


def digest_of(verb: str, ask: Ask) -> str:
    """Of everything that was said, proofs by their content; who says it and when is left out."""
    proofs = [
        hashlib.sha256(each.content).hexdigest() if each.content is not None else each.url
        for each in ask.evidence
    ]
    said = [verb, msgspec.to_builtins(kept(ask)), proofs]
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()


def kept(ask: Ask) -> Ask:
    """What may lie in the book: no proofs, no code of a telephone, no key and time of one attempt."""
    return evolve(ask, evidence=(), code=None, key="", at=None, by="")


def to_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def older(seen: Seen, held: Seen) -> bool:
    """Whether a reading tells of an earlier state of the record than one we hold already."""
    if seen.changed_at is not None and held.changed_at is not None and seen.changed_at < held.changed_at:
        return True
    ours, theirs = seen.version, held.version
    if ours and theirs and all(each.isascii() and each.isdigit() for each in (ours, theirs)):
        return int(ours) < int(theirs)
    return False
