"""Layers of packs: read, laid over each other, checked, each value with the place it came from."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from enum import IntEnum
from typing import Any, Self

from attrs import field, frozen
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from omnishop.errors import ConfigError
from omnishop.model import Text
from omnishop.policy.expected import Expected
from omnishop.policy.misfits import misfits
from omnishop.policy.pack import Pack

Tree = dict[str, Any]
Path = tuple[str, ...]


class Kind(IntEnum):
    """The later one wins."""

    DEFAULT = 0
    CALENDAR = 1  # only days: the overlay file for a new year
    PLATFORM = 2
    SHOP = 3
    PERIOD = 4


class Head(BaseModel):
    """`[pack]`: what a file is and where it holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    version: str
    layer: str
    platform: str | None = None
    storefront: str | None = None
    shop: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.layer not in {kind.name.lower() for kind in Kind}:
            raise Expected(
                f"layer: default, calendar, platform, shop or period, not {self.layer!r}",
                f"layer 须为 default、calendar、platform、shop 或 period, 而非 {self.layer!r}",
            )
        if self.layer == "platform" and self.platform is None:
            raise Expected("a platform layer names its platform", "平台层须写明 platform")
        if self.layer == "shop" and (self.platform is None or self.shop is None):
            raise Expected("a shop layer names its platform and shop", "店铺层须写明 platform 与 shop")
        if self.layer == "period":
            _period(self.since, self.until)
        elif self.since is not None or self.until is not None:
            raise Expected("since and until belong to a period", "since 与 until 只用于活动期")
        return self


def _period(since: datetime | None, until: datetime | None) -> None:
    if since is None or until is None:
        raise Expected("a period needs since and until", "活动期须有 since 与 until")
    if since.tzinfo is None or until.tzinfo is None:
        raise Expected(
            "since and until need a zone, such as 2026-11-01T00:00:00+08:00",
            "since 与 until 须带时区, 如 2026-11-01T00:00:00+08:00",
        )
    if since >= until:
        raise Expected("until comes after since", "until 须晚于 since")


_HEAD = Text("须有 [pack] 表, 含 name、version、layer", "a table [pack] with name, version and layer")


@frozen
class Problem:
    """One thing that is wrong with a pack, for the person who writes it."""

    file: str
    key: str
    text: Text
    line: int | None = None
    column: int | None = None

    @property
    def expected(self) -> str:
        return self.text.en

    def told(self, lang: str) -> str:
        place = self.key if self.line is None else f"{self.line}:{self.column}"
        between = ": " if self.line is None else ":"
        return f"{self.file}{between}{place}: {self.text.told(lang)}"

    def __str__(self) -> str:
        return self.told("en")


