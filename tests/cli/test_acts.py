"""Acting by commands, on served simulations of every platform: exit codes, JSON, dry runs, doubt, switches."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta

import httpx
import pytest

from omnishop.drivers.wire import trusted
from omnishop.ledger import Ledger
from omnishop.model import aware
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation

FRONTS = ["tmall", "taobao", "jd", "douyin"]
QUICK = {"limit": timedelta(seconds=0.3), "gap": timedelta(seconds=0.2), "pauses": (0.0,)}
CONTROL = httpx.Client(trust_env=False, verify=trusted())
PROGRAM = [sys.executable, "-c", "from omnishop.cli import main; main()"]


@pytest.fixture(scope="module")
def platforms():
    with Sandbox(Simulation.new(seed=5, orders=24, now=aware("2026-09-01T10:00:00"))) as running:
        yield running


@pytest.fixture(scope="module")
def left(platforms):
    """Cases of the world that no test has taken yet."""
    return state(platforms)["cases"]


@pytest.fixture(scope="module")
def home(platforms, tmp_path_factory):
    """A home that knows the world's shops."""
    made = tmp_path_factory.mktemp("registered")
    environment = {**os.environ, "OMNISHOP_HOME": str(made)}
    added = subprocess.run(
        [*PROGRAM, "shops", "add", "--sandbox", platforms.url], env=environment, check=False
    )
    assert added.returncode == 0
    return made


@pytest.fixture
def desk(omnishop, home, platforms, monkeypatch, tmp_path):
    """The program in a copy of that home, and no waiting for a minute after a doubtful write."""
    monkeypatch.setenv("OMNISHOP_HOME", str(shutil.copytree(home, tmp_path / "home")))
    for name, value in QUICK.items():
        monkeypatch.setitem(Ledger.__init__.__kwdefaults__, name, value)
    yield omnishop
    trouble(platforms)


@pytest.fixture
def take(left):
    """A case that stands so and that no other test touches: how the command line names it, and the record."""

    def take(front, kind, stage="requested"):
        wanted = (front, kind, stage)
        found = next(case for case in left if (case["storefront"], case["kind"], case["stage"]) == wanted)
        left.remove(found)
        return named(found), found

    return take


@pytest.fixture
def applied(platforms):
    """A new order whose buyer wants the money back before anything was shipped."""

    def applied(front):
        shop = next(each for each in platforms.ready()["shops"] if each["storefront"] == front)
        order = buyer(platforms, do="order", shop_id=shop["shop_id"])
        found = case_now(platforms, buyer(platforms, do="apply", order_id=order, kind="cancel"))
        return named(found), found

    return applied


def buyer(platforms, **told):
    return CONTROL.post(f"{platforms.url}/_control/buyers", json=told).raise_for_status().json()["id"]


def named(case):
    return case["platform"], case["shop_id"], f"{case['source']}:{case['case_id']}"


def state(platforms):
    return CONTROL.get(f"{platforms.url}/_control/state").json()


def case_now(platforms, case_id):
    return next(each for each in state(platforms)["cases"] if each["case_id"] == case_id)


def trouble(platforms, only="writes", **rates):
    plan = {"seed": 7, "rates": rates, "only": only}
    CONTROL.post(f"{platforms.url}/_control/faults", json=plan).raise_for_status()


def intents(desk, *more):
    return [json.loads(line) for line in desk("ledger", "list", "--json", *more).lines]


def pasted(desk, text):
    """Run the command that a message tells people to run."""
    command = re.search(r"omnishop (shops allow [^;\[\n]*)", text)[1]
    outcome = desk(*shlex.split(command))
    assert outcome.code == 0, outcome.err


# ---------------------------------------------------------------- the main ways


