"""Stored verdicts: reading them back, telling whether anything changed since, and what may be shown outside."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from api.access.policies import policy_of
from api.audit.chain import canonical
from api.budget.answering import answer_to
from api.errors import ConflictError
from api.inspection.asking import is_about_its_file
from api.reading import Readings
from api.requests.models import Output, OutputRequest
from output_checker.files.inspection import known_file_rules
from output_checker.noise.documents import NoisyAnswer
from output_checker.noise.judgement import verdict_on
from output_checker.policy import Policy
from output_checker.query import Query
from output_checker.rules import known_rules
from output_checker.text import Text
from output_checker.verdict import CellStatus, Finding, Outcome, PolicyReference, Verdict

_UNMARKED: Final[dict[CellStatus, CellStatus]] = {"fail": "pass", "review": "pass"}
"""How a marked cell looks to whoever may see only what was released."""
_VERDICTS: Final = Readings(Verdict.model_validate)
OUTCOME: Final = Output.verdict["outcome"].as_string()
"""The outcome of the verdict on an output, for the database to find; NULL where there is none yet."""


def verdict_of(output: Output) -> Verdict | None:
    """Return the verdict of an output, or None when it was not judged yet."""
    return None if output.verdict is None else _VERDICTS.of(output, output.verdict)


def known_verdict_of(output: Output) -> Verdict:
    """Return the verdict of an output that was judged; raises ValueError for any other."""
    verdict = verdict_of(output)
    if verdict is None:
        raise ValueError(output.id)
    return verdict


@dataclass(frozen=True)
class Gist:
    """What is known of the verdict on an output without reading it: none and nothing where there is none yet."""

    outcome: str | None
    characters: int


def gists_of(session: Session, outputs: Sequence[Output]) -> Mapping[int, Gist]:
    """Return the gist of the verdict on each output by its id, as the database finds it: a large one takes seconds to read."""
    size = func.coalesce(func.length(cast(Output.verdict, String)), 0)
    ids = [output.id for output in outputs]
    found = session.execute(select(Output.id, OUTCOME, size).where(Output.id.in_(ids)))
    return {output: Gist(outcome, characters) for output, outcome, characters in found}


def reference_to(policy: Policy) -> PolicyReference:
    """Return a policy as a verdict names it."""
    return PolicyReference(name=policy.name, version=policy.version, digest=policy.digest)


def noisy_answer_of(output: Output) -> NoisyAnswer | None:
    """Return the answer with noise behind an output; None where there is no noise, or no verdict yet."""
    return answer_to(output.charge) if output.charge and output.verdict is not None else None


def is_its_answer(output: Output, verdict: Verdict) -> bool:
    """Tell whether the verdict on an output with noise says what was answered when it was paid for, and nothing else."""
    answer = noisy_answer_of(output)
    return answer is not None and verdict_on(answer, verdict.policy) == verdict


def has_ways_out(output: Output) -> bool:
    """Tell whether there may be something that would do instead: of a judged table that does not pass.

    Never of a table with noise: proposals come from true numbers.
    """
    if output.charge_id is not None or output.query.get("kind", "table") != "table":
        return False
    verdict = verdict_of(output)
    return verdict is not None and verdict.outcome is not Outcome.PASS


def outcome_of(request: OutputRequest) -> Outcome | None:
    """Return the weightiest outcome among the outputs of a request, or None while one is not judged."""
    verdicts = [verdict_of(output) for output in request.outputs]
    outcomes = {verdict.outcome for verdict in verdicts if verdict}
    if not verdicts or None in verdicts:
        return None
    return next(outcome for outcome in (Outcome.FAIL, Outcome.REVIEW, Outcome.PASS) if outcome in outcomes)


def digest_of(document: dict[str, Any]) -> str:
    """Return the sha256 (64 hex digits) of a document in canonical JSON."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def verdict_digest(output: Output) -> str:
    """Return the sha256 of the stored verdict, "" when there is none."""
    return "" if output.verdict is None else digest_of(output.verdict)


