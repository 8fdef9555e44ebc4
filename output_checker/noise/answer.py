"""The noisy answer: plan, gather, add noise, and from there on compute with noisy numbers only."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from output_checker.dataset import Dataset
from output_checker.engine import DEFAULT_LIMITS, Engine, Limits
from output_checker.noise.documents import NoisyAnswer, RawMeasurement
from output_checker.noise.estimates import Estimates
from output_checker.noise.expectation import expected_errors
from output_checker.noise.gather import gather
from output_checker.noise.laws import DiscreteLaplace
from output_checker.noise.manifest import manifest_of
from output_checker.noise.mechanism import with_noise
from output_checker.noise.plan import NoisePlan, make_noise_plan
from output_checker.noise.tables import table_of, useless_of
from output_checker.plan import narrow
from output_checker.query import Query
from output_checker.verdict import DatasetReference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class NoisyNumbers:
    """Noisy vectors in the order of the plan's measurements."""

    plan: NoisePlan
    vectors: "tuple[NDArray[np.int64], ...]"


def answer(query: Query, dataset: Dataset, limits: Limits = DEFAULT_LIMITS) -> NoisyAnswer:
    """Answer a query with the noise that it asks for. Whoever calls this has charged the budget before.

    Raises:
        NoiseError: the question has no noisy answer.
        QueryError: the question does not make sense for this dataset.
        DatasetError: the microdata cannot be read.
        EvidenceError: it could not be computed within the limits.
    """
    return document(measure(query, dataset, limits), query, dataset)


def measure(query: Query, dataset: Dataset, limits: Limits = DEFAULT_LIMITS) -> NoisyNumbers:
    """The only step that reads data: tallies, with noise.

    Raises:
        NoiseError: the question has no noisy answer.
        QueryError: the question does not make sense for this dataset.
        DatasetError: the microdata cannot be read.
        EvidenceError: it could not be computed within the limits.
    """
    with Engine.over(dataset, limits) as engine:
        narrow(engine, dataset, whatever_values=True)
        plan = make_noise_plan(query, dataset, engine)
        true = gather(plan, dataset.metadata.units[plan.unit].key, engine)
    noisy = (
        with_noise(vector, one.law, counts=plan.tallies[one.tally].grid is None)
        for vector, one in zip(true, plan.measurements, strict=True)
    )
    return NoisyNumbers(plan, tuple(noisy))


def document(numbers: NoisyNumbers, query: Query, dataset: Dataset) -> NoisyAnswer:
    """Everything that is told of noisy numbers; nothing here reads data."""
    plan, metadata = numbers.plan, dataset.metadata
    estimates = Estimates(plan, numbers.vectors)
    table = table_of(plan, estimates, query.result_name)
    return NoisyAnswer(
        query_digest=query.digest,
        dataset=DatasetReference(name=metadata.name, version=metadata.version, sha256=dataset.sha256),
        units=plan.unit,
        table=table,
        measurements=tuple(_raw(numbers, place) for place in range(len(plan.measurements))),
        expected=expected_errors(plan, metadata.unit_label(plan.unit)),
        useless=useless_of(table),
        manifest=manifest_of(plan, metadata),
    )


def _raw(numbers: NoisyNumbers, place: int) -> RawMeasurement:
    plan, one = numbers.plan, numbers.plan.measurements[place]
    tally = plan.tallies[one.tally]
    found = tally.sensitivity(plan.rows, plan.level(one.kept).size)
    laplace = isinstance(one.law, DiscreteLaplace)
    return RawMeasurement(
        statistic=tally.name,
        level=tuple(plan.keys.classifications[kept].name for kept in one.kept),
        law="discrete Laplace" if laplace else "discrete Gaussian",
        parameter=str(one.law.scale if isinstance(one.law, DiscreteLaplace) else one.law.variance),
        l1_sensitivity=found.l1,
        l2_sensitivity_squared=found.l2_squared,
        origin=str(tally.grid.origin) if tally.grid else "0",
        step=str(tally.grid.step) if tally.grid else "1",
        numbers=tuple(numbers.vectors[place].tolist()),
    )
