"""The home: where it is, what is written in it, and the key that guards what is kept."""

from __future__ import annotations

import base64
import stat
import sys
import types
from concurrent.futures import ThreadPoolExecutor

import pytest

from omnishop import ConfigError, keys
from omnishop.config import Home, lang, shown

SECRET = "correct horse battery staple"


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_home_is_made_for_its_owner_alone(tmp_path):
    home = Home.find(env={"OMNISHOP_HOME": str(tmp_path / "deep" / "home")})
    assert mode(home.path) == 0o700
    assert home.database == f"sqlite:///{home.path}/omnishop.db"


def test_a_path_given_goes_before_the_environment(tmp_path):
    assert Home.find(tmp_path / "a", {"OMNISHOP_HOME": str(tmp_path / "b")}).path == tmp_path / "a"
    assert not (tmp_path / "b").exists()


def test_without_either_it_is_where_the_system_keeps_such_things(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_data_path", lambda name, appauthor: tmp_path / name)
    assert Home.find(env={"OMNISHOP_HOME": " "}).path == tmp_path / "omnishop"


@pytest.mark.parametrize("place", ["file/home", "file", "nul\0l"])
def test_a_place_that_cannot_be_a_home_is_one_line(tmp_path, place):
    (tmp_path / "file").write_text("I am a file")
    with pytest.raises(ConfigError) as caught:
        Home.find(tmp_path / place)
    assert "OMNISHOP_HOME" in caught.value.told("en")
    assert "OMNISHOP_HOME" in caught.value.told("zh")
    assert "\n" not in caught.value.told("en")


def test_a_relative_database_lies_in_the_home(tmp_path):
    (tmp_path / "settings.toml").write_text('database = "sqlite:///shops/all.db"\n')
    assert Home.find(tmp_path).database == f"sqlite:///{tmp_path}/shops/all.db"


def test_the_settings_say_where_the_database_is(tmp_path):
    (tmp_path / "settings.toml").write_text('database = "sqlite:////srv/shop.db"\nlang = "zh"\n')
    home = Home.find(tmp_path, env={"LANG": "en_GB.UTF-8"})
    assert (home.database, home.lang()) == ("sqlite:////srv/shop.db", "zh")
    assert Home.find(tmp_path, env={"OMNISHOP_LANG": "en"}).lang() == "en"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('database = "mysql://user:pass@host/x"', "database"),
        ('databse = "sqlite:///x"', "databse"),
        ('lang = "fr"', "lang"),
        ("lang =", "settings.toml"),
        ("\udcff", "settings.toml"),
    ],
)
def test_wrong_settings_name_the_line_and_not_what_was_written(tmp_path, text, named):
    (tmp_path / "settings.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError) as caught:
        Home.find(tmp_path)
    assert named in str(caught.value)
    assert "pass" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "env", "settings", "found"),
    [
        ("postgresql://me@db/a", "postgresql://me@db/b", "sqlite:////c.db", "postgresql://me@db/a"),
        (None, " postgresql://me@db/b ", "sqlite:////c.db", "postgresql://me@db/b"),
        (None, "", "postgres://me:pass@[::1]:5433/c?sslmode=require", None),
        (None, " ", "sqlite:////c.db", None),
    ],
)
def test_an_address_that_was_given_goes_before_the_environment_and_the_settings(
    tmp_path, said, env, settings, found
):
    (tmp_path / "settings.toml").write_text(f'database = "{settings}"\n')
    home = Home.find(tmp_path, env={"OMNISHOP_DATABASE": env}, database=said)
    assert home.database == (found or settings)


WRONG = [
    "mysql://me:hunter2@db/x",
    "postgresql://me:hunter2@x@db/x",
    "postgresql://me:hunter2/x@db/x",
    "postgresql://me:hunt:er2@db/x",
    "postgresql://me:hunter2@db:port/x",
    "postgresql://me:hunter 2@db/x",
    "sqlite:///",
    "hunter2",
]