def findings_outside(verdict: Verdict) -> list[dict[str, Any]]:
    """Return the findings without evidence and without places of cells: fit for people outside the enclave."""
    return [
        {
            "rule": finding.rule,
            "outcome": finding.outcome.value,
            "cells": len(finding.cells),
            "reason": {"nl": finding.reason.nl, "en": finding.reason.en},
            "remedy": {"nl": finding.remedy.nl, "en": finding.remedy.en},
        }
        for finding in verdict.findings
    ]


def objections_in(verdict: Verdict) -> dict[str, Outcome]:
    """Return the rules that object to an output, each with the weightiest of what it found."""
    found: dict[str, Outcome] = {}
    for finding in verdict.findings:
        if found.get(finding.rule) is not Outcome.FAIL:
            found[finding.rule] = finding.outcome
    return found


def summary(findings: tuple[Finding, ...]) -> Text:
    """Return which rules refuse, and how many cells, in one line."""
    refused: Counter[str] = Counter()
    for finding in findings:
        if finding.outcome is Outcome.FAIL:
            refused[finding.rule] += len(finding.cells)
    told = [(title_of(rule), f" ({cells})" if cells else "") for rule, cells in refused.items()]
    dutch = ", ".join(f"{title.nl.lower()}{cells}" for title, cells in told)
    english = ", ".join(f"{title.en.lower()}{cells}" for title, cells in told)
    if not all(refused.values()):
        return Text(
            f"Dit voldoet niet aan de regels: {dutch}.", f"This does not satisfy the rules: {english}."
        )
    return Text(f"Cellen voldoen niet aan de regels: {dutch}.", f"Cells do not satisfy the rules: {english}.")


def title_of(rule: str) -> Text:
    """Return what a rule about tables or files is called; a verdict of the past may name one that is gone."""
    rules: dict[str, Text] = {name: one.title for name, one in known_rules().items()}
    rules |= {name: one.title for name, one in known_file_rules().items()}
    return rules.get(rule, Text.same(rule))


def check_unaltered(request: OutputRequest) -> None:
    """Raise ConflictError when query, microdata or policy are no longer those that the verdict is about.

    Raises UnavailableError when the policy cannot be read.
    """
    policy = policy_of(request.project)
    for output in request.outputs:
        if not _is_about(output, policy.digest):
            raise ConflictError(
                "altered_since_judged",
                Text(
                    "De vraag, de microdata of het beleid zijn veranderd sinds de beoordeling.",
                    "The query, the microdata or the policy changed since the verdict.",
                ),
                remedy=Text(
                    "Geef de aanvraag terug; de aanvrager kan opnieuw indienen.",
                    "Return the request; its author can submit again.",
                ),
            )


def _is_about(output: Output, policy_digest: str) -> bool:
    verdict = verdict_of(output)
    if verdict is None or verdict.outcome is Outcome.FAIL:
        return False
    if output.is_file:
        return is_about_its_file(output, verdict, policy_digest)
    if output.charge and not is_its_answer(output, verdict):
        return False
    query = Query.parse(output.query).digest
    return (
        {query, output.query_digest, verdict.query_digest} == {query}
        and verdict.dataset.sha256 == output.dataset_version.sha256
        and verdict.policy.digest == policy_digest
    )


def released_of(output: Output) -> Verdict | None:
    """Return what left with a release: the table without marks, units or findings, which stay inside."""
    verdict = verdict_of(output)
    if verdict is None:
        return None
    table = verdict.table
    shown = tuple(
        cell.model_copy(update={"status": _UNMARKED.get(cell.status, cell.status), "units": 0})
        for cell in table.cells
    )
    return verdict.model_copy(
        update={"findings": (), "own": (), "table": table.model_copy(update={"cells": shown})}
    )
