"""How acts are shown: what may be done, the request of a dry run, and what became of it."""

from __future__ import annotations

from shlex import join as quoted
from typing import TYPE_CHECKING, Any

import typer

from omnishop.cli.show import aside, json_line, json_text, line, table
from omnishop.cli.words import language, say, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from omnishop.acts import Chance, Obstacle, Outcome, Subject
    from omnishop.errors import NotAllowed
    from omnishop.ledger import Preview
    from omnishop.ports import Account

_SWITCH = "switch"
_FLAGS = {"lines": "line"}
SHORT = 12
"""So much of an intent's id is enough to name it."""


# ---------------------------------------------------------------- what may be done


def show_chances(found: Sequence[Chance], account: Account, subject: Subject, *, as_json: bool) -> None:
    if as_json:
        for each in found:
            json_line(_chance_json(each))
        return
    order = ("yes", "off", "no")
    words = {"yes": say("yes", "可以"), "off": say("off", "未开启"), "no": say("no", "不可")}
    told_by = sorted(((order.index(_now(each)), each) for each in found), key=lambda pair: pair[0])
    table(
        (
            say("act", "操作"),
            say("now", "当前"),
            "¥",
            say("needs", "所需参数"),
            say("why not, or a warning", "不可的原因或提示"),
        ),
        [
            (each.act.value, words[order[rank]], money_of(each), _needs(each) if rank < 2 else "", _why(each))  # noqa: PLR2004 - 2 is "no"
            for rank, each in told_by
        ],
        right=(2,),
    )
    _hints(found, account, subject)


def _now(each: Chance) -> str:
    if each.allowed:
        return "yes"
    return "off" if all(one.key == _SWITCH for one in each.obstacles) else "no"


def money_of(each: Chance) -> str:
    """The sum that moves; `?` where the wire does not tell it; empty where none does."""
    from omnishop.model import yuan_text

    if not each.money:
        return ""
    return "¥?" if each.amount is None else f"¥{yuan_text(each.amount)}"


def _needs(each: Chance) -> str:
    return " ".join(_flag(name) for name in each.needs)


def _flag(name: str) -> str:
    flags = ("--" + _FLAGS.get(one, one).replace("_", "-") for one in name.split("|"))
    return "|".join(flags)


def _why(each: Chance) -> str:
    """The switch is told once below the table, and by its key alone beside other reasons."""
    if _now(each) == "no":
        return "; ".join(
            f"[{one.key}]" if one.key == _SWITCH else f"[{one.key}] {told(one.text)}"
            for one in each.obstacles
        )
    return told(each.caution) if each.caution else ""


def _hints(found: Sequence[Chance], account: Account, subject: Subject) -> None:
    """Commands that go on from here, as they may be pasted."""
    near = [each for each in found if _now(each) != "no"]
    off = [each.act.value for each in near if not each.allowed]
    if off:
        _hint(say("switch on", "开启"), ("shops", "allow", "--shop", account.name, *off))
    wanted = {name for each in near for name in each.needs}
    name = f"{subject.source}:{subject.id}" if subject.source else subject.id
    if "reason" in wanted:
        _hint(say("reasons", "可选原因"), ("case", "reasons", account.platform, account.name, name))
    if "address" in wanted:
        _hint(say("addresses", "退货地址"), ("shops", "addresses", account.name))


def _hint(what: str, command: Iterable[str]) -> None:
    aside(f"{what}: {quoted(('omnishop', *command))}")


def _chance_json(each: Chance) -> dict[str, Any]:
    from omnishop.model import yuan_text

    return {
        "act": each.act,
        "allowed": each.allowed,
        "money": each.money,
        "amount": None if each.amount is None else yuan_text(each.amount),
        "needs": list(each.needs),
        "why_not": [_obstacle_json(one) for one in each.obstacles],
        "caution": None if each.caution is None else {"zh": each.caution.zh, "en": each.caution.en},
    }


def _obstacle_json(one: Obstacle) -> dict[str, str]:
    return {"key": one.key, "zh": one.text.zh, "en": one.text.en}


# ---------------------------------------------------------------- a dry run


def show_previews(previews: Sequence[Preview], *, as_json: bool) -> None:
    """The exact request; its secrets masked, the parameters of a form once more in plain text."""
    from omnishop.cli.requests import masked_request

    for preview in previews:
        shown = {
            "verb": preview.verb,
            **masked_request(preview.call, preview.request),
            "obstacles": [_obstacle_json(one) for one in preview.plan.obstacles],
        }
        if as_json:
            json_line(shown)
            continue
        line(f"{shown['method']} {shown['url']}")
        for name, value in shown["headers"].items():
            line(f"{name}: {value}")
        line("")
        line(shown["body"])
        if not shown["body"].startswith("{"):  # a form: what it says is hard to read in it
            line("")
            line(f"{preview.verb}: {shown['call']}")
            json_text(shown["params"])
        for one in preview.plan.obstacles:
            aside(f"[{one.key}] {told(one.text)}")
        if preview.plan.obstacles:
            aside(say("as things stand it would not be sent", "目前不会发送"))


def show_nothing_sent(verb: str, why: NotAllowed, *, as_json: bool) -> None:
    """A dry run of what the platform has no method for."""
    if as_json:
        json_line({"verb": verb, "call": None, "obstacles": []})
    aside(why.told(language()))


# ---------------------------------------------------------------- what became of it


def show_outcome(outcome: Outcome, account: Account, subject: Subject, *, as_json: bool) -> None:
    """Exit code 3 when doubt is left."""
    from omnishop.acts import State

    record = outcome.record
    stage = getattr(record, "stage", None) or getattr(record, "status", None)
    if as_json:
        json_line(
            {
                "act": outcome.act,
                "platform": account.platform,
                "shop_id": account.shop_id,
                "record": subject.record,
                "source": subject.source or None,
                "id": subject.id,
                "state": outcome.state,
                "by": outcome.by,
                "stage": stage,
                "intents": list(outcome.intents),
                "why": None if outcome.why is None else {"zh": outcome.why.zh, "en": outcome.why.en},
            }
        )
    else:
        line(f"{outcome.act} {subject.id}: {state_word(outcome.state)}{_stage_word(stage)}")
    if outcome.state is not State.CONFIRMED:
        ids = outcome.intents[-1][:SHORT] if outcome.intents else ""
        why = told(outcome.why) if outcome.why else ""
        aside(
            say(
                f"it is not known whether this happened, and it will not be sent again: {why}; "
                f"settle it: omnishop ledger resolve {ids}",
                f"无法确定是否已生效, 不会重复提交: {why}; 处理: omnishop ledger resolve {ids}",
            )
        )
        raise typer.Exit(3)


def _stage_word(stage: str | None) -> str:
    from omnishop.model import OrderStatus, Stage, labels

    if stage is None:
        return ""
    if stage in set(Stage):
        return f" ({told(labels.STAGES[Stage(stage)])})"
    return f" ({told(labels.ORDER_STATUSES[OrderStatus(stage)])})"


_STATES = {
    "planned": ("planned", "已计划"),
    "sent": ("sent", "已发出"),
    "confirmed": ("confirmed", "已确认"),
    "rejected": ("rejected", "被拒绝"),
    "unknown": ("unknown", "结果未知"),
    "not_applied": ("not applied", "未生效"),
}


def state_word(state: str) -> str:
    return say(*_STATES[str(state)])
