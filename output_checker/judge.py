"""The judge: recompute queries from the registered microdata, and say whether their results may leave."""

import gc
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from output_checker.dataset import Dataset
from output_checker.differences import differences
from output_checker.engine import DEFAULT_LIMITS, Engine, Limits
from output_checker.examination import Examination, examine
from output_checker.kinds import kind_of
from output_checker.own.columns import with_own
from output_checker.plan import narrow
from output_checker.policy import Policy
from output_checker.protection.concealment import Concealed, conceal
from output_checker.protection.query import rounded
from output_checker.query import Query
from output_checker.rules.base import Rule, narrowed
from output_checker.rules.differencing import DifferenceEvidence
from output_checker.rules.hidden_cells import HiddenCells
from output_checker.told import nearly_told
from output_checker.verdict import (
    Cell,
    CellStatus,
    Criterion,
    DatasetReference,
    Finding,
    HiddenCell,
    Outcome,
    PolicyReference,
    Table,
    Verdict,
)


def check(query: Query, dataset: Dataset, policy: Policy, limits: Limits = DEFAULT_LIMITS) -> Any:
    """Plan a query without computing it, and return the plan.

    Values of own variables are not looked at: their files come from strangers, and are only read where it is judged.

    Raises:
        QueryError: the query does not make sense for this view of the dataset.
        DatasetError: the microdata cannot be read.
    """
    dataset = with_own([query], dataset)
    with Engine.over(dataset, limits, only_plan=True) as engine:
        narrow(engine, dataset)
        return kind_of(query).plan(query, dataset, engine, policy)


def judge(query: Query, dataset: Dataset, policy: Policy, limits: Limits = DEFAULT_LIMITS) -> Verdict:
    """Recompute a result, gather the evidence behind each cell, and apply the rules of the policy.

    Nothing that the researcher computed is used: the query says what to compute, the dataset is the registered one.

    Raises:
        QueryError: the query does not make sense for this view of the dataset.
        DatasetError: the microdata cannot be read, or does not obey its metadata.
        EvidenceError: the evidence could not be gathered within the limits.
    """
    return judge_together([query], dataset, policy, limits)[0]