@pytest.mark.parametrize("text", WRONG)
@pytest.mark.parametrize("named", ["--database", "OMNISHOP_DATABASE"])
def test_a_wrong_address_is_one_line_that_does_not_repeat_it(tmp_path, text, named):
    said, env = (text, {}) if named == "--database" else (None, {named: text})
    with pytest.raises(ConfigError, match=named) as caught:
        Home.find(tmp_path, env=env, database=said)
    told = caught.value.told("en") + caught.value.told("zh")
    assert "hunt" not in told
    assert "\n" not in told


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_address_is_not_shown_either(text):
    assert "hunt" not in shown(text)


@pytest.mark.parametrize(
    ("database", "told"),
    [
        ("sqlite:////srv/shop.db", "sqlite:////srv/shop.db"),
        ("postgresql://me@db/x", "postgresql://me@db/x"),
        ("postgresql:///x", "postgresql:///x"),
        ("postgres://me:hun%40ter@db:5433/x?sslmode=require", "postgres://me:***@db:5433/x?sslmode=require"),
        ("postgresql://db:db@db/db", "postgresql://db:***@db/db"),
        ("postgresql://db/x?user=me&password=hunter2&y=1", "postgresql://db/x?user=me&password=***&y=1"),
        ("postgresql://db/x?sslpassword=hunter2", "postgresql://db/x?sslpassword=***"),
    ],
)
def test_an_address_is_shown_without_its_password(tmp_path, database, told):
    assert shown(database) == told
    home = Home.find(tmp_path, env={}, database=database)
    assert told in repr(home)
    assert "hun" not in repr(home)


@pytest.mark.parametrize(
    ("env", "spoken"),
    [
        ({"OMNISHOP_LANG": "zh", "LANG": "en_US"}, "zh"),
        ({"OMNISHOP_LANG": "EN", "LANG": "zh_CN"}, "en"),
        ({"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US"}, "zh"),
        ({"LC_ALL": "", "LANG": "zh_TW"}, "zh"),
        ({"LANG": "C.UTF-8"}, "en"),
    ],
)
def test_the_language(env, spoken):
    assert lang(env) == spoken


def test_an_unknown_language_is_said():
    with pytest.raises(ConfigError, match="zh or en"):
        lang({"OMNISHOP_LANG": "fr"})


# ---------------------------------------------------------------- the key


def test_a_key_from_the_environment_is_the_same_every_time_and_leaves_no_file(tmp_path):
    home = Home.find(tmp_path, env={"OMNISHOP_KEY": SECRET})
    one, two = home.key(), home.key(create=False)
    assert one == two
    assert one.place == "environment"
    assert not (tmp_path / "key").exists()
    assert one.secret != SECRET.encode()
    assert SECRET not in repr(one)


def test_a_key_made_at_first_use_is_for_its_owner_alone(tmp_path):
    home = Home.find(tmp_path, env={})
    first = home.key()
    assert first.place == "file"
    assert mode(tmp_path / "key") == 0o600
    assert home.key(create=False) == first
    assert [path.name for path in tmp_path.iterdir()] == ["key"], "no draft is left"


def test_a_missing_key_is_not_made_where_one_is_needed(tmp_path):
    with pytest.raises(ConfigError, match="OMNISHOP_KEY"):
        Home.find(tmp_path, env={}).key(create=False)
    assert not (tmp_path / "key").exists()


def test_sealing_and_buyers_use_keys_apart(tmp_path):
    key = Home.find(tmp_path, env={}).key()
    parts = [key.secret, key.sealing, key.buyers, bytes.fromhex(key.id)]
    assert len(set(parts)) == len(parts)
    assert len(key.sealing) == len(key.buyers) == 32


def test_two_keys_have_two_names(tmp_path):
    one = Home.find(tmp_path, env={"OMNISHOP_KEY": "one"}).key()
    other = Home.find(tmp_path, env={"OMNISHOP_KEY": "other"}).key()
    assert one.id != other.id


