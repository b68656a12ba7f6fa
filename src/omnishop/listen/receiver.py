"""Takes pushes over HTTP (ASGI): verifies the bytes as they came, keeps what they tell, then says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta

from attrs import define

from omnishop import clock, registry, telemetry
from omnishop.engine.inbox import keep_told
from omnishop.errors import OmnishopError
from omnishop.listen.bucket import Bucket, Peers
from omnishop.model import Event, Unreadable
from omnishop.ports import App, Doubt, Hook, Response
from omnishop.serving import Gone, Message, Receive, Reply, TooLarge, body_of
from omnishop.store import Store

PREFIX = "/push/"
BODY_LIMIT = 2**20
"""Bytes; a batch of the largest messages that are documented is a tenth of it."""

RATE, BURST = 500.0, 1000.0
"""Requests a second over all, and at once; what is above is told to come again. One address may have half of it."""

FORGED_RATE, FORGED_BURST = 1.0, 20.0
"""Bad signatures of one address that are each answered and logged. What is genuine is taken from there as before:
behind a proxy everybody comes from one address."""

_TOO_MANY = Response(429, b"", {"retry-after": "1", "connection": "close"})

_SHARE = 0.8
"""Of the platform's patience: the rest is for the way."""

_APPS_AGAIN_S = 5.0

_log = telemetry.logger("listen")


@define
class Tally:
    """Requests by what became of them, and what they told: `messages`, of which `new` had not come before."""

    taken: int = 0
    messages: int = 0
    new: int = 0
    forged: int = 0
    unreadable: int = 0
    too_large: int = 0
    too_many: int = 0
    not_kept: int = 0


class _Doubtful(Exception):
    """The push is not taken."""

    def __init__(self, doubt: Doubt) -> None:
        super().__init__(doubt)
        self.doubt: Doubt = doubt


class Apps:
    """Registered apps by platform and key, secrets open: looked up anew for one that is not known, but seldom."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[str, str], App] = {}
        self._read_at: float | None = None

    def get(self, platform: str, app_key: str, now: float) -> App | None:
        found = self._known.get((platform, app_key))
        if found is None and (self._read_at is None or now - self._read_at >= _APPS_AGAIN_S):
            self._read_at = now
            self._known = {
                (shop.platform, shop.app_key): self._store.shops.account(shop).app
                for shop in self._store.shops.list()
            }
        return self._known.get((platform, app_key))

    def doubt(self) -> None:
        """A secret may have been changed: the next question is answered from the store, though seldom."""
        if self._read_at is not None and clock.monotonic() - self._read_at >= _APPS_AGAIN_S:
            self._known.clear()


class Receiver:
    """`POST /push/PLATFORM`. `told` is called when something new was kept, from a thread."""

    def __init__(
        self,
        store: Store,
        *,
        told: Callable[[], None],
        body_limit: int = BODY_LIMIT,
        rate: float = RATE,
        burst: float = BURST,
    ) -> None:
        self._store = store
        self._told = told
        self._body_limit = body_limit
        self._bucket = Bucket(rate, burst)
        self._peers = Peers(rate / 2, burst / 2)
        self._forgers = Peers(FORGED_RATE, FORGED_BURST)
        self._apps = Apps(store)
        self.tally = Tally()

    async def __call__(self, scope: Message, receive: Receive, send: Reply) -> None:
        if scope["type"] != "http":
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        try:
            answer = await self._answer(scope, headers, receive)
        except Gone:
            return
        await _sent(send, answer)

    async def _answer(self, scope: Message, headers: Mapping[str, str], receive: Receive) -> Response:
        platform, hook = _hook_of(scope["path"])
        if hook is None:
            return Response(404, b"")
        if scope["method"] != "POST":
            return Response(405, b"", {"allow": "POST"})
        now, peer = clock.monotonic(), str((scope.get("client") or ("",))[0])
        if not self._peers.of(peer).take(now) or not self._bucket.take(now):
            self._count("too_many", platform)
            return _TOO_MANY
        try:
            async with asyncio.timeout(hook.patience / timedelta(seconds=1) * _SHARE):
                body = await body_of(headers, receive, self._body_limit)
                with telemetry.span("omnishop.push", platform=platform):
                    messages, new = await asyncio.to_thread(self._take, platform, hook, headers, body)
        except _Doubtful as no:
            return self._doubted(platform, hook, no.doubt, peer, now)
        except TimeoutError:
            self._count("not_kept", platform)
            return hook.answer("busy")
        except TooLarge:
            self._count("too_large", platform)
            return Response(413, b"", {"connection": "close"})
        self._count("taken", platform)
        self.tally.messages += messages
        self.tally.new += new
        return hook.answer(None)

    def _take(self, platform: str, hook: Hook, headers: Mapping[str, str], body: bytes) -> tuple[int, int]:
        """In a thread: it waits for the disk. Nothing is parsed before the signature held."""
        try:
            self._checked(platform, hook, headers, body)
            told = _read(hook, body)
            new = keep_told(self._store, platform, told, clock.now())
        except _Doubtful:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever it is: not kept is not acknowledged
            _log.error("push not kept", platform=platform, error=type(problem).__name__)
            raise _Doubtful("busy") from None
        if new:
            self._told()
        return len(told), new

    def _checked(self, platform: str, hook: Hook, headers: Mapping[str, str], body: bytes) -> None:
        app = self._apps.get(platform, hook.app_key(headers) or "", clock.monotonic())
        if app is None or not hook.genuine(app, headers, body):
            self._apps.doubt()
            raise _Doubtful("signature")

    def _count(self, outcome: str, platform: str) -> None:
        setattr(self.tally, outcome, getattr(self.tally, outcome) + 1)
        telemetry.count("omnishop.pushes", platform=platform, outcome=outcome)

    def _doubted(self, platform: str, hook: Hook, doubt: Doubt, peer: str, now: float) -> Response:
        match doubt:
            case "signature":
                self._count("forged", platform)
                if not self._forgers.of(peer).take(now):
                    return _TOO_MANY
                _log.warning("push not signed by its platform", platform=platform, peer=peer)
            case "unreadable":
                self._count("unreadable", platform)
            case _:
                self._count("not_kept", platform)
        return hook.answer(doubt)


def _read(hook: Hook, body: bytes) -> tuple[Event | Unreadable, ...]:
    try:
        return hook.events(body)
    except OmnishopError:
        raise _Doubtful("unreadable") from None


def _hook_of(path: str) -> tuple[str, Hook | None]:
    """By the last part of the path: what comes before it may be a proxy's."""
    before, _, platform = path.rstrip("/").rpartition("/")
    if not f"{before}/".endswith(PREFIX) or platform not in registry.adapter_names():
        return platform, None
    return platform, registry.adapter(platform).hook


async def _sent(send: Reply, answer: Response) -> None:
    named = {**answer.headers, "content-length": str(len(answer.content))}
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in named.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})
