"""Seals tokens and app secrets: AES-GCM, bound to the row they belong to.

Records are not sealed: they hold what the platforms give to every tool, with people masked or enciphered.
"""

from __future__ import annotations

import secrets

from attrs import field, frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from omnishop.errors import ConfigError

_FORM = b"\x01"
_NONCE = 12
_KEY_ID = 8


@frozen
class Vault:
    """Sealed bytes are: form, id of the key, nonce, ciphertext with tag."""

    key: bytes = field(repr=False)
    key_id: str

    def seal(self, secret: bytes, about: str) -> bytes:
        """`about` names the row; the sealed bytes open nowhere else."""
        head = _FORM + bytes.fromhex(self.key_id)
        nonce = secrets.token_bytes(_NONCE)
        return head + nonce + AESGCM(self.key).encrypt(nonce, secret, head + about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """ConfigError when the key is another one or the bytes were changed."""
        start = len(_FORM) + _KEY_ID
        head, nonce, rest = sealed[:start], sealed[start : start + _NONCE], sealed[start + _NONCE :]
        if head[len(_FORM) :] != bytes.fromhex(self.key_id):
            raise wrong_key()
        try:
            return AESGCM(self.key).decrypt(nonce, rest, head + about.encode())
        except (InvalidTag, ValueError):
            raise ConfigError(
                f"the sealed secret of {about} was changed or is damaged; log in again: omnishop shops login",
                zh=f"{about} 的加密数据已损坏或被改动; 请重新授权: omnishop shops login",
            ) from None


def wrong_key() -> ConfigError:
    return ConfigError(
        "the stored secrets were sealed with another key: set (or unset) OMNISHOP_KEY as it was, or restore the "
        "home's file `key`; if it is lost, move the home away and register the shops again",
        zh="已存的密钥与令牌由另一把密钥加密: 请恢复(或取消)原来的 OMNISHOP_KEY 设置, 或恢复数据目录中的 key 文件; "
        "若已丢失, 请移走数据目录并重新添加店铺",
    )
