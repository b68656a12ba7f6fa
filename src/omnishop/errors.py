"""One tree of errors, named by what the caller does next.

OmnishopError
├── ConfigError        fix the settings or the arguments
│   └── NotAllowed     the act is not allowed now; `keys` say why; nothing was sent
├── AuthError          refresh, or log in again
├── PermissionDenied   ask the platform for the permission
├── RateLimited        wait `retry_after` seconds
├── Transient          try again later; nothing was changed
├── Rejected           the business said no; show why
│   └── Conflict       the record has moved on; read it again and decide anew
├── NotFound           no such record for this shop
├── NotSupported       the platform does not offer it; `capabilities` says what it does
├── OutcomeUnknown     a write may have happened; read back, never repeat
└── WireError          the answer cannot be read; it is kept, report it
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import time


class OmnishopError(Exception):
    """What happened, to which shop and method, and what to do next: `en` and `zh` are for people.

    `code` is the platform's own code as text, `request_id` what the platform's support asks for.
    No secret, token or buyer's name may be put into any of the texts.
    """

    def __init__(
        self,
        en: str,
        *,
        zh: str | None = None,
        platform: str | None = None,
        shop: str | None = None,
        method: str | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh or en
        self.platform = platform
        self.shop = shop
        self.method = method
        self.code = code
        self.request_id = request_id

    def told(self, lang: str) -> str:
        """One line in `zh` or `en`: the text, then where it happened and the platform's own code."""
        text = self.zh if lang == "zh" else self.en
        where = "/".join(part for part in (self.platform, self.shop, self.method) if part)
        facts = [where] if where else []
        facts += [f"code {self.code}"] if self.code else []
        facts += [f"request {self.request_id}"] if self.request_id else []
        line = f"{text} [{', '.join(facts)}]" if facts else text
        return " ".join(line.split())

    def __str__(self) -> str:
        return self.told("en")


class ConfigError(OmnishopError):
    """Settings, credentials or arguments are wrong; nothing was sent."""


class NotAllowed(ConfigError):
    """An act that may not be done now. `keys`: the stable names of the reasons; nothing was sent."""

    def __init__(self, en: str, *, keys: tuple[str, ...] = (), **facts: str | None) -> None:
        super().__init__(en, **facts)
        self.keys = keys


class AuthError(OmnishopError):
    """The platform does not accept who we say we are.

    `cure`: `refresh` a new token of the same authorisation may help, `login` the merchant must authorise
    again, `keys` the app's key or secret is wrong.
    """

    def __init__(self, en: str, *, cure: str = "login", **facts: str | None) -> None:
        super().__init__(en, **facts)
        self.cure = cure


class PermissionDenied(OmnishopError):
    """Known, but not allowed: the app or the account lacks a permission."""


Scope = Literal["call", "method", "shop", "app"]
"""What a limit is about: this method of this shop, this method of the app, all of this shop, all of the app."""


class RateLimited(OmnishopError):
    """`retry_after` is in seconds; None when the platform does not say.

    `scope`: what was called too often, the narrowest where the platform does not say. `back_at`: the time of day,
    with its zone, at which a day's quota is there again; whoever knows the time makes `retry_after` of it.
    """

    def __init__(
        self,
        en: str,
        *,
        retry_after: float | None = None,
        scope: Scope = "call",
        back_at: time | None = None,
        **facts: str | None,
    ) -> None:
        super().__init__(en, **facts)
        self.retry_after = retry_after
        self.scope = scope
        self.back_at = back_at


class Transient(OmnishopError):
    """A fault of the platform or the network; the same call may be made again."""


class Rejected(OmnishopError):
    """A whole, readable answer in which the business refuses."""


class Conflict(Rejected):
    """The version or stage we acted on is no longer the current one."""


class NotFound(OmnishopError):
    """The platform knows no such record for this shop."""


class NotSupported(OmnishopError):
    """The storefront does not offer this, or omnishop does not yet."""


class OutcomeUnknown(OmnishopError):
    """A write was sent and no trustworthy answer came back."""


class WireError(OmnishopError):
    """The answer does not have the shape the platform documents."""