@pytest.mark.parametrize("front", FRONTS)
def test_off_then_allowed_then_done_then_not_twice(desk, platforms, applied, front):
    names, case = applied(front)
    refused = desk("case", "act", *names, "agree", "--yes")
    assert (refused.code, intents(desk)) == (2, [])
    pasted(desk, refused.err)
    done = desk("case", "act", *names, "agree", "--yes", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert list(told) == [
        "act", "platform", "shop_id", "record", "source", "id", "state", "by", "stage", "intents", "why",
    ]  # fmt: skip
    assert (told["act"], told["state"], told["by"], told["id"]) == (
        "agree",
        "confirmed",
        "us",
        case["case_id"],
    )
    again = desk("case", "act", *names, "agree", "--yes")
    assert again.code == 2
    assert "already moved" in again.err
    paid = [each for each in intents(desk) if each["money"]]
    assert [each["state"] for each in paid] == ["confirmed"]
    assert paid[0]["ceiling"]["limit"] >= paid[0]["amount"]
    assert len(case_now(platforms, case["case_id"])["refunds"]) <= 1
    shown = json.loads(desk("ledger", "show", paid[0]["id"][:8], "--json").out)
    assert shown == paid[0]
    assert [each["shown"] for each in shown["readings"]][-1] == "done"


@pytest.mark.parametrize("front", FRONTS)
def test_a_dry_run_shows_the_request_and_no_secret_and_sends_nothing(desk, platforms, applied, front):
    names, case = applied(front)
    plain = desk("case", "act", *names, "agree", "--dry-run")
    told = desk("case", "act", *names, "agree", "--dry-run", "--json")
    assert (plain.code, told.code) == (0, 0), plain.err
    request = json.loads(told.out)
    assert {"verb", "call", "params", "method", "url", "headers", "body", "obstacles"} == set(request)
    assert [each["key"] for each in request["obstacles"]] == ["switch"]
    assert "shops allow" in plain.err
    keys = next(shop for shop in platforms.ready()["shops"] if shop["storefront"] == front)
    for outcome in (plain, told):
        text = outcome.out + outcome.err
        for name in ("app_secret", "access_token", "operator_token", "refresh_token"):
            assert not keys.get(name) or keys[name] not in text
        assert not re.search(r"sign=[0-9A-Fa-f]{8}", text)
    assert case_now(platforms, case["case_id"])["stage"] == "requested"
    assert intents(desk) == []


def test_what_nobody_sends_has_an_empty_dry_run(desk, take):
    names, _ = take("taobao", "return_refund", "returning")
    desk("shops", "allow", "--shop", names[1], "confirm_receipt")
    told = desk("case", "act", *names, "confirm_receipt", "--good", "1", "--dry-run", "--json")
    assert (told.code, json.loads(told.out)["call"]) == (0, None)
    assert "recorded by us alone" in told.err
    assert desk("case", "act", *names, "confirm_receipt", "--good", "1", "--yes").code == 0
    assert intents(desk)[0]["money"] is False


def test_an_order_and_a_review_are_acted_on_in_their_own_commands(desk, platforms):
    world = state(platforms)
    order = next(each for each in world["orders"] if each["storefront"] == "jd")
    review = next(each for each in world["reviews"] if each["storefront"] == "jd" and not each["reply"])
    desk("shops", "allow", "--shop", order["shop_id"], "remark", "reply_review")
    noted = desk(
        "order", "act", "jd", order["shop_id"], order["order_id"], "remark", "--text", "已联系", "--yes"
    )
    assert (noted.code, noted.err) == (0, "")
    on = ("jd", review["shop_id"], review["review_id"])
    assert desk("review", "act", *on, "reply_review", "--text", "谢谢", "--yes").code == 0
    may = [json.loads(line) for line in desk("order", "may", *on[:2], order["order_id"], "--json").lines]
    assert {each["act"]: each["allowed"] for each in may}["remark"] is True


# ---------------------------------------------------------------- what may be done


def test_may_tells_what_is_needed_and_the_commands_that_go_on(desk, take):
    names, _ = take("jd", "return_refund")
    first = desk("case", "may", *names)
    assert first.code == 0
    assert re.search(r"^agree_return +off +--address", first.out, re.MULTILINE)
    assert re.search(r"^refund +no +\[not_offered\] no refund method", first.out, re.MULTILINE)
    pasted(desk, first.err)
    (reasons,) = re.findall(r"^reasons: omnishop (.*)", first.err, re.MULTILINE)
    (addresses,) = re.findall(r"^addresses: omnishop (.*)", first.err, re.MULTILINE)
    told = [json.loads(line) for line in desk("case", "may", *names, "--json").lines]
    assert list(told[0]) == ["act", "allowed", "money", "amount", "needs", "why_not", "caution"]
    by_act = {each["act"]: each for each in told}
    assert (by_act["refuse"]["allowed"], by_act["refuse"]["needs"]) == (True, ["reason", "text"])
    assert by_act["refund"]["why_not"][0]["key"] == "not_offered"
    assert by_act["refund"]["why_not"][0]["zh"]
    assert json.loads(desk(*shlex.split(addresses), "--json").lines[0])["address_id"]
    code = json.loads(desk(*shlex.split(reasons), "--json").lines[0])["code"]
    assert code in desk(*shlex.split(reasons)).out
    refused = desk("case", "act", *names, "refuse", "--reason", code, "--text", "已与您沟通", "--yes")
    assert refused.out.endswith("confirmed (refused by the shop)\n"), refused.err


def test_a_record_the_platform_does_not_know_is_one_error(desk, platforms):
    shop = platforms.ready()["jd"]["shop_id"]
    missing = desk("case", "may", "jd", shop, "99999")
    assert (missing.code, missing.out) == (3, "")
    assert "service:99999, refundapply:99999" in missing.err
    assert desk("case", "act", "jd", shop, "service:99999", "refuse", "--yes").code == 3


def test_a_bare_id_is_found_where_it_was_read_before(desk, applied):
    names, case = applied("jd")
    bare = (*names[:2], case["case_id"])
    assert desk("case", "may", *bare).code == 3
    assert desk("case", "may", *names).code == 0
    assert desk("case", "may", *bare).code == 0


def test_both_languages(desk, take, monkeypatch):
    names, _ = take("taobao", "return_refund")
    monkeypatch.setenv("OMNISHOP_LANG", "zh")
    told = desk("case", "may", *names)
    assert "未开启" in told.out
    assert "开启: omnishop shops allow" in told.err
    address = json.loads(desk("shops", "addresses", names[1], "--json").lines[0])["address_id"]
    refused = desk("case", "act", *names, "agree_return", "--address", address, "--yes")
    pasted(desk, refused.err)
    done = desk("case", "act", *names, "agree_return", "--address", address, "--yes")
    assert "已确认 (待买家退货)" in done.out


# ---------------------------------------------------------------- wrong input


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("agree",), "say --yes"),
        (("agree", "--amount", "1,5", "--yes"), "--amount: not yuan"),
        (("agree", "--line", "x=0", "--yes"), "--line: write ID=PIECES"),
        (("agree", "--line", "x=1", "--line", "x=2", "--yes"), "x is there twice"),
        (("agree", "--good", "-1", "--yes"), "--good"),
        (("nosuch", "--yes"), "no such act: 'nosuch'"),
        (("pre_agree", "--yes"), "no such act: 'pre_agree'"),
        (("refuse", "--yes"), "refuse needs as well: --text, --evidence"),
        (("refuse", "--dry-run"), "refuse needs as well: --text, --evidence"),
        (("refuse", "--text", "x", "--evidence", "none.jpg", "--yes"), "none.jpg cannot be read"),
        (("refuse", "--text", "x", "--evidence", "proof", "--yes"), "told by its ending"),
        (("ship", "--yes"), "it is for: order"),
        (("extend", "--yes"), "extend is not_offered"),
    ],
)
def test_wrong_words_are_input_errors_and_nothing_is_written_down(desk, platforms, left, args, told):
    case = next(each for each in left if each["storefront"] == "tmall" and each["kind"] == "return_refund")
    outcome = desk("case", "act", "taobao", case["shop_id"], case["case_id"], *args)
    assert (outcome.code, outcome.out) == (2, "")
    assert told in outcome.err
    assert intents(desk) == []


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("case", "may", "nowhere", "1", "1"), "nowhere"),
        (("case", "may", "jd", "1", "1"), "no such shop: 1"),
        (("case", "may", "jd", "{jd}", "nosuch:1"), "no such case: 'nosuch:1'"),
        (("shops", "allow", "agree"), "say which shops"),
        (("shops", "allow", "--all", "nosuch"), "no such act"),
        (("shops", "deny", "--all"), "name the acts"),
        (("shops", "addresses", "nosuch"), "no such shop"),
        (("shops", "allow", "--all", "--max-yuan-per-day", "x"), "not yuan"),
        (("ledger", "show", ""), "name an intent"),
        (("ledger", "show", "abc"), "no intent abc"),
        (("ledger", "resolve", "abc"), "no intent abc"),
        (("ledger", "resolve", "--as", "confirmed"), "--as settles one intent"),
        (("ledger", "list", "--state", "nope"), "no such state"),
        (("ledger", "list", "--platform", "nowhere"), "nowhere"),
    ],
)
def test_wrong_arguments_are_input_errors(desk, platforms, args, told):
    shop = platforms.ready()["jd"]["shop_id"]
    outcome = desk(*(each.replace("{jd}", shop) for each in args))
    assert outcome.code == 2
    assert told in outcome.err


