"""Settings, the home directory and the key that guards what is stored."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import platformdirs
from attrs import field, frozen
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from omnishop import keys
from omnishop.errors import ConfigError
from omnishop.keys import Key
from omnishop.lang import Lang, lang
from omnishop.masking import HIDDEN

_SETTINGS = "settings.toml"
_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql://", "postgres://")
_SERVER = re.compile(
    r"postgres(?:ql)?://(?:[^\s:@/?#]*(?::(?P<password>[^\s:@/?#]*))?@)?"
    r"(?:\[[0-9A-Fa-f:.]+\]|[^\s:@/?#\[\]]*)(?::\d+)?(?:/[^\s/?#@]*)?(?:\?[^\s#]*)?"
)
_IN_QUERY = re.compile(r"(?i)\b((?:ssl)?password)=[^&]*")


# ---------------------------------------------------------------- what people write


def _address(text: str) -> str:
    if not text.startswith(("http://", "https://")) or any(part.isspace() for part in text):
        msg = "must be an http:// or https:// address"
        raise ValueError(msg)
    return text


def _word(text: str) -> str:
    if not text.isprintable() or any(part.isspace() for part in text):
        msg = "must be one word without spaces or control characters"
        raise ValueError(msg)
    return text


def _database(text: str) -> str:
    if text.startswith(_SQLITE) and text != _SQLITE:
        return text
    if text.startswith(_POSTGRESQL):
        if _SERVER.fullmatch(text):
            return text
        msg = (
            "must be postgresql://user@host:port/name; special characters of user and password are written %xx "
            "(@ is %40, : is %3A, / is %2F)"
        )
        raise ValueError(msg)
    msg = "must be sqlite:/// and a path, or postgresql:// and a server"
    raise ValueError(msg)


def shown(database: str) -> str:
    """An address as it may be printed: no password in it."""
    parts = _SERVER.fullmatch(database)
    if parts is None:
        return database if database.startswith(_SQLITE) else "…"
    hidden = parts["password"] and database.replace(f":{parts['password']}@", f":{HIDDEN}@", 1)
    return _IN_QUERY.sub(rf"\1={HIDDEN}", hidden or database)


Address = Annotated[str, AfterValidator(_address)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=128), AfterValidator(_word)]


class _Written(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True
    )


class Settings(_Written):
    """`settings.toml` in the home; every line may be left out."""

    database: Annotated[str, AfterValidator(_database)] | None = None
    lang: Lang | None = None


class ShopEntry(_Written):
    """One shop and its app as a person registers them."""

    platform: Word
    storefront: Word
    app_key: Word
    app_secret: Word
    shop_id: Word | None = None
    alias: Word | None = None
    gateway: Address | None = None
    oauth: Address | None = None
    redirect_uri: str | None = None
    service_id: Word | None = None
    settings: dict[Word, str] = {}


def fault(problem: ValidationError, where: str) -> ConfigError:
    """One line that names each field and what is wrong with it, never what was written there."""
    lines = []
    for each in problem.errors(include_url=False, include_input=False, include_context=False):
        name = ".".join(str(part) for part in each["loc"]) or where
        lines.append(f"{name}: {each['msg'].removeprefix('Value error, ')}")
    told = "; ".join(lines)
    return ConfigError(f"{where}: {told}", zh=f"{where} 填写有误: {told}")


# ---------------------------------------------------------------- the home


@frozen
class Home:
    """Where everything lives. `database` is `sqlite:///` with a path, or `postgresql://…` with a server.

    It may hold a password: print `shown(database)`.
    """

    path: Path
    database: str = field(repr=shown)
    settings: Settings = field(factory=Settings)
    env: Mapping[str, str] = field(factory=lambda: os.environ, repr=False)

    @classmethod
    def find(
        cls, path: Path | None = None, env: Mapping[str, str] = os.environ, *, database: str | None = None
    ) -> Home:
        """`path`, else OMNISHOP_HOME, else the user's data directory; made with mode 0700 when missing.

        `database`, else OMNISHOP_DATABASE, else the settings, else a file in the home; a relative path starts
        in the home. ConfigError in one line when the home cannot be made or written, or an address is wrong.
        """
        named = env.get("OMNISHOP_HOME", "").strip()
        chosen = path or (Path(named) if named else platformdirs.user_data_path("omnishop", appauthor=False))
        chosen = _usable(chosen.expanduser().absolute())
        settings = _settings(chosen / _SETTINGS)
        named = _named(database, env) or settings.database or f"{_SQLITE}omnishop.db"
        if named.startswith(_SQLITE):
            named = f"{_SQLITE}{chosen / named.removeprefix(_SQLITE)}"
        return cls(chosen, named, settings, env)

    def lang(self) -> Lang:
        """OMNISHOP_LANG, else the settings, else the locale."""
        if self.settings.lang and not self.env.get("OMNISHOP_LANG", "").strip():
            return self.settings.lang
        return lang(self.env)

    def key(self, *, create: bool = True) -> Key:
        """OMNISHOP_KEY, else the OS keyring, else the file `key`, made at first use (0600).

        ConfigError when there is none and `create` is False.
        """
        text = self.env.get("OMNISHOP_KEY", "").strip()
        return keys.from_text(text) if text else keys.kept(self.path / "key", create=create)

    def new_key(self, *, in_ring: bool) -> Key:
        """A key that is to take the place of the home's own; it waits until the database was sealed with it."""
        return keys.successor(self.path / "key", in_ring=in_ring)

    def next_key(self, wanted: str) -> Key | None:
        """The key that waited, now the home's, if it is the one that the database is sealed with."""
        return keys.promoted(self.path / "key", wanted)

    @property
    def key_said(self) -> bool:
        """Whether the environment says the key, whatever the home holds."""
        return bool(self.env.get("OMNISHOP_KEY", "").strip())


def _named(database: str | None, env: Mapping[str, str]) -> str | None:
    """The database that was asked for beside the settings."""
    where, text = "--database", database
    if text is None:
        where, text = "OMNISHOP_DATABASE", env.get("OMNISHOP_DATABASE", "").strip()
    try:
        return _database(text) if text or database is not None else None
    except ValueError as problem:
        raise ConfigError(
            f"{where}: {problem}",
            zh=f"{where} 填写有误: 须为 sqlite:///路径 或 postgresql://用户@主机:端口/库名; "
            "用户名与密码中的特殊字符写作 %xx (@ 为 %40, : 为 %3A, / 为 %2F)",
        ) from None


def _usable(path: Path) -> Path:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        reason = None if os.access(path, os.R_OK | os.W_OK | os.X_OK) else "no permission to write"
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or type(problem).__name__
    if reason:
        raise ConfigError(
            f"the home {path} cannot be used ({reason}); set OMNISHOP_HOME to a directory of yours",
            zh=f"无法使用数据目录 {path} ({reason}); 请将 OMNISHOP_HOME 设为可写的目录",
        )
    return path


def _settings(path: Path) -> Settings:
    try:
        return Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Settings()
    except ValidationError as problem:
        raise fault(problem, str(path)) from None
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{path} cannot be read: {problem}", zh=f"无法读取 {path}: {problem}") from None


__all__ = ["Home", "Key", "Lang", "Settings", "ShopEntry", "fault", "lang", "shown"]
