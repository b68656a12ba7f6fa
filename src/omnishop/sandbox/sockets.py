"""The server's side of a queue that is handed out over a WebSocket: frames in, frames out, and broken lines."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from attrs import frozen
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from omnishop import telemetry
from omnishop.clock import wait_async
from omnishop.sandbox.faults import SLOW_S
from omnishop.sandbox.handing import Handing, Out
from omnishop.serving import Message, Receive, Reply

LINE = "omnishop.line"
"""Under this name a scope's extensions hold the connection below it."""

FRAME_LIMIT = 2**20
"""Bytes of a client's frame."""


def reset(transport: asyncio.Transport) -> None:
    """RST, not FIN: the peer reads no end of stream but an error."""
    raw = transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class SocketProtocol(WebSocketsSansIOProtocol):
    """Its line can be broken on purpose."""

    async def run_asgi(self) -> None:
        scope: Any = self.scope  # its own type knows no extensions of ours
        scope["extensions"][LINE] = Wire(self)
        await super().run_asgi()


@frozen
class Wire:
    """The connection below a socket."""

    protocol: SocketProtocol

    def reset(self) -> None:
        reset(self.protocol.transport)

    def cut(self, frame: bytes) -> None:
        """Half of the frame, then the end."""
        self.protocol.conn.send_binary(frame)
        whole = b"".join(self.protocol.conn.data_to_send())
        self.protocol.transport.write(whole[: len(whole) // 2])
        self.protocol.transport.close()


_log = telemetry.logger("sandbox")


class _Ended(Exception):
    """Nothing more is said on this line."""


async def attend(handing: Handing | None, scope: Message, receive: Receive, send: Reply) -> None:
    """One client, until it leaves or is left."""
    await receive()  # websocket.connect
    if handing is None:
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept"})
    wire: Wire = scope["extensions"][LINE]
    loop, something = asyncio.get_running_loop(), asyncio.Event()

    def stirred() -> None:
        loop.call_soon_threadsafe(something.set)

    with handing.woken(stirred):
        tasks = [
            asyncio.create_task(_hear(handing, wire, something, receive, send)),
            asyncio.create_task(_tell(handing, wire, something, send)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception) and not isinstance(ended, _Ended | OSError):
                    _log.error("simulator failed", path=scope["path"], **telemetry.trouble(ended))


async def _hear(
    handing: Handing, wire: Wire, something: asyncio.Event, receive: Receive, send: Reply
) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        frame = message.get("bytes")
        for out in handing.hears(frame if frame is not None else message["text"].encode()):
            await _send(wire, out, send)
        something.set()


async def _tell(handing: Handing, wire: Wire, something: asyncio.Event, send: Reply) -> None:
    quiet = False
    while True:
        something.clear()
        for out in handing.tells(quiet=quiet):
            await _send(wire, out, send)
        try:
            async with asyncio.timeout(handing.looks_again()):
                await something.wait()
            quiet = False
        except TimeoutError:
            quiet = True


async def _send(wire: Wire, out: Out, send: Reply) -> None:
    match out.trouble:
        case "reset":
            wire.reset()
            raise _Ended
        case "cut":
            wire.cut(out.frame)
            raise _Ended
        case "slow":
            await wait_async(SLOW_S)
    if wire.protocol.transport.is_closing():
        raise _Ended
    await send({"type": "websocket.send", "bytes": out.frame})
    if out.ends:
        await send({"type": "websocket.close", "code": 1000})
        raise _Ended