# ---------------------------------------------------------------- switches and caps


def test_switches_and_caps_are_kept_shown_and_held(desk, applied):
    names, _ = applied("taobao")
    given = desk("shops", "allow", "--shop", names[1], "agree", "--max-yuan-per-day", "0.01", "--json")
    assert json.loads(given.out) == {
        "platform": "taobao", "storefront": "taobao", "shop_id": names[1], "alias": None, "allowed": ["agree"],
        "max_yuan_per_day": "0.01", "max_per_day": 200,
    }  # fmt: skip
    capped = desk("case", "act", *names, "agree", "--yes")
    assert capped.code == 2
    assert "0.01 yuan are left for today" in capped.err
    assert f"omnishop shops allow --shop {names[1]} --max-yuan-per-day" in capped.err
    desk("shops", "allow", "--shop", names[1], "--max-yuan-per-day", "5000", "--max-per-day", "0")
    assert "as many acts today" in desk("case", "act", *names, "agree", "--yes").err
    desk("shops", "allow", "--shop", names[1], "--max-per-day", "9")
    denied = desk("shops", "deny", "--shop", names[1], "agree")
    assert denied.code == 0
    assert "agree is off" in desk("case", "act", *names, "agree", "--yes").err
    every = [json.loads(line) for line in desk("shops", "allow", "--json").lines]
    assert [each["allowed"] for each in every] == [[], [], [], []]


