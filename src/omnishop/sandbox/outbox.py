"""What platforms tell of their own accord: every change becomes their messages, sent until they are acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from attrs import Factory, define, field, frozen

from omnishop.sandbox.records import Case, Order, Review, Shop

if TYPE_CHECKING:
    from omnishop.sandbox.world import World

FIRST_S, LONGEST_S, TRIES = 1.0, 60.0, 12
"""Between two tries of one message, and how many there are (chosen: the platforms' own are not known)."""

LATE_S, HELD_S = 1.0, 0.2
"""How long the faults push_late and push_reordered keep a message back."""

LATE_ROUNDS = 2
"""The same at a queue: in so many questions it is not among the answers."""


@frozen
class Told:
    """One message. `wire` is what the platform's own form makes of it."""

    id: str
    shop: Shop
    at: datetime
    wire: dict[str, Any] = field(repr=False)


@frozen
class HttpVoice:
    """How messages are called out. `greeting` is what a newly saved address gets first.

    `request`: headers and body of some messages of one shop, signed by `sign_method`; `heard`: whether an answer
    acknowledges them; `most`: how many one request carries.
    """

    sign_methods: tuple[str, ...]
    greeting: Callable[[Shop, datetime], Told]
    request: Callable[[Shop, Sequence[Told], str], tuple[Mapping[str, str], bytes]]
    heard: Callable[[int, bytes], bool]
    most: int


@frozen
class Greeting:
    """The answer to the first frame of a client. Without `session` it is refused; without `shop` nothing waits."""

    answer: bytes
    session: str | None = None
    shop: Shop | None = None


@frozen
class Heard:
    """What a later frame says. `ends`: nothing more is taken from this client after `answer`."""

    confirmed: frozenset[str] = frozenset()
    answer: bytes | None = None
    ends: bool = False


@frozen
class SocketVoice:
    """How a queue is handed out over a WebSocket.

    `claims`: whether this host and path are its address; `hears`: (session, frame); `tells`: one message as a
    frame of the session, and how often it was handed out before; what is not confirmed comes `again` after that.
    """

    claims: Callable[[str, str], bool]
    greets: Callable[[World, bytes], Greeting]
    hears: Callable[[World, str, bytes], Heard]
    tells: Callable[[World, str, Told, int], bytes]
    again: timedelta


@frozen
class Voice:
    """`messages`: what is told of the nth happening of a record; without `http` a queue keeps them.

    `socket`: the queue is handed out as well, beside being asked.
    """

    messages: Callable[[Order | Case, int], Sequence[Told]]
    http: HttpVoice | None = None
    socket: SocketVoice | None = None


@define(eq=False)
class Queued:
    """A message at a queue: `rounds` it is still held back, `copies` it comes again although confirmed.

    `times` it was given.
    """

    told: Told
    rounds: int = 0
    copies: int = 0
    given_at: datetime | None = None
    times: int = 0


@define(eq=False)
class Sending:
    """A message on its way. `due` by the machine's monotonic clock, `wait_s` from when it was first looked at."""

    told: Told
    wait_s: float = 0.0
    due: float | None = None
    tries: int = 0

    def ready(self, now: float) -> bool:
        self.due = now + self.wait_s if self.due is None else self.due
        return self.due <= now


@frozen
class Post:
    """One request to be made, and what is in it."""

    url: str
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    sendings: tuple[Sending, ...]
    platform: str


@define(eq=False)
class Subscriber:
    url: str
    sign_method: str
    voice: HttpVoice
    waiting: list[Sending] = Factory(list)


class BadSubscription(ValueError):
    """An address that cannot be: the message says what is wrong with it."""


@define(eq=False)
class Outbox:
    """`queues` by (platform, shop_id); everybody in `sleepers` is called when something changed."""

    queues: dict[tuple[str, str], list[Queued]] = Factory(dict)
    subscribers: dict[str, Subscriber] = Factory(dict)
    sleepers: list[Callable[[], None]] = Factory(list)
    _stirred: dict[str, Order] = Factory(dict)
    _told: dict[tuple[str, str], int] = Factory(dict)

    def wake(self) -> None:
        for sleeper in tuple(self.sleepers):
            sleeper()

    def stir(self, record: Order | Case | Review) -> None:
        """It changed, or its order did."""
        order = record if isinstance(record, Order) else record.order
        self._stirred[order.order_id] = order
        self.wake()

    def subscribe(
        self, world: World, platform: str, url: str | None, sign_method: str | None
    ) -> dict[str, Any]:
        """From now on changes are called out there; None ends it. BadSubscription says why not."""
        face = world.faces.get(platform)
        voice = face.voice if face is not None else None
        if voice is None or voice.http is None:
            able = [name for name, each in world.faces.items() if each.voice and each.voice.http]
            raise BadSubscription(f"{platform!r} calls nobody; these do: {', '.join(able) or 'none'}")
        method = sign_method or voice.http.sign_methods[0]
        if method not in voice.http.sign_methods:
            raise BadSubscription(f"sign_method is one of {', '.join(voice.http.sign_methods)}")
        self.collect(world)
        if url is None:
            self.subscribers.pop(platform, None)
            return {"platform": platform, "url": None}
        if not url.startswith(("http://", "https://")):
            raise BadSubscription(f"no address of a receiver: {url!r}")
        greetings = [
            voice.http.greeting(shop, world.now()) for shop in world.shops if shop.platform == platform
        ]
        waiting = [Sending(told) for told in greetings]
        self.subscribers[platform] = Subscriber(url, method, voice.http, waiting)
        self.wake()
        return {"platform": platform, "url": url, "sign_method": method}

    def collect(self, world: World) -> None:
        """What happened since the last time becomes messages, in the order of their times."""
        found: list[tuple[str, Told]] = []
        for order in self._stirred.values():
            records: tuple[Order | Case, ...] = (order, *order.cases)
            for record in records:
                found += [(record.shop.platform, told) for told in self._fresh(world, record)]
        self._stirred.clear()
        for platform, told in sorted(found, key=lambda pair: (pair[1].at, pair[1].id)):
            if platform in self.subscribers:
                self._send(world, self.subscribers[platform], told)
            else:
                self._queue(world, told)

    def _fresh(self, world: World, record: Order | Case) -> list[Told]:
        """What was not told of it yet; where nobody listens it is not told later either."""
        platform, key = record.shop.platform, (record.shop.platform, _name(record))
        first, last = self._told.get(key, 0), len(record.history)
        self._told[key] = last
        voice = world.faces[platform].voice
        if voice is None or (voice.http is not None and platform not in self.subscribers):
            return []
        return [told for nth in range(first, last) for told in voice.messages(record, nth)]

    def _send(self, world: World, subscriber: Subscriber, told: Told) -> None:
        plan = world.faults
        late = LATE_S if plan.befalls("push_late", told.id) else 0.0
        held = HELD_S if plan.befalls("push_reordered", told.id) else 0.0
        subscriber.waiting.append(Sending(told, late + held))
        if plan.befalls("push_duplicate", told.id):
            subscriber.waiting.append(Sending(told, late))

    def _queue(self, world: World, told: Told) -> None:
        plan = world.faults
        rounds = LATE_ROUNDS if plan.befalls("push_late", told.id) else 0
        queued = Queued(told, rounds, copies=int(plan.befalls("push_duplicate", told.id)))
        queue = self.queues.setdefault((told.shop.platform, told.shop.shop_id), [])
        reordered = plan.befalls("push_reordered", told.id)
        if reordered and queue and queue[-1].given_at is None:
            queue.insert(len(queue) - 1, queued)
        else:
            queued.rounds += reordered  # the one before is gone: it is overtaken by the next
            queue.append(queued)

    # ------------------------------------------------------------ on the way

    def due(self, world: World, now: float) -> list[Post]:
        """Every request to make now; what is in them waits until `settle` says how they went."""
        if not self.subscribers:
            return []
        self.collect(world)
        posts: list[Post] = []
        for platform, subscriber in self.subscribers.items():
            ready = [each for each in subscriber.waiting if each.ready(now)]
            by_shop: dict[str, list[Sending]] = {}
            for each in ready:
                by_shop.setdefault(each.told.shop.shop_id, []).append(each)
            most = subscriber.voice.most
            posts += [
                _post(platform, subscriber, some[start : start + most])
                for some in by_shop.values()
                for start in range(0, len(some), most)
            ]
        return posts

    def settle(self, world: World, post: Post, status: int | None, content: bytes, now: float) -> None:
        subscriber = self.subscribers.get(post.platform)
        heard = subscriber is not None and status is not None and subscriber.voice.heard(status, content)
        world.note(post.platform, "push", "ok" if heard else "unheard", str(len(post.sendings)))
        gone = set()
        for each in post.sendings:
            each.tries += 1
            each.due = now + min(FIRST_S * float(1 << min(each.tries - 1, 10)), LONGEST_S)
            if heard or each.tries >= TRIES:
                gone.add(id(each))
        if subscriber is not None:
            subscriber.waiting = [each for each in subscriber.waiting if id(each) not in gone]

    def next_due(self) -> float | None:
        """When there is something to send that nothing will wake for."""
        waiting = [each.due for subscriber in self.subscribers.values() for each in subscriber.waiting]
        return min((due for due in waiting if due is not None), default=None)

    # ------------------------------------------------------------ at a queue

    def give(self, platform: str, shop: Shop, quantity: int, now: datetime, again: timedelta) -> list[Queued]:
        """What is asked for at a queue; what was given and not confirmed comes again after `again`."""
        given: list[Queued] = []
        for each in self.queues.get((platform, shop.shop_id), ()):
            if len(given) >= quantity:
                break
            if each.rounds:
                each.rounds -= 1
            elif each.given_at is None or each.given_at <= now - again:
                each.given_at = now
                each.times += 1
                given.append(each)
        return given

    def held_back(self, platform: str, shop: Shop) -> bool:
        """Whether a fault keeps something from the next question."""
        return any(each.rounds for each in self.queues.get((platform, shop.shop_id), ()))

    def confirm(self, platform: str, shop: Shop, ids: set[str]) -> None:
        """They are out of the queue, but for a copy that a fault makes of them."""
        queue = self.queues.get((platform, shop.shop_id), [])
        left, at = set(ids), 0
        while left and at < len(queue):
            each = queue[at]
            if each.told.id not in left:
                at += 1
                continue
            left.remove(each.told.id)
            each.copies -= 1
            each.given_at = None
            if each.copies < 0:
                del queue[at]


def _post(platform: str, subscriber: Subscriber, sendings: Sequence[Sending]) -> Post:
    shop = sendings[0].told.shop
    told = [each.told for each in sendings]
    headers, content = subscriber.voice.request(shop, told, subscriber.sign_method)
    return Post(subscriber.url, headers, content, tuple(sendings), platform)


def _name(record: Order | Case) -> str:
    return record.order_id if isinstance(record, Order) else f"{record.source}:{record.case_id}"
