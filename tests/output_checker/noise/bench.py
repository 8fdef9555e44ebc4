"""The test bench: how much privacy a mechanism really spends, as a lower bound from what it puts out.

A mechanism is run on two neighbours. One half of the runs chooses the outcomes that tell them apart best; the other half
says, with Clopper and Pearson's exact limits, how far apart their probabilities must be at least. If that is more than
is claimed, the claim is false, except with probability ``FALSE_ALARM`` (as in Jagielski et al. 2020).
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

FALSE_ALARM = 1e-6

Outcomes = NDArray[np.int64]
"""What was observed in each run, as a whole number; shape (runs,)."""

Mechanism = Callable[[int, int], Outcomes]
"""Runs on the first or second neighbour (0 or 1), as many as asked."""


def spent_epsilon(mechanism: Mechanism, runs: int, delta: float = 0.0) -> float:
    """A lower bound to the epsilon of a mechanism at ``delta``; wrong with probability at most ``FALSE_ALARM``."""
    first, second = mechanism(0, runs), mechanism(1, runs)
    half = runs // 2
    both = ((first, second), (second, first))
    bounds = []
    for likely, unlikely in both:
        telling = _telling(likely[:half], unlikely[:half], delta)
        hits = [int(np.isin(each[half:], telling).sum()) for each in (likely, unlikely)]
        bounds.append(_bound(*hits, runs - half, delta, FALSE_ALARM / 2))
    return max(bounds)


def _telling(likely: Outcomes, unlikely: Outcomes, delta: float) -> Outcomes:
    """The outcomes that speak for one neighbour: as many of the best as give the largest bound on this half."""
    outcomes, place = np.unique(np.concatenate((likely, unlikely)), return_inverse=True)
    counts = [np.bincount(each, minlength=len(outcomes)) for each in np.split(place, 2)]
    ratio = np.log((counts[0] + 0.5) / (counts[1] + 0.5))
    doubt = np.sqrt(1 / (counts[0] + 0.5) + 1 / (counts[1] + 0.5))  # rare outcomes look telling by chance
    order = np.argsort(3 * doubt - ratio, kind="stable")
    sums = np.cumsum(counts[0][order]), np.cumsum(counts[1][order])
    steps = np.unique(np.geomspace(1, len(order), 60).astype(int))
    best = max(
        steps,
        key=lambda step: _bound(int(sums[0][step - 1]), int(sums[1][step - 1]), len(likely), delta, 0.01),
    )
    return outcomes[order[:best]]


def _bound(likely: int, unlikely: int, runs: int, delta: float, level: float) -> float:
    """log((p - delta) / q) for the lowest p and the highest q that the hits allow."""
    lowest = stats.beta.ppf(level / 2, likely, runs - likely + 1) if likely else 0.0
    highest = stats.beta.ppf(1 - level / 2, unlikely + 1, runs - unlikely) if unlikely < runs else 1.0
    return math.log((lowest - delta) / highest) if lowest > delta else 0.0


def same_law(drawn: Any, expected: Callable[[int], float]) -> float:
    """The p-value of a chi-square test of draws against exact probabilities of whole numbers."""
    drawn = np.asarray(drawn)
    far = int(np.abs(drawn).max())
    values = np.arange(-far, far + 1)
    wanted = np.array([expected(int(value)) for value in values]) * len(drawn)
    kept = wanted >= 10
    observed = np.array([np.count_nonzero(drawn == value) for value in values[kept]])
    rest = len(drawn) - observed.sum(), max(len(drawn) - wanted[kept].sum(), 1e-9)
    return float(stats.chisquare([*observed, rest[0]], [*wanted[kept], rest[1]], sum_check=False).pvalue)


def same_as(drawn: Any, others: Any) -> float:
    """The p-value of a chi-square test that two samples have one law."""
    drawn, others = np.asarray(drawn), np.asarray(others)
    far = int(max(np.abs(drawn).max(), np.abs(others).max()))
    counts = np.array([np.bincount(each + far, minlength=2 * far + 1) for each in (drawn, others)])
    common = counts.sum(axis=0) >= 20
    table = np.concatenate((counts[:, common], counts[:, ~common].sum(axis=1, keepdims=True)), axis=1)
    return float(stats.chi2_contingency(table[:, table.sum(axis=0) > 0]).pvalue)