@contextmanager
def _without_collection() -> Iterator[None]:
    """Cells are many small objects that all stay: looking for garbage among them takes a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@_without_collection()
def judge_together(
    queries: Sequence[Query], dataset: Dataset, policy: Policy, limits: Limits = DEFAULT_LIMITS
) -> list[Verdict]:
    """Judge queries whose results are published together: what one of them hides may not follow from another.

    ``limits`` hold for each query by itself. Raises what ``judge`` raises.
    """
    own = with_own(queries, dataset, limits)
    examinations = _examined(queries, own, policy, limits)
    start = time.perf_counter()
    concealed = _concealed(examinations, own, policy, limits)
    together = _together(examinations, concealed, own, policy, limits)
    seconds = time.perf_counter() - start
    return [
        _verdict(examination, hidden, difference, dataset, policy, seconds)
        for examination, hidden, difference in zip(examinations, concealed, together, strict=True)
    ]


@_without_collection()
def is_told_by_both(
    mine: Sequence[Query],
    theirs: Sequence[Query],
    dataset: Dataset,
    policy: Policy,
    limits: Limits = DEFAULT_LIMITS,
) -> bool:
    """Whether results published after others tell more than they do apart: by whom or by how many with a value they
    differ, or of a cell that either hides. What the others told of each other is theirs.

    Raises what ``judge`` raises.
    """
    queries = [*mine, *theirs]
    own = with_own(queries, dataset, limits)
    compared = differences(queries, own, policy, limits)
    if _is_raised(compared[: len(mine)], policy):
        return True
    examinations = _examined(queries, own, policy, limits)
    concealed = _concealed(examinations, own, policy, limits)
    nearly = _nearly(examinations, concealed, compared, own, limits)
    before = _concealed(examinations[len(mine) :], own, policy, limits)
    alone = _concealed(examinations[: len(mine)], own, policy, limits)
    return _is_raised(nearly[: len(mine)], policy) or _exposed(concealed, policy) != [
        *_exposed(alone, policy),
        *_exposed(before, policy),
    ]


def _is_raised(compared: Iterable[DifferenceEvidence], policy: Policy) -> bool:
    return any(rule.apply(evidence) for evidence in compared for rule in policy.rules_for(evidence))


def _exposed(concealed: Sequence[Concealed | None], policy: Policy) -> list[list[Finding]]:
    """What the rules find of the hidden cells of each result."""
    return [
        [finding for rule in policy.rules_for(one.evidence) for finding in rule.apply(one.evidence)]
        if one
        else []
        for one in concealed
    ]


def _examined(queries: Sequence[Query], own: Dataset, policy: Policy, limits: Limits) -> list[Examination]:
    return [examine(query, with_own([query], own, limits), policy, limits) for query in queries]


def _concealed(
    examinations: Sequence[Examination], own: Dataset, policy: Policy, limits: Limits
) -> Sequence[Concealed | None]:
    """What each result hides, audited over all of them; None where no policy asks."""
    rule = policy.rules[HiddenCells.id]
    if isinstance(rule, HiddenCells) and rule.enabled:
        return conceal(examinations, own, rule, limits)
    return [None] * len(examinations)


def _together(
    examinations: Sequence[Examination],
    concealed: Sequence[Concealed | None],
    dataset: Dataset,
    policy: Policy,
    limits: Limits,
) -> list[DifferenceEvidence]:
    """How each output differs from the others: in whom it is about, and in how many of them have a value."""
    compared = differences([one.asked for one in examinations], dataset, policy, limits)
    return _nearly(examinations, concealed, compared, dataset, limits)


def _nearly(
    examinations: Sequence[Examination],
    concealed: Sequence[Concealed | None],
    compared: Sequence[DifferenceEvidence],
    dataset: Dataset,
    limits: Limits,
) -> list[DifferenceEvidence]:
    """The same, where the numbers of units that are told differ by fewer."""
    hidden = [one.cells if one else frozenset[int]() for one in concealed]
    nearly = nearly_told(examinations, hidden, dataset, limits)
    return [
        replace(difference, units=min(filter(None, (difference.units, units)), default=None))
        for difference, units in zip(compared, nearly, strict=True)
    ]


def _verdict(
    examination: Examination,
    concealed: Concealed | None,
    difference: DifferenceEvidence,
    dataset: Dataset,
    policy: Policy,
    seconds: float,
) -> Verdict:
    query = examination.query
    compared = policy.rules_for(difference) if difference.compared else []
    between = [finding for rule in compared for finding in rule.apply(difference)]
    findings = (*_findings(examination, concealed, policy), *between)
    hidden = concealed.cells if concealed else frozenset[int]()
    return Verdict(
        outcome=_outcome(findings),
        policy=PolicyReference(name=policy.name, version=policy.version, digest=policy.digest),
        query_digest=examination.asked.digest,
        dataset=DatasetReference(
            name=dataset.metadata.name, version=dataset.metadata.version, sha256=dataset.sha256
        ),
        units=query.unit or dataset.metadata.default_unit,
        findings=findings,
        table=_published(_marked(examination.computed.table, findings), hidden, query),
        criteria=(
            *examination.criteria(),
            *_audit_criteria(concealed, policy),
            *map(_comparison, compared),
        ),
        hidden=tuple(_hidden_cells(concealed)),
        own=examination.own,
        seconds=round(examination.seconds + seconds, 3),
    )


def _findings(examination: Examination, concealed: Concealed | None, policy: Policy) -> Iterator[Finding]:
    """What the rules find in each part, told in positions of the whole table.

    A cell that is hidden answers to the audit of hidden cells instead.
    """
    for found in examination.found:
        part = examination.computed.parts[found.part]
        placed = found.finding.model_copy(update={"cells": tuple(map(part.place, found.finding.cells))})
        left = narrowed(placed, concealed.cells) if concealed else placed
        if left.cells or not placed.cells:
            yield left
    if concealed:
        for rule in policy.rules_for(concealed.evidence):
            yield from rule.apply(concealed.evidence)


def _audit_criteria(concealed: Concealed | None, policy: Policy) -> Iterator[Criterion]:
    """The record of the audit, where there was something to audit."""
    if concealed is None or not concealed.cells:
        return
    rule, exposed = (
        policy.rules[HiddenCells.id],
        [one for one in concealed.evidence.cells if not one.protected],
    )
    yield Criterion(
        rule=rule.id,
        parameters=rule.model_dump(mode="json"),
        examined=len(concealed.cells),
        failing=sum(one.outcome is Outcome.FAIL for one in exposed),
        review=sum(one.outcome is Outcome.REVIEW for one in exposed),
    )


def _comparison(rule: Rule) -> Criterion:
    """The record of a comparison with the other outputs, which is about no cell in particular."""
    return Criterion(rule=rule.id, parameters=rule.model_dump(mode="json"), examined=0, failing=0, review=0)


def _hidden_cells(concealed: Concealed | None) -> Iterator[HiddenCell]:
    for exposure in concealed.evidence.cells if concealed else ():
        lower, upper = exposure.interval
        yield HiddenCell(cell=exposure.cell, lower=lower, upper=upper, protected=exposure.protected)


def _outcome(findings: Iterable[Finding]) -> Outcome:
    outcomes = {finding.outcome for finding in findings}
    return next((outcome for outcome in (Outcome.FAIL, Outcome.REVIEW) if outcome in outcomes), Outcome.PASS)


def _published(table: Table, hidden: frozenset[int], query: Query) -> Table:
    """The table as it would leave: hidden cells without value, the others rounded as the query asks.

    Rounding comes last: statuses rest on what is behind a number, never on how it is written.
    """
    cells = tuple(_written(cell, place in hidden, query) for place, cell in enumerate(table.cells))
    return table.model_copy(update={"cells": cells})


def _written(cell: Cell, hidden: bool, query: Query) -> Cell:
    if hidden:
        return cell.model_copy(
            update={"value": None, "status": "fail" if cell.status == "fail" else "hidden"}
        )
    value = rounded(cell.value, query)
    return cell if value == cell.value else cell.model_copy(update={"value": value})


def _marked(table: Table, findings: Iterable[Finding]) -> Table:
    """The table with the worst outcome of each cell; empty cells that nothing was found in stay empty."""
    statuses = _statuses(findings)
    cells = tuple(
        cell.model_copy(update={"status": statuses[place]}) if place in statuses else cell
        for place, cell in enumerate(table.cells)
    )
    return table.model_copy(update={"cells": cells})


def _statuses(findings: Iterable[Finding]) -> dict[int, CellStatus]:
    """The worst outcome of each cell."""
    review = {cell for finding in findings if finding.outcome is Outcome.REVIEW for cell in finding.cells}
    fail = {cell for finding in findings if finding.outcome is Outcome.FAIL for cell in finding.cells}
    statuses: dict[int, CellStatus] = dict.fromkeys(review, "review")
    return statuses | dict.fromkeys(fail, "fail")
