"""The judge: recompute a query from the registered microdata, and say whether its result may leave."""

import time
from collections.abc import Iterable

from output_checker.dataset import Dataset
from output_checker.engine import DEFAULT_LIMITS, Engine, Limits
from output_checker.evidence import CellEvidence, Evidence
from output_checker.gather import gather
from output_checker.plan import Plan, make_plan, narrow
from output_checker.policy import Policy
from output_checker.query import Query
from output_checker.text import Text
from output_checker.verdict import (
    Cell,
    CellStatus,
    DatasetReference,
    Finding,
    Outcome,
    PolicyReference,
    Table,
    Verdict,
)


def judge(query: Query, dataset: Dataset, policy: Policy, limits: Limits = DEFAULT_LIMITS) -> Verdict:
    """Recompute a table, gather the evidence behind each cell, and apply the rules of the policy.

    Nothing that the researcher computed is used: the query says what to compute, the dataset is the registered one.

    Raises:
        QueryError: the query does not make sense for this view of the dataset.
        DatasetError: the microdata cannot be read, or does not obey its metadata.
        EvidenceError: the evidence could not be gathered within the limits.
    """
    start = time.perf_counter()
    with Engine(dataset.path, limits) as engine:
        narrow(engine, dataset)
        plan = make_plan(query, dataset, engine, policy.largest_table)
        evidence = gather(plan, query.aggfunc, dataset, engine)
    findings = tuple(found for rule in policy.rules_for(query.aggfunc) for found in rule.apply(evidence))
    return Verdict(
        outcome=_outcome(findings),
        policy=PolicyReference(name=policy.name, version=policy.version, digest=policy.digest),
        query_digest=query.digest,
        dataset=DatasetReference(
            name=dataset.metadata.name, version=dataset.metadata.version, sha256=dataset.sha256
        ),
        units=plan.unit,
        findings=findings,
        table=_table(plan, evidence, findings),
        seconds=round(time.perf_counter() - start, 3),
    )


def _outcome(findings: Iterable[Finding]) -> Outcome:
    outcomes = {finding.outcome for finding in findings}
    return next((outcome for outcome in (Outcome.FAIL, Outcome.REVIEW) if outcome in outcomes), Outcome.PASS)


def _table(plan: Plan, evidence: Evidence, findings: Iterable[Finding]) -> Table:
    statuses = _statuses(findings)
    cells = tuple(
        Cell(
            row=row,
            column=column,
            value=_value(cell, evidence, plan.whole),
            units=evidence.basis(cell),
            status=statuses.get(place, "pass") if cell.rows else "empty",
        )
        for place, ((row, column), cell) in enumerate(
            zip(evidence.frame.positions(), evidence.cells, strict=True)
        )
    )
    frame = evidence.frame
    return Table(
        row_names=frame.row_names,
        column_names=frame.column_names,
        rows=frame.rows,
        columns=frame.columns,
        cells=cells,
        headings=evidence.headings,
        labels={item.name: _used(plan, evidence, item.name) for item in plan.classifications},
    )


def _used(plan: Plan, evidence: Evidence, name: str) -> dict[str, Text]:
    """The public words of the labels that are in the table."""
    item = next(item for item in plan.classifications if item.name == name)
    seen = {
        label for lines in (evidence.frame.rows, evidence.frame.columns) for line in lines for label in line
    }
    return {label: words for label, words in item.labels.items() if label in seen}


def _statuses(findings: Iterable[Finding]) -> dict[int, CellStatus]:
    """The worst outcome of each cell."""
    review = {cell for finding in findings if finding.outcome is Outcome.REVIEW for cell in finding.cells}
    fail = {cell for finding in findings if finding.outcome is Outcome.FAIL for cell in finding.cells}
    statuses: dict[int, CellStatus] = dict.fromkeys(review, "review")
    return statuses | dict.fromkeys(fail, "fail")


def _value(cell: CellEvidence, evidence: Evidence, whole: bool) -> int | float | None:
    """The published number. A mean is per unit that has a value; sums of whole numbers are whole."""
    if evidence.statistic == "count":
        return evidence.basis(cell)
    if cell.total is None:
        return None
    total = int(cell.total) if whole else stable(cell.total)
    return total if evidence.statistic == "sum" else stable(cell.total / cell.contributing)


def stable(number: float) -> float:
    """A double without its last digits, which depend on the order in which threads add up."""
    return float(f"{number:.12g}")
