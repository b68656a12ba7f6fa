"""What the tests of write rows share: records as the wire sends them, and a platform that keeps every call."""

from __future__ import annotations

from datetime import UTC, datetime

from omnishop.acts import Ask, Evidence, Seen, Subject, choose, rows_for
from omnishop.model import Kind
from omnishop_douyin import adapter

CASE = "146510010020030002"
ORDER = "6937010010020000017"
UPDATED = 1_749_570_001
AT = datetime(2026, 6, 20, 4, 0, tzinfo=UTC)
TYPES = {
    Kind.RETURN_REFUND: 0,
    Kind.REFUND_ONLY: 1,
    Kind.CANCEL: 2,
    Kind.EXCHANGE: 3,
    Kind.RESHIP: 7,
    Kind.REPAIR: 8,
}
REASONS = {
    "items": [
        {"reject_reason_code": 1, "reason": "已发出", "evidence_need": "Y", "order_type": 0, "pkg": 0},
        {"reject_reason_code": 3, "reason": "协商一致", "evidence_need": "N", "order_type": -1, "pkg": -1},
    ]
}


def detail(kind, status, **more):
    info = {
        "after_sale_id": int(CASE),
        "after_sale_status": status,
        "after_sale_type": TYPES[kind],
        "refund_status": more.get("refund_status", 1),
        "refund_total_amount": 4900,
        "update_time": more.get("updated", UPDATED),
        "apply_time": UPDATED - 10,
        "status_deadline": more.get("deadline", UPDATED + 86400),
        "aftersale_status_to_final_time": 0,
        "agree_refuse_sign": more.get("sign", 0),
    }
    process = {
        "after_sale_info": info,
        "arbitrate_info": more.get("arbitration"),
        "logistics_info": more.get("logistics"),
        "after_sale_shop_remarks": more.get("remarks"),
    }
    lines = [{"sku_order_id": int(ORDER), "after_sale_item_count": 1, "sku_id": 5}]
    return {
        "process_info": process,
        "order_info": {"shop_order_id": int(ORDER), "sku_order_infos": lines},
    }


def order(**more):
    lines = [
        {"order_id": ORDER, "item_num": 2, "sku_id": 5, "after_sale_info": more.get("after_sale")},
        {"order_id": "6937010010020000034", "item_num": 1, "sku_id": 6},
    ]
    parent = {
        "order_id": ORDER,
        "order_status": more.get("status", 2),
        "main_status": more.get("status", 2),
        "pay_time": UPDATED,
        "update_time": more.get("updated", UPDATED),
        "seller_words": more.get("remark", ""),
        "logistics_info": more.get("parcels", []),
        "sku_order_list": lines,
    }
    return {"shop_order_detail": parent}


class Platform:
    """Answers reads with what it was given, keeps every call, and answers the one write."""

    def __init__(self, run, account, read=None, whole=None, reasons=REASONS, answer=None):
        self.run, self.account = run, account
        self.reads = {
            "afterSale.Detail": read,
            "order.orderDetail": whole or order(),
            "afterSale.rejectReasonCodeList": reasons,
        }
        self.answer = {} if answer is None else answer
        self.calls = []

    def _answer(self, call):
        self.calls.append(call)
        return self.answer if call.write else self.reads[call.method]

    def look(self, row, subject):
        return self.run(row.look(self.account, subject), self._answer)

    def send(self, row, look, ask):
        before = len(self.calls)
        self.run(row.send(self.account, look, ask), self._answer)
        (call,) = self.calls[before:]
        assert call.write
        assert call.session == row.session == "main"
        assert call.method == row.method
        return call


def row_of(platform, verb, record="case", ident=CASE, source="aftersale"):
    """(the row that is meant, the look), as whoever carries an act out finds them."""
    subject = Subject(record, ident, source if record == "case" else "")
    rows = rows_for(adapter.writes("douyin"), verb, subject)
    look = platform.look(rows[0], subject)
    row = choose(rows, subject, Seen.of(look))
    assert row is not None
    return row, platform.look(row, subject)


SHOT = Evidence("image", "box.jpg", url="https://pics.example/box.jpg")
FULL = Ask(
    reason="1",
    text="包裹已签收",
    evidence=(SHOT,),
    address="65432101",
    carrier="顺丰速运",
    tracking="SF7000000000001",
    key="intent-1",
    at=AT,
    reject_refund=False,
)
