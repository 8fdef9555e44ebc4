"""What of a design rests on few units: rank, leverage of one unit and of several together, groups shown exactly.

With U an orthonormal basis of the columns, H = U U' is the hat matrix (Belsley, Kuh and Welsch 1980, ch. 2). A unit
with leverage 1 has a coefficient, or a combination of them, to itself; so have k units that together carry all of one
direction v = H e / |H e| of the column space, whatever the columns are called. A group of identical rows is fitted
exactly when its size times its leverage is 1: its indicator is then in the column space.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.linalg.lapack import dpstrf

from output_checker.inference import MOST_TOGETHER
from output_checker.kinds.model.observations import Codes, Keys, Mask, Numbers

RANK_TOLERANCE = 1e-13
"""Of the squared length of a column, scaled to 1, that other columns leave unexplained."""

EXACT = 0.99
"""From this share of its indicator in the column space on, a group counts as shown exactly."""

CANDIDATES = 50
"""The units of highest leverage whose directions are looked at."""


@dataclass(frozen=True)
class Basis:
    """An orthonormal basis of the columns, the leverage of each row, and the columns' coefficients in the basis."""

    vectors: Numbers
    leverage: Numbers
    inverse: Numbers


def dependent(matrix: Numbers) -> list[int]:
    """The columns that are combinations of others; empty when each adds something of its own."""
    gram = _scaled(matrix)
    _, pivots, rank, _ = dpstrf(gram, tol=RANK_TOLERANCE)
    return sorted(int(place) - 1 for place in pivots[rank:])


def basis_of(matrix: Numbers) -> Basis:
    """An orthonormal basis of columns that are independent."""
    lengths = np.linalg.norm(matrix, axis=0)
    factor = cholesky(_scaled(matrix))
    vectors = solve_triangular(factor, (matrix / lengths).T, trans="T", overwrite_b=True).T
    inverse = solve_triangular(factor, np.eye(len(lengths))) / lengths[:, np.newaxis]
    return Basis(vectors, np.einsum("ij,ij->i", vectors, vectors), inverse)


def _scaled(matrix: Numbers) -> Numbers:
    lengths = np.linalg.norm(matrix, axis=0)
    gram: Numbers = (matrix.T @ matrix) / np.outer(lengths, lengths)
    return gram


def together(basis: Basis, units: Keys) -> tuple[float, ...]:
    """For k = 1, 2, ...: the largest share of one direction that k units carry.

    A direction in which few units carry nearly everything is found from the unit that carries most of it, whose
    leverage is then at least that share divided by k.
    """
    per_unit = units.sums(basis.leverage)
    candidates = np.argsort(per_unit)[::-1][:CANDIDATES]
    worst = np.zeros(min(MOST_TOGETHER, units.number))
    for unit in candidates:
        if per_unit[unit] * MOST_TOGETHER < EXACT:
            break
        shares = _shares(basis, units, int(unit))
        worst = np.maximum(worst, np.cumsum(np.sort(shares)[::-1][: len(worst)]))
    return tuple(float(min(share, 1.0)) for share in worst)


def _shares(basis: Basis, units: Keys, unit: int) -> Numbers:
    """The share of each unit in the direction that a unit carries most of."""
    own = basis.vectors[units.codes == unit]
    _, _, directions = np.linalg.svd(own, full_matrices=False)
    return units.sums((basis.vectors @ directions[0]) ** 2)


def exact_groups(matrix: Numbers, basis: Basis) -> Iterator[Mask]:
    """The groups of identical rows that the design shows exactly, at most one per column."""
    patterns, number = alike(matrix)
    leverage = np.bincount(patterns, weights=basis.leverage, minlength=number)
    # The sum over a group of its rows' leverage is its size times the leverage that they all have.
    return (patterns == place for place in np.flatnonzero(leverage > EXACT))


def alike(matrix: Numbers) -> tuple[Codes, int]:
    """For each row the number of those that are identical to it, from zero; and how many different rows there are."""
    patterns, found = pd.factorize(_hashes(matrix))
    return np.asarray(patterns, dtype=np.intp), len(found)


def _hashes(matrix: Numbers) -> NDArray[np.uint64]:
    """One number per row, alike for identical rows; computed element by element, so never off by a rounding."""
    hashes = np.zeros(len(matrix), dtype=np.uint64)
    for column in matrix.T:
        values = np.ascontiguousarray(column) + 0.0
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + pd.util.hash_array(values)
    return hashes


def influences(basis: Basis, outcome: Numbers, scale: Numbers, units: Keys, centred: bool) -> list[float]:
    """For each least-squares coefficient, the largest share of one unit in it.

    A coefficient is a weighted sum of outcomes, b = (X'X)^-1 X' y: like a total it is dominated when one unit makes
    up most of it. Slopes beside an intercept do not change with the level of the outcome, so that is taken from its
    median; the intercept, the first column, takes it as it is. ``scale`` holds the roots of the weights.
    """
    level = float(np.median(outcome)) if centred else 0.0
    shares = []
    for place, combination in enumerate(basis.inverse):
        around = level if place else 0.0
        shares.append(_largest((basis.vectors @ combination) * (outcome - around) * scale, units))
    return shares


def _largest(contributions: Numbers, units: Keys) -> float:
    sizes = np.abs(units.sums(contributions))
    total = sizes.sum()
    return float(sizes.max() / total) if total else 0.0
