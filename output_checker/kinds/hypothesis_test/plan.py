"""The plan of a test: every variable resolved, before anything is computed."""

from dataclasses import dataclass

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.kinds.hypothesis_test.query import HypothesisTestQuery
from output_checker.kinds.model.inputs import Inputs, categories, check_rows, number
from output_checker.plan import check_dataset, conditions_of, scope_of, unit_of
from output_checker.query import Query

LARGEST = 30_000_000
"""Most numbers, rows times variables."""


@dataclass(frozen=True)
class TestPlan:
    """What to fetch."""

    inputs: Inputs


def make_plan(query: HypothesisTestQuery, dataset: Dataset, engine: Engine) -> TestPlan:
    """Resolve every name and expression of a query.

    Raises:
        QueryError: its subclass that belongs to the fault, with the field and the way out.
    """
    return TestPlan(inputs_of(query, query.values, query.by, dataset, engine))


def inputs_of(
    query: Query, values: tuple[str, ...], by: tuple[str, ...], dataset: Dataset, engine: Engine
) -> Inputs:
    """The numbers and classifications of a query.

    Raises:
        QueryError: its subclass that belongs to the fault, with the field and the way out.
    """
    check_dataset(query, dataset)
    scope = scope_of(query.derive, dataset)
    conditions = conditions_of(scope, query.where, engine)
    numbers = [number(scope, name, "values", engine) for name in values]
    groups = [categories(scope, name, "by", engine) for name in by]
    inputs = Inputs((*numbers, *groups), conditions, unit_of(query, dataset))
    check_rows(inputs, len(inputs.variables), LARGEST, engine)
    return inputs
