"""How likely it is that chance alone did it: the exact binomial tail, and the rank-sum test."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, exp, lgamma, log, log1p, sqrt

_NEGLIGIBLE = 1e-18


def binomial_tail(hits: int, tries: int, chance: float) -> float:
    """P(X >= hits) for X ~ Binomial(tries, chance), exact to rounding."""
    if hits <= 0:
        return 1.0
    if hits > tries or chance <= 0:
        return 0.0
    if chance >= 1:
        return 1.0
    if hits <= tries * chance:  # the other tail is the shorter one
        return max(0.0, 1.0 - binomial_tail(tries - hits + 1, tries, 1 - chance))
    term = exp(
        lgamma(tries + 1)
        - lgamma(hits + 1)
        - lgamma(tries - hits + 1)
        + hits * log(chance)
        + (tries - hits) * log1p(-chance)
    )
    total, odds = term, chance / (1 - chance)
    for each in range(hits, tries):
        term *= (tries - each) / (each + 1) * odds
        total += term
        if term < total * _NEGLIGIBLE:
            break
    return min(total, 1.0)


def more_often(recent: int, exposed: float, past: int, exposed_past: float) -> float:
    """The chance of so many of all events in `recent`, had the rate stayed the same (conditional test).

    Given their sum, events of one rate fall into the two times as their exposures do. One-sided; conservative, as
    counts are whole: its false alarms are at most what is asked for.
    """
    return binomial_tail(recent, recent + past, exposed / (exposed + exposed_past))


def rank_sum(recent: Sequence[int], past: Sequence[int]) -> float:
    """The chance of `recent` lying so far above `past`, were they alike (Wilcoxon, one-sided, ties corrected).

    By the normal approximation, good from about ten values on each side.
    """
    ours, theirs = len(recent), len(past)
    count = ours + theirs
    if not ours or not theirs:
        return 1.0
    marked = sorted([(value, True) for value in recent] + [(value, False) for value in past])
    ranks, ties, start = 0.0, 0, 0
    while start < count:
        end = start
        while end < count and marked[end][0] == marked[start][0]:
            end += 1
        same = end - start
        middle = (start + 1 + end) / 2
        ranks += middle * sum(mine for _, mine in marked[start:end])
        ties += same**3 - same
        start = end
    mean = ours * (count + 1) / 2
    spread = ours * theirs / 12 * ((count + 1) - ties / (count * (count - 1)))
    if spread <= 0:
        return 1.0
    return erfc((ranks - mean - 0.5) / sqrt(2 * spread)) / 2
