"""The example of the page on testing, run as it stands."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path

_shown = run_path(str(Path(__file__).parents[2] / "examples" / "test_with_simulators.py"))

test_a_new_application = _shown["test_a_new_application_waits_for_the_shop"]
test_when_nobody_works = _shown["test_what_the_platform_does_when_nobody_works"]
test_a_lost_answer = _shown["test_a_refund_survives_a_lost_answer"]
