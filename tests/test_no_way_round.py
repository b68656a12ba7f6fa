"""No way to a write goes round the ledger: the code is walked for permits, sockets, sends and calls that write.

What holds while the program runs (a write without a permit raises) is tested with the drivers; this reads the
source, so that a new way is seen before anybody takes it. Each rule is tried on a text that breaks it.
"""

from __future__ import annotations

import ast
import functools
import inspect
import json
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from omnishop import registry
from omnishop.acts import Write

ROOT = Path(__file__).parents[1]
CORE = ROOT / "src" / "omnishop"
PLATFORMS = ("taobao", "jd", "douyin")
PAPERS = ROOT.parent / "shared" / "platforms"

GUARDED = frozenset({"drivers", "client", "ledger"})
"""Rooms a permit passes through: made in the ledger and in the client's unguarded way, asked for by the drivers."""

KIT = "testing"
"""The conformance kit sends writes on purpose, with a permit of its own; nothing else may import it."""

NETWORKS = frozenset(
    {"httpx", "httpx2", "httpcore", "requests", "aiohttp", "urllib3", "websockets", "socket", "ssl", "http"}
)
MAY_REACH_OUT = {
    "drivers": "the way to the platforms",
    "sandbox": "is the platform",
    "serving": "listens on a port",
    KIT: "drives adapters over transports",
    "engine/simulated.py": "asks a simulated world's control, which is no platform",
    "engine/checkup.py": "makes the client of a driver that has no permit",
}
"""Rooms and files that import a network library, and why."""


def source() -> list[Path]:
    adapters = (ROOT / "adapters" / name / "src" / f"omnishop_{name}" for name in PLATFORMS)
    return [path for folder in (CORE, *adapters) for path in sorted(folder.rglob("*.py"))]


def room_of(path: Path) -> str:
    """`ledger`, `engine` …; `adapter` for an adapter, `face` for its simulated platform."""
    if path.is_relative_to(CORE):
        return path.relative_to(CORE).parts[0].removesuffix(".py")
    return "face" if "face" in path.parts else "adapter"


@functools.cache
def read(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def walk(tree: ast.Module) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree))


# ---------------------------------------------------------------- the rules: (room, file, tree) -> what breaks them


def permits(room: str, file: str, tree: ast.Module) -> Iterator[str]:
    """Permits are known to the guarded rooms alone, and made in two places."""
    own = file == "drivers/exchange.py" or room == KIT
    known = room in GUARDED | {KIT}
    for node in walk(tree):
        name = _name(node) or ""
        if "permit" in name.lower() and not known:
            yield f"{name} outside {', '.join(sorted(GUARDED))}"
        if name in {"Unguarded", "UNGUARDED"} and room != "client" and not own:
            yield f"{name} outside the client"
        made = isinstance(node, ast.FunctionDef) and name == "sending" and _takes(node, "call", "request")
        if made and room != "ledger" and not own:
            yield "a permit of its own"
        by_place = isinstance(node, ast.Call) and _called(node) in {"run", "call"}
        if by_place and len(node.args) >= _WITH_PERMIT and not known:
            yield "gives a driver a permit by its place"


_WITH_PERMIT = 5
"""driver.run(flow, adapter, account, tokens, permit)"""


def networks(room: str, file: str, tree: ast.Module) -> Iterator[str]:
    """Only the drivers reach a platform."""
    if room in MAY_REACH_OUT or file in MAY_REACH_OUT or room == "face":
        return
    for node in walk(tree):
        found: list[str] = []
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found = [str(node.module)]
        for name in found:
            if name.split(".")[0] in NETWORKS or name == "urllib.request":
                yield f"imports {name}"
        if isinstance(node, ast.Call) and _called(node) in {
            "open_connection",
            "create_connection",
            "urlopen",
        }:
            yield f"calls {_called(node)}"


def exchanges(room: str, file: str, tree: ast.Module) -> Iterator[str]:
    """The drivers' inner steps are the drivers' own: an exchange made elsewhere would ask no permit."""
    inner = {"perform", "permitted", "Send", "Unguarded", "IntentPermit"}
    for node in walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("omnishop."):
            taken = {alias.name for alias in node.names} & inner
            allowed = {"drivers"} | (
                {"client", "ledger"} if taken <= {"Unguarded", "IntentPermit"} else set()
            )
            if taken and room not in allowed | {KIT}:
                yield f"takes {', '.join(sorted(taken))} from {node.module}"
        inside = isinstance(node, ast.Attribute) and node.attr in {"_driver", "_carry_out"}
        if inside and room not in {"drivers", "client", KIT}:
            yield "reaches into a shop for its driver, or into a driver"


