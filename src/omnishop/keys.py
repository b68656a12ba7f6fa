"""The one secret of a home: where it is kept, and the keys derived from it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import importlib
import os
import secrets
from pathlib import Path
from typing import Any, Literal

from attrs import field, frozen
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from omnishop import clock
from omnishop.errors import ConfigError
from omnishop.model import Text

Place = Literal["environment", "keyring", "file"]

_SIZE = 32
_SERVICE = "omnishop"
_POINTER = "keyring:"
_GUARDS: dict[Place, Text] = {
    "environment": Text(
        "令牌、应用密钥与个人信息已加密; 密钥来自环境变量, 不在数据目录中, 复制数据目录的人无法解密; "
        "请自行保管, 丢失后须重新授权并重新同步",
        "tokens, app secrets and people's data are sealed with a key from the environment: a copy of the home is "
        "useless without it; keep it safe, without it every shop must log in and be pulled again",
    ),
    "keyring": Text(
        "令牌、应用密钥与个人信息已加密; 密钥存于系统钥匙串, 复制数据目录的人无法解密, 以同一系统用户运行的程序可以",
        "tokens, app secrets and people's data are sealed with a key in the OS keyring: a copy of the home "
        "is useless, programs run by the same user can still read them",
    ),
    "file": Text(
        "令牌、应用密钥与个人信息已加密, 但密钥文件就在数据目录中: 只能防止单独复制数据库, "
        "不能防止能读取整个目录的人; 如需更强保护请设置 OMNISHOP_KEY 或安装 omnishop[keyring]",
        "tokens, app secrets and people's data are sealed, but the key lies in the home: this guards a copy of the "
        "database alone, not against someone who reads the whole home; for more set OMNISHOP_KEY or install "
        "omnishop[keyring]",
    ),
}


@frozen
class Origin:
    """Where a key came from, and what it guards against there; for `doctor`."""

    place: Place
    where: str
    guards: Text


@frozen
class Key:
    """Encryption and buyers' hashes use keys derived apart from `secret`."""

    secret: bytes = field(repr=False)
    place: Place
    where: str

    @property
    def id(self) -> str:
        """Names the key without telling it; stored beside what it seals."""
        return self._derived("name", 8).hex()

    @property
    def sealing(self) -> bytes:
        """32 bytes for AES-GCM."""
        return self._derived("seal tokens and app secrets", _SIZE)

    @property
    def buyers(self) -> bytes:
        """32 bytes for `model.buyer_key`: `Account.buyer_secret`."""
        return self._derived("hash buyers", _SIZE)

    def origin(self) -> Origin:
        return Origin(self.place, self.where, _GUARDS[self.place])

    def _derived(self, purpose: str, size: int) -> bytes:
        info = f"omnishop/1/{purpose}".encode()
        return HKDF(hashes.SHA256(), length=size, salt=None, info=info).derive(self.secret)


def from_text(text: str) -> Key:
    """From what a person chose: stretched, so that guessing a weak one is slow."""
    secret = hashlib.scrypt(text.encode(), salt=b"omnishop/1", n=2**14, r=8, p=1, dklen=_SIZE)
    return Key(secret, "environment", "OMNISHOP_KEY")


def kept(path: Path, *, create: bool) -> Key:
    """The key behind the file `path`, which holds it or names an entry of the OS keyring.

    Made when missing; two processes that start at once end up with the same key.
    """
    try:
        if not path.exists():
            if not create:
                raise _missing(path)
            _make(path)
        return _read(path)
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise ConfigError(
            f"the key file {path} cannot be used ({reason})", zh=f"无法使用密钥文件 {path} ({reason})"
        ) from None


