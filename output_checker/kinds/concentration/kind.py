"""Concentration as a kind of statistic: contributions are summed per unit first."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from output_checker.cuts import is_composed
from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.kinds.base import Computed, Kind, Part
from output_checker.kinds.concentration.measures import Divided
from output_checker.kinds.concentration.query import ConcentrationQuery
from output_checker.kinds.grouped import (
    Groups,
    Line,
    Measured,
    Sample,
    counters_of,
    finite,
    names_of,
    plan_groups,
    samples_of,
    table_of,
    unit_texts,
)
from output_checker.plan import number_of
from output_checker.policy import Policy
from output_checker.query import Query
from output_checker.rules.concentration import ConcentrationEvidence, Contributors
from output_checker.statbarns import Statbarn
from output_checker.text import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HEADING = ("measure", Text(nl="maat", en="measure"))


@dataclass(frozen=True)
class Group:
    """One group: what each unit has, and the number of units of each kind."""

    line: Line
    divided: Divided
    counts: tuple[int, ...]


class ConcentrationKind(Kind):
    """Gini, Lorenz, CRn and Herfindahl."""

    query: ClassVar[type[Query]] = ConcentrationQuery

    def plan(self, query: ConcentrationQuery, dataset: Dataset, engine: Engine, policy: Policy) -> Groups:
        """Resolve groups, conditions and the variable."""
        scope = names_of(query, dataset)
        value = finite(number_of(scope, query.values, "values", engine))
        largest = policy.largest_table // len(query.labels)
        return plan_groups(query, scope, {"v": value}, dataset, engine, largest)

    def compute(self, query: ConcentrationQuery, plan: Groups, dataset: Dataset, engine: Engine) -> Computed:
        """Sum per unit, sort, and measure."""
        found = [_group(sample) for sample in samples_of(plan, dataset, engine)]
        measured = [
            Measured(group.line, _values(query, group.divided), [group.counts[0]] * len(query.labels))
            for group in found
        ]
        table = table_of(plan, HEADING, query.labels, measured)
        composed = is_composed(names_of(query, dataset), query.values)
        units = unit_texts(plan, dataset)
        return Computed(table, tuple(_parts(query, found, units, composed=composed)))


def _group(sample: Sample) -> Group:
    present = sample.present("v")
    values = present.columns["v"]
    counts = tuple(counter.all for counter in counters_of(present, len(values)))
    return Group(sample.line, Divided(_per_unit(present, values)), counts)


def _per_unit(sample: Sample, values: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """What each unit has, in ascending order."""
    import numpy

    keys = next(iter(sample.keys.values()))
    if keys is None:
        return values
    return numpy.sort(numpy.bincount(numpy.unique(keys, return_inverse=True)[1], values))


def _values(query: ConcentrationQuery, divided: Divided) -> list[int | float | None]:
    """Each measure; none where it has no meaning."""
    if not divided.meaningful:
        return [None] * len(query.labels)
    named = {"gini": divided.gini, "herfindahl": divided.herfindahl}
    ratios = {name: divided.top(number) for name, number in query.tops.items()}
    measures = [ratios[name] if name in ratios else named[name]() for name in query.measures]
    return [*measures, *(divided.lorenz(share) for share in query.lorenz)]


def _parts(
    query: ConcentrationQuery, found: list[Group], units: list[Text], *, composed: bool
) -> Iterator[Part]:
    """Gini and Lorenz belong to another family than ratios."""
    labels = list(query.labels)
    ratios = [place for place, label in enumerate(labels) if label == "herfindahl" or label in query.tops]
    curves = [place for place in range(len(labels)) if place not in ratios]
    families = {Statbarn.NON_LINEAR_CONCENTRATION_RATIOS: ratios, Statbarn.GINI_COEFFICIENT: curves}
    for family, chosen in families.items():
        if chosen:
            cells = tuple(_contributors(query, group, labels[place]) for group in found for place in chosen)
            places = tuple(number * len(labels) + place for number in range(len(found)) for place in chosen)
            yield Part(ConcentrationEvidence(units[0], tuple(units[1:]), family, cells, composed), places)


def _contributors(query: ConcentrationQuery, group: Group, label: str) -> Contributors:
    slice_units, slice_share, single = _slices(query, group.divided, label)
    apart = [units for units in (slice_units, group.divided.rarest) if units is not None]
    return Contributors(
        units=group.counts[0],
        share=group.divided.largest_share(),
        negative=group.divided.negative,
        slice_units=min(apart, default=None),
        slice_share=slice_share,
        single=single,
        others=group.counts[1:],
    )


def _slices(query: ConcentrationQuery, divided: Divided, label: str) -> tuple[int | None, float, bool]:
    """The smallest slice beside a Lorenz point or outside a top n, its domination, and whether one unit is shown."""
    if label in query.points:
        points = [0.0, *query.lorenz, 1.0]
        place = points.index(query.points[label])
        beside = [
            divided.between(points[place - 1], points[place]),
            divided.between(points[place], points[place + 1]),
        ]
        return min(units for units, _ in beside), max(share for _, share in beside), False
    if label in query.tops:
        number = query.tops[label]
        return len(divided.amounts) - number, 0.0, number == 1 or number - 1 in query.tops.values()
    return None, 0.0, False
