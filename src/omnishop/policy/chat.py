"""A chat (咨询) as facts: which message of the buyer was answered, and when; a bare greeting answers nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from attrs import frozen

from omnishop.policy.facts import Facts, Happening, Subject, no_zone
from omnishop.policy.pack import Chat
from omnishop.policy.phrases import plain

_SIGNS = "~!?。,.、…:;)(^_*-"


@frozen
class Message:
    """`by` seller: a person, or a robot that answers from the FAQ."""

    at: datetime
    by: Literal["buyer", "seller"]
    text: str


@frozen
class Inquiry:
    """`answered` None: not yet."""

    asked: datetime
    answered: datetime | None


def inquiries(messages: Iterable[Message], rules: Chat) -> tuple[Inquiry, ...]:
    """Every stretch from a buyer's first unanswered message to the answer, in the order of time."""
    found: list[Inquiry] = []
    asked: datetime | None = None
    for message in _in_time(messages):
        if message.by == "buyer":
            asked = message.at if asked is None else asked
        elif asked is not None and not bare_greeting(message.text, rules):
            found.append(Inquiry(asked, message.at))
            asked = None
    if asked is not None:
        found.append(Inquiry(asked, None))
    return tuple(found)


def facts_of(
    chat_id: str, inquiry: Inquiry, platform: str | None = None, shop_id: str | None = None
) -> Facts:
    return Facts(
        Subject.CHAT,
        chat_id,
        platform=platform,
        shop_id=shop_id,
        happened={Happening.ASKED: inquiry.asked, Happening.ANSWERED: inquiry.answered},
    )


def bare_greeting(text: str, rules: Chat) -> bool:
    """Nothing but greetings, or nothing at all."""
    left = plain(text).text.translate(_WITHOUT_SIGNS)
    for greeting in _longest_first(rules.greetings):
        left = left.replace(greeting, "")
    return not left.strip()


_WITHOUT_SIGNS = str.maketrans("", "", _SIGNS)


def _longest_first(greetings: Sequence[str]) -> list[str]:
    return sorted(greetings, key=len, reverse=True)


def _in_time(messages: Iterable[Message]) -> list[Message]:
    told = list(messages)
    if any(message.at.tzinfo is None for message in told):
        raise no_zone("message.at")
    return sorted(told, key=lambda message: message.at)
