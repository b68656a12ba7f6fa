"""What is said about service orders: replies where a buyer calls one unsolved, remarks; the platform called in."""

from __future__ import annotations

from omnishop.acts import Ask, Look, Seen, Shown, Subject, Verb, Write, same
from omnishop.errors import ConfigError
from omnishop.flow import Call, Flow
from omnishop.model import Stage, Text
from omnishop.ports import Account
from omnishop_jd.catalogue import METHODS
from omnishop_jd.decoding import READINGS, records_in
from omnishop_jd.errors import PLATFORM
from omnishop_jd.methods import TRACK_LIST, known_shop
from omnishop_jd.writes.audits import SERVICES
from omnishop_jd.writes.parts import (
    ASC,
    accepted,
    case_in,
    events,
    listed_reason,
    look_at,
    not_listed,
    reasons_of,
    said,
    said_again,
    service_ids,
    unset,
    version_of,
)

_UNSOLVED = f"{ASC}unsolved.list"
_MESSAGES = f"{ASC}unsolved.message.list"
_INTERVENE_REASONS = 2


# ---------------------------------------------------------------- messages


def _look_at_messages(account: Account, subject: Subject) -> Flow[Look]:
    """With the messages so far, and whether the buyer calls it unsolved: only there may the shop answer."""
    look = yield from look_at(account, subject)
    asked = yield from service_ids(account, look, Ask())
    payload = yield Call(_UNSOLVED, {**asked, "pageNumber": 1, "pageSize": 50})
    found = records_in(METHODS[_UNSOLVED], READINGS[_UNSOLVED], payload, account, page=1)
    unsolved = any(getattr(one, "case_id", None) == subject.id for one in found)
    counts = yield from events(_MESSAGES, asked, account)
    return Look(look.record, {**look.marks, "unsolved": str(int(unsolved)), **counts})


def _reply(account: Account, look: Look, ask: Ask) -> Flow[None]:
    lead = yield from service_ids(account, look, ask)
    call = Call(f"{ASC}unsolved.message.reply", {**lead, "replyContext": said(ask, "")}, write=True)
    yield from accepted(call)


def _solved(account: Account, look: Look, ask: Ask) -> Text | None:
    if look.marks.get("unsolved") == "1":
        return None
    return Text(
        "买家未反馈该服务单未解决, 平台仅允许回复未解决的服务单",
        "the buyer does not call this service order unsolved, and the platform takes replies only then",
    )


# ---------------------------------------------------------------- remarks


def _look_at_tracks(account: Account, subject: Subject) -> Flow[Look]:
    look = yield from look_at(account, subject)
    lead = yield from service_ids(account, look, Ask())
    asked = {name: value for name, value in lead.items() if name != "orderId"}
    counts = yield from events(TRACK_LIST, asked, account)
    return Look(look.record, {**look.marks, **counts})


def _track(account: Account, look: Look, ask: Ask) -> Flow[None]:
    lead = yield from service_ids(account, look, ask)
    del lead["orderId"]
    yield from accepted(Call(f"{ASC}track.save", {**lead, "operateRemark": said(ask, "")}, write=True))


# ---------------------------------------------------------------- the platform is called in

PHONE = "contact_tel"
_NO_PHONE = Text(
    "申请京东介入需要店铺联系电话, 请设置", "the platform wants a telephone number of the shop, set it"
)


def _look_with_reasons(account: Account, subject: Subject) -> Flow[Look]:
    account = yield from known_shop(account)
    look = yield from look_at(account, subject)
    known = yield from reasons_of(account, case_in(look).case_id, _INTERVENE_REASONS)
    return Look(look.record, look.marks, known)


def _intervene(account: Account, look: Look, ask: Ask) -> Flow[None]:
    problem = _may_not_intervene(account, look, ask)
    codes = listed_reason(ask.reason, look.aside)
    if problem is not None or codes is None:
        text = problem or not_listed(ask.reason or "-", look.aside)
        raise ConfigError(text.en, zh=text.zh, platform=PLATFORM)
    lead = yield from service_ids(account, look, ask)
    params = {
        **lead,
        "sysVersion": version_of(look),
        "interveneReasonCid1": codes[0],
        "interveneReasonCid2": codes[1],
        "contactTel": account.settings[PHONE],
    }
    yield from accepted(Call(f"{ASC}process.JdIntervene", params, write=True))


def _may_not_intervene(account: Account, look: Look, ask: Ask) -> Text | None:
    """Both levels of the reason are required."""
    if not account.settings.get(PHONE):
        return unset(account, _NO_PHONE, PHONE)
    if ask.reason is None:
        return None
    codes = listed_reason(ask.reason, look.aside)
    return not_listed(ask.reason, look.aside) if codes is None or codes[1] is None else None


def _called_in(ask: Ask, before: Seen, after: Seen) -> Shown:
    """A later sysVersion at the same status: one that is not told shows nothing."""
    then, now = before.version or "", after.version or ""
    stays = (after.stage, after.marks.get("status")) == (before.stage, before.marks.get("status"))
    if stays and then.isdigit() and now.isdigit() and int(now) > int(then):
        return Shown.DONE
    return Shown.BEFORE if same(before, after) else Shown.MOVED


_OPEN = frozenset(
    {
        Stage.REQUESTED.value,
        Stage.REFUSED.value,
        Stage.AWAITING_RETURN.value,
        Stage.RETURNING.value,
        Stage.INSPECTING.value,
    }
)

ROWS: tuple[Write, ...] = (
    Write(
        Verb.MESSAGE,
        "case",
        f"{ASC}unsolved.message.reply",
        _look_at_messages,
        _reply,
        said_again,
        Text("留言列表中有该回复", "the reply stands in the list of messages"),
        "4.3, 4.8 A",
        sources=SERVICES,
        needs=("text",),
        hinders=_solved,
    ),
    Write(
        Verb.REMARK,
        "case",
        f"{ASC}track.save",
        _look_at_tracks,
        _track,
        said_again,
        Text("服务单备注(track.list)中有该内容", "the text stands among the remarks (track.list)"),
        "4.3, 4.8 A",
        sources=SERVICES,
        needs=("text",),
    ),
    Write(
        Verb.INTERVENE,
        "case",
        f"{ASC}process.JdIntervene",
        _look_with_reasons,
        _intervene,
        _called_in,
        Text(
            "服务单版本号(sysVersion)已更新而状态未变: 接口不返回纠纷状态",
            "sysVersion has moved and the status has not: the dispute itself is not on this wire",
        ),
        "4.2, 4.8 A; that it moves the version: our reading of 'changes with each step'",
        versioned=True,
        sources=SERVICES,
        stages=_OPEN,
        needs=("reason",),
        hinders=_may_not_intervene,
        caution=Text(
            "平台介入后由京东裁决, 商家须在 24 小时内举证",
            "once called in, the platform rules; the shop has 24 hours to settle or give evidence",
        ),
    ),
)
