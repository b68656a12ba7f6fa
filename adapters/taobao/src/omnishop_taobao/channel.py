"""The message channel (TMC) by polling: what an app is told of its shops, until it is confirmed (wire page 6.2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from omnishop.flow import Call, Flow
from omnishop.model import Event, Unreadable
from omnishop.ports import Account, Channel
from omnishop_taobao.decoding import decode
from omnishop_taobao.socket import SOCKET, queue

_CONSUME = "taobao.tmc.messages.consume"
_CONFIRM = "taobao.tmc.messages.confirm"
_QUANTITY = 200
"""The most that either method takes at once."""


def consume(account: Account) -> Flow[tuple[Event | Unreadable, ...]]:
    """Up to two hundred messages of the whole app, whichever of its shops they are about; empty: none waits."""
    group = queue(account.settings)
    payload = yield Call(_CONSUME, {"group_name": group, "quantity": _QUANTITY}, session="none")
    return tuple(decode(_CONSUME, payload, None))


def confirm(account: Account, ids: Sequence[str]) -> Flow[None]:
    """Takes them out of the queue. It changes nothing of a shop, and doing it twice changes nothing at all."""
    group = queue(account.settings)
    for start in range(0, len(ids), _QUANTITY):
        some = ",".join(ids[start : start + _QUANTITY])
        yield Call(_CONFIRM, {"group_name": group, "s_message_ids": some}, session="none")


CHANNEL = Channel(consume, confirm, pause=timedelta(milliseconds=100), queue=queue, socket=SOCKET)
