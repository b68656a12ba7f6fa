"""Seals tokens and app secrets: AES-GCM, bound to the row they belong to."""

from __future__ import annotations

from attrs import field, frozen


@frozen
class Vault:
    key: bytes = field(repr=False)
    key_id: str

    def seal(self, secret: bytes, about: str) -> bytes:
        """`about` names the row; the sealed bytes open nowhere else."""
        raise NotImplementedError

    def open(self, sealed: bytes, about: str) -> bytes:
        """ConfigError when the key is another one or the bytes were changed."""
        raise NotImplementedError
