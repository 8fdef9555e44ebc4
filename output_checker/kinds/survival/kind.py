"""Survival as a kind of statistic."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.errors import ExpressionError, QueryError
from output_checker.expressions import Scope
from output_checker.kinds.base import Computed, Kind, Part
from output_checker.kinds.grouped import (
    Groups,
    Measured,
    Sample,
    finite,
    is_of_several,
    names_of,
    plan_groups,
    samples_of,
    table_of,
    unit_texts,
)
from output_checker.kinds.survival.curve import Curve, Interval
from output_checker.kinds.survival.query import WORDS, SurvivalQuery
from output_checker.plan import Classification, number_of, typed
from output_checker.policy import Policy
from output_checker.query import Query
from output_checker.rules.survival_steps import Step, SurvivalEvidence, SurvivalSteps
from output_checker.text import Text
from output_checker.verdict import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HEADING = ("measure", Text(nl="maat", en="measure"))
TIME = Text(nl="tijdstip", en="time")


@dataclass(frozen=True)
class SurvivalPlan:
    """The times by label, the rule that says which steps are safe, and whether durations are of several columns."""

    groups: Groups
    grid: Mapping[str, float]
    rule: SurvivalSteps
    composed: bool = False


@dataclass(frozen=True)
class Published:
    """One published step of one group."""

    line: tuple[str, ...]
    curve: Curve
    time: float
    step: Step


class SurvivalKind(Kind):
    """Kaplan-Meier curves and life tables."""

    query: ClassVar[type[Query]] = SurvivalQuery

    def plan(self, query: SurvivalQuery, dataset: Dataset, engine: Engine, policy: Policy) -> SurvivalPlan:
        """Resolve groups, conditions, duration, event and times."""
        scope = names_of(query, dataset)
        columns = {
            "t": finite(number_of(scope, query.duration, "duration", engine)),
            "e": _event(scope, query.event, engine),
        }
        grid = query.grid(dataset.visible)
        groups = plan_groups(query, scope, columns, dataset, engine, policy.largest_table // len(grid))
        rule = policy.rules[SurvivalSteps.id]
        assert isinstance(rule, SurvivalSteps)  # noqa: S101 - known by its id
        return SurvivalPlan(groups, grid, rule, is_of_several(scope, query.duration))

    def compute(self, query: SurvivalQuery, plan: SurvivalPlan, dataset: Dataset, engine: Engine) -> Computed:
        """The exact curve of each group, published in steps that are each safe."""
        found = [
            published
            for sample in samples_of(plan.groups, dataset, engine)
            for published in _published(sample, plan, query.counts)
        ]
        steps = tuple(published.step for published in found for _ in query.measures)
        first, *others = unit_texts(plan.groups, dataset)
        evidence = SurvivalEvidence(first, tuple(others), query.counts, steps, plan.composed)
        return Computed(_table(query, plan, found), (Part(evidence),))


def _event(scope: Scope, name: str, engine: Engine) -> str:
    """Whether it happened, as 1 or 0."""
    sql = scope.render(scope.variable(name, "event"))
    if typed(sql, "event", engine) != "BOOLEAN":
        message = Text(nl=f"{name} is niet ja of nee.", en=f"{name} is not yes or no.")
        remedy = Text(
            nl="Leid het af, bijvoorbeeld died = 'status = 2'.",
            en="Derive it, for instance died = 'status = 2'.",
        )
        raise ExpressionError(message, field="event", remedy=remedy)
    return f"CAST({sql} AS INTEGER)"


def _published(sample: Sample, plan: SurvivalPlan, counts: bool) -> list[Published]:
    import numpy

    sample = sample.present("t")
    known = ~numpy.isnan(sample.columns["e"])
    durations, events = sample.columns["t"][known], sample.columns["e"][known]
    keys = [None if given is None else given[known] for given in sample.keys.values()]
    _check_one_row_each(keys[0])
    curve, grid, labels = Curve(durations, events), list(plan.grid.values()), list(plan.grid)
    return [
        Published(
            line=(*sample.line, labels[interval.end]),
            curve=curve,
            time=grid[interval.end],
            step=_with_others(interval, grid, curve, events, keys[1:]),
        )
        for interval in curve.intervals(grid, plan.rule, counts)
    ]


def _check_one_row_each(keys: "NDArray[np.uint64] | None") -> None:
    import numpy

    if keys is not None and len(numpy.unique(keys)) < len(keys):
        message = Text(
            nl="Een eenheid heeft meer dan één duur in een groep.",
            en="A unit has more than one duration in a group.",
        )
        remedy = Text(
            nl="Kies een eenheid met één rij, of kies één rij per eenheid in where.",
            en="Choose a unit with one row, or choose one row per unit in where.",
        )
        raise QueryError(message, field="unit", remedy=remedy)


def _with_others(
    interval: Interval,
    grid: Sequence[float],
    curve: Curve,
    events: "NDArray[np.float64]",
    keys: "Sequence[NDArray[np.uint64] | None]",
) -> Step:
    """The step, with the units of other kinds that had the event in it."""
    import numpy

    start = curve.rows(grid[interval.start] if interval.start >= 0 else -math.inf)
    rows = slice(start, curve.rows(grid[interval.end]))
    happened = events[rows] > 0
    counts = [
        interval.step.events if given is None else len(numpy.unique(given[rows][happened])) for given in keys
    ]
    return replace(interval.step, other_events=tuple(counts))


def _table(query: SurvivalQuery, plan: SurvivalPlan, found: Sequence[Published]) -> Table:
    """Groups and times in the rows, measures in the columns."""
    name = "time"
    while name in query.by:
        name += "_"
    labels = {label: Text.same(label) for label in plan.grid}
    by = (*plan.groups.by, Classification(name=name, heading=TIME, sql="", labels=labels))
    measured = [
        Measured(
            line=published.line,
            values=[_value(published, measure) for measure in query.measures],
            units=[published.step.at_risk] * len(query.measures),
        )
        for published in found
    ]
    measures: dict[str, Text] = {measure: WORDS[measure] for measure in query.measures}
    return table_of(replace(plan.groups, by=by), HEADING, measures, measured)


def _value(published: Published, measure: str) -> int | float | None:
    """One number; none where nobody has a duration."""
    step = published.step
    if not published.curve.units:
        return None
    if measure in ("survival", "std_err"):
        return (
            published.curve.survival(published.time)
            if measure == "survival"
            else published.curve.std_err(published.time)
        )
    if measure == "hazard":
        # Those lost to follow-up count for half a step (actuarial method, Cutler and Ederer 1958).
        return step.events / (step.at_risk - step.censored / 2)
    return {"at_risk": step.at_risk, "events": step.events, "censored": step.censored}[measure]
