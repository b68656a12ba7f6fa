"""What an adapter brings to the simulated world: its platform's wire, shops, rules, and the truth on its wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote

from attrs import field, frozen

from omnishop import model
from omnishop.ports import Response
from omnishop.sandbox.outbox import Voice
from omnishop.sandbox.rules import Rule
from omnishop.sandbox.steps import Scenario, StepRule
from omnishop.sandbox.world import Case, Order, Review, Shop, World


@frozen
class WireRequest:
    """A request as it came: `path` decoded, `query` still encoded, header names lower case."""

    method: str
    host: str
    path: str
    query: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)

    def query_items(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query, keep_blank_values=True)

    def form_items(self) -> list[tuple[str, str]]:
        """A urlencoded body."""
        return parse_qsl(self.content.decode("utf-8", "replace"), keep_blank_values=True)

    @classmethod
    def of(cls, method: str, url: str, headers: Mapping[str, str], content: bytes) -> WireRequest:
        """From a full address or a target."""
        rest = url.split("://", 1)[-1]
        host, slash, tail = rest.partition("/") if "://" in url else ("", "/", rest.removeprefix("/"))
        path, _, query = (slash + tail).partition("?")
        return cls(method, host, unquote(path) or "/", query, dict(headers), content)


class Face(Protocol):
    """One platform in the world. All state is in the world; a face holds none."""

    @property
    def name(self) -> str: ...

    @property
    def storefronts(self) -> tuple[str, ...]: ...

    @property
    def one_line_shares_id(self) -> bool:
        """Whether the only line of an order has the order's own id."""
        ...

    @property
    def rules(self) -> tuple[Rule, ...]: ...

    @property
    def steps(self) -> Mapping[str, StepRule]:
        """Steps of cases that only this platform has, or has otherwise; they go before the common ones."""
        ...

    @property
    def voice(self) -> Voice | None:
        """How this platform tells of its own accord what happened; None where it does not."""
        ...

    def scenarios(self, storefront: str) -> tuple[Scenario, ...]:
        """Lives of cases that together reach every kind and stage this storefront's wire can say."""
        ...

    def open_shop(self, world: World, storefront: str) -> Shop:
        """A shop with goods, buyers, addresses and an app, its tokens issued; not yet in `world.shops`."""
        ...

    def credentials(self, world: World, shop: Shop, base_url: str) -> dict[str, str | None]:
        """gateway, app_key, app_secret, access_token, operator_token, refresh_token, as a client wants them."""
        ...

    def new_id(self, world: World, shop: Shop, what: str) -> str:
        """An id in the platform's form; `what`: order, line, case, review, parcel, refund."""
        ...

    def source(self, storefront: str, kind: model.Kind) -> str:
        """The id space a new case of this kind goes to."""
        ...

    def rule(self, case: Case) -> Rule | None:
        """The clock that runs at the case's present stage; None: nobody is on turn.

        While `case.disputed`, the dispute's clock by `case.dispute` and `case.phase_of_dispute`.
        """
        ...

    def order_rules(self, order: Order) -> tuple[Rule, ...]:
        """The clocks that run at the order's present state; each starts by its `start`."""
        ...

    def window(self, order: Order, what: str, reason: str | None) -> Rule | None:
        """What ends the time to `apply` (for that reason), `review`, `append` or `reply`; None: nothing does."""
        ...

    def writes(self, request: WireRequest) -> bool:
        """Whether the request changes something, for fault plans of writes or reads alone. Never raises."""
        ...

    def claims(self, request: WireRequest) -> bool:
        """Whether this request is one for this platform."""
        ...

    def answer(self, world: World, request: WireRequest) -> Response:
        """The platform's answer, errors included; writes one line to the world's log.

        `world.faults.strikes(name)` is asked where the wire has a form for it: `throttle` and `expired_token` are
        refused in the platform's own codes once the signature held; the payload goes through `faults.distorted`.
        The other faults strike outside a face.
        """
        ...

    def true_case(self, world: World, case: Case) -> model.Case | None:
        """What a perfect reader of this wire knows of it; None when the wire does not carry it."""
        ...

    def true_order(self, world: World, order: Order) -> model.Order | None: ...

    def true_review(self, world: World, review: Review) -> model.Review | None: ...

    def reasons(self, kind: model.Kind) -> Mapping[str, Any]:
        """Reasons buyers of this platform may give for this kind of case, by the world's key."""
        ...
