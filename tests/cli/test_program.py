"""The program as a process: signals, pipes, the simulators of every installed platform, the demo."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import tomllib
from collections import Counter
from datetime import datetime
from pathlib import Path

import httpx
import pytest

PROGRAM = [sys.executable, "-c", "from omnishop.cli import main; main()"]
NOW = "2026-03-18T10:00:00+08:00"


@pytest.fixture
def env(tmp_path):
    return {**os.environ, "OMNISHOP_HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path)}


@pytest.fixture
def run(env):
    def run(*args, **more):
        return subprocess.run(
            [*PROGRAM, *args], env=env, capture_output=True, text=True, timeout=60, check=False, **more
        )

    return run


@pytest.fixture
def start(env):
    """A running program; whatever is left of it ends with the test."""
    started = []

    def start(*args):
        process = subprocess.Popen(
            [*PROGRAM, *args], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


@pytest.fixture
def served(start):
    process = start("sandbox", "serve", "--json", "--orders", "6", "--seed", "3", "--now", NOW)
    return process, json.loads(process.stdout.readline())


class TestServe:
    def test_the_ready_line(self, served):
        _, ready = served
        assert ready["control"] == ready["url"] + "/_control"
        assert "control_token" not in ready, "loopback needs none"
        assert {shop["storefront"] for shop in ready["shops"]} == {"tmall", "taobao", "jd", "douyin"}
        assert [ready[name]["storefront"] for name in ("taobao", "jd", "douyin")] == ["tmall", "jd", "douyin"]
        keys = {"storefront", "shop_id", "gateway", "app_key", "app_secret", "access_token", "operator_token"}
        for shop in ready["shops"]:
            assert keys | {"refresh_token"} <= set(shop)
            assert shop["gateway"].startswith(ready["url"])
        shops = httpx.get(ready["control"] + "/shops").json()
        assert shops == ready

    def test_the_world_stands_where_now_says_and_moves_when_told(self, served):
        _, ready = served
        began = int(datetime.fromisoformat(NOW).timestamp())
        assert httpx.get(ready["control"] + "/state").json()["now_s"] == began
        moved = httpx.post(ready["control"] + "/clock", json={"advance_s": 86400}).json()
        assert moved["now_s"] == began + 86400

    def test_state_is_our_json(self, served):
        from omnishop import jsonform

        _, ready = served
        state = httpx.get(ready["control"] + "/state").json()
        assert len(state["orders"]) == 24
        assert len(state["cases"]) >= 8
        for row in state["cases"]:
            known = {name: value for name, value in row.items() if name not in {"refunds", "hidden"}}
            assert jsonform.dump(jsonform.load(known)) == known

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_ends_it_well(self, served, number):
        process, ready = served
        with httpx.Client() as open_connection:
            open_connection.get(ready["url"])
            process.send_signal(number)
            out, err = process.communicate(timeout=10)
        assert process.returncode == 0
        assert (out, err) == ("", "")

    def test_a_signal_while_it_starts(self, start):
        process = start("sandbox", "serve", "--orders", "3000")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.4)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=10)
        assert "Traceback" not in err
        assert process.returncode in {
            0,
            143,
            -signal.SIGTERM,
        }  # before our handler stands, the signal itself ends it

    def test_beyond_loopback_control_is_guarded(self, start):
        everywhere = "0.0.0.0"  # noqa: S104 - the case in question
        process = start("sandbox", "serve", "--json", "--orders", "3", "--host", everywhere)
        ready = json.loads(process.stdout.readline())
        assert httpx.get(ready["control"] + "/state").status_code == 401
        bearer = {"authorization": f"Bearer {ready['control_token']}"}
        assert httpx.get(ready["control"] + "/state", headers=bearer).status_code == 200

    def test_same_seed_same_world(self, start, served):
        _, first = served
        process = start("sandbox", "serve", "--json", "--orders", "6", "--seed", "3", "--now", NOW)
        second = json.loads(process.stdout.readline())
        told = [httpx.get(ready["control"] + "/state").text for ready in (first, second)]
        assert told[0] == told[1]

    def test_people_get_a_table(self, start):
        process = start("sandbox", "serve", "--orders", "3")
        lines = [process.stdout.readline() for _ in range(9)]
        assert any("omnishop shops add --sandbox http://127.0.0.1:" in line for line in lines)

    def test_info(self, served, run):
        _, ready = served
        told = json.loads(run("sandbox", "info", ready["url"], "--json").stdout)
        assert told["now"] == NOW
        assert [shop["orders"] for shop in told["shops"]] == [6, 6, 6, 6]
        assert "tmall" in run("sandbox", "info", ready["url"]).stdout


class TestTheWholeWay:
    def test_four_shops_become_one_list_equal_to_the_truth(self, served, run):
        _, ready = served
        assert run("shops", "add", "--sandbox", ready["url"]).returncode == 0
        pulled = run("pull", "--json")
        assert pulled.returncode == 0, pulled.stderr
        listed = [json.loads(line) for line in run("cases", "list", "--json").stdout.splitlines()]
        state = httpx.get(ready["control"] + "/state").json()

        def known(rows):
            return Counter(
                (row["storefront"], row["source"], row["case_id"], row["kind"], row["stage"]) for row in rows
            )

        assert known(listed) == known(state["cases"])
        again = [json.loads(line) for line in run("pull", "--json").stdout.splitlines()]
        for shop in again:
            for counts in shop["records"].values():
                assert (counts["new"], counts["changed"]) == (0, 0), shop

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_a_pull_that_is_stopped_goes_on_later(self, served, run, start, number, code):
        _, ready = served
        run("shops", "add", "--sandbox", ready["url"])
        process = start("pull")
        assert process.stderr.readline().startswith("reading ")
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
        assert process.returncode == code
        assert "Traceback" not in err
        if number == signal.SIGTERM:
            return
        assert "run `omnishop pull` again" in err
        assert run("pull").returncode == 0
        orders = run("orders", "list", "--json").stdout.splitlines()
        assert len(orders) == 24

    def test_doctor_finds_all_well(self, served, run):
        _, ready = served
        run("shops", "add", "--sandbox", ready["url"])
        outcome = run("doctor", "--json")
        rows = [json.loads(line) for line in outcome.stdout.splitlines()]
        assert [row for row in rows if row["state"] == "wrong"] == []
        assert outcome.returncode == 0


class TestDemo:
    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_one_table_and_nothing_left(self, run, env, tmp_path, lang):
        env |= {"OMNISHOP_LANG": lang, "HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "", "no_proxy": ""}
        outcome = run("demo", "--orders", "9")
        assert outcome.returncode == 0, outcome.stderr
        for storefront in ("tmall", "taobao", "jd", "douyin"):
            assert storefront in outcome.stdout
        assert "\x1b" not in outcome.stdout
        assert ("待商家处理" if lang == "zh" else "waits for the shop") in outcome.stdout
        assert outcome.stdout.count("omnishop ") >= 3
        assert list(tmp_path.iterdir()) == []

    def test_what_is_kept_can_be_listed_and_pulled_again(self, run, env, start, tmp_path):
        kept = tmp_path / "kept"
        outcome = run("demo", "--orders", "6", "--keep", str(kept))
        assert outcome.returncode == 0, outcome.stderr
        env["OMNISHOP_HOME"] = str(kept)
        assert len(run("cases", "list", "--open", "--urgent", "--json").stdout.splitlines()) > 3
        again = run("demo", "--keep", str(kept))
        assert again.returncode == 2
        assert "is not empty" in again.stderr
        serve = tomllib.loads((kept / "demo.toml").read_text(encoding="utf-8"))["serve"].split()
        start(*serve, "--json").stdout.readline()
        pulled = run("pull", "--json")
        assert pulled.returncode == 0, pulled.stderr
        for line in pulled.stdout.splitlines():
            for counts in json.loads(line)["records"].values():
                assert (counts["new"], counts["changed"]) == (0, 0)

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_stopped_in_the_middle_it_leaves_nothing(self, start, tmp_path, number, code):
        process = start("demo", "--orders", "60")
        assert "http://" in process.stdout.readline()
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
        assert process.returncode == code, err
        assert "Traceback" not in err
        assert list(tmp_path.iterdir()) == []


class TestPipes:
    @pytest.mark.parametrize("unbuffered", ["", "1"])
    @pytest.mark.parametrize("args", [["schema", "case"], ["sandbox", "serve", "--orders", "3"]])
    def test_a_reader_that_has_left(self, env, start, args, unbuffered):
        env["PYTHONUNBUFFERED"] = unbuffered
        process = start(*args)
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(10) == 141, "as any program whose reader has left"

    def test_a_disk_that_is_full(self, env):
        if not Path("/dev/full").exists():
            pytest.skip("no /dev/full here")
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [*PROGRAM, "schema", "case"],
                env=env,
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1

    def test_version(self, run):
        assert run("--version").stdout.startswith("omnishop 0.")

    def test_help_in_chinese(self, run, env):
        env["OMNISHOP_LANG"] = "zh"
        assert "从各平台同步变更" in run("--help").stdout

    def test_help_loads_nothing_heavy(self, env):
        code = (
            "import sys\nfrom omnishop.cli.entry import run\nrun(['--help'])\n"
            "heavy = {'httpx', 'sqlalchemy', 'pydantic', 'uvicorn', 'cryptography', 'alembic', 'stamina'}\n"
            "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
        )
        assert done.stderr.strip() == "[]"


def test_a_closed_output_is_no_bug_of_ours():
    command = f"{shlex.quote(sys.executable)} -m omnishop schema >&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
