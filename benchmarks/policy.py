"""What judging costs: verdicts, clocks, a shop's conditions, reasons, wording: `python benchmarks/policy.py`.

Best of several rounds on one core, in process time. Absolute figures belong to this machine and this run.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta

from omnishop.model import (
    Case,
    CaseAmounts,
    CaseLine,
    Consequence,
    Deadline,
    Dispute,
    Favours,
    Fen,
    Kind,
    Order,
    OrderAmounts,
    OrderLine,
    OrderStatus,
    Reason,
    Stage,
    aware,
)
from omnishop.policy.casefacts import (
    BuyerFacts,
    CaseFacts,
    Channel,
    Evidence,
    Goods,
    History,
    Known,
    Party,
    Proof,
    Timeline,
)
from omnishop.policy.classes import classifier
from omnishop.policy.clocks import Timekeeper, timekeeper
from omnishop.policy.explain import explain, explained
from omnishop.policy.facts import Facts, Happening, Step, Subject
from omnishop.policy.judge import judge
from omnishop.policy.layers import Effective, effective, read_layer
from omnishop.policy.loss import work
from omnishop.policy.reading import digest_of, dump_facts, dump_verdict, read_facts
from omnishop.policy.shipped import shipped, shipped_layers
from omnishop.policy.wording import linter

NOW = aware("2026-03-03T10:00:00")
ROUNDS, FEWEST = 7, 0.2
REASONS = [
    "收到的衣服袖口开线了, 做工太差",
    "快递显示签收但是我没收到",
    "拍的黑色发来的是白色",
    "不喜欢, 想退",
    "随便写写",
]
MESSAGE = (
    "您好, 您的订单我们已经查到, 会在24小时内给您答复。我们可以为您提供换货或者退货两个方案, 您看哪一个合适?"
)
HEAD = '[pack]\nname = "s"\nversion = "1"\nlayer = "shop"\nplatform = "p"\nshop = "7"\n'


def a_case(name: str) -> Facts:
    """Applied and agreed, goods back, two steps open, a deadline of the platform."""
    opened = NOW - timedelta(days=3)
    return Facts(
        Subject.CASE,
        name,
        platform="p",
        shop_id="7",
        kind=Kind.RETURN_REFUND,
        amount=Fen(29_900),
        deadline=Deadline(NOW + timedelta(hours=5), Consequence.REFUNDS, Favours.BUYER),
        happened={
            Happening.APPLIED: opened,
            Happening.RESPONDED: opened + timedelta(hours=1),
            Happening.DECIDED: opened + timedelta(hours=2),
            Happening.AGREED: None,
            Happening.REMEDY_AGREED: None,
            Happening.RETURN_SIGNED: NOW - timedelta(hours=20),
            Happening.RETURN_SCANNED: None,
            Happening.RECEIPT_CONFIRMED: NOW - timedelta(hours=2),
            Happening.REFUNDED: None,
            Happening.CLOSED: None,
            Happening.SOLVED: None,
        },
        steps={"F4": Step(opened), "F5": Step(NOW - timedelta(hours=2))},
    )


def best(do: Callable[[], int]) -> float:
    """Units per second of process time."""
    top = 0.0
    for _ in range(ROUNDS):
        done, began = 0, time.process_time()
        while (spent := time.process_time() - began) < FEWEST:
            done += do()
        top = max(top, done / spent)
    return top


def told(what: str, rate: float) -> None:
    print(f"{what:<58}{rate:>12,.0f}/s{1e6 / rate:>10.2f} µs")


def latency(do: Callable[[], int]) -> tuple[float, float]:
    """Median and 99th percentile in ms."""
    times = []
    for _ in range(20_000):
        began = time.perf_counter()
        do()
        times.append(time.perf_counter() - began)
    times.sort()
    return times[len(times) // 2] * 1e3, times[int(len(times) * 0.99)] * 1e3


def told_latency(what: str, do: Callable[[], int]) -> None:
    median, last = latency(do)
    print(f"{what:<58}{median:>9.3f} ms median{last:>9.3f} ms p99")


def clocks_of(keeper: Timekeeper) -> None:
    cases = [a_case(str(index)) for index in range(50)]
    count = len(keeper.clocks(cases[0], NOW))
    told("clocks", best(lambda: sum(len(keeper.clocks(case, NOW)) for case in cases)))
    told(f"cases of {count} clocks each", best(lambda: sum(bool(keeper.clocks(case, NOW)) for case in cases)))
    loss = keeper.pack.loss
    told(
        "cases with clocks and expected loss",
        best(lambda: sum(work(case.id, keeper.clocks(case, NOW), loss, NOW).loss >= 0 for case in cases)),
    )
    one = cases[0]
    told_latency("clocks of one case", lambda: len(keeper.clocks(one, NOW)))
    clock = next(each for each in keeper.clocks(one, NOW) if each.rule == "SLA-AFTERSALE-WHOLE")
    told("a clock of 30 working days explained", best(lambda: len(explained(clock, keeper, "en")) > 0))


def a_claim(number: int, words: str = "") -> CaseFacts:
    """A return within the seven days, with its order, goods, evidence, history and deadline."""
    opened = NOW - timedelta(days=1)
    case = Case(
        "p",
        "refund",
        f"R{number}",
        shop_id="7",
        order_id=f"O{number}",
        kind=Kind.RETURN_REFUND,
        stage=Stage.REQUESTED,
        dispute=Dispute.NONE,
        amounts=CaseAmounts(requested=Fen(29_900)),
        reason=Reason(text="质量问题", detail=words or REASONS[number % len(REASONS)]),
        lines=(CaseLine("L1", "S1", requested=1),),
        opened_at=opened,
        deadline=Deadline(NOW + timedelta(hours=5 + number % 40), Consequence.AGREES, Favours.BUYER),
    )
    order = Order(
        "p",
        f"O{number}",
        shop_id="7",
        status=OrderStatus.DELIVERED,
        amounts=OrderAmounts(paid=Fen(29_900)),
        created_at=opened - timedelta(days=6),
        paid_at=opened - timedelta(days=6),
        shipped_at=opened - timedelta(days=5),
        delivered_at=opened - timedelta(days=3),
        lines=(OrderLine("L1", "S1", quantity=1, paid=Fen(29_900)),),
    )
    return CaseFacts(
        case,
        order,
        buyer=BuyerFacts(
            "k" * 32, vip=False, blacklisted=False, history=History(5, (), 0, 0, 0, linked=True)
        ),
        siblings=(),
        parcels=(),
        evidence=(Evidence(Proof.PHOTO, Party.BUYER, 2), Evidence(Proof.STATEMENT, Party.BUYER)),
        promises=(),
        known=Known(advanced=Fen(0), channel=Channel.CONSOLE, goods=(Goods(marked=False),)),
        timeline=Timeline({Happening.RESPONDED: opened + timedelta(hours=1)}),
    )


def verdicts(pack: Effective) -> None:
    claims = [a_claim(number) for number in range(50)]
    first = judge(claims[0], pack, NOW)
    told(
        f"verdicts, {len(first.clocks)} clocks each, reasons seen before",
        best(lambda: sum(bool(judge(claim, pack, NOW)) for claim in claims)),
    )
    told_latency("one verdict", lambda: bool(judge(claims[0], pack, NOW)))
    counter = iter(range(10**9))
    told(
        "verdicts on reasons never seen before",
        best(lambda: bool(judge(a_claim(1, f"{REASONS[0]} {next(counter)}"), pack, NOW))),
    )
    told("  of that, making up the facts", best(lambda: bool(a_claim(1, f"{REASONS[0]} {next(counter)}"))))
    told("the digest of the facts", best(lambda: bool(digest_of(claims[0]))))
    told("a verdict as JSON text", best(lambda: bool(json.dumps(dump_verdict(first)))))
    told("a verdict in words", best(lambda: bool(explain(first, "zh"))))
    written = json.dumps(dump_facts(claims[0]))
    told("facts read from JSON text, strictly", best(lambda: bool(read_facts(json.loads(written)))))


CLOCKS, PERSON = 'set = { "SLA-FIRST.limit" = "2h" }', 'outcome = "needs_human"'


def conditions(says: str, *, matching: bool) -> None:
    """What each rule of a shop adds to a verdict."""
    kind = "return_refund" if matching else "cancel"
    case, base = a_claim(1), 0.0
    for number in (0, 10, 100, 1000):
        rows = "\n".join(
            f'[conditions.S{index}]\ntitle = "x"\ntitle_zh = "x"\nwhen = "amount_fen > {10**6 + index}"\n'
            f'kinds = ["{kind}"]\n{says}'
            for index in range(number)
        )
        pack = shipped(read_layer(HEAD + rows, "s.toml")).of("p", None, "7")
        spent = 1e6 / best(lambda pack=pack: bool(judge(case, pack, NOW)))
        base = base or spent
        each = f"{(spent - base) / number:.3f} µs each" if number else ""
        what = "asked" if matching else "not asked: another kind"
        what += f" ({says.split(' ', maxsplit=1)[0]})"
        print(f"{f'{number} rules of the shop, {what}':<58}{spent:>12.1f} µs a verdict  {each}")


def main() -> None:
    layers = shipped_layers()
    told("default pack joined and checked", best(lambda: bool(effective(layers))))
    found = shipped().of("douyin")
    verdicts(found)
    clocks_of(timekeeper(found))
    for says in (CLOCKS, PERSON):
        conditions(says, matching=False)
        conditions(says, matching=True)
    classes, lint = classifier(found), linter(found)
    told("reasons classified", best(lambda: len([classes.classify(detail=text) for text in REASONS])))
    told("messages linted", best(lambda: lint.lint(MESSAGE, NOW) == ()))


if __name__ == "__main__":
    main()
