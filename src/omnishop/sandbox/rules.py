"""What a platform does when a deadline passes: rows that a face declares, each with its evidence."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from attrs import frozen

from omnishop.model import Consequence, Favours


class Evidence(StrEnum):
    """How a row is known. CHOSEN is a setting of the simulated world and no fact about any platform."""

    OFFICIAL = "official"
    OBSERVED = "observed"
    INFERRED = "inferred"
    CHOSEN = "chosen"


@frozen
class Rule:
    """One clock of a platform. `evidence` is for the duration, `default_evidence` for what happens then.

    `source` names the document as the project's list of timing rules numbers it.
    """

    id: str
    duration: timedelta
    default: Consequence
    favours: Favours
    extendable: bool | None
    evidence: Evidence
    default_evidence: Evidence
    source: str
