"""May this return be refused? Facts as JSON, a verdict with its reasons."""

from omnishop.model import aware
from omnishop.policy.explain import explain
from omnishop.policy.judge import judge
from omnishop.policy.reading import read_facts
from omnishop.policy.shipped import shipped

facts = read_facts(
    {
        "case": {
            "platform": "douyin",
            "source": "aftersale",
            "case_id": "5001",
            "kind": "return_refund",
            "stage": "requested",
            "dispute": "none",
            "amounts": {"requested": "299.00"},
            "reason": {"text": "七天无理由"},
            "opened_at": "2026-03-24T10:00:00+08:00",
        },
        "order": {
            "platform": "douyin",
            "order_id": "7001",
            "status": "finished",
            "created_at": "2026-02-26T21:30:00+08:00",
            "delivered_at": "2026-03-02T15:00:00+08:00",
            "amounts": {"paid": "299.00"},
        },
        "promises": [
            {
                "what": "no_reason",
                "days": 30,
                "covers_exempt": False,
                "since": "2026-02-20T00:00:00+08:00",
                "until": "2026-03-01T00:00:00+08:00",
                "words": "said in the live stream",
            }
        ],
        "siblings": [],
        "known": {"advanced": "0.00", "goods": [{"marked": False}]},
    }
)
opened = facts.case.opened_at
verdict = judge(facts, shipped().of("douyin", at=opened), now=aware("2026-03-24T18:00:00"))
# The seven days are over, the thirty that were promised are not: allow ELG-PROMISE
print(verdict.outcome, verdict.rule)
print(explain(verdict, "en"))
