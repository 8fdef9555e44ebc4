"""Outputs of one request that are about nearly the same units."""

import json
from collections.abc import Sequence
from itertools import combinations

from output_checker.dataset import Dataset
from output_checker.engine import SOURCE, Engine, Limits
from output_checker.kinds.model.population import population_of
from output_checker.plan import narrow
from output_checker.policy import Policy
from output_checker.query import Query
from output_checker.rules.differencing import DifferenceEvidence

_EDGES = ("bins", "clip", "gridsize", "times")
"""Fields that place the edges of classes, whatever the kind of query."""


def differences(
    queries: Sequence[Query], dataset: Dataset, policy: Policy, limits: Limits
) -> list[DifferenceEvidence]:
    """For each query, by how few units its population differs from that of another.

    The dataset has the own variables of all queries. Populations with the same conditions are not compared, so that an
    ordinary request takes no time.

    Raises:
        QueryError: a query does not make sense for this view of the dataset.
        EvidenceError: the units could not be counted within the limits.
    """
    found: dict[str, list[int]] = {}
    with Engine.over(dataset, limits) as engine:
        narrow(engine, dataset)
        populations = [population_of(query.numbers, dataset, engine, policy) for query in queries]
        for pair in combinations(dict.fromkeys(populations), 2):
            differing = _fewest(*pair, dataset, engine)
            for population in pair if differing else ():
                found.setdefault(population, []).append(differing)
    otherwise = len({_classes(query) for query in queries}) > 1
    return [
        DifferenceEvidence(
            dataset.metadata.unit_label(query.numbers.unit),
            min(found.get(population, []), default=None),
            cut_otherwise=otherwise or population in found,
        )
        for query, population in zip(queries, populations, strict=True)
    ]


def _classes(query: Query) -> str:
    """How a query divides its units into classes of its own: derived variables and the edges of bins."""
    own = query.numbers.model_dump(mode="json", include={"derive", *_EDGES})
    return json.dumps(own, sort_keys=True)


def _fewest(one: str, other: str, dataset: Dataset, engine: Engine) -> int:
    """The distinct units that take part in one of two populations only, of the kind of which there are fewest."""
    counts = ", ".join(f'count(DISTINCT "{unit.key}")' for unit in dataset.metadata.units.values())
    sql = f"SELECT {counts} FROM {SOURCE} WHERE coalesce({one}, FALSE) <> coalesce({other}, FALSE)"  # noqa: S608 - rendered from checked expressions
    return int(min(engine.rows(sql)[0]))
