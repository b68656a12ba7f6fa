"""What is shipped to start omnishop with: the compose file, the image's recipe, the units."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from omnishop.cli.running import Queue

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = ("omnishop.service", "omnishop@.service")


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def unit(name):
    read = configparser.RawConfigParser(strict=False)
    read.optionxform = str
    read.read(DEPLOY / name, encoding="utf-8")
    return read


def options():
    """Of `omnishop run`, as its help has them."""
    import typer.main

    from omnishop.cli.entry import app

    return {name for each in typer.main.get_command(app).commands["run"].params for name in each.opts}


def test_every_service_that_it_depends_on_is_there_and_every_secret_is_a_file(compose):
    services = compose["services"]
    for each in services.values():
        assert set(each.get("depends_on", ())) <= services.keys()
        assert set(each["secrets"]) <= compose["secrets"].keys()
        named = {mount.partition(":")[0] for mount in each["volumes"]}
        assert named <= compose["volumes"].keys()
        for port in each.get("ports", ()):
            assert port.startswith("127.0.0.1:")
    assert all(set(each) == {"file"} for each in compose["secrets"].values())
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_its_commands_are_ours_and_its_address_has_no_password(compose):
    workers = [each for each in compose["services"].values() if each["image"] == "omnishop"]
    assert len(workers) == 2
    for each in workers:
        assert each["command"][0] == "run"
        assert {word for word in each["command"] if word.startswith("--")} <= options()
        assert "@database/" in each["environment"]["OMNISHOP_DATABASE"]
        assert ":" not in each["environment"]["OMNISHOP_DATABASE"].removeprefix("postgresql://")
        context = (DEPLOY / each["build"]["context"]).resolve()
        assert (context / each["build"]["dockerfile"]).is_file()


def test_the_image_is_made_of_what_is_there_and_let_in():
    recipe = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    let_in = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert re.findall(r"^FROM (\S+)$", recipe, re.MULTILINE) == ["python:3.13-slim"]
    for line in re.findall(r"^COPY (.+)$", recipe, re.MULTILINE):
        for source in [word for word in line.split() if not word.startswith("--")][:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in let_in, source
    wanted = re.search(r"/build\[([a-z,]+)\]", recipe)[1].split(",")
    extras = re.search(r"\[project.optional-dependencies\](.*?)^\[", PYPROJECT, re.MULTILINE | re.DOTALL)[1]
    assert set(wanted) <= set(re.findall(r"^([a-z0-9]+) = ", extras, re.MULTILINE))


PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_entrypoint_takes_secrets_from_files_and_keeps_what_is_set(tmp_path):
    script = DEPLOY / "entrypoint.sh"
    assert script.stat().st_mode & stat.S_IXUSR
    secrets, programs = tmp_path / "secrets", tmp_path / "programs"
    secrets.mkdir()
    programs.mkdir()
    (secrets / "omnishop_key").write_text("from a file\n", encoding="utf-8")
    (secrets / "database_password").write_text("also\n", encoding="utf-8")
    told = programs / "omnishop"
    told.write_text('#!/bin/sh\necho "$OMNISHOP_KEY|$PGPASSWORD|$*"\n', encoding="utf-8")
    told.chmod(0o755)
    here = tmp_path / "entrypoint.sh"
    here.write_text(
        script.read_text(encoding="utf-8").replace("/run/secrets", str(secrets)), encoding="utf-8"
    )
    env = {"PATH": f"{programs}:{os.defpath}", "PGPASSWORD": "set before"}
    done = subprocess.run(
        ["/bin/sh", str(here), "run", "--once"], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout == "from a file|set before|run --once\n"


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_starts_what_there_is_and_keeps_to_its_folder(name):
    service = unit(name)["Service"]
    assert service["ExecStart"].split()[1] == "run"
    assert service["StateDirectory"] == "omnishop"
    assert service["Environment"] == "OMNISHOP_HOME=%S/omnishop"
    assert int(service["TimeoutStopSec"]) > 20  # what `run` gives its calls to end
    assert (service["User"], service["NoNewPrivileges"], service["UMask"]) == ("omnishop", "yes", "0077")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
@pytest.mark.parametrize("name", UNITS)
def test_systemd_understands_it(name, tmp_path):
    text = (DEPLOY / name).read_text(encoding="utf-8").replace("/opt/omnishop/bin/omnishop", "/bin/true")
    (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / name)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_page_on_scale_names_what_there_is():
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    for name in ("compose.yaml", "Dockerfile", *UNITS):
        assert f"deploy/{name}" in page
    assert all(f"`{each}`" in page for each in Queue)
    for script in re.findall(r"python (benchmarks/\w+\.py)", page):
        assert (ROOT / script).is_file()
    for flag in re.findall(r"omnishop run [^`\n]*?(--[a-z-]+)", page):
        assert flag in options() | {"--database"}
