"""What the writes share: fresh looks, how an answer is judged, the operator, reasons, carriers, digests of texts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from attrs import frozen

from omnishop.acts import Ask, Look, Seen, Shown, Subject
from omnishop.errors import ConfigError, NotSupported, OutcomeUnknown, PermissionDenied, WireError
from omnishop.flow import Call, Flow
from omnishop.model import Case, Event, Kind, Text, Unreadable
from omnishop.ports import Account
from omnishop_jd import details
from omnishop_jd.catalogue import METHODS
from omnishop_jd.decoding import READINGS, decode, records_in
from omnishop_jd.errors import CUT, PLATFORM
from omnishop_jd.methods import known_shop, number, operator
from omnishop_jd.wire import Id, at, each, page_rows, real_id, words
from omnishop_jd.wire import Reader as WireReader

ASC = "jingdong.asc."
CARRIERS = "jingdong.fce.alpha.getVenderCarrier"

UNTOLD = "?"
"""A mark whose field is not in the answer: not the same as nothing."""

_PAGE = 50
_NICK_LIMIT = 50
_CARRIER_PATH = ("StandardGenericResponse", "result", "carrierList")


# ---------------------------------------------------------------- looks


def look_at(account: Account, subject: Subject) -> Flow[Look]:
    """The case by its id, with its status as the platform has it: several of them are one stage of ours."""
    case = yield from details.case(account, subject.source, subject.id)
    return Look(case, marks_of(case))


def marks_of(case: Case) -> dict[str, str]:
    return {"status": (case.raw_stage or "").split("/")[0]}


def case_in(look: Look) -> Case:
    if not isinstance(look.record, Case):
        raise ConfigError("this is asked of a case", zh="该操作针对售后单", platform=PLATFORM)
    return look.record


def meant_for(look: Look, kinds: Iterable[Kind], verb: str) -> Case:
    """The case, where the write is meant for its kind: asked once more right before it is sent."""
    case = case_in(look)
    if case.kind not in kinds:
        raise NotSupported(
            f"{verb} is not offered for {case.kind} on this platform",
            zh=f"该平台不支持对 {case.kind} 执行 {verb}",
            platform=PLATFORM,
        )
    return case


def unset(account: Account, why: Text, *names: str) -> Text:
    """What the shop has to tell, and how."""
    command = f"omnishop shops set {account.name} {' '.join(f'{name}=…' for name in names)}"
    return Text(f"{why.zh}: {command}", f"{why.en}: {command}")


# ---------------------------------------------------------------- answers


def accepted(call: Call) -> Flow[None]:
    """Send a write. What its own result refuses was raised on the way; what does not settle it is in doubt."""
    payload = yield call
    try:
        [result] = decode(call.method, payload, None)
    except WireError as problem:
        raise _in_doubt(problem.en, problem.zh, None) from None
    if not result.ok:
        code = None if result.code is None else result.code[:CUT]
        raise _in_doubt("the answer does not say that it was done", "应答未说明是否成功", code)


def _in_doubt(en: str, zh: str, code: str | None) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"the write may have happened: {en}; read the record back before doing anything",
        zh=f"写操作可能已经生效: {zh}; 先重新读取该单据, 不要重复提交",
        platform=PLATFORM,
        code=code,
    )


# ---------------------------------------------------------------- parameters


def who(account: Account, ask: Ask) -> str:
    """The operator's name as the platform shows it."""
    told = ask.by or account.settings.get("operate_nick") or account.settings.get("operate_pin")
    return (told or operator(account)["operateNick"])[:_NICK_LIMIT]


def service_ids(account: Account, look: Look, ask: Ask) -> Flow[dict[str, Any]]:
    """OP with serviceId and orderId (4.8)."""
    account = yield from known_shop(account)
    case = case_in(look)
    if case.order_id is None:
        raise ConfigError(
            "the service order does not tell its order, and the platform wants both ids",
            zh="服务单未返回订单号, 而平台要求同时提供",
            platform=PLATFORM,
        )
    lead = {**operator(account), "operateNick": who(account, ask)}
    return {**lead, "serviceId": number(case.case_id), "orderId": number(case.order_id)}


def version_of(look: Look) -> int | str:
    """sysVersion as it was read: what the platform compares."""
    version = case_in(look).version
    if version is None:
        raise ConfigError(
            "the service order tells no sysVersion: read it again",
            zh="服务单未返回 sysVersion, 请重新读取",
            platform=PLATFORM,
        )
    return number(version)


