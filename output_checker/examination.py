"""Examining one query: recompute its result, apply every rule that concerns it, and keep the record of both."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from output_checker.dataset import Dataset
from output_checker.engine import Engine, Limits
from output_checker.kinds import kind_of
from output_checker.kinds.base import Computed, Part
from output_checker.noise.errors import NoiseError
from output_checker.own.distribution import summarise
from output_checker.own.variable import OwnEvidence, OwnVariable
from output_checker.plan import narrow
from output_checker.policy import Policy
from output_checker.query import Query
from output_checker.rules.base import Rule
from output_checker.rules.unexamined import UnexaminedEvidence
from output_checker.text import Text
from output_checker.told import missing_within
from output_checker.verdict import Criterion, Finding, Outcome, OwnSummary

# A verdict holds true numbers: nobody may see those of a question that is answered with noise.
_WITH_NOISE = Text(
    nl="Een vraag met ruis wordt niet volgens de regels beoordeeld.",
    en="A question with noise is not judged by the rules.",
)


@dataclass(frozen=True)
class Found:
    """A finding of a rule on one part of a result; its cells are those of the part's evidence."""

    part: int
    rule: Rule
    finding: Finding


@dataclass(frozen=True)
class Applied:
    """A rule that was applied to a part, with how many cells it looked at."""

    part: int
    rule: Rule
    cells: int


@dataclass(frozen=True)
class Examination:
    """A recomputed result with everything that the rules say of it, before anything is hidden."""

    asked: Query
    computed: Computed
    applied: tuple[Applied, ...]
    found: tuple[Found, ...]
    seconds: float

    @property
    def query(self) -> Query:
        """The query that the numbers are of: a figure is examined as the table that it shows."""
        return self.asked.numbers

    def places(self, found: Found) -> set[int]:
        """The cells of the whole table that a finding is about."""
        part = self.computed.parts[found.part]
        return {part.place(cell) for cell in found.finding.cells}

    def objected(self, *outcomes: Outcome) -> set[int]:
        """The cells of the whole table with a finding of one of these outcomes."""
        chosen = (found for found in self.found if found.finding.outcome in outcomes)
        return set[int]().union(*(self.places(found) for found in chosen))

    @property
    def own(self) -> tuple[OwnSummary, ...]:
        """The variables of the researcher's own in this result."""
        evidence = (part.evidence for part in self.computed.parts)
        return tuple(one.summary for one in evidence if isinstance(one, OwnEvidence))

    def criteria(self) -> Iterator[Criterion]:
        """The record of the rules that were applied (SATRE 3.3.09): what they were set to, and what they met."""
        for rule in {applied.rule.id: applied.rule for applied in self.applied}.values():
            yield Criterion(
                rule=rule.id,
                parameters=rule.model_dump(mode="json"),
                examined=sum(applied.cells for applied in self.applied if applied.rule.id == rule.id),
                failing=len(self._places_of(rule, Outcome.FAIL)),
                review=len(self._places_of(rule, Outcome.REVIEW)),
            )

    def _places_of(self, rule: Rule, outcome: Outcome) -> set[int]:
        chosen = (f for f in self.found if f.rule.id == rule.id and f.finding.outcome is outcome)
        return set[int]().union(*(self.places(found) for found in chosen))


def examine(query: Query, dataset: Dataset, policy: Policy, limits: Limits) -> Examination:
    """Recompute a result, gather the evidence behind each cell, and apply the rules of the policy.

    Raises:
        QueryError: the query does not make sense for this view of the dataset, or asks for noise.
        DatasetError: the microdata cannot be read, or does not obey its metadata.
        EvidenceError: the evidence could not be gathered within the limits.
    """
    if query.noise or query.numbers.noise:
        raise NoiseError(_WITH_NOISE, field="noise")
    start = time.perf_counter()
    kind = kind_of(query)
    with Engine.over(dataset, limits) as engine:
        narrow(engine, dataset)
        plan = kind.plan(query, dataset, engine, policy)
        computed = _with_own_variables(kind.compute(query, plan, dataset, engine), query, dataset, engine)
    computed = _with_unexamined(_with_missing(computed), policy)
    applied = tuple(_applied(computed, policy))
    found = tuple(_found(computed, applied))
    return Examination(query, computed, applied, found, time.perf_counter() - start)


def _with_own_variables(computed: Computed, query: Query, dataset: Dataset, engine: Engine) -> Computed:
    """The result with a part for each of the researcher's own variables, which says what people have to judge."""
    unit = dataset.metadata.unit_label(query.unit)
    columns = {column.name: column for column in dataset.own}
    own = tuple(
        Part(OwnEvidence(unit, summarise(name, told, columns[name], _unit_of(told, dataset), engine)))
        for name, told in query.numbers.own.items()
    )
    return replace(computed, parts=(*computed.parts, *own))


def _with_missing(computed: Computed) -> Computed:
    """The result with a part on who lacks a value, where it tells more than one number of units."""
    evidence = missing_within(computed.parts)
    return computed if evidence is None else replace(computed, parts=(*computed.parts, Part(evidence)))


def _unit_of(told: OwnVariable, dataset: Dataset) -> Text:
    return dataset.metadata.unit_label(told.unit)


def _with_unexamined(computed: Computed, policy: Policy) -> Computed:
    """The result with, for each part that no rule concerns, a part that says so: it never passes unseen."""
    unseen = tuple(
        replace(
            part,
            evidence=UnexaminedEvidence(part.evidence.unit, part.evidence.statbarn, _size(computed, part)),
        )
        for part in computed.parts
        if not policy.rules_for(part.evidence)
    )
    return replace(computed, parts=(*computed.parts, *unseen))


def _size(computed: Computed, part: Part) -> int:
    return len(computed.table.cells) if part.places is None else len(part.places)


def _applied(computed: Computed, policy: Policy) -> Iterator[Applied]:
    for number, part in enumerate(computed.parts):
        for rule in policy.rules_for(part.evidence):
            yield Applied(number, rule, _size(computed, part))


def _found(computed: Computed, applied: tuple[Applied, ...]) -> Iterator[Found]:
    for one in applied:
        for finding in one.rule.apply(computed.parts[one.part].evidence):
            yield Found(one.part, one.rule, finding)
