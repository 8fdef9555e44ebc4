"""The judge: recompute a query from the registered microdata, and say whether its result may leave."""

import time
from collections.abc import Iterable, Iterator
from typing import Any

from output_checker.dataset import Dataset
from output_checker.engine import DEFAULT_LIMITS, Engine, Limits
from output_checker.kinds import kind_of
from output_checker.kinds.base import Computed
from output_checker.plan import narrow
from output_checker.policy import Policy
from output_checker.query import Query
from output_checker.verdict import (
    CellStatus,
    DatasetReference,
    Finding,
    Outcome,
    PolicyReference,
    Table,
    Verdict,
)


def check(query: Query, dataset: Dataset, policy: Policy, limits: Limits = DEFAULT_LIMITS) -> Any:
    """Plan a query without computing it, and return the plan.

    Raises:
        QueryError: the query does not make sense for this view of the dataset.
        DatasetError: the microdata cannot be read.
    """
    with Engine(dataset.path, limits) as engine:
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
    start = time.perf_counter()
    kind = kind_of(query)
    with Engine(dataset.path, limits) as engine:
        narrow(engine, dataset)
        plan = kind.plan(query, dataset, engine, policy)
        computed = kind.compute(query, plan, dataset, engine)
    findings = tuple(_findings(computed, policy))
    return Verdict(
        outcome=_outcome(findings),
        policy=PolicyReference(name=policy.name, version=policy.version, digest=policy.digest),
        query_digest=query.digest,
        dataset=DatasetReference(
            name=dataset.metadata.name, version=dataset.metadata.version, sha256=dataset.sha256
        ),
        units=query.unit or dataset.metadata.default_unit,
        findings=findings,
        table=_marked(computed.table, findings),
        seconds=round(time.perf_counter() - start, 3),
    )


def _findings(computed: Computed, policy: Policy) -> Iterator[Finding]:
    """What the rules find in each part, told in positions of the whole table.

    A part that no rule concerns was never judged: that is a mistake of ours, and no reason to pass.
    """
    for part in computed.parts:
        for rule in policy.rules_for(part.evidence):
            for found in rule.apply(part.evidence):
                yield found.model_copy(update={"cells": tuple(part.place(cell) for cell in found.cells)})


def _outcome(findings: Iterable[Finding]) -> Outcome:
    outcomes = {finding.outcome for finding in findings}
    return next((outcome for outcome in (Outcome.FAIL, Outcome.REVIEW) if outcome in outcomes), Outcome.PASS)


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
