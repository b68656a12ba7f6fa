"""What a report is made under: the packs, each shop's present, the merchant's tables, the window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from attrs import field, frozen

from omnishop.model import BEIJING
from omnishop.policy.layers import Effective, Packs
from omnishop.policy.measures import By
from omnishop.policy.pack import Pack
from omnishop.policy.wording import Linter, linter
from omnishop.report.figures import Facet
from omnishop.report.rows import Place
from omnishop.report.tables import OfShop, Product, Tables

Key = tuple[str | None, ...]


@frozen
class Window:
    """From `since`, to before `until`; with `now` in it where it ends now."""

    since: datetime
    until: datetime
    to_now: bool = False

    def holds(self, at: datetime) -> bool:
        return self.since <= at < self.until or (self.to_now and at == self.until)

    def before(self) -> Window:
        """As long, right in front of it."""
        return Window(self.since - (self.until - self.since), self.since)


@frozen
class Setting:
    """`nows` holds the shops that are reported on. `since`, `until`: asked for instead of a row's own window.

    `paid_orders`: how many each buyer has, where figures are told apart by groups of buyers. `held`: from when on a
    shop's records are held whole; a shop that is not there is taken to be held whole.
    """

    packs: Packs
    nows: Mapping[Place, datetime]
    tables: Tables = field(factory=Tables)
    since: datetime | None = None
    until: datetime | None = None
    paid_orders: Mapping[tuple[Place, str], int] = field(factory=dict, repr=False)
    held: Mapping[Place, datetime] = field(factory=dict)
    _packs: dict[Place | None, Effective] = field(factory=dict, init=False, eq=False, repr=False)
    _linters: dict[Place, Linter] = field(factory=dict, init=False, eq=False, repr=False)
    _places: dict[tuple[str, str], Place] = field(init=False, eq=False, repr=False)
    _categories: dict[tuple[str, str, str], str] = field(init=False, eq=False, repr=False)

    @_places.default
    def _name_places(self) -> dict[tuple[str, str], Place]:
        return {_shop(place): place for place in self.nows}

    @_categories.default
    def _read_categories(self) -> dict[tuple[str, str, str], str]:
        rows = self.tables.of(Product) or ()
        return {(row.platform, row.shop, row.sku): row.category for row in rows}

    def knows(self, place: Place) -> bool:
        return place in self.nows

    def now(self, place: Place | None = None) -> datetime:
        """The shop's; for what is no shop's, the latest of all."""
        return max(self.nows.values()) if place is None else self.nows[place]

    def in_force(self, place: Place | None = None) -> Effective:
        if place not in self._packs:
            if place is None:
                self._packs[place] = self.packs.of(at=self.now())
            else:
                self._packs[place] = self.packs.of(
                    place.platform, place.storefront, place.shop_id, self.now(place)
                )
        return self._packs[place]

    def pack(self, place: Place | None = None) -> Pack:
        return self.in_force(place).pack

    def linter(self, place: Place) -> Linter:
        if place not in self._linters:
            self._linters[place] = linter(self.in_force(place))
        return self._linters[place]

    def window(self, length: timedelta, place: Place | None = None) -> Window:
        now = self.now(place)
        until = now if self.until is None else self.until
        since = until - length if self.since is None else self.since
        return Window(since, until, to_now=self.until is None)

    def reaches(self, since: datetime, place: Place) -> bool:
        """Whether the records of that time are all there."""
        return place not in self.held or self.held[place] <= since

    def places(self) -> Sequence[Place]:
        return sorted(self.nows)

    def place(self, platform: str, shop_id: str) -> Place | None:
        """None: a shop that is not reported on."""
        return self._places.get((platform, shop_id))

    def place_of(self, row: OfShop) -> Place | None:
        return self.place(row.platform, row.shop)

    # ------------------------------------------------------------ telling figures apart

    def keys(self, facet: Facet, by: By) -> Iterable[Key]:
        """Where a row counts; None in a key: not known. A row with two products counts for both."""
        place = facet.place
        if by is By.ALL:
            return ((),)
        if by is By.AGENT:
            return ((facet.agent,),)
        if by is By.CLASS:
            return ((None if facet.cls is None else facet.cls.value,),)
        if by in {By.DAY, By.WEEK, By.MONTH}:
            return ((None if facet.at is None else period(facet.at, by),),)
        if place is None:
            return ((None,),)
        if by is By.PLATFORM:
            return ((place.platform,),)
        if by is By.STOREFRONT:
            return ((place.storefront,),)
        if by is By.SHOP:
            return ((place.platform, place.shop_id),)
        if by is By.BUYER_GROUP:
            return ((self._group(place, facet.buyer),),)
        return tuple(self._products(place, facet.products, by))

    def _products(self, place: Place, products: Sequence[str], by: By) -> Iterator[Key]:
        if by is By.PRODUCT:
            yield from ((*_shop(place), sku) for sku in products or (None,))
            return
        named = (self._categories.get((*_shop(place), sku)) for sku in products)
        yield from ((name,) for name in dict.fromkeys(named) or (None,))

    def _group(self, place: Place, buyer: str | None) -> str | None:
        count = None if buyer is None else self.paid_orders.get((place, buyer))
        if count is None:
            return None
        groups = sorted(self.pack(place).measures.mix.groups.items(), key=lambda each: each[1])
        reached = [name for name, least in groups if count >= least]
        return reached[-1] if reached else None


def _shop(place: Place) -> tuple[str, str]:
    return place.platform, place.shop_id


def period(at: datetime, by: By) -> str:
    """`2026-11-01`, `2026-W44`, `2026-11`, in Beijing."""
    day: date = at.astimezone(BEIJING).date()
    if by is By.WEEK:
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    return day.isoformat() if by is By.DAY else f"{day:%Y-%m}"