def bill(look: Look) -> dict[str, Any]:
    """The detail as it came (query.view): for ids that the model has no place for."""
    try:
        found = msgspec.json.decode(case_in(look).raw)
    except (msgspec.MsgspecError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def said(ask: Ask, otherwise: str) -> str:
    """The shop's words; a plain one where the platform insists and none were given."""
    return (ask.text or "").strip() or otherwise


# ---------------------------------------------------------------- reasons


def pair(told: str | None) -> tuple[int, int | None] | None:
    """`801/80103` or `801`: the first and the second level. None for what is neither."""
    parts = (told or "").split("/")
    if len(parts) > 2 or not all(part.isascii() and part.isdigit() for part in parts):  # noqa: PLR2004 - two levels
        return None
    return int(parts[0]), int(parts[1]) if len(parts) > 1 else None


def listed_reason(told: str | None, reasons: Mapping[str, str | None]) -> tuple[int, int | None] | None:
    """A reason of the list, by either level's code or by both; None for one that is not on it."""
    codes = (told or "").split("/")
    last = codes[-1]
    if last not in reasons or not all(code in reasons for code in codes):
        return None
    parent = reasons[last]
    if len(codes) > 1 and parent != codes[0]:
        return None
    return pair(last if parent is None else f"{parent}/{last}")


def reasons_of(account: Account, case_id: str, business: int) -> Flow[dict[str, str | None]]:
    """Code -> its parent's code; `business`: 1 审核原因, 2 京东介入原因 (4.2)."""
    found = yield from details.reasons(account, case_id, business)
    return {reason.code: (reason.hint or "").removeprefix("parent ") or None for reason in found}


def not_listed(told: str, reasons: Mapping[str, str | None]) -> Text:
    shown = ", ".join(reasons) or "-"
    return Text(
        f"原因代码 {told[:CUT]} 不在平台的列表中, 可用: {shown}",
        f"the reason {told[:CUT]} is not on the platform's list; there are: {shown}",
    )


# ---------------------------------------------------------------- carriers


class CarrierRow(msgspec.Struct):
    id: Id = None
    name: Any = None


@frozen
class Carrier:
    id: str
    name: str


_CARRIER = msgspec.json.Decoder(CarrierRow)
_KINDS_OF_FIRM = ("快递", "速递", "速运", "快运", "物流")


def carriers() -> Flow[tuple[Carrier, ...]]:
    """The carriers the shop has signed with: ids are taken from the platform (7). Empty without that permission."""
    try:
        payload = yield Call(CARRIERS)
    except PermissionDenied:
        return ()
    rows = page_rows(at(payload, _CARRIER_PATH), _CARRIER_PATH[-1])
    made = each(rows, _CARRIER, _carrier_of, WireReader(), "carrier")
    return tuple(one for one in made if isinstance(one, Carrier))


def _carrier_of(row: CarrierRow, raw: msgspec.Raw, reader: WireReader) -> Carrier:
    return Carrier(real_id(row.id) or "", words(row.name) or "")


def carrier_meant(told: str | None, known: tuple[Carrier, ...]) -> Carrier | None:
    """By id or name; `ID:NAME` where the platform does not tell whom the shop has signed with."""
    if not told:
        return None
    wanted, _, name = told.partition(":")
    exact = [one for one in known if told in (one.id, one.name) or (name and one.id == wanted)]
    if exact:
        return exact[0]
    if not known:
        return Carrier(wanted, name or wanted) if wanted.isascii() and wanted.isdigit() else None
    alike = [one for one in known if stem(one.name) == stem(told)]
    return alike[0] if len(alike) == 1 else None


def stem(name: str) -> str:
    """顺丰 of 顺丰快递 and of 顺丰速运."""
    for kind in _KINDS_OF_FIRM:
        name = name.removesuffix(kind)
    return name.strip()


def carrier_in(look: Look, ask: Ask, known: tuple[Carrier, ...]) -> Carrier:
    found = carrier_meant(ask.carrier, known)
    if found is None:
        text = no_carrier(ask, known)
        raise ConfigError(text.en, zh=text.zh, platform=PLATFORM)
    return found


def no_carrier(ask: Ask, known: tuple[Carrier, ...]) -> Text:
    shown = ", ".join(f"{one.id} {one.name}" for one in known) or "ID:NAME"
    told = (ask.carrier or "")[:CUT]
    return Text(
        f"店铺未签约承运商 {told!r}; 可用: {shown}",
        f"the shop has signed with no carrier {told!r}; there are: {shown}",
    )


def unknown_carrier(account: Account, look: Look, ask: Ask) -> Text | None:
    known: tuple[Carrier, ...] = look.aside
    if ask.carrier is None or carrier_meant(ask.carrier, known) is not None:
        return None
    return no_carrier(ask, known)


# ---------------------------------------------------------------- texts, compared without being kept


def digest(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "replace")).hexdigest()[:16]


def events(method: str, asked: Mapping[str, Any], account: Account) -> Flow[dict[str, str]]:
    """Marks of a list of texts: how often each was said, by digest."""
    counts: dict[str, int] = {}
    read, page = 0, 1
    while True:
        payload = yield Call(method, {**asked, "pageNumber": page, "pageSize": _PAGE})
        found = records_in(METHODS[method], READINGS[method], payload, account, page=page)
        read += len(found)
        for one in found:
            if isinstance(one, Unreadable):
                raise _partly_read(one.error)
            if isinstance(one, Event) and one.text:
                mark = f"said:{digest(one.text)}"
                counts[mark] = counts.get(mark, 0) + 1
        if not more_to_read(payload, ("pageResult", "totalCount"), read, len(found), _PAGE):
            return {mark: str(times) for mark, times in counts.items()}
        page += 1


def more_to_read(payload: msgspec.Raw, path: tuple[str, ...], read: int, found: int, size: int) -> bool:
    """Whether a list goes on after this page. WireError where it ends before its own count: what is not seen may
    still be there.
    """
    raw = at(payload, path)
    told = b"" if raw is None else bytes(raw).strip(b'"')
    if not told.isdigit():
        return found >= size
    if read >= int(told):
        return False
    if found < size:
        raise _partly_read(f"it counts {int(told)} and shows {read}")
    return True


def _partly_read(why: str) -> WireError:
    return WireError(
        f"the list cannot be read whole, so nothing is known of what it lacks: {why}",
        zh=f"列表未能完整读取, 无法判断其中没有什么: {why}",
        platform=PLATFORM,
    )


def said_again(ask: Ask, before: Seen, after: Seen) -> Shown:
    """Done when the same words stand there once more than before. The list is read whole: else it was not said."""
    mark = f"said:{digest(ask.text or '')}"
    more = int(after.marks.get(mark, "0")) > int(before.marks.get(mark, "0"))
    return Shown.DONE if more else Shown.BEFORE
