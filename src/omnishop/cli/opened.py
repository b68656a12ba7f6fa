"""The home and its store, opened for one command."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from omnishop.cli.show import aside
from omnishop.cli.words import language, speak
from omnishop.errors import ConfigError, OmnishopError

if TYPE_CHECKING:
    from stamina.instrumentation import RetryDetails

    from omnishop.store import Store, StoredShop


def calm_retries() -> None:
    """Calls that are made again are no news on stdout, where stamina would log them; --debug tells them aside."""
    from stamina.instrumentation import set_on_retry_hooks

    set_on_retry_hooks((_retried,) if os.environ.get("OMNISHOP_DEBUG") else ())


def _retried(details: RetryDetails) -> None:
    cause = details.caused_by
    told = cause.told(language()) if isinstance(cause, OmnishopError) else type(cause).__name__
    aside(f"{told} … {details.wait_for:.1f} s")


_chosen: list[str] = []


def choose(database: str | None) -> None:
    """What `--database` said, for the command that follows."""
    _chosen[:] = [] if database is None else [database]


@contextmanager
def opened() -> Iterator[Store]:
    from omnishop.config import Home
    from omnishop.store import Store

    home = Home.find(database=_chosen[0] if _chosen else None)
    speak(home.lang())
    calm_retries()
    with _asked_for(os.environ), Store.open(home) as store:
        yield store


NO_SHOP = (
    "no shop yet: omnishop shops add PLATFORM, or omnishop shops add --sandbox URL",
    "尚无店铺: omnishop shops add 平台, 或 omnishop shops add --sandbox 地址",
)
"""In English and Chinese."""


def some_shop(store: Store) -> None:
    """ConfigError where there is none to work with."""
    if not store.shops.count():
        raise ConfigError(NO_SHOP[0], zh=NO_SHOP[1])


def chosen(store: Store, names: Sequence[str] | None) -> list[StoredShop]:
    """Those that are named, by id or alias, else all. ConfigError: there is none."""
    some_shop(store)
    return [store.shops.get(name) for name in names] if names else list(store.shops.list())


@contextmanager
def _asked_for(env: Mapping[str, str]) -> Iterator[None]:
    """What the environment may ask of any command: a log where its level is named, traces where a collector is."""
    with ExitStack() as all_of_it:
        if env.get("OMNISHOP_LOG"):
            from omnishop.cli.watched import logged

            all_of_it.enter_context(logged())
        if any(name.startswith("OTEL_EXPORTER_OTLP") and name.endswith("ENDPOINT") for name in env):
            from omnishop.cli.watched import traced

            all_of_it.enter_context(traced())
        yield
