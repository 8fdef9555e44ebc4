"""Stored verdicts: read back, compared, and shown outside without what must stay inside."""

from __future__ import annotations

import copy
import json

import pytest

from api.errors import ConflictError
from api.requests.models import BilingualText, Output, OutputRequest
from api.requests.verdicts import (
    check_unaltered,
    findings_outside,
    known_verdict_of,
    released_of,
    summary,
    verdict_digest,
    verdict_of,
)
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome
from tests.api.flow import FINE, MEAN, SMALL, Flow, find

ALTERATIONS = {
    "query": lambda request: request.outputs[0].query.update(MEAN),
    "query digest": lambda request: setattr(request.outputs[0], "query_digest", "0" * 64),
    "verdict about another query": lambda request: request.outputs[0].verdict.update(query_digest="0" * 64),
    "verdict about other data": lambda request: request.outputs[0].verdict["dataset"].update(sha256="0" * 64),
    "verdict by another policy": lambda request: request.outputs[0].verdict["policy"].update(digest="0" * 64),
    "failed verdict": lambda request: request.outputs[0].verdict.update(outcome="fail"),
    "no verdict": lambda request: setattr(request.outputs[0], "verdict", None),
}


def test_nobody_takes_an_output_for_judged_that_was_not(flow: Flow) -> None:
    number = flow.submit(FINE)
    with flow.database.reading() as session, pytest.raises(ValueError, match="1"):
        known_verdict_of(find(session, number).outputs[0])


def test_an_untouched_verdict_is_about_its_request(flow: Flow) -> None:
    number = flow.under_review()
    with flow.database.reading() as session:
        check_unaltered(find(session, number))


@pytest.mark.parametrize("alter", ALTERATIONS.values(), ids=ALTERATIONS.keys())
def test_any_alteration_is_noticed(flow: Flow, alter: object) -> None:
    number = flow.under_review()
    with flow.database.reading() as session:
        request: OutputRequest = find(session, number)
        alter(request)  # type: ignore[operator]
        with pytest.raises(ConflictError) as refused:
            check_unaltered(request)
    assert refused.value.code == "altered_since_judged"


def test_outside_findings_hold_no_evidence(flow: Flow) -> None:
    number = flow.submit(SMALL)
    flow.judge(number)
    with flow.database.reading() as session:
        verdict = verdict_of(find(session, number).outputs[0])
    assert verdict is not None
    outside = findings_outside(verdict)
    assert {finding["rule"] for finding in outside} == {finding.rule for finding in verdict.findings}
    assert all(finding.keys() == {"rule", "outcome", "cells", "reason", "remedy"} for finding in outside)
    assert "counts" not in json.dumps(outside)


def test_an_unjudged_output_has_no_verdict(flow: Flow) -> None:
    number = flow.submit(FINE)
    with flow.database.reading() as session:
        output: Output = find(session, number).outputs[0]
        assert verdict_of(output) is None
        assert verdict_digest(output) == ""


def test_words_are_kept_in_both_languages() -> None:
    kind = BilingualText()
    words = Text("Énergie", "Energy")
    kept = kind.process_bind_param(words, None)  # type: ignore[arg-type]
    assert kept == '{"nl": "Énergie", "en": "Energy"}'
    assert kind.process_result_value(kept, None) == words  # type: ignore[arg-type]
    assert kind.process_bind_param(None, None) is None  # type: ignore[arg-type]
    assert kind.process_result_value(None, None) is None  # type: ignore[arg-type]


def test_the_reason_counts_what_fails_not_what_people_must_look_at() -> None:
    words = Text("x", "x")
    findings = [
        Finding(rule=rule, outcome=outcome, cells=cells, reason=words, remedy=words)
        for rule, outcome, cells in (
            ("threshold", Outcome.FAIL, (1, 2)),
            ("threshold", Outcome.REVIEW, (3,)),
            ("threshold", Outcome.FAIL, (4,)),
            ("dominance", Outcome.FAIL, (1,)),
        )
    ]
    assert summary(tuple(findings)).en == (
        "Cells do not satisfy the rules: minimum number of units (3), dominance (1)."
    )


def test_what_was_released_shows_no_mark_no_units_and_no_finding(flow: Flow) -> None:
    number = flow.released()
    with flow.database.reading() as session:
        output = find(session, number).outputs[0]
        assert output.verdict is not None
        marked = copy.deepcopy(output.verdict)
        marked["table"]["cells"][0]["status"] = "review"
        output.verdict = marked
        released = released_of(output)
        output.verdict = None
        assert released_of(output) is None
    assert released is not None
    assert released.findings == ()
    assert {(cell.status, cell.units) for cell in released.table.cells} == {("pass", 0)}
