"""The plan of a model: every variable resolved, before anything is computed."""

import math
from dataclasses import dataclass

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.expressions import Scope
from output_checker.kinds.model.formula import Factor, Formula
from output_checker.kinds.model.inputs import (
    Input,
    Inputs,
    categories,
    check_cells,
    check_rows,
    entities,
    is_number,
    number,
    weight,
)
from output_checker.kinds.model.query import ModelQuery
from output_checker.plan import check_dataset, conditions_of, scope_of, unit_of

MAX_POSSIBLE_COLUMNS = 20_000
"""Most columns that a formula may need by its public labels, most of which may not occur."""

LARGEST = {"ols": 30_000_000, "quantreg": 1_000_000, "negative_binomial": 1_000_000, "cox": 200_000}
LARGEST_ITERATED = 10_000_000
"""Most numbers in a design, rows times columns: what two cores fit within the time limit and in 4 GB."""


@dataclass(frozen=True)
class ModelPlan:
    """What to fetch and what to fit. Keys of inputs that are not in the formula are of their own kind.

    ``composed`` says that the outcome is made of more than one column or constant, so that means or quantiles of it can
    hold more than one secret; of durations only the order is used.
    """

    formula: Formula
    inputs: Inputs
    event: str | None
    weights: str | None
    absorb: str | None
    largest: int
    composed: bool = False

    @property
    def terms(self) -> list[str]:
        """The keys of the variables on the right."""
        return [factor.key for factor in self.formula.factors]


def make_plan(query: ModelQuery, dataset: Dataset, engine: Engine) -> ModelPlan:
    """Resolve every name and expression of a query.

    Raises:
        QueryError: its subclass that belongs to the fault, with the field and the way out.
    """
    check_dataset(query, dataset)
    scope = scope_of(query.derive, dataset)
    formula = query.parsed
    conditions = conditions_of(scope, query.where, engine)
    factors = [_factor(scope, factor, engine) for factor in formula.factors]
    event = number(scope, query.event, "event", engine) if query.event else None
    weights = weight(scope, query.weights, engine) if query.weights else None
    keys = {name: unit.key for name, unit in dataset.metadata.units.items()}
    absorb = entities(scope, query.absorb, keys, engine) if query.absorb else None
    outcome = number(scope, formula.outcome, "formula", engine)
    chosen = [outcome, *factors, *(item for item in (event, weights, absorb) if item)]
    variables = tuple({item.key: item for item in chosen}.values())
    inputs = Inputs(variables, conditions, unit_of(query, dataset))
    largest = LARGEST.get(query.family, LARGEST_ITERATED)
    _check_columns(formula, inputs)
    check_rows(inputs, len(formula.terms) + 1, largest, engine)
    composed = query.family != "cox" and outcome.composed
    return ModelPlan(formula, inputs, _key(event), _key(weights), _key(absorb), largest, composed)


def _key(item: Input | None) -> str | None:
    return item.key if item else None


def _factor(scope: Scope, factor: Factor, engine: Engine) -> Input:
    if factor.categorical or not is_number(scope, factor.name, "formula", engine):
        return categories(scope, factor.name, "formula", engine, key=factor.key)
    return number(scope, factor.name, "formula", engine)


def _check_columns(formula: Formula, inputs: Inputs) -> None:
    """Before anything is fetched: what public labels could make of the terms."""
    sizes = {item.key: len(item.labels) for item in inputs.variables if item.labels}
    columns = sum(math.prod(sizes.get(factor.key, 1) for factor in term) for term in formula.terms)
    check_cells(columns, MAX_POSSIBLE_COLUMNS)
