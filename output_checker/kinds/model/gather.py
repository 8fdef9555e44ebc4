"""Gathering what the rules on models look at."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from output_checker.inference import Group, ModelEvidence
from output_checker.kinds.base import Part
from output_checker.kinds.model.design import Design, cells_of, combinations, groups_of
from output_checker.kinds.model.diagnostics import Basis, exact_groups, influences, together
from output_checker.kinds.model.exact import Sample, frequencies_of, mean_of
from output_checker.kinds.model.fit import Fitted
from output_checker.kinds.model.observations import Mask, Numbers, Observations
from output_checker.kinds.model.patterns import solved_counts, solved_outcomes, solved_patterns, solved_terms
from output_checker.kinds.model.plan import ModelPlan
from output_checker.kinds.model.query import ModelQuery
from output_checker.statbarns import Statbarn
from output_checker.text import Text

WIDTH = 7
"""Columns of the table of a model."""

LINEAR = frozenset({"ols", "poisson", "negative_binomial"})
"""The families whose coefficients weigh outcomes as they are, however large."""


@dataclass(frozen=True)
class Behind:
    """Everything behind a fitted model.

    ``design`` holds the columns that have a row in the table as they are, ``used`` what was left of all of them.
    """

    query: ModelQuery
    plan: ModelPlan
    unit: Text
    other_units: tuple[Text, ...]
    seen: Observations
    design: Design
    used: Design
    basis: Basis
    scale: Numbers

    @property
    def outcome(self) -> Numbers:
        """The outcome of each row; for durations, whether the event came."""
        return self.seen.numbers[self.plan.event or self.plan.formula.outcome]

    @property
    def binary(self) -> bool:
        """Whether the outcome is something that happens or not."""
        return bool(np.isin(self.outcome, (0, 1)).all())

    @property
    def tail(self) -> float:
        """The share of units on the smaller side of the quantile that is asked."""
        return min(self.query.quantile, 1 - self.query.quantile)


def evidence_of(
    behind: Behind, fitted: Fitted, cells: tuple[int, ...], hinged: tuple[Group, ...]
) -> ModelEvidence:
    """The evidence of a model; ``hinged`` are those to whom alone a column of a term matters."""
    seen = behind.seen
    units, others = seen.counts(_taking_part(behind))
    return ModelEvidence(
        unit=behind.unit,
        other_units=behind.other_units,
        family=Statbarn.CORRELATION_COEFFICIENTS,
        cells=cells,
        units=units,
        degrees_of_freedom=min(fitted.degrees_of_freedom, units - behind.used.matrix.shape[1]),
        groups=(Group(behind.unit, units, others, cells), *_groups(behind)),
        published=(_left_out(behind, len(fitted.coefficients)), *_solved(behind, cells), *hinged),
        together=together(behind.basis, seen.units),
        explained=fitted.explained,
        events=(*_events(behind, cells), *_sides(behind, cells)),
        rare=tuple(_rare(behind)),
        influence=_influence(behind),
        composed=behind.plan.composed and not behind.binary,
    )


def _groups(behind: Behind) -> Iterator[Group]:
    """The groups of the design, and with fixed effects the units within whose entity a column varies."""
    yield from groups_of(behind.design, behind.plan.inputs, behind.seen, WIDTH)
    if behind.query.absorb is not None:
        for place, column in enumerate(behind.used.columns):
            varying = behind.used.matrix[:, place] != 0
            yield Group(column.words, *behind.seen.counts(varying), cells_of(place, WIDTH))


def _taking_part(behind: Behind) -> Mask:
    """The rows that tell something: with fixed effects, those of entities within which something varies."""
    if behind.query.absorb is None:
        return behind.seen.everybody
    return np.asarray(behind.used.matrix.any(axis=1))


def _solved(behind: Behind, cells: tuple[int, ...]) -> Iterator[Group]:
    """Who is told apart by equations that readers can solve; who takes part with which weight, they do not know."""
    query, matrix, seen = behind.query, behind.used.matrix, behind.seen
    yield from solved_terms(behind.plan.terms, seen, cells)
    if query.family in ("cox", "quantreg") or np.ptp(behind.scale):
        return
    yield from solved_patterns(matrix, behind.plan.terms, seen, cells)
    if query.family == "ols":
        yield from solved_outcomes(behind.outcome, matrix, seen, cells)
    if query.family in ("poisson", "negative_binomial"):
        yield from solved_counts(behind.outcome, seen, cells)


def _left_out(behind: Behind, rows: int) -> Group:
    """The count of units without a value is published too, in the third row after the coefficients."""
    name = Text(nl="weggelaten, want een waarde ontbreekt", en="left out as a value is missing")
    return Group(name, behind.seen.left_out, (), ((rows + 2) * WIDTH + WIDTH - 1,))


def _events(behind: Behind, cells: tuple[int, ...]) -> Iterator[Group]:
    """Those with and without the event; with counts, those that have any."""
    if behind.query.family in ("logit", "probit", "ols") and not behind.binary:
        return
    if behind.query.family == "quantreg":
        return
    yield Group(_WITH, *behind.seen.counts(behind.outcome > 0), cells)
    if behind.binary and not behind.plan.event:
        yield Group(_WITHOUT, *behind.seen.counts(behind.outcome == 0), cells)


_WITH = Text(nl="met de gebeurtenis", en="with the event")
_WITHOUT = Text(nl="zonder de gebeurtenis", en="without the event")


def _sides(behind: Behind, cells: tuple[int, ...]) -> Iterator[Group]:
    """The units beyond the quantile, of everybody and of each group that is shown exactly."""
    if behind.query.family != "quantreg":
        return
    for rows in (behind.seen.everybody, *exact_groups(behind.used.matrix, behind.basis)):
        units, others = behind.seen.counts(rows)
        beyond = tuple(int(other * behind.tail) for other in others)
        yield Group(_BEYOND, int(units * behind.tail), beyond, cells)


_BEYOND = Text(nl="aan één kant van het kwantiel", en="on one side of the quantile")


def _rare(behind: Behind) -> Iterator[Group]:
    """The events within each category, where there are events."""
    if behind.query.family not in ("logit", "probit", "cox", "poisson", "negative_binomial"):
        return
    for name, rows, cells in combinations(behind.design, behind.plan.inputs, behind.seen, WIDTH):
        yield Group(name, *behind.seen.counts(rows & (behind.outcome > 0)), cells)
        if behind.binary and not behind.plan.event:
            yield Group(name, *behind.seen.counts(rows & (behind.outcome == 0)), cells)


def _influence(behind: Behind) -> dict[tuple[int, ...], float]:
    if behind.query.family not in LINEAR:
        return {}
    centred = behind.used.intercept or behind.query.absorb is not None
    found = influences(behind.basis, behind.outcome, behind.scale, behind.seen.units, centred)
    return {cells_of(place, WIDTH): share for place, share in enumerate(found)}


def exact_parts(behind: Behind) -> Iterator[Part]:
    """Each group that the model shows exactly, as the cell of a table that it is."""
    if behind.query.family in ("cox", "quantreg") or behind.query.absorb:
        return
    sample = Sample(behind.unit, behind.other_units, behind.seen, behind.outcome, _weights(behind))
    for rows in exact_groups(behind.used.matrix, behind.basis):
        telling = int(np.flatnonzero(behind.used.matrix[rows.argmax()])[-1]) * WIDTH
        evidence = frequencies_of(sample, rows) if behind.binary else mean_of(sample, rows)
        yield Part(evidence, (telling,) * len(evidence.cells))


def _weights(behind: Behind) -> Numbers | None:
    return behind.seen.numbers[behind.plan.weights] if behind.plan.weights else None
