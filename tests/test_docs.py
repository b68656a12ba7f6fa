"""The docs say what the code does: generated parts are fresh, examples run, every error and page is there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from omnishop import errors
from omnishop.ledger.chances import OFFERED
from omnishop.ports import Level
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def run(*command: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_generated_parts_are_fresh():
    done = run("docs/generate.py", "--check")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["simulated_shops.py", "async_shops.py"])
def test_an_example_without_keys_runs(name):
    done = run(f"examples/{name}")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^douyin: [1-9]", done.stdout, re.MULTILINE)


def test_the_example_with_keys_reads_a_shop():
    with Sandbox(Simulation.new(seed=3, orders=30)) as world:
        keys = world.ready()["jd"]
        names = ("platform", "storefront", "app_key", "app_secret", "access_token", "gateway")
        env = {f"SHOP_{name.upper()}": keys[name] for name in names} | {"SHOP_ID": keys["shop_id"]}
        done = run("examples/real_shop.py", **env)
    assert done.returncode == 0, done.stderr
    assert "requested" in done.stdout


def test_every_example_is_shown_in_the_docs():
    shown = "".join(page.read_text(encoding="utf-8") for page in DOCS.rglob("*.md"))
    for example in (ROOT / "examples").glob("*.py"):
        assert f"examples/{example.name}" in shown


def test_every_error_is_explained():
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    public = [name for name, value in vars(errors).items() if isinstance(value, type)]
    assert all(name in page for name in public)


def test_every_page_is_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for page in DOCS.rglob("*.md"):
        assert str(page.relative_to(DOCS)) in navigation


@pytest.mark.parametrize(("readme", "lang"), [("README.md", "en"), ("README.zh-CN.md", "zh")])
def test_the_readme_shows_what_the_demo_prints(readme, lang):
    demo = ("-m", "omnishop", "demo", "--orders", "6", "--now", "2026-03-18T10:00:00")
    done = run(*demo, OMNISHOP_LANG=lang, COLUMNS="110")
    assert done.returncode == 0, done.stderr
    page = (ROOT / readme).read_text(encoding="utf-8")
    shown = done.stdout.split("\n\n", 1)[1].rpartition("\n\n")[0]
    assert shown in page


@pytest.mark.parametrize("name", ["acting.py", "async_acting.py"])
def test_an_example_of_acting_prints_what_it_should(name):
    done = run(f"examples/{name}")
    assert done.returncode == 0, done.stderr
    if name == "acting.py":
        assert f"```text\n{done.stdout}```" in (DOCS / "acting.md").read_text(encoding="utf-8")
    else:
        shops = [f"{front}: confirmed and refused" for front in ("douyin", "jd", "taobao", "tmall")]
        assert sorted(done.stdout.splitlines()) == ["5 intents in the ledger", *shops]


def test_every_reason_against_an_act_is_explained():
    page = (DOCS / "acting.md").read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/omnishop/ledger").glob("*.py"))
    named = set(re.findall(r'(?:_say|Obstacle)\(\s*"(\w+)"', code)) | set(
        re.findall(r'keys=\("(\w+)",\)', code)
    )
    assert {"switch", "needs", "ceiling", "only_recorded"} <= named
    levels = {level.value for level in Level} - {level.value for level in OFFERED}
    assert [key for key in sorted(named | levels | {"ended", "stage"}) if f"| `{key}` |" not in page] == []


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readmes_code_is_an_example_that_runs(readme):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / readme).read_text(encoding="utf-8"), re.DOTALL)
    assert blocks == [(ROOT / "examples" / "real_shop.py").read_text(encoding="utf-8")]


def test_both_readmes_have_the_same_commands():
    def blocks(name):
        return re.findall(r"```bash\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)

    assert blocks("README.md") == blocks("README.zh-CN.md")
