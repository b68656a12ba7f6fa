"""Simulated cancel-refund applications, compensations and comments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omnishop.sandbox.world import Case, Review
from omnishop_jd.face.codes import apply_status, beijing, ms, told, updated_at
from omnishop_jd.face.filters import APPLIES, APPLIES_NEWER, COMMENTS, narrowed
from omnishop_jd.face.gateway import Ask, Refusal
from omnishop_jd.face.scenarios import reasons

SOURCE = "refundapply"
_SIZE_MAX, _PAGE_MAX = 50, 100


def page_list(ask: Ask) -> dict[str, Any]:
    ask.need("pageIndex", "pageSize")
    page, size = ask.number("pageIndex", 1), ask.number("pageSize", 10)
    if not 1 <= size <= _SIZE_MAX or not 1 <= page <= _PAGE_MAX:
        return {"queryResult": _failure("1100", "参数错误：pageIndex或pageSize超出范围")}
    if len(ask.ids("ids") or ()) > size:
        return {"queryResult": _failure("1100", "参数错误：ids个数超过pageSize")}
    rows = narrowed(ask, _cases(ask), (*APPLIES, *(APPLIES_NEWER if granted(ask) else ())))
    shown = [
        _row(ask, case, skus=ask.text("showSku") == "true") for case in rows[(page - 1) * size : page * size]
    ]
    return {"queryResult": {"totalCount": len(rows), "result": shown, "success": True}}


def by_id(ask: Ask) -> dict[str, Any]:
    ask.need("id")
    rows = [_row(ask, case, skus=False) for case in _cases(ask) if case.case_id == ask.text("id")]
    return {
        "queryResult": {
            "totalCount": len(rows),
            "result": rows,
            "success": True,
            "errorCode": "0",
            "errorMsg": "",
        }
    }


def waiting(ask: Ask) -> dict[str, Any]:
    number = sum(1 for case in _cases(ask) if apply_status(case) == 0)
    return {"queryResult": {"totalCount": number, "success": True, "errorCode": "0", "errorMsg": ""}}


def compensations(ask: Ask) -> dict[str, Any]:
    """This world pays no compensations: the list is there, and empty."""
    return {"queryResult": {"totalCount": 0, "result": [], "success": True}}


def _failure(code: str, msg: str) -> dict[str, Any]:
    return {"totalCount": 0, "success": False, "errorCode": code, "errorMsg": msg}


def _cases(ask: Ask) -> list[Case]:
    """Newest first."""
    found = ask.world.cases_of(ask.shop, SOURCE)
    return sorted(found, key=lambda case: (case.opened_at, case.case_id), reverse=True)


def granted(ask: Ask) -> bool:
    """Whether the app was granted the newer parameters; where not, they are ignored without a word (1.4)."""
    return bool(ask.shop.marks.get("modified_granted", True))


def _row(ask: Ask, case: Case, *, skus: bool) -> dict[str, Any]:
    decided = case.decided_at
    articles = [
        {
            "skuId": int(claim.line.good.sku_id),
            "skuUuid": claim.line.line_id,
            "skuName": f"{claim.line.good.title} {claim.line.good.spec}",
            "skuCount": claim.quantity,
        }
        for claim in case.claims
    ]
    return told(
        {
            "id": int(case.case_id),
            "buyerId": case.order.buyer.nick,
            "buyerName": f"{case.order.buyer.name[0]}**",
            "applyTime": beijing(case.opened_at),
            "applyRefundSum": float(case.requested),
            "status": apply_status(case),
            "orderId": case.order.order_id,
            "reason": reasons(case.kind)[case.reason].told,
            "systemId": 28,
            "storeId": 0,
            "partRefundType": 0,
            "open_id_buyer": case.order.buyer.open_id,
            "checkTime": beijing(decided),
            "checkUserName": case.marks.get("check_user", "cs01") if decided else None,
            "checkRemark": case.marks.get("check_remark") if decided else None,
            "modified": beijing(updated_at(case)) if granted(ask) else None,
            "skuVoList": articles if skus else None,
        }
    )


# ---------------------------------------------------------------- comments

_COMMENTS_MAX = 50
_ORDER_IDS_MAX = 50
_SCORES = frozenset({None, "0", "1", "2", "3"})


def comments(ask: Ask) -> dict[str, Any]:
    page, size = ask.number("page", 1), ask.number("pageSize", 10)
    if not 1 <= size <= _COMMENTS_MAX or page < 1:
        raise Refusal("61")
    if ask.text("score") not in _SCORES or len(ask.ids("orderIds") or ()) > _ORDER_IDS_MAX:
        raise Refusal("61")
    begins, ends = ask.time("beginTime"), ask.time("endTime")
    found = sorted(
        (
            review
            for review in narrowed(ask, ask.world.reviews_of(ask.shop), COMMENTS)
            if (begins is None or review.created_at >= begins) and (ends is None or review.created_at <= ends)
        ),
        key=lambda review: (review.created_at, review.review_id),
        reverse=True,
    )
    shown = [_comment(review) for review in found[(page - 1) * size : page * size]]
    counts = {"totalItem": len(found), "page": page, "resultCode": "0", "resultMsg": ""}
    return ({"comments": shown} if shown else {}) | counts


def author(review: Review) -> str:
    nick = review.order.buyer.nick
    return f"{nick[0]}***{nick[-1]}"


def picture(url: str) -> str:
    """Without a scheme, as it often comes."""
    return f"//img30.360buyimg.com/n0/{url}"


def _comment(review: Review) -> dict[str, Any]:
    answered = review.reply is not None and review.replied_at is not None
    answers: list[dict[str, Any]] = [
        {"replyId": 55001, "content": review.reply, "nickName": review.shop.name, "parentReply": {}}
    ]
    if review.replied_at is not None:
        answers[0]["creationTime"] = ms(review.replied_at)
    return {
        "commentId": review.review_id,
        "skuid": review.line.good.sku_id,
        "skuName": f"{review.line.good.title} {review.line.good.spec}",
        "content": review.text,
        "creationTime": ms(review.created_at),
        "score": review.stars,
        "status": 1,
        "nickName": author(review),
        "pin": f"AAS/{review.order.buyer.nick}==",
        "orderId": int(review.order.order_id),
        "open_id_buyer": review.order.buyer.open_id,
        "isVenderReply": answered,
        "replyCount": 1 if answered else 0,
        "replies": answers if answered else [],
        "images": [{"id": number, "imgUrl": picture(url)} for number, url in enumerate(review.pictures, 1)],
        "videos": [],
    }


HANDLERS: dict[str, Callable[[Ask], dict[str, Any]]] = {
    "jingdong.pop.afs.soa.refundapply.queryPageList": page_list,
    "jingdong.pop.afs.soa.refundapply.queryById": by_id,
    "jingdong.pop.afs.soa.refundapply.getWaitRefundNum": waiting,
    "jingdong.pop.afs.soa.compensate.queryCompensateList": compensations,
    "jingdong.pop.PopCommentJsfService.getVenderCommentsForJos": comments,
}
