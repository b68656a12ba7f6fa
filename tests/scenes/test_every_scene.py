"""Every ugly scene is played on every storefront on which it can occur, and why not on the others is true."""

from __future__ import annotations

import pytest
from tests.scenes import (  # noqa: F401 - reading them fills PLAYED
    test_goods_and_money,
    test_lost_answers,
    test_meanwhile,
    test_two_workers,
    test_what_is_missing,
)
from tests.scenes.cast import CANNOT, PLAYED, SCENES, writes
from tests.scenes.stage import FRONTS

NAMES = {front.name for front in FRONTS}


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_is_played_or_cannot_occur(scene):
    excused = {front for named, front in CANNOT if named == scene}
    assert PLAYED[scene] | excused == NAMES
    assert not PLAYED[scene] & excused
    assert PLAYED[scene], "played nowhere"


@pytest.mark.parametrize(("scene", "front"), list(CANNOT), ids=str)
def test_a_reason_is_true_of_the_storefront(scene, front):
    assert CANNOT[scene, front].reason
    assert CANNOT[scene, front].true(writes(front))


def test_the_storefronts_are_all_there_are():
    from omnishop import registry

    found = {front for name in registry.adapter_names() for front in registry.adapter(name).storefronts}
    assert found == NAMES
