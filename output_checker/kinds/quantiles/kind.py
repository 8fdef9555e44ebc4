"""Positions as a kind of statistic."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.kinds.base import Computed, Kind, Part
from output_checker.kinds.grouped import (
    Counter,
    Groups,
    Line,
    Measured,
    Sample,
    counters_of,
    finite,
    is_of_several,
    names_of,
    plan_groups,
    samples_of,
    table_of,
    unit_texts,
)
from output_checker.kinds.quantiles.query import QuantilesQuery
from output_checker.plan import is_whole, number_of, weight_of
from output_checker.policy import Policy
from output_checker.query import Query
from output_checker.rules.positions import PositionEvidence, Surroundings
from output_checker.rules.shared_value import Shared, SharedValueEvidence
from output_checker.statbarns import Statbarn
from output_checker.text import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HEADING = ("quantile", Text(nl="positie", en="position"))
_FAMILY = {"min": Statbarn.ENDPOINTS, "max": Statbarn.ENDPOINTS, "mode": Statbarn.MODE}


@dataclass(frozen=True)
class QuantilesPlan:
    """``whole`` says that the values are whole numbers, ``composed`` that they are made of more than one column."""

    groups: Groups
    whole: bool
    composed: bool = False


class QuantilesKind(Kind):
    """Medians, quantiles, minimum, maximum and mode."""

    query: ClassVar[type[Query]] = QuantilesQuery

    def plan(self, query: QuantilesQuery, dataset: Dataset, engine: Engine, policy: Policy) -> QuantilesPlan:
        """Resolve groups, conditions and the variable."""
        scope = names_of(query, dataset)
        value = number_of(scope, query.values, "values", engine)
        largest = policy.largest_table // len(query.q)
        columns = _columns(finite(value), weight_of(scope, query.weights) if query.weights else None)
        groups = plan_groups(query, scope, columns, dataset, engine, largest)
        return QuantilesPlan(groups, is_whole(value, engine), is_of_several(scope, query.values))

    def compute(
        self, query: QuantilesQuery, plan: QuantilesPlan, dataset: Dataset, engine: Engine
    ) -> Computed:
        """Sort the values of each group once, and count the units around each position."""
        labels = tuple(query.positions)
        ranked = [_ranked(sample, labels, plan.whole) for sample in samples_of(plan.groups, dataset, engine)]
        measured = [Measured(group.line, group.published, [group.units] * len(labels)) for group in ranked]
        table = table_of(plan.groups, HEADING, query.positions, measured)
        units = unit_texts(plan.groups, dataset)
        return Computed(table, tuple(_parts(ranked, labels, units, composed=plan.composed)))


def _columns(value: str, weight: str | None) -> dict[str, str]:
    """What to read; who has no weight, or one below zero, has no value either."""
    if weight is None:
        return {"v": value}
    return {"v": f"CASE WHEN ({weight}) > 0 THEN {value} END", "w": weight}


@dataclass(frozen=True)
class Ranked:
    """The values of one group in order, with what is published of them.

    ``largest`` is the share of one unit in the rows, or in the weight.
    """

    line: Line
    values: "NDArray[np.float64]"
    counters: list[Counter]
    published: list[int | float | None]
    largest: float

    @property
    def units(self) -> int:
        """Units with a value, of the kind that counts."""
        return self.counters[0].all

    def stretch(self, value: float | None) -> tuple[int, int]:
        """The rows that have exactly this value."""
        if value is None:
            return 0, 0
        return int(self.values.searchsorted(value, "left")), int(self.values.searchsorted(value, "right"))


def _ranked(sample: Sample, labels: tuple[str, ...], whole: bool) -> Ranked:
    present = sample.present("v")
    values, weights = present.columns["v"], present.columns.get("w")
    published = [_position(values, weights, label, whole) if len(values) else None for label in labels]
    counters = counters_of(present, len(values))
    return Ranked(sample.line, values, counters, published, counters[0].largest_share(weights))


def _position(
    values: "NDArray[np.float64]", weights: "NDArray[np.float64] | None", label: str, whole: bool
) -> int | float:
    import numpy

    if label not in _FAMILY:
        share = float(label)
        return float(numpy.quantile(values, share) if weights is None else _weighted(values, weights, share))
    number = float({"min": values[0], "max": values[-1]}[label] if label != "mode" else _mode(values))
    return int(number) if whole else number


def _weighted(values: "NDArray[np.float64]", weights: "NDArray[np.float64]", share: float) -> float:
    """The lowest value up to which there is this share of the weight; halfway to the next where exactly so much."""
    import numpy

    distinct, places = numpy.unique(values, return_inverse=True)
    reached = numpy.bincount(places, weights).cumsum()
    wanted = share * reached[-1]
    at = int(reached.searchsorted(wanted - _EXACTLY * reached[-1]))
    exactly = abs(reached[at] - wanted) < _EXACTLY * reached[-1]
    return float((distinct[at] + distinct[at + 1]) / 2 if exactly else distinct[at])


_EXACTLY = 1e-12


def _mode(values: "NDArray[np.float64]") -> float:
    """The lowest of the most frequent values, the first that pandas' ``mode`` gives."""
    import numpy

    distinct, counts = numpy.unique(values, return_counts=True)
    return float(distinct[counts.argmax()])


def _parts(
    ranked: list[Ranked], labels: tuple[str, ...], units: list[Text], *, composed: bool
) -> Iterator[Part]:
    """Quantiles, extremes and modes have rules of their own."""
    quantiles = [place for place, label in enumerate(labels) if label not in _FAMILY]
    if quantiles:
        evidence = replace(_quantiles(ranked, quantiles, units), composed=composed)
        yield Part(evidence, _places(ranked, labels, quantiles))
    for family in (Statbarn.ENDPOINTS, Statbarn.MODE):
        places = [place for place, label in enumerate(labels) if _FAMILY.get(label) is family]
        if places:
            cells = tuple(_shared(group, place) for group in ranked for place in places)
            shared = SharedValueEvidence(units[0], tuple(units[1:]), family, cells)
            yield Part(shared, _places(ranked, labels, places))


def _places(ranked: list[Ranked], labels: tuple[str, ...], chosen: list[int]) -> tuple[int, ...]:
    return tuple(group * len(labels) + place for group in range(len(ranked)) for place in chosen)


def _shared(group: Ranked, place: int) -> Shared:
    start, end = group.stretch(group.published[place])
    counts = [counter.within(start, end) for counter in group.counters]
    return Shared(counts[0], group.units, tuple(counts[1:]))


def _quantiles(ranked: list[Ranked], places: list[int], units: list[Text]) -> PositionEvidence:
    kinds = [
        tuple(cell for group in ranked for cell in _surroundings(group, places, counter))
        for counter in range(len(units))
    ]
    return PositionEvidence(
        unit=units[0],
        other_units=tuple(units[1:]),
        cells=kinds[0],
        others=tuple(kinds[1:]),
        largest_rows=tuple(share for group in ranked for share in [group.largest] * len(places)),
    )


def _surroundings(group: Ranked, places: list[int], kind: int) -> Iterator[Surroundings]:
    counter = group.counters[kind]
    stretches = [group.stretch(group.published[place]) for place in places]
    at = [counter.within(*stretch) for stretch in stretches]
    for place, (start, end) in enumerate(stretches):
        following = stretches[place + 1 : place + 2]
        between = [max(counter.within(end, begin), *at[place : place + 2]) for begin, _ in following]
        yield Surroundings(
            below=counter.before(start),
            at=at[place],
            above=counter.since(end),
            everybody=counter.all,
            towards_next=between[0] if between else None,
        )
