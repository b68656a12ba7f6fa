"""Out of the store the facts that policy judges: what the platforms told, what follows, and what people added."""

from omnishop.facts.byhand import NOT_YET, SUBJECTS, entered
from omnishop.facts.gather import gather

__all__ = ["NOT_YET", "SUBJECTS", "entered", "gather"]