def _make(path: Path) -> None:
    """The file appears whole, and only if no other process was first."""
    secret = base64.b64encode(secrets.token_bytes(_SIZE)).decode()
    entry = f"{path.parent}#{secrets.token_hex(4)}"
    ring = _keyring()
    in_ring = ring is not None and _put(ring, entry, secret)
    draft = path.with_name(f".key-{secrets.token_hex(8)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"{_POINTER}{entry}\n" if in_ring else f"{secret}\n")
            file.flush()
            os.fsync(file.fileno())
        won = _publish(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    if in_ring and not won:
        ring.delete_password(_SERVICE, entry)


def _publish(draft: Path, path: Path) -> bool:
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        return _publish_by_copy(draft, path)
    return True


def _publish_by_copy(draft: Path, path: Path) -> bool:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "wb") as file:
        file.write(draft.read_bytes())
        file.flush()
        os.fsync(file.fileno())
    return True


def _read(path: Path) -> Key:
    """Waits a moment for a file that another process is still writing (see `_publish_by_copy`)."""
    patience = 40
    while not (text := path.read_text(encoding="utf-8", errors="replace")).endswith("\n") and patience:
        patience -= 1
        clock.wait(0.05)
    text = text.strip()
    if text.startswith(_POINTER):
        return Key(_from_ring(text.removeprefix(_POINTER), path), "keyring", f"{_SERVICE} in the OS keyring")
    return Key(_decoded(text, path), "file", str(path))


def _decoded(text: str, path: Path) -> bytes:
    try:
        secret = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != _SIZE:
        raise ConfigError(
            f"the key in {path} is damaged; restore the file from a backup, or move the home away and log in again",
            zh=f"密钥 {path} 已损坏; 请从备份恢复, 或移走数据目录后重新授权",
        )
    return secret


def _missing(path: Path) -> ConfigError:
    return ConfigError(
        f"the key of this home is missing: set OMNISHOP_KEY as it was (the same on all machines that share a "
        f"database), or restore {path}",
        zh=f"找不到该数据目录的密钥: 请设置原来的 OMNISHOP_KEY (共用数据库的各台机器须一致), 或恢复文件 {path}",
    )


# ---------------------------------------------------------------- the OS keyring, an extra


def _keyring() -> Any:
    """The module when the extra is installed; what it can do shows when it is used."""
    try:
        return importlib.import_module("keyring")
    except ImportError:
        return None


def _put(ring: Any, entry: str, secret: str) -> bool:
    try:
        ring.set_password(_SERVICE, entry, secret)
        kept_there: bool = ring.get_password(_SERVICE, entry) == secret
    except ring.errors.KeyringError:
        return False
    return kept_there


def _from_ring(entry: str, path: Path) -> bytes:
    ring = _keyring()
    if ring is None:
        raise ConfigError(
            f"the key named in {path} is in the OS keyring; install the extra: pip install 'omnishop[keyring]'",
            zh=f"{path} 指向系统钥匙串中的密钥; 请安装: pip install 'omnishop[keyring]'",
        )
    try:
        text = ring.get_password(_SERVICE, entry)
    except ring.errors.KeyringError as problem:
        kind = type(problem).__name__
        raise ConfigError(
            f"the OS keyring cannot be read ({kind}); unlock it, or set OMNISHOP_KEY",
            zh=f"无法读取系统钥匙串 ({kind}); 请先解锁, 或设置 OMNISHOP_KEY",
        ) from None
    if text is None:
        raise _missing(path)
    return _decoded(text, path)


# ---------------------------------------------------------------- another key in its place


def successor(path: Path, *, in_ring: bool) -> Key:
    """A new key that waits beside the one at `path` until it is `promoted`. ConfigError without a keyring."""
    waiting = _waiting(path)
    secret = base64.b64encode(secrets.token_bytes(_SIZE)).decode()
    entry = f"{path.parent}#{secrets.token_hex(4)}"
    if in_ring and ((ring := _keyring()) is None or not _put(ring, entry, secret)):
        raise ConfigError(
            "there is no OS keyring to be used here: pip install 'omnishop[keyring]', or unlock it",
            zh="此处没有可用的系统钥匙串: 请安装 pip install 'omnishop[keyring]' 或先解锁",
        )
    waiting.unlink(missing_ok=True)
    handle = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"{_POINTER}{entry}\n" if in_ring else f"{secret}\n")
        file.flush()
        os.fsync(file.fileno())
    return _read(waiting)


def promoted(path: Path, wanted: str) -> Key | None:
    """The key that waits, put in its place if it is the one of that id: the database was sealed with it already."""
    waiting = _waiting(path)
    if not waiting.exists():
        return None
    key = _read(waiting)
    if key.id != wanted:
        return None
    if path.exists():
        path.replace(path.with_name(f"{path.name}.old"))
    waiting.replace(path)
    return _read(path)


def _waiting(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")