@pytest.mark.parametrize("text", ["", "not base64!\n", base64.b64encode(b"short").decode() + "\n"])
def test_a_damaged_key_is_never_replaced(tmp_path, text, monkeypatch):
    monkeypatch.setattr("omnishop.clock.wait", lambda seconds: None)
    (tmp_path / "key").write_text(text)
    with pytest.raises(ConfigError, match="damaged"):
        Home.find(tmp_path, env={}).key()
    assert (tmp_path / "key").read_text() == text


def test_a_key_that_is_a_directory_is_one_line(tmp_path):
    (tmp_path / "key").mkdir()
    with pytest.raises(ConfigError, match="key file"):
        Home.find(tmp_path, env={}).key()


@pytest.mark.parametrize("links", [True, False], ids=["with hard links", "without"])
def test_threads_that_start_at_once_agree_on_one_key(tmp_path, monkeypatch, links):
    if not links:
        monkeypatch.setattr("os.link", _no_links)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: Home.find(tmp_path, env={}).key().secret, range(16)))
    assert len(found) == 1


def _no_links(source, target):
    raise PermissionError(1, "no hard links here")


def test_where_a_key_came_from_is_told_with_what_it_guards(tmp_path):
    origin = Home.find(tmp_path, env={}).key().origin()
    assert (origin.place, origin.where) == ("file", str(tmp_path / "key"))
    assert "whole home" in origin.guards.en
    assert origin.guards.zh != Home.find(tmp_path, env={"OMNISHOP_KEY": "x"}).key().origin().guards.zh


# ---------------------------------------------------------------- the OS keyring


class Ring(types.ModuleType):
    """The interface of the `keyring` package, in memory."""

    def __init__(self, locked=False):
        super().__init__("keyring")
        self.entries = {}
        self.locked = locked
        self.errors = types.SimpleNamespace(KeyringError=type("KeyringError", (Exception,), {}))

    def set_password(self, service, name, secret):
        self._open()
        self.entries[service, name] = secret

    def get_password(self, service, name):
        self._open()
        return self.entries.get((service, name))

    def delete_password(self, service, name):
        del self.entries[service, name]

    def _open(self):
        if self.locked:
            raise self.errors.KeyringError


@pytest.fixture
def ring(monkeypatch):
    ring = Ring()
    monkeypatch.setitem(sys.modules, "keyring", ring)
    return ring


def test_with_the_extra_the_key_is_in_the_keyring_and_not_in_the_home(tmp_path, ring):
    home = Home.find(tmp_path, env={})
    key = home.key()
    assert key.place == "keyring"
    assert base64.b64encode(key.secret).decode() in ring.entries.values()
    assert base64.b64encode(key.secret).decode() not in (tmp_path / "key").read_text()
    assert home.key(create=False) == key


def test_two_homes_have_two_keys_in_the_ring(tmp_path, ring):
    one, other = (Home.find(tmp_path / name, env={}).key() for name in "ab")
    assert one.secret != other.secret
    assert len(ring.entries) == 2


def test_who_came_second_takes_its_entry_back(tmp_path, ring, monkeypatch):
    Home.find(tmp_path, env={}).key()
    keys._make(tmp_path / "key")
    assert len(ring.entries) == 1


def test_a_locked_ring_at_first_use_means_a_file(tmp_path, ring):
    ring.locked = True
    assert Home.find(tmp_path, env={}).key().place == "file"


def test_a_ring_locked_later_is_said_and_no_new_key_is_made(tmp_path, ring):
    home = Home.find(tmp_path, env={})
    home.key()
    ring.locked = True
    with pytest.raises(ConfigError, match="unlock"):
        home.key()


def test_an_entry_gone_from_the_ring_is_a_missing_key(tmp_path, ring):
    home = Home.find(tmp_path, env={})
    home.key()
    ring.entries.clear()
    with pytest.raises(ConfigError, match="missing"):
        home.key()


def test_a_home_of_the_ring_without_the_extra_says_what_to_install(tmp_path, ring, monkeypatch):
    home = Home.find(tmp_path, env={})
    home.key()
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigError, match="omnishop\\[keyring\\]"):
        home.key()
