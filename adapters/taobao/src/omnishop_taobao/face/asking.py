"""One admitted request, and what a method of the simulated platform is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import Factory, frozen

from omnishop.sandbox.world import Shop, World
from omnishop_taobao.face.gate import Asked, Refusal
from omnishop_taobao.face.lists import Params


@frozen
class Ask:
    """One admitted request: the world, the parameters, the files, and the shop of its session."""

    world: World
    asked: Asked
    files: Mapping[str, bytes] = Factory(dict)

    @property
    def params(self) -> Params:
        return self.asked.params

    @property
    def shop(self) -> Shop:
        return self.asked.token.shop if self.asked.token else self.asked.app


Answer = Callable[[Ask], dict[str, Any]]


@frozen
class Read:
    """What a method wants, and how it is answered. `operator`: only for sub-accounts; `tmall`: not for C-shops."""

    answer: Answer
    wants: tuple[str, ...] = ()
    session: bool = True
    operator: bool = False
    tmall: bool = False

    def admits(self, ask: Ask) -> None:
        """Refuses who may not use the method at all."""
        if self.tmall:
            tmall_only(ask)
        if self.operator and (ask.asked.token is None or ask.asked.token.role != "operator"):
            raise Refusal(
                15, "Remote service error", "isv.invalid-permission:not_sub_user", "必须为子账号操作"
            )


def gone(what: str, sub_msg: str) -> Refusal:
    return Refusal(15, "Remote service error", f"isv.{what}-not-exist", sub_msg)


def tmall_only(ask: Ask) -> None:
    if ask.shop.storefront != "tmall":
        raise Refusal(12, "Insufficient user permissions")
