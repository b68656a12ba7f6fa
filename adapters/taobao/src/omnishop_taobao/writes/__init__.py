"""Every write of this platform as a row: when it may be sent, how, and what a reading must show."""

from __future__ import annotations

from collections.abc import Mapping

from omnishop.acts import Look, Verb, Write
from omnishop.model import Case
from omnishop_taobao.writes import refunds
from omnishop_taobao.writes.exchanges import EXCHANGES
from omnishop_taobao.writes.orders import ORDERS, REVIEWS


def _of_refunds(storefront: str) -> tuple[Write, ...]:
    return (
        *refunds.agreeing(storefront),
        refunds.returning(storefront),
        refunds.refusing(storefront),
        refunds.receiving(storefront),
        *refunds.talking(storefront),
        refunds.stopping(storefront),
    )


WRITES: Mapping[str, tuple[Write, ...]] = {
    "tmall": (*_of_refunds("tmall"), *refunds.TMALL_ONLY, *EXCHANGES, *ORDERS, *REVIEWS),
    "taobao": (*_of_refunds("taobao"), *ORDERS),
}


def verbs(storefront: str, act: Verb, look: Look) -> tuple[Verb, ...]:
    """Tmall lets nothing be paid that was not reviewed, where it waits for the shop's answer (§4.3)."""
    record = look.record
    reviewed = isinstance(record, Case) and record.stage in refunds.REVIEWED
    if storefront == "tmall" and act in {Verb.AGREE, Verb.REFUND} and reviewed:
        return (Verb.PRE_AGREE, act)
    return (act,)
