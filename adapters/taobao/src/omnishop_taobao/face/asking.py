"""One admitted request, and what a method of the simulated platform is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen

from omnishop.sandbox.world import Shop, World
from omnishop_taobao.face.gate import Asked, Refusal
from omnishop_taobao.face.lists import Params


@frozen
class Ask:
    """One admitted request: the world, the parameters, and the shop of its session."""

    world: World
    asked: Asked

    @property
    def params(self) -> Params:
        return self.asked.params

    @property
    def shop(self) -> Shop:
        return self.asked.token.shop if self.asked.token else self.asked.app


Answer = Callable[[Ask], dict[str, Any]]


@frozen
class Read:
    """What a method wants, and how it is answered."""

    answer: Answer
    wants: tuple[str, ...] = ()
    session: bool = True


def gone(what: str, sub_msg: str) -> Refusal:
    return Refusal(15, "Remote service error", f"isv.{what}-not-exist", sub_msg)


def tmall_only(ask: Ask) -> None:
    if ask.shop.storefront != "tmall":
        raise Refusal(12, "Insufficient user permissions")
