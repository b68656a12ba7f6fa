"""What the ledger tells of itself: an act as a span, and every state an intent comes into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from omnishop import telemetry
from omnishop.acts import By, Outcome, State, Subject, Verb
from omnishop.errors import OmnishopError
from omnishop.ledger.intents import Intent
from omnishop.ports import Account

_log = telemetry.logger("ledger")


@contextmanager
def acting(account: Account, subject: Subject, wish: Verb) -> Iterator[Callable[[Outcome], Outcome]]:
    """One act; what comes of it is handed through. What stood in its way is told to who asked."""
    case = f"{subject.source}:{subject.id}" if subject.source else subject.id
    about = {"platform": account.platform, "shop": account.name, "case": case, "act": wish.value}
    with telemetry.span("omnishop.act", **about) as span:

        def told(outcome: Outcome) -> Outcome:
            span.set(state=outcome.state.value, by=outcome.by)
            _log.info("act", state=outcome.state.value, by=outcome.by, **about)
            return outcome

        try:
            yield told
        except OmnishopError as error:
            facts = {"error": type(error).__name__, "code": error.code, "request_id": error.request_id}
            _log.info("act refused", **facts, **about)
            raise


def moved(intent: Intent, state: State, by: By | None = None) -> None:
    """Committed: the intent has come into this state."""
    platform, shop = intent.key.platform, intent.key.shop_id
    telemetry.count("omnishop.intents", platform=platform, verb=intent.verb, state=state.value)
    say = _log.warning if state is State.UNKNOWN else _log.info
    about = {"platform": platform, "shop": shop, "case": intent.key.name, "verb": intent.verb}
    say("intent", intent=intent.id, state=state.value, by=by, **about)
