"""The switch to a real platform, with a simulated one in its place: its keys in a file, over a real connection."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation

ROOT = Path(__file__).parents[2]
TESTS = """
from omnishop.testing import LiveConformance


class TestLive(LiveConformance):
    platform = "douyin"
    storefront = "douyin"
"""
KEYS = ("platform", "storefront", "shop_id", "app_key", "app_secret", "access_token", "gateway")


@pytest.fixture
def run(tmp_path):
    """Runs the suite in a process of its own; its last lines."""

    def one(*more):
        (tmp_path / "test_mine.py").write_text(TESTS, encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rs",
            "-p",
            "no:cacheprovider",
            "test_mine.py",
            *more,
        ]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    return one


def test_a_shop_is_read_with_its_keys_and_nothing_is_written(run, tmp_path):
    with Sandbox(Simulation.new(platforms=("douyin",), orders=12)) as world:
        keys = world.ready()["douyin"]
        lines = [f'{name} = "{keys[name]}"' for name in KEYS]
        (tmp_path / "keys.toml").write_text("\n".join([*lines, "days = 20"]), encoding="utf-8")
        code, told = run("--omnishop-live=keys.toml")
        log = world.simulation.log()
    assert code == 0, told
    assert "1 skipped" in told
    assert "--omnishop-live-writes" in told
    assert len(log) > 20
    assert keys["app_secret"] not in told
    assert keys["access_token"] not in told
