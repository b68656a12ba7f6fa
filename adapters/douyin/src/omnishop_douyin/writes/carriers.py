"""Carriers as people and other platforms call them, to the platform's codes (wire page 7).

Only the codes that the page names; any other is taken as the platform's own, which order.logisticsCompanyList tells.
"""

from __future__ import annotations

_ROWS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("shunfeng", ("SF", "顺丰", "顺丰速运", "顺丰快递")),
    ("yuantong", ("YTO", "圆通", "圆通速递", "圆通快递")),
    ("zhongtong", ("ZTO", "中通", "中通快递")),
    ("shentong", ("STO", "申通", "申通快递")),
    ("yunda", ("YUNDA", "韵达", "韵达快递", "韵达速递")),
    ("jtexpress", ("极兔", "极兔速递")),
)

_CODES = {name.lower(): code for code, names in _ROWS for name in (code, *names)}


def carrier_code(given: str | None) -> str | None:
    """The platform's code; as given where nobody listed it."""
    return None if given is None else _CODES.get(given.strip().lower(), given.strip())
