"""Secrets come in by prompt, stdin or environment; a login brings tokens; none of it is ever printed."""

from __future__ import annotations

import json
import re

import pytest
from tests.sandbox.paper import SECRET, TOKEN

REAL = ["shops", "add", "paper", "--app-key", "key-1"]


@pytest.fixture
def gateway(world):
    return f"{world.url}/paper"


def listed(omnishop):
    return [json.loads(line) for line in omnishop("shops", "list", "--json").lines]


def works(omnishop) -> bool:
    return omnishop("pull").code == 0


class TestSecrets:
    @pytest.mark.parametrize(
        "stdin",
        [
            json.dumps({"app_secret": SECRET, "access_token": TOKEN}),
            f"{SECRET}\n{TOKEN}\n",
            f"access_token={TOKEN}\napp_secret={SECRET}\n",
        ],
        ids=["json", "lines", "named lines"],
    )
    def test_stdin(self, omnishop, gateway, stdin):
        outcome = omnishop(*REAL, "--shop-id", "77", "--gateway", gateway, "--secret-stdin", stdin=stdin)
        assert outcome.code == 0, outcome.err
        assert SECRET not in outcome.out
        assert works(omnishop)

    def test_environment(self, omnishop, gateway, monkeypatch):
        monkeypatch.setenv("OMNISHOP_APP_SECRET", SECRET)
        monkeypatch.setenv("OMNISHOP_ACCESS_TOKEN", TOKEN)
        assert omnishop(*REAL, "--gateway", gateway, "--alias", "paper shop").code == 2  # not one word
        assert omnishop(*REAL, "--gateway", gateway, "--alias", "main").code == 0
        (shop,) = listed(omnishop)
        assert shop["shop_id"] == "77", "asked of the platform"
        assert shop["alias"] == "main"
        assert works(omnishop)

    def test_prompt(self, omnishop, gateway, monkeypatch):
        asked = []

        def prompt(text, **how):
            asked.append((text, how))
            return SECRET if len(asked) == 1 else TOKEN

        monkeypatch.setattr("typer.prompt", prompt)
        monkeypatch.setattr("omnishop.cli.secret_input.interactive", lambda: True)
        assert omnishop(*REAL, "--shop-id", "77", "--gateway", gateway).code == 0
        assert [how["hide_input"] for _, how in asked] == [True, True]
        assert works(omnishop)

    def test_flags_for_loopback(self, omnishop, gateway):
        flags = ["--app-secret", SECRET, "--access-token", TOKEN]
        assert omnishop(*REAL, "--shop-id", "77", "--gateway", gateway, *flags).code == 0
        assert works(omnishop)

    @pytest.mark.parametrize("where", [[], ["--gateway", "https://gw.example.com/router"]])
    def test_flags_are_refused_elsewhere(self, omnishop, paper_only, where):
        outcome = omnishop(*REAL, "--shop-id", "77", *where, "--app-secret", "a-real-secret")
        assert outcome.code == 2
        assert "--app-secret" in outcome.err
        assert "a-real-secret" not in outcome.err
        assert listed(omnishop) == []

    @pytest.mark.parametrize(
        ("stdin", "said"),
        [
            ("", "secret is missing"),
            ('{"app_secret": 5}', "not a JSON object of texts"),
            ('{"secret": "s3cr3t-value"}', "stdin names secret"),
            ("{", "not a JSON object"),
        ],
    )
    def test_bad_stdin(self, omnishop, paper_only, stdin, said):
        outcome = omnishop(*REAL, "--shop-id", "77", "--secret-stdin", stdin=stdin)
        assert outcome.code == 2
        assert said in outcome.err
        assert "s3cr3t-value" not in outcome.err

    def test_nothing_to_ask(self, omnishop, paper_only):
        outcome = omnishop(*REAL, "--shop-id", "77")
        assert outcome.code == 2
        assert "OMNISHOP_APP_SECRET" in outcome.err

    @pytest.mark.parametrize(
        "args",
        [
            ["shops", "add", "nowhere", "--app-key", "k"],
            ["shops", "add", "paper"],
            [*REAL, "--storefront", "stone"],
            [*REAL, "--gateway", "not an address"],
            [*REAL, "--set", "nameonly"],
        ],
    )
    def test_bad_arguments(self, omnishop, paper_only, monkeypatch, args):
        monkeypatch.setenv("OMNISHOP_APP_SECRET", "never-printed")
        outcome = omnishop(*args)
        assert outcome.code == 2
        assert len(outcome.err.splitlines()) == 1
        assert "never-printed" not in outcome.err

    def test_without_a_token_it_says_how_to_log_in(self, omnishop, paper_only, monkeypatch):
        monkeypatch.setenv("OMNISHOP_APP_SECRET", SECRET)
        outcome = omnishop(*REAL, "--alias", "main", "--set", "pin=p1")
        assert outcome.code == 0
        assert "omnishop shops login paper --shop main" in outcome.out
        assert listed(omnishop)[0]["settings"] == {"pin": "p1"}


class TestLogin:
    @pytest.fixture(autouse=True)
    def _app(self, omnishop, gateway, monkeypatch):
        monkeypatch.setenv("OMNISHOP_APP_SECRET", SECRET)
        arguments = ["--gateway", gateway, "--alias", "main", "--redirect-uri", "https://me.test/back"]
        assert omnishop(*REAL, *arguments).code == 0

    @pytest.fixture
    def answer(self, monkeypatch, capsys):
        """What the browser ends at: a function of the state in the address that was printed."""

        def give(pasted):
            def prompt(_text, **_how):
                printed = capsys.readouterr().out
                state = re.search(r"state=([\w-]+)", printed)
                return pasted.format(state=state[1])

            monkeypatch.setattr("typer.prompt", prompt)

        return give

    def test_walk(self, omnishop, answer):
        answer("https://me.test/back?code=good-code&state={state}")
        outcome = omnishop("shops", "login", "paper")
        assert outcome.code == 0, outcome.err
        assert listed(omnishop)[0]["shop_id"] == "77"
        assert TOKEN not in outcome.out + outcome.err
        assert works(omnishop)

    @pytest.mark.parametrize(
        ("pasted", "code", "said"),
        [
            ("https://me.test/back?code=good-code&state=someone-elses", 2, "state"),
            ("https://me.test/back?code=good-code", 2, "state"),
            ("https://me.test/back?state={state}", 2, "no code"),
            ("good-code", 2, "no code"),
            ("https://me.test/back?error=access_denied&error_description=no&state={state}", 3, "refused"),
        ],
    )
    def test_what_is_no_consent_changes_nothing(self, omnishop, answer, pasted, code, said):
        answer(pasted)
        outcome = omnishop("shops", "login", "paper", "--shop", "main")
        assert outcome.code == code
        assert said in outcome.err
        assert not works(omnishop)

    def test_another_shops_consent_is_not_kept(self, omnishop, answer):
        answer("https://me.test/back?code=good-code&state={state}")
        assert omnishop("shops", "login", "paper", "--shop", "main").code == 0
        answer("https://me.test/back?code=other-code&state={state}")
        outcome = omnishop("shops", "login", "paper", "--shop", "main")
        assert outcome.code == 2
        assert "78" in outcome.err
        assert works(omnishop)

    def test_which_shop(self, omnishop):
        outcome = omnishop("shops", "login", "paper", "--shop", "nobody")
        assert outcome.code == 2
        assert "main" in outcome.err