def sends(room: str, file: str, tree: ast.Module) -> Iterator[str]:
    """A row's `send` is called by the ledger and by the unguarded way; a generator's takes one value."""
    one = {
        id(node.func)
        for node in walk(tree)
        if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords
    }
    if room in {"ledger", KIT} or file == "client/face.py":
        return
    for node in walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "send" and id(node) not in one:
            yield "calls or hands on a row's send"


def kit(room: str, file: str, tree: ast.Module) -> Iterator[str]:
    """Nothing that is shipped leans on the conformance kit."""
    if room == KIT:
        return
    for node in walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
        if any(name.startswith(f"omnishop.{KIT}") for name in names):
            yield "imports the conformance kit"


def marked(room: str, file: str, tree: ast.Module) -> Iterator[str]:
    """In the core nobody makes a call that writes: adapters' rows do, and the drivers mark what is not a read."""
    if room in {"adapter", "face"}:
        return
    for node in walk(tree):
        if writing(node) and file != "drivers/exchange.py":
            yield "makes a call that writes"


RULES = (permits, networks, exchanges, sends, kit, marked)


def _name(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.alias(name=name):
            return name
        case ast.keyword(arg=str(name)) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return name
    return None


def _called(node: ast.Call) -> str | None:
    return _name(node.func)


def _takes(node: ast.FunctionDef, *names: str) -> bool:
    return [each.arg for each in node.args.args][1:] == list(names)


def writing(node: ast.AST) -> bool:
    """`Call(…, write=True)`, by keyword, by place, or of a value that only the run knows."""
    if not isinstance(node, ast.Call) or _called(node) not in {"Call", "evolve"}:
        return False
    given = next((word.value for word in node.keywords if word.arg == "write"), None)
    if given is None and _called(node) == "Call" and len(node.args) > 2:
        given = node.args[2]
    return given is not None and not (isinstance(given, ast.Constant) and given.value is False)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_source_breaks_it(rule):
    broken = {
        str(path.relative_to(ROOT)): found
        for path in source()
        if (found := list(rule(room_of(path), _file(path), read(path))))
    }
    assert broken == {}


def _file(path: Path) -> str:
    return path.relative_to(CORE).as_posix() if path.is_relative_to(CORE) else path.name


PLANTED = [
    (permits, "desk", "shop.run(flow, permit=mine)"),
    (permits, "engine", "class Mine:\n    def sending(self, call, request): ...\n"),
    (permits, "cli", "driver.run(flow, adapter, account, tokens, me)"),
    (permits, "engine", "from omnishop.drivers.exchange import Unguarded"),
    (permits, "ledger", "from omnishop.client.face import UNGUARDED"),
    (networks, "engine", "import httpx"),
    (networks, "desk", "from requests import Session"),
    (networks, "adapter", "import socket"),
    (networks, "client", "from http.client import HTTPSConnection"),
    (networks, "cli", "import urllib.request"),
    (networks, "engine", "asyncio.open_connection(host, 80)"),
    (exchanges, "desk", "from omnishop.drivers.exchange import perform"),
    (exchanges, "engine", "shop._driver.call(call, a, b, c)"),
    (sends, "desk", "yield from row.send(account, look, ask)"),
    (sends, "engine", "jobs.append(partial(row.send, account, look))"),
    (sends, "cli", "row.send(account, look=look, ask=ask)"),
    (kit, "engine", "from omnishop.testing.desk import Desk"),
    (marked, "engine", 'yield Call("x.refund", {}, write=True)'),
    (marked, "facts", 'yield Call("x.refund", {}, True)'),
    (marked, "ledger", "evolve(call, write=sure)"),
]


@pytest.mark.parametrize(
    ("rule", "room", "text"), PLANTED, ids=lambda value: str(getattr(value, "__name__", value))
)
def test_a_planted_way_round_is_seen(rule, room, text):
    assert list(rule(room, f"{room}/planted.py", ast.parse(text)))


@pytest.mark.parametrize(
    "text", ["flow.send(payload)", 'Call("x.get", {})', "retry(call)", "PermissionDenied"]
)
def test_what_is_no_way_round_is_let_alone(text):
    assert not [found for rule in RULES for found in rule("engine", "engine/planted.py", ast.parse(text))]


def test_every_exception_is_needed():
    """A room or file that no longer reaches out, or is gone, is taken off the list."""
    for place in MAY_REACH_OUT:
        files = [path for path in source() if place in {room_of(path), _file(path)}]
        assert files, place
        text = "\n".join(path.read_text(encoding="utf-8") for path in files)
        assert any(f"import {name}" in text for name in NETWORKS), place


# ---------------------------------------------------------------- writes of adapters stand in sends of rows


def platforms() -> Iterator[tuple[str, str, tuple[Write, ...]]]:
    for name in registry.adapter_names():
        adapter = registry.adapter(name)
        for front in adapter.storefronts:
            yield name, front, adapter.writes(front)


def package_of(name: str) -> Path:
    return ROOT / "adapters" / name / "src" / f"omnishop_{name}"


def reached(start: object, package: str) -> set[tuple[str, int]]:
    """Every function of the package that can be named from this one: (file, first line). Closures are followed."""
    found: set[tuple[str, int]] = set()
    left = [start]
    seen: set[int] = set()
    while left:
        each = left.pop()
        if isinstance(each, functools.partial):
            left += [each.func, *each.args, *each.keywords.values()]
            continue
        each = inspect.unwrap(each) if callable(each) else each
        if isinstance(each, types.MethodType):
            each = each.__func__
        if not isinstance(each, types.FunctionType) or id(each) in seen:
            continue
        seen.add(id(each))
        if not (each.__module__ or "").startswith(package):
            continue
        found.add((each.__code__.co_filename, each.__code__.co_firstlineno))
        left += [cell.cell_contents for cell in each.__closure__ or () if _filled(cell)]
        left += [each.__globals__[name] for name in _names(each.__code__) if name in each.__globals__]
    return found


def _filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def _names(code: types.CodeType) -> set[str]:
    inner = (each for each in code.co_consts if isinstance(each, types.CodeType))
    return set(code.co_names).union(*(_names(each) for each in inner))


def writers(name: str) -> dict[tuple[str, int], str]:
    """Functions of an adapter in which a call that writes is made: (file, first line) -> its name."""
    found: dict[tuple[str, int], str] = {}
    for path in sorted(package_of(name).rglob("*.py")):
        if "face" in path.relative_to(package_of(name)).parts:
            continue
        for lead, node in _within(read(path), None):
            if writing(node):
                assert lead is not None, f"{path}: a call that writes outside every function"
                first = min([lead.lineno, *(each.lineno for each in lead.decorator_list)])
                found[str(path), first] = lead.name
    return found


def _within(node: ast.AST, lead: ast.FunctionDef | None) -> Iterator[tuple[ast.FunctionDef | None, ast.AST]]:
    """Every node with the outermost function it stands in."""
    for child in ast.iter_child_nodes(node):
        around = lead or (child if isinstance(child, ast.FunctionDef) else None)
        yield around, child
        yield from _within(child, around)


@pytest.mark.parametrize("name", registry.adapter_names())
def test_every_call_that_writes_stands_in_the_send_of_a_row(name):
    package = f"omnishop_{name}"
    sending: set[tuple[str, int]] = set()
    for platform, _front, rows in platforms():
        if platform == name:
            sending = sending.union(*(reached(row.send, package) for row in rows))
    found = writers(name)
    assert found, "no call that writes was found: this test is blind"
    assert {where: told for where, told in found.items() if where not in sending} == {}


def _sends(record):
    yield from _helped(record)


def _helped(record):
    yield record


def _on_the_side(record):
    yield record


def test_what_is_reached_is_what_can_be_named_from_there():
    def line(function):
        return function.__code__.co_filename, function.__code__.co_firstlineno

    found = reached(functools.partial(_sends, 1), __name__)
    assert found == {line(_sends), line(_helped)}
    assert line(_on_the_side) not in found


READING = ("order", "case", "timeline", "trace", "return_addresses", "refuse_reasons", "streams", "whoami")


@pytest.mark.parametrize("name", registry.adapter_names())
def test_no_reading_reaches_a_call_that_writes(name):
    package, adapter = f"omnishop_{name}", registry.adapter(name)
    starts = [getattr(adapter, each) for each in READING]
    for platform, _front, rows in platforms():
        if platform == name:
            starts += [row.look for row in rows] + [row.shows for row in rows]
    reading = set().union(*(reached(start, package) for start in starts))
    assert reading, "nothing was reached: this test is blind"
    assert {told for where, told in writers(name).items() if where in reading} == set()


# ---------------------------------------------------------------- no write is listed as a read


@pytest.mark.parametrize("name", registry.adapter_names())
def test_no_method_of_a_row_is_listed_as_a_read(name):
    reads = {_plain(method) for method in registry.adapter(name).read_methods}
    for platform, _front, rows in platforms():
        if platform == name:
            assert not {row.method for row in rows if row.method and _plain(row.method) in reads}


@pytest.mark.parametrize("name", registry.adapter_names())
def test_no_documented_write_is_listed_as_a_read(name):
    paper = PAPERS / name / "methods.json"
    if not paper.is_file():
        pytest.skip("the wire reference is not beside this checkout")
    methods = json.loads(paper.read_text(encoding="utf-8"))["methods"]
    writes = {each["name"] for each in methods if each.get("kind") == "write" or each.get("writes") is True}
    reads = {_plain(method) for method in registry.adapter(name).read_methods}
    assert len(writes) > 20
    assert {each for each in writes if _plain(each) in reads} == set()


def _plain(method: str) -> str:
    return method.lower().replace("/", ".")
