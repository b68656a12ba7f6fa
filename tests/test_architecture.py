"""The house keeps its own rules: who imports whom, what is public, who asks the machine."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

import omnishop

ROOT = Path(__file__).parents[1]
CORE = ROOT / "src" / "omnishop"
PLATFORMS = ("taobao", "jd", "douyin")

# What each room may import of omnishop, beside itself, errors and clock; of others, where it is limited.
ROOMS: dict[str, set[str]] = {
    "errors": set(),
    "clock": set(),
    "model": set(),
    "lenient": set(),
    "masking": set(),
    "telemetry": {"masking", "model"},
    "flow": {"model"},
    "acts": {"model", "flow"},
    "ports": {"model", "flow", "acts"},
    "jsonform": {"model"},
    "registry": {"ports", "sandbox"},
    "keys": {"model"},
    "policy": {"model", "jsonform"},
    "lang": set(),
    "config": {"model", "ports", "keys", "lang", "masking"},
    "drivers": {"model", "flow", "ports", "masking", "telemetry"},
    "store": {"model", "jsonform", "ports", "config", "drivers"},
    "client": {"model", "flow", "acts", "ports", "drivers", "registry", "config"},
    "ledger": {"model", "jsonform", "flow", "acts", "ports", "drivers", "store", "client", "telemetry"},
    "engine": {
        "model",
        "jsonform",
        "flow",
        "ports",
        "store",
        "client",
        "registry",
        "config",
        "drivers",
        "telemetry",
    },
    "sheets": set(),
    "reviews_import": {"model", "ports", "store", "engine", "registry", "sheets"},
    "buyers_link": {"model", "store", "sheets"},
    "report": {"model", "policy", "store", "facts", "sheets"},
    "facts": {"model", "store", "policy", "telemetry"},
    "serving": set(),
    "listen": {"model", "ports", "store", "client", "engine", "registry", "serving", "telemetry"},
    "run": {
        *("model", "acts", "policy", "drivers", "client", "store", "engine", "facts", "ledger", "telemetry"),
        "registry",
    },
    "watching": {"model", "ports", "store", "engine", "registry", "serving", "telemetry"},
    "sandbox": {"model", "ports", "jsonform", "registry", "serving", "telemetry"},
    "testing": {
        *("model", "jsonform", "flow", "acts", "ports", "drivers", "client", "registry", "config", "store"),
        *("ledger", "sandbox", "masking"),
    },
}
FOREIGN: dict[str, set[str]] = {
    "model": {"attrs"},
    "flow": {"attrs", "msgspec"},
    "acts": {"attrs"},
    "ports": {"attrs", "msgspec"},
    "errors": set(),
    "telemetry": {"attrs", "msgspec", "structlog", "opentelemetry"},
    "policy": {"attrs", "msgspec", "pydantic", "zen", "chinese_calendar"},
}


def files_of(room: str) -> list[Path]:
    folder = CORE / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [CORE / f"{room}.py"]


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names if node.module == "omnishop" else {str(node.module)}
    return found


def rooms(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imports(path) if name.startswith("omnishop.")}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_it_may(room):
    allowed = ROOMS[room] | {room, "errors", "clock"}
    for path in files_of(room):
        assert rooms(path) <= allowed, path.relative_to(ROOT)


def test_every_room_has_its_rule():
    entries = {
        path.stem for path in CORE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    free = {"__init__", "__main__", "cli"}  # the public names, and the command line, which may import all
    assert entries - free == set(ROOMS)


@pytest.mark.parametrize("room", FOREIGN)
def test_the_inner_rooms_need_few_others(room):
    import sys

    for path in files_of(room):
        foreign = {name.split(".")[0] for name in imports(path)} - set(sys.stdlib_module_names) - {"omnishop"}
        assert foreign <= FOREIGN[room], path.relative_to(ROOT)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_only_an_adapters_face_knows_the_sandbox(platform):
    source = ROOT / "adapters" / platform / "src" / f"omnishop_{platform}"
    for path in sorted(source.rglob("*.py")):
        allowed = {"model", "ports", "flow", "acts", "errors", "lenient", "masking"}
        if "face" in path.relative_to(source).parts:
            allowed |= {"sandbox"}
        assert rooms(path) <= allowed, path.relative_to(ROOT)
        others = {name.split(".")[0] for name in imports(path)}
        assert not others & {f"omnishop_{other}" for other in PLATFORMS if other != platform}, path


@pytest.mark.parametrize(
    "room",
    [
        *("model", "policy", "flow", "ports", "drivers", "store", "engine", "jsonform", "errors", "facts"),
        *("testing", "report", "listen", "run", "telemetry", "watching"),
    ],
)
def test_no_platform_is_named_in_the_core(room):
    names = re.compile(r"\b(taobao|tmall|jingdong|douyin|doudian|jd)\b", re.IGNORECASE)
    for path in files_of(room):
        found = names.search(path.read_text(encoding="utf-8"))
        assert found is None, f"{path.relative_to(ROOT)} names {found}"


def source_files() -> list[Path]:
    adapters = (ROOT / "adapters" / platform / "src" for platform in PLATFORMS)
    return [path for folder in (CORE, *adapters) for path in sorted(folder.rglob("*.py"))]


@pytest.mark.parametrize("path", source_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_clock_asks_the_machine(path):
    if path == CORE / "clock.py":
        return
    asks = re.compile(
        r"datetime\.(now|utcnow|today)\(|\btime\.(time|sleep|monotonic)\(|\basyncio\.sleep\(|"
        r"\brandom\.(random|choice|randint|shuffle|uniform)\("
    )
    assert not asks.search(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", source_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_opens_with_its_sentence_and_stays_one_thing(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 480
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "no docstring"


def test_public_names_are_listed_sorted_and_importable():
    assert omnishop.__all__ == sorted(omnishop.__all__)
    for name in omnishop.__all__:
        assert getattr(omnishop, name)


def test_one_version_everywhere():
    files = [ROOT / "pyproject.toml", *(ROOT / "adapters" / name / "pyproject.toml" for name in PLATFORMS)]
    versions = {tomllib.loads(path.read_text(encoding="utf-8"))["project"]["version"] for path in files}
    newest = re.search(
        r"^## \[?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert newest is not None
    assert versions == {newest.group(1)}
