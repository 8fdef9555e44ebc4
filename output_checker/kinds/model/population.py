"""Populations: whose rows a query takes, and by how many units two queries differ.

Two models that differ by one person give that person away, whatever each hides by itself (SDC Handbook 2nd ed.,
ch. 6: differencing). What counts is who takes part: the conditions, and for inferences a value for every variable.
"""

from output_checker.dataset import Dataset
from output_checker.engine import SOURCE, Engine
from output_checker.kinds import kind_of
from output_checker.kinds.model.inputs import Inputs
from output_checker.plan import check_dataset, conditions_of, scope_of
from output_checker.policy import Policy
from output_checker.query import Query


def population_of(query: Query, dataset: Dataset, engine: Engine, policy: Policy) -> str:
    """The condition, rendered, that a row takes part in a query.

    Raises:
        QueryError: the query does not make sense for this view of the dataset.
    """
    inputs = getattr(kind_of(query).plan(query, dataset, engine, policy), "inputs", None)
    if isinstance(inputs, Inputs):
        return inputs.complete
    check_dataset(query, dataset)
    conditions = conditions_of(scope_of(query.derive, dataset), query.where, engine)
    return " AND ".join(f"({condition})" for condition in conditions) or "TRUE"


def differing_units(
    first: Query, second: Query, dataset: Dataset, engine: Engine, policy: Policy, unit: str | None = None
) -> int:
    """The number of distinct units with a row that takes part in one of two queries and not in the other.

    The engine sees the project's view already (``plan.narrow``). ``unit`` is the kind that counts.

    Raises:
        QueryError: a query does not make sense for this view of the dataset.
        EvidenceError: it could not be counted within the limits.
    """
    one, other = (population_of(query, dataset, engine, policy) for query in (first, second))
    key = dataset.metadata.units[unit or dataset.metadata.default_unit].key
    sql = (
        f'SELECT count(DISTINCT "{key}") FROM {SOURCE} '  # noqa: S608 - rendered from checked expressions
        f"WHERE coalesce({one}, FALSE) <> coalesce({other}, FALSE)"
    )
    return int(engine.rows(sql)[0][0])
