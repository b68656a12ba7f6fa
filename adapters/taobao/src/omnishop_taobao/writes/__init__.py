"""Every write of this platform as a row: when it may be sent, how, and what a reading must show."""

from __future__ import annotations

from collections.abc import Mapping

from omnishop.acts import Look, Verb, Write
from omnishop.model import Case
from omnishop_taobao.writes import refund_rows
from omnishop_taobao.writes.exchanges import EXCHANGES
from omnishop_taobao.writes.orders import ORDERS, REVIEWS


def _of_refunds(storefront: str) -> tuple[Write, ...]:
    return (
        *refund_rows.agreeing(storefront),
        refund_rows.returning(storefront),
        refund_rows.refusing(storefront),
        refund_rows.receiving(storefront),
        *refund_rows.talking(storefront),
        refund_rows.stopping(storefront),
    )


WRITES: Mapping[str, tuple[Write, ...]] = {
    "tmall": (*_of_refunds("tmall"), *refund_rows.TMALL_ONLY, *EXCHANGES, *ORDERS, *REVIEWS),
    "taobao": (*_of_refunds("taobao"), *ORDERS),
}


def verbs(storefront: str, act: Verb, look: Look) -> tuple[Verb, ...]:
    """Tmall lets nothing be paid that was not reviewed, where it waits for the shop's answer (§4.3)."""
    record = look.record
    reviewed = isinstance(record, Case) and record.stage in refund_rows.REVIEWED
    if storefront == "tmall" and act in {Verb.AGREE, Verb.REFUND} and reviewed:
        return (Verb.PRE_AGREE, act)
    return (act,)
