"""What a platform tells of its own accord reaches its adapter, and nobody else can tell it."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from attrs import evolve

from omnishop.errors import OmnishopError
from omnishop.model import Event
from omnishop.ports import Account, Capability, Channel, Delivered, Hook, Opened, Socket
from omnishop.sandbox import steps
from omnishop.sandbox.handing import Handing
from omnishop.sandbox.outbox import Post
from omnishop.testing.bench import Bench
from omnishop.testing.desk import Desk
from omnishop.testing.levels_of import OFFERED
from omnishop.testing.suite import Conformance

_ADDRESS = "http://receiver.test/push"


def is_told(bench: Bench, desk: Desk) -> str:
    """A sale is told by push or stands in the queue; how, in words."""
    hook, channel = desk.adapter.hook, desk.adapter.channel
    if hook is not None:
        return _called_out(bench, desk, hook)
    assert channel is not None, "it claims to push, and has neither a hook nor a queue"
    queued = _queued(bench, desk, channel)
    return queued if channel.socket is None else f"{queued}; {_handed(bench, desk, channel.socket)}"


def _sold(bench: Bench) -> str:
    order = steps.place(bench.world, bench.face, bench.shop, [(0, 1)])
    steps.pay(bench.world, order)
    return order.order_id


def _called_out(bench: Bench, desk: Desk, hook: Hook) -> str:
    voice = bench.face.voice
    assert voice is not None
    assert voice.http is not None
    for method in voice.http.sign_methods:
        bench.simulation.subscribe(bench.candidate.platform, _ADDRESS, method)
        sold = _sold(bench)
        posts = [post for post in bench.simulation.posts(0.0) if _is_ours(hook, post, desk)]
        events = [event for post in posts for event in hook.events(post.content)]
        assert any(isinstance(event, Event) and event.order_id == sold for event in events)
        for post in posts:
            _only_the_platform(hook, post, desk)
        _is_acknowledged(bench, hook, posts)
    bench.simulation.subscribe(bench.candidate.platform, None)
    return f"a sale called out, signed by {' and by '.join(voice.http.sign_methods)}; told again until acknowledged"


def _is_ours(hook: Hook, post: Post, desk: Desk) -> bool:
    return hook.app_key(post.headers) == desk.account.app.app_key


def _only_the_platform(hook: Hook, post: Post, desk: Desk) -> None:
    app = desk.account.app
    assert hook.genuine(app, post.headers, post.content)
    assert not hook.genuine(evolve(app, app_secret="another"), post.headers, post.content)  # noqa: S106 - no secret
    assert not hook.genuine(app, post.headers, post.content + b" ")
    assert not hook.genuine(app, {}, post.content)


def _is_acknowledged(bench: Bench, hook: Hook, posts: list[Post]) -> None:
    no, yes = hook.answer("busy"), hook.answer(None)
    for post in posts:
        bench.simulation.sent(post, no.status, no.content, 0.0)
    again = bench.simulation.posts(3600.0)
    names = [sending.told.id for post in again for sending in post.sendings]
    assert {sending.told.id for post in posts for sending in post.sendings} <= set(names)
    for post in again:
        bench.simulation.sent(post, yes.status, yes.content, 3600.0)
    assert not bench.simulation.posts(7200.0)


def _queued(bench: Bench, desk: Desk, channel: Channel) -> str:
    sold, met = _sold(bench), set[str]()
    while events := desk.run(channel.consume(desk.account)):
        told = [event for event in events if isinstance(event, Event)]
        names = [event.event_id for event in told if event.event_id is not None]
        assert names, "what came has no names to confirm it by"
        desk.run(channel.confirm(desk.account, names))
        assert not met & set(names), "what was confirmed came again"
        met |= set(names)
        if any(event.order_id == sold and event.shop_id == bench.shop.shop_id for event in told):
            return f"a sale stood in the queue; {len(met)} messages confirmed, none came again"
    raise AssertionError(f"nobody told of order {sold}")


def _handed(bench: Bench, desk: Desk, socket: Socket) -> str:
    """Frames alone: whoever carries them is not this adapter's affair."""
    sold = _sold(bench)
    line, session = _opened(bench, desk.account, socket)
    forged = evolve(desk.account, app=evolve(desk.account.app, app_secret="another"))  # noqa: S106 - no secret
    with pytest.raises(OmnishopError):
        _opened(bench, forged, socket)
    met, about = set[str](), set[str | None]()
    while outs := line.tells():
        for out in outs:
            came = socket.read(out.frame)
            assert isinstance(came, Delivered)
            assert came.receipt is not None
            assert came.receipt not in met, "what was confirmed came again"
            met.add(came.receipt)
            about |= {came.told.order_id} if isinstance(came.told, Event) else set()
            assert not line.hears(socket.confirm(session, came.receipt))
        assert not line.hears(socket.ask(session))
    assert sold in about, f"nobody told of order {sold}"
    return f"handed out over a socket as well, {len(met)} frames; a forged sign is refused"


def _opened(bench: Bench, account: Account, socket: Socket) -> tuple[Handing, str]:
    place = urlsplit(socket.address(account))
    line = bench.simulation.handing(place.hostname or "", place.path)
    assert line is not None, f"no simulated queue at {place.path}"
    (answer,) = line.hears(socket.hello(account, bench.world.now()))
    opened = socket.read(answer.frame)
    assert isinstance(opened, Opened)
    return line, opened.session


class PushesConformance(Conformance):
    """Where a storefront tells of its own accord, it does so at every door; elsewhere there is nothing to hear."""

    def test_a_sale_is_told(self, bench: Bench, desk: Desk) -> None:
        offered = bench.adapter.support(bench.storefront, Capability.PUSH).level in OFFERED
        assert offered == (bench.adapter.hook is not None or bench.adapter.channel is not None)
        if not offered:
            pytest.skip(f"{bench.storefront} tells nothing of its own accord")
        assert is_told(bench, desk)
