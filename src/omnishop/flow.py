"""An interaction as a value: a generator that yields calls and receives payloads.

A flow knows nothing of networks, tokens, waiting or stores. It runs once; to repeat an interaction, make a new
flow. Mapped errors are thrown into it at the yield, so it may answer "not found" by another call.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any, Literal, TypeVar

import msgspec
from attrs import Factory, field, frozen

from omnishop.errors import OmnishopError, RateLimited, Transient
from omnishop.model import Text, Unreadable

T = TypeVar("T")

Flow = Generator["Call", msgspec.Raw, T]


@frozen
class File:
    """A part of a multipart request."""

    name: str
    content: bytes = field(repr=False)
    mime: str = "application/octet-stream"


@frozen
class Call:
    """One request to a platform: what is asked, not how it is signed or sent.

    `session` says whose token it carries; `write` that it changes something there; `address` which of the
    platform's doors it goes to.
    """

    method: str
    params: Mapping[str, Any] = field(factory=dict, repr=False)
    write: bool = False
    session: Literal["main", "operator", "none"] = "main"
    files: Mapping[str, File] = Factory(dict)
    address: Literal["gateway", "oauth"] = "gateway"


@frozen
class Page:
    """One page of a list. `next` makes the flow of the following page; None after the last.

    `total` is the platform's own count of the whole window, None when it gives none; `size` how many rows were
    asked for; `bounded`: why this answer can be checked but not be proved whole, where its list usually can.
    """

    items: tuple[Any, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    next: Callable[[], Flow[Page]] | None = None
    total: int | None = None
    size: int | None = None
    bounded: Text | None = None


def retry_after(error: OmnishopError) -> float | bool:
    """Whether a failed call may be made again: seconds, True (back off as usual), or False.

    Drivers turn every doubt about a write into `OutcomeUnknown` first, so what is left as `Transient` or
    `RateLimited` was not applied.
    """
    if isinstance(error, RateLimited):
        return True if error.retry_after is None else error.retry_after
    return isinstance(error, Transient)
