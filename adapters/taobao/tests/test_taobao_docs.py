"""The page for users names every code of the tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from omnishop_taobao import tables
from omnishop_taobao.rules import EVIDENCE, KNOWN

PAGE = (Path(__file__).parents[3] / "docs" / "platforms" / "taobao.md").read_text(encoding="utf-8")
CODES = {
    *tables.REFUND_STAGES,
    *tables.EXCHANGE_TEXTS,
    *tables.KINDS,
    *tables.SPECIAL_KINDS,
    *tables.ORDER_STATUSES,
    *tables.HAS_GOODS,
    *(known.id for known in (*KNOWN.values(), *EVIDENCE.values())),
}


@pytest.mark.parametrize("code", sorted(CODES))
def test_the_page_names_the_code(code):
    assert code in PAGE