def test_an_act_the_storefront_lacks_is_said_when_it_is_allowed(desk, platforms):
    shop = platforms.ready()["jd"]["shop_id"]
    outcome = desk("shops", "allow", "--shop", shop, "refund", "agree")
    assert outcome.code == 0
    assert "jd does not offer refund" in outcome.err
    assert "agree" not in outcome.err


# ---------------------------------------------------------------- doubt


def test_doubt_is_exit_3_is_never_repeated_and_is_settled_by_readings(desk, platforms, applied):
    names, case = applied("douyin")
    desk("shops", "allow", "--all", "agree")
    trouble(platforms, server_error=1.0)
    doubtful = desk("case", "act", *names, "agree", "--yes", "--json")
    assert doubtful.code == 3
    told = json.loads(doubtful.out)
    assert (told["state"], set(told["why"])) == ("unknown", {"zh", "en"})
    (settle,) = re.findall(r"omnishop (ledger resolve \w+)", doubtful.err)
    trouble(platforms)
    held = desk("case", "act", *names, "agree", "--yes")
    assert (held.code, len(intents(desk, "--open"))) == (2, 1)
    assert "settle it first: omnishop ledger resolve" in held.err
    settled = desk(*settle.split())
    assert settled.code == 0
    assert "not applied (two readings show that it did not happen)" in settled.out
    assert desk("case", "act", *names, "agree", "--yes").code == 0
    assert [each["state"] for each in intents(desk)] == ["confirmed", "not_applied"]
    assert desk("ledger", "resolve").err == "nothing is in doubt\n"
    assert case_now(platforms, case["case_id"])["stage"] in {"refunding", "succeeded"}


