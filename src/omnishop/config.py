"""Settings, the home directory and the key that guards what is stored."""

from __future__ import annotations

import os
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

_SETTINGS = "settings.toml"
_SQLITE = "sqlite:///"


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


def _sqlite(text: str) -> str:
    if not text.startswith(_SQLITE) or text == _SQLITE:
        msg = "must be sqlite:/// and a path"
        raise ValueError(msg)
    return text


Address = Annotated[str, AfterValidator(_address)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=128), AfterValidator(_word)]


class _Written(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True
    )


class Settings(_Written):
    """`settings.toml` in the home; every line may be left out."""

    database: Annotated[str, AfterValidator(_sqlite)] | None = None
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
    """Where everything lives. `database` is an SQLAlchemy address; a relative one starts here."""

    path: Path
    database: str
    settings: Settings = field(factory=Settings)
    env: Mapping[str, str] = field(factory=lambda: os.environ, repr=False)

    @classmethod
    def find(cls, path: Path | None = None, env: Mapping[str, str] = os.environ) -> Home:
        """`path`, else OMNISHOP_HOME, else the user's data directory; made with mode 0700 when missing.

        ConfigError in one line when it cannot be made or written.
        """
        named = env.get("OMNISHOP_HOME", "").strip()
        chosen = path or (Path(named) if named else platformdirs.user_data_path("omnishop", appauthor=False))
        chosen = _usable(chosen.expanduser().absolute())
        settings = _settings(chosen / _SETTINGS)
        place = (settings.database or "omnishop.db").removeprefix(_SQLITE)
        return cls(chosen, f"{_SQLITE}{chosen / place}", settings, env)

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


__all__ = ["Home", "Key", "Lang", "Settings", "ShopEntry", "fault", "lang"]
