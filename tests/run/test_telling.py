"""Which lines of the log a step is worth."""

from __future__ import annotations

import pytest

from omnishop.run.did import Did, Job
from omnishop.run.telling import tell
from omnishop.store import Saved


@pytest.mark.parametrize(
    ("did", "level"),
    [
        (Did(Job.JUDGEMENT, count=100), "DEBUG"),
        (Did(Job.JUDGEMENT, count=100, saved=Saved(changed=1)), "INFO"),
        (Did(Job.HISTORY, count=3), "INFO"),
        (Did(Job.NEWS), "DEBUG"),
    ],
    ids=lambda each: str(getattr(each, "job", each)),
)
def test_verdicts_that_say_nothing_new_are_for_whoever_looks_closely(caplog, did, level):
    with caplog.at_level("DEBUG", logger="omnishop.run"):
        tell(did)
    assert [each.levelname for each in caplog.records] == [level]
