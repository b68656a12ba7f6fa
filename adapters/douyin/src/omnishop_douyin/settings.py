"""The settings of a shop: whose app it is, and whether the shop is the platform's own test shop."""

from __future__ import annotations

from collections.abc import Mapping

from omnishop.ports import Setting

SETTINGS: Mapping[str, Setting] = {
    "self_use": Setting.one_of("0", "1"),
    "test_shop": Setting.one_of("0", "1"),
}
