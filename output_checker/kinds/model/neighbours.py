"""Neighbours: two models of which a term differs for a few units only.

Of age in one model, and in another of age that is a year more for one person, the coefficients differ by what that person
is and has. So what a column of one model has besides all columns of the other may not rest on a few.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.inference import MOST_TOGETHER
from output_checker.kinds.model.design import make_design
from output_checker.kinds.model.inputs import Inputs
from output_checker.kinds.model.observations import Keys, Numbers, Observations, observe
from output_checker.kinds.model.plan import ModelPlan, make_plan
from output_checker.kinds.model.query import ModelQuery

_ROUNDING = 1e-13
"""Of the length of a column, what computing leaves of one that follows from others."""

MOST = 0.9
"""From this share on, all rests on somebody: the other terms share in what is of one unit alone."""


def few_between(one: ModelQuery, other: ModelQuery, dataset: Dataset, engine: Engine) -> int:
    """The fewest units on which all rests that a column of one model has besides the other; 0 where they are many.

    Raises:
        QueryError: nobody takes part in both, or a design would be too large.
        DatasetError: the microdata holds a value that its metadata does not know.
        EvidenceError: it could not be fetched within the limits.
    """
    plans = make_plan(one, dataset, engine), make_plan(other, dataset, engine)
    seen = observe(_together(*plans), dataset, engine)
    first, second = (_design(number, plan, seen) for number, plan in enumerate(plans))
    return min([*_few(first, second, seen.units), *_few(second, first, seen.units)], default=0)


def _together(one: ModelPlan, other: ModelPlan) -> Inputs:
    """The variables of both, of those who take part in both."""
    variables = (
        replace(item, key=f"{number}{item.key}")
        for number, plan in enumerate((one, other))
        for item in plan.inputs.variables
    )
    return Inputs(tuple(variables), (*one.inputs.conditions, *other.inputs.conditions), one.inputs.unit)


def _design(number: int, plan: ModelPlan, seen: Observations) -> Numbers:
    """The columns of one of the two, with a constant: without one, it is in the other terms or in nobody's interest."""
    own = {item.key for item in plan.inputs.variables}
    numbers = {key: seen.numbers[f"{number}{key}"] for key in own if f"{number}{key}" in seen.numbers}
    kinds = {key: seen.categories[f"{number}{key}"] for key in own if f"{number}{key}" in seen.categories}
    formula = replace(plan.formula, intercept=True)
    alone = replace(seen, numbers=numbers, categories=kinds)
    return make_design(formula, plan.inputs, alone, plan.largest).matrix


def _few(mine: Numbers, theirs: Numbers, units: Keys) -> Iterator[int]:
    """For each of my columns the units that carry what no combination of theirs has, where they are few."""
    lengths = np.linalg.norm(theirs, axis=0)
    scaled = theirs[:, lengths > 0] / lengths[lengths > 0]
    basis = np.linalg.svd(scaled, full_matrices=False)[0]
    for column in mine.T:
        left = column - basis @ (basis.T @ column)
        left -= basis @ (basis.T @ left)
        if np.linalg.norm(left) > _ROUNDING * np.linalg.norm(column):
            shares = np.sort(units.sums(left**2))[::-1][:MOST_TOGETHER].cumsum() / (left**2).sum()
            if shares[-1] >= MOST:
                yield int(shares.searchsorted(MOST)) + 1
