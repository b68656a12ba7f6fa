"""Sealed bytes: AES-GCM under a key that their head names, bound to the row they belong to."""

from __future__ import annotations

import os
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from omnishop.errors import ConfigError

FORM = b"\x01"
"""The first byte of what is sealed."""

PLAIN = b"\x00"
"""The first byte of bytes that lie open, where what they are does not show it."""

HEAD = 9
_NONCE = 12

Record = Literal["order", "case", "review"]
Column = Literal["body", "raw"]


class Vault:
    """Sealed bytes are: form, id of the key, nonce, ciphertext with tag. Threads may share one."""

    __slots__ = ("_aes", "head", "key_id")

    def __init__(self, key: bytes, key_id: str) -> None:
        self._aes = AESGCM(key)
        self.key_id = key_id
        self.head = FORM + bytes.fromhex(key_id)

    def seal(self, secret: bytes, about: str) -> bytes:
        """`about` names the row; the sealed bytes open nowhere else."""
        nonce = os.urandom(_NONCE)
        return self.head + nonce + self._aes.encrypt(nonce, secret, self.head + about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """ConfigError when the key is another one or the bytes were changed."""
        if sealed[:HEAD] != self.head:
            raise wrong_key()
        try:
            return self._aes.decrypt(
                sealed[HEAD : HEAD + _NONCE], sealed[HEAD + _NONCE :], self.head + about.encode()
            )
        except (InvalidTag, ValueError):
            raise damaged(about) from None


def named(record: Record, platform: str, shop_id: str, source: str, record_id: str, column: Column) -> str:
    """The `about` of a column of a record, or of a state in its history."""
    return f"{record}\x1f{platform}\x1f{shop_id}\x1f{source}\x1f{record_id}\x1f{column}"


def said_in(intent: str) -> str:
    """The `about` of what a person said with a write."""
    return f"intent\x1f{intent}"


def wrong_key() -> ConfigError:
    return ConfigError(
        "what is stored was sealed with another key: set (or unset) OMNISHOP_KEY as it was, or restore the "
        "home's file `key`; if it is lost, move the home away and register the shops again",
        zh="已存的数据由另一把密钥加密: 请恢复(或取消)原来的 OMNISHOP_KEY 设置, 或恢复数据目录中的 key 文件; "
        "若已丢失, 请移走数据目录并重新添加店铺",
    )


def damaged(about: str) -> ConfigError:
    """A token can be had anew by logging in; a record by pulling."""
    what = " ".join(about.split("\x1f"))
    return ConfigError(
        f"what is sealed for {what} was changed or is damaged; restore a backup, or for a token log in again: "
        "omnishop shops login",
        zh=f"{what} 的加密数据已损坏或被改动; 请从备份恢复, 若为令牌请重新授权: omnishop shops login",
    )
