"""Settings, the home directory and the key that guards what is stored."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from attrs import field, frozen

from omnishop.model import Text

Lang = Literal["zh", "en"]
KeyPlace = Literal["environment", "keyring", "file"]


def lang(env: Mapping[str, str] = os.environ) -> Lang:
    """The language of people here: OMNISHOP_LANG, else the locale; for use before there is a home."""
    raise NotImplementedError


@frozen
class Origin:
    """Where a key came from, and what it guards against there; for `doctor`."""

    place: KeyPlace
    where: str
    guards: Text


@frozen
class Key:
    """The one secret of a home; encryption and buyers' hashes use keys derived apart from it."""

    secret: bytes = field(repr=False)
    place: KeyPlace
    where: str

    @property
    def id(self) -> str:
        """Names the key without telling it; stored beside what it seals."""
        raise NotImplementedError

    @property
    def sealing(self) -> bytes:
        """32 bytes for AES-GCM."""
        raise NotImplementedError

    @property
    def buyers(self) -> bytes:
        """32 bytes for `model.buyer_key`: `Account.buyer_secret`."""
        raise NotImplementedError

    def origin(self) -> Origin:
        raise NotImplementedError


@frozen
class Home:
    """Where everything lives. `database` is an SQLAlchemy address."""

    path: Path
    database: str
    env: Mapping[str, str] = field(factory=lambda: os.environ, repr=False)

    @classmethod
    def find(cls, path: Path | None = None, env: Mapping[str, str] = os.environ) -> Home:
        """`path`, else OMNISHOP_HOME, else the user's data directory; made with mode 0700 when missing.

        ConfigError in one line when it cannot be made or written.
        """
        raise NotImplementedError

    def lang(self) -> Lang:
        raise NotImplementedError

    def key(self, *, create: bool = True) -> Key:
        """OMNISHOP_KEY, else the OS keyring, else the file `key`, made at first use (0600).

        ConfigError when there is none and `create` is False.
        """
        raise NotImplementedError
