"""Out of the store the facts that policy judges: what the platforms told, what follows, and what people added.

`gather` facts of many cases at once · `timeline` what a stage says has not happened · `byhand`, `subjects` facts that
people enter · `judging` a kept case judged · `backtest` a draft pack over all of them.
"""

from omnishop.facts.byhand import NOT_YET, SUBJECTS, entered, whole_name
from omnishop.facts.gather import gather
from omnishop.facts.subjects import about_shop, abouts, subject_of

__all__ = ["NOT_YET", "SUBJECTS", "about_shop", "abouts", "entered", "gather", "subject_of", "whole_name"]
