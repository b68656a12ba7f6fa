"""What holds on every simulated platform alike, and how each is known: the law's bounds, and the world's own ways.

No clock runs for these rows; each says where it is at work. The ids and marks are those of the project's list of
timing rules, section 1.
"""

from __future__ import annotations

from attrs import frozen

from omnishop.model import Text
from omnishop.sandbox.rules import Evidence


@frozen
class Law:
    """`where`: what of the simulated world keeps to it; empty: nothing happens by itself, people are liable."""

    id: str
    text: Text
    evidence: Evidence
    source: str
    where: str = ""


_E = Evidence

LAWS: tuple[Law, ...] = (
    Law(
        "LAW-7D-APPLY",
        Text("签收后七天内可无理由退货", "seven days from signing to return without a reason"),
        _E.OFFICIAL,
        "[4] Art. 2, 10",
        "the rows *-APPLY-WINDOW are never shorter",
    ),
    Law(
        "LAW-ADDRESS",
        Text("及时提供退货地址, 超过十五日可罚", "a return address promptly; above 15 days a fine"),
        _E.OFFICIAL,
        "[4] Art. 11, 31",
    ),
    Law(
        "LAW-REFUND",
        Text(
            "收到完好退货七日内退款, 超过十五日可罚", "money back within 7 days of the goods; above 15 a fine"
        ),
        _E.OFFICIAL,
        "[4] Art. 13, 31",
    ),
    Law(
        "GEN-CAMPAIGN",
        Text("活动期间以活动规则为准", "a campaign with rules of its own replaces the ordinary ones"),
        _E.OFFICIAL,
        "[1] Art. 90, [2] Art. 52",
    ),
    Law(
        "GEN-RESTART",
        Text(
            "买家修改申请后处理时限重新计算",
            "a buyer who modifies an open application starts its answer clock anew",
        ),
        _E.CHOSEN,
        "–",
        "the step `modify`",
    ),
    Law(
        "GEN-DISPUTE-PAUSE",
        Text("平台介入期间其他时限暂停", "a dispute stops the case's other clocks until the ruling"),
        _E.CHOSEN,
        "–",
        "the agenda; rows that are `pausable`",
    ),
    Law(
        "GEN-CLOSE-REOPEN",
        Text("超时关闭后在申请期内可再次申请", "closed by time, a buyer may apply again within the window"),
        _E.CHOSEN,
        "–",
        "buyers' act `apply`",
    ),
    Law(
        "GEN-LAG",
        Text("到期后零至十分钟内执行", "the platform acts 0 to 10 minutes after the deadline, seeded"),
        _E.CHOSEN,
        "–",
        "the agenda",
    ),
    Law(
        "GEN-ONE-CASE",
        Text(
            "一行商品同时只有一个进行中的售后单",
            "one open case on an order line, and no receipt confirmed meanwhile",
        ),
        _E.CHOSEN,
        "[7]; the second case: –",
        "buyers' acts `apply` and `confirm`",
    ),
    Law(
        "GEN-FESTIVAL",
        Text(
            "春节前后寄回与收货时限延长五天",
            "around Spring Festival send-back and receive clocks get five days more",
        ),
        _E.CHOSEN,
        "[15]; message 209: [6]",
        "rows that are `festive`, where `Simulation.new(festival=…)` says so",
    ),
)