class BadPack(ConfigError):
    """Every problem found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        more = len(self.problems) - 1
        en, zh = (f" (and {more} more)", f" (另有 {more} 处)") if more else ("", "")
        super().__init__(f"{self.problems[0]}{en}", zh=f"{self.problems[0].told('zh')}{zh}")


@frozen
class Layer:
    file: str
    head: Head
    kind: Kind
    tree: Tree = field(repr=False)

    def holds(
        self, platform: str | None, storefront: str | None, shop: str | None, at: datetime | None
    ) -> bool:
        head = self.head
        wanted = ((head.platform, platform), (head.storefront, storefront), (head.shop, shop))
        if any(said is not None and said != asked for said, asked in wanted):
            return False
        if self.kind is not Kind.PERIOD or head.since is None or head.until is None:
            return True
        return at is not None and head.since <= at < head.until


def read_layer(text: str, file: str) -> Layer:
    """One file; BadPack says what is wrong with its TOML or its head."""
    try:
        tree = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as problem:
        raise BadPack([_unparsed(text, file, str(problem))]) from None
    except RecursionError:
        raise BadPack(
            [Problem(file, "-", Text("括号嵌套过深", "too many brackets inside each other"))]
        ) from None
    told = tree.pop("pack", None)
    if not isinstance(told, dict):
        raise BadPack([Problem(file, "pack", _HEAD)])
    try:
        head = Head.model_validate(told)
    except ValidationError as problem:
        raise BadPack([_problem(file, ("pack",), each) for each in problem.errors()]) from None
    kind = Kind[head.layer.upper()]
    if kind is Kind.CALENDAR and set(tree) - {"calendar"}:
        strange = min(set(tree) - {"calendar"})
        raise BadPack(
            [
                Problem(
                    file, strange, Text("日历层只能有 [calendar]", "a calendar layer holds only [calendar]")
                )
            ]
        )
    return Layer(file, head, kind, tree)


def _unparsed(text: str, file: str, told: str) -> Problem:
    found = re.search(r"\(at line (\d+), column (\d+)\)", told)
    said = told.split(" (at ", maxsplit=1)[0]
    expected = Text(f"TOML 语法错误: {said}", said)
    if found:
        return Problem(file, "-", expected, int(found[1]), int(found[2]))
    lines = text.splitlines() or [""]
    return Problem(file, "-", expected, len(lines), len(lines[-1]) + 1)


@frozen
class Effective:
    """One pack in force: what it says, which files it is made of, and where each value comes from."""

    pack: Pack = field(repr=False)
    layers: tuple[Layer, ...]
    tree: Tree = field(repr=False)
    origins: dict[Path, str] = field(repr=False)
    digest: str
    prepared: dict[str, Any] = field(factory=dict, init=False, eq=False, repr=False)
    """What others have made ready of it once: it never changes."""

    @property
    def version(self) -> str:
        return " + ".join(f"{layer.head.name} {layer.head.version}" for layer in self.layers)

    def where(self, *path: str) -> str:
        """The file that said it, and the key."""
        return f"{_origin(self.origins, path, self.layers)}: {'.'.join(path)}"


def effective(layers: Iterable[Layer]) -> Effective:
    """Laid over each other by kind, then in the order given. BadPack names the file that is at fault."""
    ordered = tuple(sorted(layers, key=lambda layer: layer.kind))
    tree: Tree = {}
    origins: dict[Path, str] = {}
    problems: list[Problem] = []
    for layer in ordered:
        if layer.kind is not Kind.DEFAULT:
            problems += (*_unknown_rules(layer, tree), *_law(layer))
        _lay(tree, layer.tree, layer.file, (), origins)
    if problems:
        raise BadPack(problems)
    try:
        pack = Pack.model_validate(tree)
    except ValidationError as problem:
        places = ((tuple(map(str, each["loc"])), each) for each in problem.errors())
        raise BadPack(
            [_problem(_origin(origins, path, ordered), (), each) for path, each in places]
        ) from None
    problems = [
        Problem(_origin(origins, path, ordered), ".".join(path), told) for path, told in misfits(pack)
    ]
    problems += _conditions(pack, tree, origins)
    if problems:
        raise BadPack(problems)
    digest = hashlib.sha256(json.dumps(tree, sort_keys=True, default=str, ensure_ascii=False).encode())
    return Effective(pack, ordered, tree, origins, digest.hexdigest()[:16])


def _origin(origins: dict[Path, str], path: Path, layers: Sequence[Layer]) -> str:
    """The file that said it, or the nearest thing above it."""
    while path and path not in origins:
        path = path[:-1]
    return origins.get(path, layers[-1].file if layers else "-")


def _unknown_rules(layer: Layer, below: Tree) -> Iterator[Problem]:
    clocks = layer.tree.get("clocks")
    known = below.get("clocks", {})
    for name in clocks if isinstance(clocks, dict) else ():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = (f"; 是否为 {near[0]}?", f"; did you mean {near[0]}?") if near else ("", "")
            text = Text(f"默认策略包中没有此规则{hint[0]}", f"a rule of the default pack{hint[1]}")
            yield Problem(layer.file, f"clocks.{name}", text)


def _law(layer: Layer) -> Iterator[Problem]:
    """ELG-LAW is no setting: who wants to be kinder says so in the rule itself."""
    table = layer.tree.get("eligibility")
    for key in table.get("ELG-LAW", ()) if isinstance(table, dict) else ():
        text = Text(
            "法律底线不可更改, 更宽的规定写在规则本身",
            "the law, which no layer changes; be kinder in the rule itself",
        )
        yield Problem(layer.file, f"eligibility.ELG-LAW.{key}", text)


def _lay(below: Tree, above: Tree, file: str, path: Path, origins: dict[Path, str]) -> None:
    for key, value in above.items():
        here = (*path, key)
        origins[here] = file
        if isinstance(value, dict):
            if not isinstance(below.get(key), dict):
                below[key] = {}
            _lay(below[key], value, file, here, origins)
        else:
            below[key] = value


def _problem(file: str, before: Path, error: Any) -> Problem:
    path = (*before, *(str(part) for part in error["loc"]))
    return Problem(file, ".".join(path) or "-", _expected(error))


def _expected(error: Any) -> Text:
    kind, told = error["type"], str(error["msg"])
    if kind == "missing":
        return Text("必填", "is required")
    if kind == "extra_forbidden":
        return Text("没有此项", "no such key")
    own = error.get("ctx", {}).get("error")
    en = told.removeprefix("Value error, ").removeprefix("Input should be ")
    zh = own.text.zh if isinstance(own, Expected) else en.replace(" or ", " 或 ")
    given = error.get("input")
    shown = repr(given) if isinstance(given, str | int | float | Decimal | bool) else type(given).__name__
    return Text(f"应为: {zh}; 实为 {shown[:80]}", f"expected {en}, got {shown[:80]}")


def _conditions(pack: Pack, tree: Tree, origins: dict[Path, str]) -> Iterator[Problem]:
    """What a condition sets must be a number of a clock, and fit it."""
    for name, row in pack.conditions.items():
        for key, value in row.set.items():
            path = ("conditions", name, "set", key)
            file = origins.get(path) or origins[("conditions", name)]
            clock, _, what = key.rpartition(".")
            if clock not in pack.clocks or what not in SETTABLE:
                known = ", ".join(sorted(SETTABLE))
                en = f"a clock's {known}, such as SLA-FIRST.limit"
                yield Problem(file, ".".join(path), Text(f"时效的 {known}, 如 SLA-FIRST.limit", en))
                continue
            try:
                type(pack.clocks[clock]).model_validate({**tree["clocks"][clock], what: value})
            except ValidationError as problem:
                yield Problem(file, ".".join(path), _expected(problem.errors()[0]))


SETTABLE = frozenset({"limit", "warn", "stretch", "escalate_after", "penalty", "enabled"})


@frozen
class Packs:
    """All layers there are; joined anew for each place and moment, and then remembered."""

    layers: tuple[Layer, ...]
    _known: dict[tuple[int, ...], Effective] = field(factory=dict, init=False, eq=False, repr=False)

    def of(
        self,
        platform: str | None = None,
        storefront: str | None = None,
        shop: str | None = None,
        at: datetime | None = None,
    ) -> Effective:
        """What is in force there at `at`; without a moment no period is."""
        chosen = tuple(
            index for index, layer in enumerate(self.layers) if layer.holds(platform, storefront, shop, at)
        )
        if chosen not in self._known:
            self._known[chosen] = effective(self.layers[index] for index in chosen)
        return self._known[chosen]
