"""The program in this process, with the paper platform installed and its world on a port."""

from __future__ import annotations

import io
import signal
import sys

import pytest
from attrs import frozen
from tests.sandbox.paper import PaperAdapter, PaperFace, simulation

from omnishop import registry
from omnishop.cli import entry, words
from omnishop.sandbox.server import Sandbox


@frozen
class Outcome:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("OMNISHOP_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("DEBUG", "APP_SECRET", "ACCESS_TOKEN", "REFRESH_TOKEN", "OPERATOR_TOKEN", "CONTROL_TOKEN"):
        monkeypatch.delenv(f"OMNISHOP_{name}", raising=False)
    before = signal.getsignal(signal.SIGTERM)
    words.forget()
    yield
    signal.signal(signal.SIGTERM, before)
    words.forget()


@pytest.fixture(scope="session")
def running():
    """One world on a port for all tests; `paper_only` makes its face as new for each."""
    face = PaperFace()
    with Sandbox(simulation(face)) as sandbox:
        yield sandbox, face


@pytest.fixture
def paper_only(monkeypatch, running):
    """As if only the paper platform were installed."""
    face = running[1]
    face.reset()
    monkeypatch.setattr(registry, "_names", lambda _group: ("paper",))
    loaded = {"omnishop.adapters": PaperAdapter(), "omnishop.faces": face}
    found = registry._load

    def load(group, name):
        return loaded[group] if name == "paper" else found(group, name)

    monkeypatch.setattr(registry, "_load", load)
    return face


@pytest.fixture
def world(paper_only, running):
    return running[0]


@pytest.fixture
def omnishop(capsys, monkeypatch):
    """Run one command line; `stdin` is what a pipe would bring."""

    def run(*args: str, stdin: str | bytes | None = None) -> Outcome:
        content = stdin.encode() if isinstance(stdin, str) else stdin or b""
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))
        capsys.readouterr()
        code = entry.run(list(args))
        told = capsys.readouterr()
        return Outcome(code, told.out, told.err)

    return run


@pytest.fixture
def registered(omnishop, world):
    """The paper shop, added from its world."""
    assert omnishop("shops", "add", "--sandbox", world.url).code == 0
    return world


@pytest.fixture
def left_behind(omnishop, paper_only):
    """The paper shop, added and pulled from a world that has ended since."""
    with Sandbox(simulation(paper_only)) as world:
        assert omnishop("shops", "add", "--sandbox", world.url).code == 0
        assert omnishop("pull").code == 0
