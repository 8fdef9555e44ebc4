"""Groups that a result shows exactly: the cell of a table that each of them is, as evidence for the rules on tables."""

from dataclasses import dataclass

import numpy as np

from output_checker.evidence import NOBODY, CellEvidence, Frame
from output_checker.inference import ExactGroups
from output_checker.kinds.model.observations import Keys, Mask, Numbers, Observations
from output_checker.text import Text
from output_checker.verdict import ALL

TOP = 10
"""Contributions that are told apart."""


@dataclass(frozen=True)
class Sample:
    """Who takes part with which outcome; ``weights`` are those of a weighted mean."""

    unit: Text
    other_units: tuple[Text, ...]
    seen: Observations
    outcome: Numbers
    weights: Numbers | None = None


def mean_of(sample: Sample, rows: Mask) -> ExactGroups:
    """The mean of the outcome over some rows."""
    cell = _cell(sample, rows)
    frame = Frame(("group",), (), ((ALL,),), ((),), margins=True)
    return _exact(sample, "mean", frame, (cell,), (cell,))


def frequencies_of(sample: Sample, rows: Mask) -> ExactGroups:
    """A binary outcome over some rows: how many have it not, how many have it, and all."""
    none, some = sample.outcome == 0, sample.outcome == 1
    frame = Frame(("group",), ("outcome",), ((ALL,),), (("0",), ("1",), (ALL,)), margins=True)
    cells = tuple(_cell(sample, chosen) for chosen in (rows & none, rows & some, rows))
    totals = tuple(_cell(sample, chosen) for chosen in (none, some, none | some))
    return _exact(sample, "count", frame, cells, totals)


def _exact(
    sample: Sample,
    statistic: str,
    frame: Frame,
    cells: tuple[CellEvidence, ...],
    totals: tuple[CellEvidence, ...],
) -> ExactGroups:
    return ExactGroups(
        unit=sample.unit,
        other_units=sample.other_units,
        statistic=statistic,
        has_values=statistic == "mean",
        headings={"group": Text(nl="groep", en="group"), "outcome": Text(nl="uitkomst", en="outcome")},
        frame=frame,
        cells=cells,
        row_totals=(cells[-1],),
        column_totals=totals,
    )


def _cell(sample: Sample, rows: Mask) -> CellEvidence:
    """Who is behind one group: contributions are summed per unit first."""
    units, others = sample.seen.counts(rows)
    if not units:
        return NOBODY
    values = sample.outcome[rows]
    weighted = values if sample.weights is None else values * sample.weights[rows]
    sums, sizes = (_of(sample.seen.units, rows).totals(each) for each in (values, weighted))
    top = tuple(float(size) for size in np.sort(np.abs(sizes))[::-1][:TOP])
    return CellEvidence(
        rows=int(rows.sum()),
        units=units,
        contributing=units,
        total=float(weighted.sum()),
        absolute=float(np.abs(sizes).sum()),
        largest=top[0],
        second=(*top, 0.0)[1],
        top=top,
        minimum=float(values.min()),
        maximum=float(values.max()),
        lowest=float(sums.min()),
        highest=float(sums.max()),
        deviance=float(((sums - sums.mean()) ** 2).sum()),
        ones=int((sums == sums.max()).sum()) if len(np.unique(sums)) == 2 else None,
        weight=None if sample.weights is None else float(sample.weights[rows].sum()),
        valued=int(rows.sum()),
        other_units=others,
        other_shares=tuple(_largest_share(_of(keys, rows), weighted) for keys in sample.seen.others),
    )


def _of(keys: Keys, rows: Mask) -> Keys:
    """The keys of some rows."""
    return Keys(keys.codes[rows], keys.number)


def _largest_share(keys: Keys, values: Numbers) -> float:
    sizes = np.abs(keys.totals(values))
    return float(sizes.max() / sizes.sum()) if sizes.any() else 0.0
