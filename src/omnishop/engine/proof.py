"""What one reading of a window carries: a proof that it is whole, a bounded answer, or none; pure.

A window that has ended only loses records: who changes again leaves it, nobody enters. So pages that tell one and
the same total speak of one and the same set, and as many distinct ids as that total are all of it. What the
platform tells consistently wrong (a page cut short and its count lowered alike) no reader can see.
"""

from __future__ import annotations

from typing import Literal

from attrs import Factory, define, frozen

from omnishop.engine.keep import id_of
from omnishop.flow import Page
from omnishop.model import Text
from omnishop.ports import Stream
from omnishop.store.records import Id

Answer = Literal["proved", "bounded"]

WIDE = 10_000
"""More rows than this are not read as one window: their ids are held until it closes."""


@frozen
class Proof:
    """The window closes. `checks`: what was found to hold; `why`: what keeps a bounded answer from being a proof.

    No rows with this is "there were none"; without it, it is `Unproved`: could not tell.
    """

    answer: Answer
    rows: int
    checks: tuple[str, ...]
    why: Text | None = None


@frozen
class Unproved:
    """The window stays open: the first thing that did not hold."""

    why: Text


@frozen
class TooMany:
    """More than one window should hold: it is read in halves."""

    total: int

    @property
    def why(self) -> Text:
        return Text(
            f"{self.total} 条超过一次可读数量", f"{self.total} records are too many to be read as one"
        )


Verdict = Proof | Unproved | TooMany


@define
class Reading:
    """One try at a window: give it each `page` as it comes, then the `boundary` read again, then ask to `judge`."""

    stream: Stream
    ids: set[Id] = Factory(set)
    first: frozenset[Id] = frozenset()
    _totals: set[int] = Factory(set)
    _nameless: int = 0
    _strays: int = 0
    _pages: int = 0
    _untold: int = 0
    _not_full: int = 0
    _last: int | None = None
    _bounded: Text | None = None
    _moved: bool = False

    def page(self, page: Page) -> TooMany | None:
        """TooMany as soon as the platform counts more than can be read as one."""
        found = _ids(page)
        if self._pages == 0:
            self.first = found
        self._pages += 1
        self.ids |= found
        self._nameless += sum(bad.record_id is None for bad in page.unreadable)
        self._strays += sum(bad.stray for bad in page.unreadable)
        self._bounded = self._bounded or page.bounded
        if page.size is not None and len(page.items) + len(page.unreadable) < page.size:
            self._not_full += 1
        if page.total is None:
            self._untold += 1
        else:
            self._totals.add(page.total)
            self._last = page.total
        most = min(self.stream.depth or WIDE, WIDE)
        if self.stream.best == "proved" and page.total is not None and page.total > most:
            return TooMany(page.total)
        return None

    @property
    def wants_boundary(self) -> bool:
        """A list of several pages may have shifted under us: its first page is read again."""
        return self._pages > 1 and self.stream.best == "proved" and self._bounded is None

    def boundary(self, page: Page) -> None:
        self._moved = _ids(page) != self.first or (page.total is not None and {page.total} != self._totals)

    @property
    def met(self) -> int:
        return len(self.ids) + self._nameless

    def judge(self, behind: int = 0) -> Proof | Unproved:
        """`behind`: of the records met, how many could be completed only by details older than their rows."""
        if behind:
            return _no(f"{behind} details are older than their rows", f"{behind} 条详情早于列表所示")
        if self._strays:
            many = self._strays
            return _no(f"{many} rows do not match the filter sent", f"{many} 条记录不符合所发送的筛选条件")
        if self.stream.best == "bounded" or self._bounded is not None:
            return self._as_bounded()
        if self._untold or not self._totals:
            return _no("the answer does not count the window", "应答没有给出总数")
        if len(self._totals) > 1:
            low, high = min(self._totals), max(self._totals)
            return _no(
                f"the count moved between {low} and {high}, {self.met} came",
                f"总数在 {low} 与 {high} 之间变动, 得到 {self.met} 条",
            )
        [total] = self._totals
        if self.met != total:
            return _no(f"{self.met} of {total} records", f"{total} 条中得到 {self.met} 条")
        if self._not_full > 1:
            return _no(f"{self._not_full} pages were not full", f"{self._not_full} 页未满")
        if self._moved:
            return _no("the first page had changed when it was read again", "重读首页时内容已变化")
        checks = ("filter", "total", "distinct ids", "full pages")
        return Proof("proved", self.met, (*checks, "boundary") if self._pages > 1 else checks)

    def _as_bounded(self) -> Proof | Unproved:
        """A list without a window may change under us: only that nothing counted is missing can be checked."""
        if self._last is not None and self.met < self._last:
            return _no(f"{self.met} of {self._last} records", f"{self._last} 条中得到 {self.met} 条")
        checks = ("filter", "total") if self._last is not None else ("filter",)
        return Proof("bounded", self.met, checks, self._bounded or self.stream.basis)


def _no(en: str, zh: str) -> Unproved:
    return Unproved(Text(zh, en))


def _ids(page: Page) -> frozenset[Id]:
    named = {(bad.source, bad.record_id) for bad in page.unreadable if bad.record_id is not None}
    return frozenset({*map(id_of, page.items), *named})