def test_a_lost_answer_is_read_back_at_once(desk, platforms, take):
    names, _ = take("taobao", "refund_only")
    desk("shops", "allow", "--all", "agree")
    trouble(platforms, reset_after_commit=1.0)
    done = desk("case", "act", *names, "agree", "--yes", "--json")
    assert done.code == 0
    assert (json.loads(done.out)["state"], json.loads(done.out)["by"]) == ("confirmed", "unknown")


def test_a_person_may_settle_what_no_reading_does(desk, platforms, applied):
    names, _ = applied("taobao")
    desk("shops", "allow", "--all", "agree")
    trouble(platforms, server_error=1.0)
    assert desk("case", "act", *names, "agree", "--yes").code == 3
    (open_one,) = intents(desk, "--open")
    time.sleep(QUICK["limit"].total_seconds())  # before that nobody may say
    said = desk("ledger", "resolve", open_one["id"], "--as", "not_applied", "--why", "seen in the console")
    assert said.code == 0
    assert "said by a person: seen in the console" in said.out


def test_killed_in_the_middle_of_a_write_it_is_neither_forgotten_nor_repeated(
    desk, platforms, take, tmp_path
):
    names, case = take("tmall", "refund_only")
    desk("shops", "allow", "--all", "agree")
    trouble(platforms, slow=1.0)
    quick = (
        "from datetime import timedelta; from omnishop.ledger import Ledger; "
        "Ledger.__init__.__kwdefaults__['limit'] = timedelta(seconds=1); from omnishop.cli import main; main()"
    )
    command = [sys.executable, "-c", quick, "case", "act", *names, "agree", "--yes"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        until = time.monotonic() + 30
        while not intents(desk, "--state", "sent") and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    trouble(platforms)
    (lost,) = intents(desk, "--open")
    assert lost["state"] == "sent"
    assert "settle it first" in desk("case", "act", *names, "agree", "--yes").err
    assert desk("ledger", "resolve").code == 0
    assert intents(desk, "--open") == []
    desk("case", "act", *names, "agree", "--yes")
    assert len(case_now(platforms, case["case_id"])["refunds"]) == 1


# ---------------------------------------------------------------- on a terminal


def on_a_terminal(answer, *args):
    """The program as a process on a terminal of its own; `answer` is typed at its question."""
    child, screen = pty.fork()
    if not child:
        os.execv(PROGRAM[0], [*PROGRAM, *args])  # noqa: S606 - the program under test
    shown, asked = b"", False
    while select.select([screen], [], [], 30)[0]:
        try:
            more = os.read(screen, 4096)
        except OSError:  # the other side is closed
            break
        if not more:
            break
        shown += more
        if not asked and (b"[y/N]" in shown or b"to go on" in shown):
            os.write(screen, answer.encode() + b"\n")
            asked = True
    os.close(screen)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode()


def test_a_terminal_is_asked_and_told_how_much_moves(desk, applied):
    names, case = applied("douyin")
    desk("shops", "allow", "--all", "agree")
    code, shown = on_a_terminal("n", "case", "act", *names, "agree")
    assert code == 130
    assert f"¥{case['amounts']['requested']}" in shown
    assert intents(desk) == []


def test_what_wants_caution_asks_for_the_id(desk, take):
    names, case = take("douyin", "return_refund")
    desk("shops", "allow", "--all", "refund")
    code, shown = on_a_terminal("y", "case", "act", *names, "refund")
    assert (code, intents(desk)) == (130, [])
    assert "the goods may never come back" in shown
    code, shown = on_a_terminal(case["case_id"], "case", "act", *names, "refund")
    assert code == 0, shown
    assert [each["state"] for each in intents(desk)] == ["confirmed"]
