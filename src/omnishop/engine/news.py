"""What the engine tells of itself: its lines, spans and counts in one place."""

from __future__ import annotations

from omnishop import telemetry
from omnishop.errors import OmnishopError
from omnishop.ports import Stream, Window
from omnishop.store import Saved, StoredShop
from omnishop.store.records import RecordType
from omnishop.telemetry import Span

_log = telemetry.logger("engine")


def turn(stored: StoredShop) -> Span:
    return telemetry.span("omnishop.pull", platform=stored.platform, shop=stored.name)


def comparison(stored: StoredShop) -> Span:
    return telemetry.span("omnishop.reconcile", platform=stored.platform, shop=stored.name)


def compared(stored: StoredShop, span: Span, verdict: str, differences: int) -> None:
    span.set(outcome=verdict, count=differences)
    telemetry.count("omnishop.comparisons", platform=stored.platform, outcome=verdict)
    say = _log.info if verdict == "equal" else _log.warning
    say("compared", platform=stored.platform, shop=stored.name, outcome=verdict, count=differences)


def window(stored: StoredShop, stream: Stream, read: Window) -> Span:
    facts: dict[str, telemetry.Fact] = {"list": stream.name, "since": read.start, "until": read.end}
    return telemetry.span("omnishop.window", platform=stored.platform, shop=stored.name, **facts)


def page(stored: StoredShop, stream: Stream, rows: int) -> Span:
    return telemetry.span(
        "omnishop.page", platform=stored.platform, shop=stored.name, list=stream.name, count=rows
    )


def read(stored: StoredShop, stream: Stream, answer: str) -> None:
    telemetry.count("omnishop.windows", platform=stored.platform, list=stream.name, answer=answer)


def unproved(stored: StoredShop, stream: Stream, left: Window) -> None:
    read(stored, stream, "unproved")
    facts: dict[str, telemetry.Fact] = {"list": stream.name, "since": left.start, "until": left.end}
    _log.warning("window not proved", platform=stored.platform, shop=stored.name, **facts)


def kept(
    platform: str, shop: str, record: RecordType, saved: Saved, *, by: str, quarantined: int = 0
) -> None:
    """`by`: the list, or how else it was read."""
    for change, count in (("new", saved.new), ("changed", saved.changed), ("unchanged", saved.unchanged)):
        telemetry.count("omnishop.records", count, platform=platform, record=record, change=change)
    telemetry.count("omnishop.quarantined", quarantined, platform=platform)
    about = {"platform": platform, "shop": shop, "list": by}
    if quarantined:
        _log.warning("records not read", quarantined=quarantined, **about)
    if saved.new or saved.changed:
        _log.info("records kept", record=record, new=saved.new, changed=saved.changed, **about)


def hindered(stored: StoredShop, error: OmnishopError, stream: Stream | None = None) -> None:
    """A list, or without one the whole shop, could not be read to its end."""
    _log.warning(
        "shop not read" if stream is None else "list not read",
        platform=stored.platform,
        shop=stored.name,
        list=None if stream is None else stream.name,
        error=type(error).__name__,
        method=error.method,
        code=error.code,
        request_id=error.request_id,
    )


def messages(platform: str, shop: str, count: int) -> Span:
    return telemetry.span("omnishop.inbox", platform=platform, shop=shop, messages=count)


def worked(platform: str, shop: str, count: int, *, put_off: int, given_up: int) -> None:
    """What became of the messages of one shop that were taken up together."""
    outcomes = {"done": count - put_off - given_up, "put_off": put_off, "given_up": given_up}
    for outcome, some in outcomes.items():
        telemetry.count("omnishop.inbox.worked", some, platform=platform, outcome=outcome)
    about = {"platform": platform, "shop": shop}
    if given_up:
        _log.warning("messages given up", given_up=given_up, **about)
    _log.debug("messages worked off", messages=count, put_off=put_off, **about)


def told(platform: str, *, new: int, copies: int, unreadable: int) -> None:
    """What a push or a queue brought."""
    telemetry.count("omnishop.push.messages", new, platform=platform, news="new")
    telemetry.count("omnishop.push.messages", copies, platform=platform, news="copy")
    telemetry.count("omnishop.quarantined", unreadable, platform=platform)
    if unreadable:
        _log.warning("messages not read", platform=platform, quarantined=unreadable)
