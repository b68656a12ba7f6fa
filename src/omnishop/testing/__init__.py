"""For tests: conformance classes that an adapter's or a store's own tests inherit, and a pytest plugin.

`reads` `writes` `trouble` `paging` `tokens` `pushing` `levels` `stores` the classes · `bench` one storefront in a
world of its own · `scenes` records brought to where a write is meant for them · `desk` flows carried out at each
door · `proving` `reading` what was shown · `live` a real platform in the world's place · `recorder` answers kept and
played back · `plugin` `fixtures` simulated shops for tests of one's own.

The classes are imported when they are asked for: pytest can then rewrite their assertions.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "Bench": "bench",
    "ErrorsConformance": "trouble",
    "FaultsConformance": "trouble",
    "LevelsConformance": "levels",
    "LiveConformance": "live",
    "PagingConformance": "paging",
    "Player": "recorder",
    "PushesConformance": "pushing",
    "ReadBackConformance": "writes",
    "ReadsConformance": "reads",
    "Recorder": "recorder",
    "StoreConformance": "stores",
    "TokensConformance": "tokens",
    "VersionsConformance": "writes",
    "WritesConformance": "writes",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the table is the list


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"omnishop.testing.{_HOMES[name]}"), name)
