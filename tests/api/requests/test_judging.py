"""Judging: every verdict from our own copy, once, and nothing judged that cannot be trusted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from api.access.models import DatasetView
from api.audit.chain import Link, first_broken
from api.audit.models import AuditRecord
from api.people.models import Role
from api.requests import judging
from api.requests.judging import give_up_judging
from api.requests.models import Output, OutputRequest, RequestState
from api.requests.questions import VIEW_GONE
from api.requests.service import withdraw
from api.requests.verdicts import verdict_digest, verdict_of
from output_checker.errors import EvidenceTimeoutError
from output_checker.judge import judge_together
from output_checker.query import Query
from output_checker.text import Text
from output_checker.verdict import Outcome, Verdict
from tests.api.factories import acting
from tests.api.flow import FINE, PERSONS, SMALL, Flow, find


def test_a_fine_table_goes_to_people(flow: Flow) -> None:
    number = flow.submit(FINE)
    assert flow.judge(number) is RequestState.UNDER_REVIEW
    with flow.database.reading() as session:
        output = find(session, number).outputs[0]
        verdict = verdict_of(output)
        assert verdict is not None
        assert verdict.outcome is Outcome.PASS
        assert verdict.table.cells[-1].value == PERSONS
        assert output.judged_at is not None
        told = session.scalars(select(AuditRecord).where(AuditRecord.action == "output.judge")).one()
        details = json.loads(told.document)["details"]
        assert details["verdict_sha256"] == verdict_digest(output)
        assert details["dataset"]["sha256"] == output.dataset_version.sha256
        assert details["policy"]["name"] == "essnet"


def test_a_table_with_small_cells_is_returned_with_reasons(flow: Flow) -> None:
    number = flow.submit(SMALL)
    assert flow.judge(number) is RequestState.RETURNED
    with flow.database.reading() as session:
        request = find(session, number)
        verdict = verdict_of(request.outputs[0])
        assert verdict is not None
        assert verdict.outcome is Outcome.FAIL
        reason = request.history[-1].reason
    assert "minimum number of units" in reason.en
    assert "minimumaantal eenheden" in reason.nl


def test_judging_again_changes_nothing(flow: Flow) -> None:
    number = flow.under_review()
    with flow.database.reading() as session:
        before = find(session, number).row_version
    assert flow.judge(number) is RequestState.UNDER_REVIEW
    with flow.database.reading() as session:
        assert find(session, number).row_version == before
        links = [
            Link(r.seq, r.document, r.previous_hash, r.hash) for r in session.scalars(select(AuditRecord))
        ]
    assert first_broken(links) is None


def test_a_request_withdrawn_while_it_is_judged_stays_withdrawn(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = flow.submit(FINE)

    def slow(*arguments: Any) -> list[Verdict]:
        with flow.database.transaction() as session:
            request = find(session, number)
            assert request.state is RequestState.JUDGING
            withdraw(session, acting(request.author, Role.RESEARCHER), request)
        return judge_together(*arguments)

    monkeypatch.setattr(judging, "judge_together", slow)
    assert flow.judge(number) is RequestState.WITHDRAWN
    with flow.database.reading() as session:
        assert find(session, number).outputs[0].verdict is None


def test_outputs_of_one_request_are_judged_together(flow: Flow) -> None:
    """What the first table hides, the second one publishes: apart they would pass."""
    number = flow.submit({**SMALL, "hide": "failing"})
    with flow.database.transaction() as session:
        request = find(session, number)
        first = request.outputs[0]
        query = Query.parse(SMALL)
        session.add(
            Output(
                request=request,
                position=2,
                query=json.loads(query.canonical()),
                query_digest=query.digest,
                dataset_version=first.dataset_version,
            )
        )
    assert flow.judge(number) is RequestState.RETURNED
    with flow.database.reading() as session:
        first, second = find(session, number).outputs
        verdict = verdict_of(first)
        assert verdict is not None
        assert {finding.rule for finding in verdict.findings} == {"hidden_cells"}
        assert second.verdict is not None


def test_altered_microdata_are_never_judged(flow: Flow) -> None:
    number = flow.submit(FINE)
    kept = next(flow.settings.directory("data").glob("*.parquet"))
    kept.chmod(0o644)
    kept.write_bytes(kept.read_bytes() + b"x")
    assert flow.judge(number) is RequestState.RETURNED
    with flow.database.reading() as session:
        request = find(session, number)
        assert request.outputs[0].verdict is None
        assert "no longer what they were" in request.history[-1].reason.en
        told = session.scalars(select(AuditRecord).order_by(AuditRecord.seq.desc())).first()
    assert told is not None
    assert told.action == "request.returned"
    assert "no longer what they were" in told.document


def test_a_view_that_was_taken_back_is_not_judged_through(flow: Flow) -> None:
    number = flow.submit(FINE)
    with flow.database.transaction() as session:
        session.delete(session.scalars(select(DatasetView)).one())
    assert flow.judge(number) is RequestState.RETURNED
    with flow.database.reading() as session:
        assert find(session, number).history[-1].reason == VIEW_GONE


def test_what_takes_too_long_is_returned_with_the_reason(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    number = flow.submit(FINE)

    def endless(*_: Any) -> Verdict:
        raise EvidenceTimeoutError(Text("Het duurde te lang.", "It took too long."))

    monkeypatch.setattr(judging, "judge_together", endless)
    assert flow.judge(number) is RequestState.RETURNED
    with flow.database.reading() as session:
        assert find(session, number).history[-1].reason.nl == "Het duurde te lang."


@pytest.mark.parametrize("begun", [False, True])
def test_a_request_that_cannot_be_judged_is_returned_and_says_whose_fault_it_is(
    flow: Flow, begun: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = flow.submit(FINE)
    if begun:
        monkeypatch.setattr(judging, "judged", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            flow.judge(number)
        assert flow.state(number) is RequestState.JUDGING
    with flow.database.transaction() as session:
        give_up_judging(session, flow.id_of(number))
    with flow.database.reading() as session:
        request = session.get_one(OutputRequest, flow.id_of(number))
        assert request.state is RequestState.RETURNED
        assert "failure on our side" in request.history[-1].reason.en


def test_giving_up_leaves_a_judged_request_alone(flow: Flow) -> None:
    number = flow.under_review()
    with flow.database.transaction() as session:
        give_up_judging(session, flow.id_of(number))
    assert flow.state(number) is RequestState.UNDER_REVIEW
