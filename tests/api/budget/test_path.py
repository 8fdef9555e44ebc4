"""A question with noise from submission to release: paid for before the data are read, answered once, judged by people."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text

from api.audit.models import AuditRecord
from api.budget import answering
from api.budget.answering import NOT_ANSWERED, VIEW_CHANGED, NoiseWork
from api.budget.models import PrivacyBudget, PrivacyCharge
from api.budget.setting import unbalanced
from api.db import Database
from api.errors import ConflictError, InvalidError
from api.publication.proof import proof_of
from api.release.downloads import fetch_file
from api.release.models import Release
from api.release.record import make_receipt
from api.release.service import NOT_REPRODUCED
from api.requests import answers, judging
from api.requests.judging import Judged, begin, conclude, judged
from api.requests.models import RequestState
from api.requests.verdicts import has_ways_out, noisy_answer_of, verdict_of
from api.requests.ways_out import searches_of
from api.review.models import Decision
from api.review.requirements import WITH_NOISE, why_people
from api.settings import Settings
from output_checker.errors import EvidenceError
from output_checker.noise.documents import NoisyAnswer
from output_checker.text import Text
from output_checker.verdict import Outcome, Verdict
from tests.api.budget.makers import NOISY, Budgeted
from tests.api.flow import FINE, SMALL, Flow, find
from tests.api.identity.browser import log_in
from tests.api.own_values import persons

FAINT = FINE | {"noise": {"epsilon": 0.000001}}
"""With noise of millions, whatever is near a true count leaked."""


def answered(budgeted: Budgeted, number: str, place: int = 0) -> tuple[Verdict, NoisyAnswer]:
    with budgeted.database.reading() as session:
        output = find(session, number).outputs[place]
        verdict, answer = verdict_of(output), noisy_answer_of(output)
    assert verdict is not None
    assert answer is not None
    return verdict, answer


def limited(budgeted: Budgeted, numbers: int) -> Flow:
    """The flow where so many numbers with noise may be asked for in one request."""
    flow = budgeted.flow
    return replace(flow, settings=flow.settings.model_copy(update={"noisy_numbers": numbers}))


def last_reason(budgeted: Budgeted, number: str) -> Text:
    with budgeted.database.reading() as session:
        return find(session, number).history[-1].reason


class TestSubmitting:
    def test_the_budget_is_charged_with_the_submission_and_before_the_data_are_read(
        self, budgeted: Budgeted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(answering, "answer", lambda *_: pytest.fail("the data were read"))
        budgeted.flow.submit(NOISY)
        assert budgeted.spent() == budgeted.spent("project:minimum-incomes") == 250_000_000
        with budgeted.database.reading() as session:
            assert session.scalars(select(PrivacyCharge)).one().answer is None
            actions = set(session.scalars(select(AuditRecord.action)))
        assert {"noise.spend", "request.submitted"} <= actions

    def test_without_a_budget_nothing_is_submitted(self, budgeted: Budgeted) -> None:
        with budgeted.database.transaction() as session:
            session.execute(text("UPDATE population_dataset SET confirmed_by_id = NULL"))
        with pytest.raises(ConflictError) as refused:
            budgeted.flow.submit(NOISY)
        assert refused.value.code == "no_privacy_budget"
        with budgeted.database.reading() as session:
            assert session.scalars(select(AuditRecord).where(AuditRecord.action == "noise.spend")).all() == []
            assert session.execute(text("SELECT count(*) FROM output_request")).scalar_one() == 0

    def test_one_output_too_many_and_none_of_them_is_charged(self, budgeted: Budgeted) -> None:
        dear = FINE | {"noise": {"rho": 0.5}}
        with pytest.raises(ConflictError) as refused:
            budgeted.flow.submit_several(NOISY, dear)
        assert refused.value.code == "privacy_budget_exhausted"
        assert budgeted.spent() == 0

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"dataset": "people", "index": "sex", "values": "income", "aggfunc": "sum"}, "values"),
            (
                {
                    "kind": "figure",
                    "mark": "bar",
                    "dataset": "people",
                    "of": {"dataset": "people", "index": "sex", "noise": {"rho": 1}},
                },
                "noise",
            ),
        ],
    )
    def test_what_has_no_noisy_answer_costs_nothing(
        self, budgeted: Budgeted, query: dict[str, Any], field: str
    ) -> None:
        noise = {} if query.get("kind") else {"noise": {"rho": 0.1}}
        with pytest.raises(InvalidError) as refused:
            budgeted.flow.submit(query | noise)
        assert refused.value.field == f"query.{field}"
        assert budgeted.spent() == 0

    @pytest.mark.parametrize(("most", "words"), [(11, "has 12 cells"), (19, "asks for 20 numbers")])
    def test_an_answer_that_nobody_could_handle_is_refused(
        self, budgeted: Budgeted, most: int, words: str
    ) -> None:
        with pytest.raises(InvalidError, match=words) as refused:
            limited(budgeted, most).submit(NOISY)
        assert refused.value.field in ("query", "query.index")
        assert budgeted.spent() == 0

    def test_as_many_numbers_as_allowed_are_answered(self, budgeted: Budgeted) -> None:
        flow = limited(budgeted, 20)
        assert flow.judge(flow.submit(NOISY)) is RequestState.UNDER_REVIEW

    def test_together_outputs_ask_for_no_more_than_one(self, budgeted: Budgeted) -> None:
        other = {"dataset": "people", "index": "sex", "noise": {"rho": 0.01}}
        flow = limited(budgeted, 23)
        flow.submit_several(NOISY, other)
        with pytest.raises(InvalidError, match="asks for 23 numbers") as refused:
            limited(budgeted, 22).submit_several(NOISY, other)
        assert refused.value.field == "outputs[1].query"


class TestAnswering:
    def test_people_see_a_noisy_table_with_intervals_and_no_finding(self, budgeted: Budgeted) -> None:
        number = budgeted.flow.under_review(NOISY)
        verdict, answer = answered(budgeted, number)
        assert (verdict.outcome, verdict.findings, verdict.units) == (Outcome.REVIEW, (), "person")
        assert len(verdict.intervals) == sum(cell.status == "pass" for cell in verdict.table.cells)
        assert all(cell.units == 0 for cell in verdict.table.cells)
        assert answer.manifest.guarantee.flavour == "zero-concentrated differential privacy"

    def test_no_true_number_is_kept_anywhere(self, budgeted: Budgeted) -> None:
        number = budgeted.flow.under_review(FAINT)
        verdict, answer = answered(budgeted, number)
        raw = [one for measured in answer.measurements for one in measured.numbers]
        assert all(
            cell.value is None or cell.value > 10_000 or not cell.value for cell in verdict.table.cells
        )
        assert sum(abs(one) > 10_000 for one in raw) > len(raw) / 2

    def test_no_true_number_is_told_to_a_log(
        self, budgeted: Budgeted, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.INFO)
        number = budgeted.flow.released(FAINT)
        written = caplog.text + "".join(capfd.readouterr())
        seen = persons(budgeted.flow)
        counts = Counter(zip(seen["sex"], seen["area"], strict=True))
        assert len(counts) == 6
        assert not [one for one in counts.values() if re.search(rf"\b{one}\b", written)], written
        assert answered(budgeted, number)

    def test_the_same_question_is_answered_the_same_for_free(self, budgeted: Budgeted) -> None:
        first = budgeted.flow.under_review(NOISY)
        second = budgeted.flow.under_review(NOISY | {"index": ["sex"]})
        assert answered(budgeted, first) == answered(budgeted, second)
        assert budgeted.spent() == 250_000_000

    def test_an_answer_is_given_again_without_reading_data(
        self, budgeted: Budgeted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = answered(budgeted, budgeted.flow.under_review(NOISY))
        monkeypatch.setattr(answering, "prove", lambda *_: pytest.fail("the data were read"))
        assert answered(budgeted, budgeted.flow.under_review(NOISY)) == first

    def test_of_two_draws_the_first_that_is_stored_is_the_answer(self, budgeted: Budgeted) -> None:
        flow = budgeted.flow
        numbers = [flow.submit(NOISY), flow.submit(NOISY)]
        tasks = [begin(flow.database, flow.settings, flow.id_of(number)) for number in numbers]
        drawn = [Judged.from_json(judged(task.works).to_json()) for task in tasks if task]
        assert drawn[0].answers != drawn[1].answers
        for task, result in zip(tasks, drawn, strict=True):
            assert task is not None
            with flow.database.transaction() as session:
                conclude(session, task, result)
        assert answered(budgeted, numbers[0]) == answered(budgeted, numbers[1])
        assert budgeted.spent() == 250_000_000

    def test_who_dies_after_drawing_draws_again_at_no_cost(self, budgeted: Budgeted) -> None:
        flow = budgeted.flow
        number = flow.submit(NOISY)
        task = begin(flow.database, flow.settings, flow.id_of(number))
        assert task is not None
        assert judged(task.works).answers, "drawn, and lost with who drew it"
        assert flow.judge(number) is RequestState.UNDER_REVIEW
        assert budgeted.spent() == 250_000_000

    def test_a_failure_has_one_reason_and_its_cost_stays(
        self, budgeted: Budgeted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(*_: object) -> None:
            raise EvidenceError(Text("1043 vrouwen waren te veel.", "1043 women were too many."))

        number = budgeted.flow.submit(NOISY)
        with monkeypatch.context() as broken:
            broken.setattr(answering, "answer", fails)
            assert budgeted.flow.judge(number) is RequestState.RETURNED
        assert last_reason(budgeted, number) == NOT_ANSWERED
        assert budgeted.spent() == 250_000_000
        budgeted.flow.resubmit(number, {"query": NOISY})
        assert budgeted.flow.judge(number) is RequestState.UNDER_REVIEW
        assert budgeted.spent() == 250_000_000

    def test_a_view_that_changed_since_is_not_what_was_paid_for(self, budgeted: Budgeted) -> None:
        """Else the answer for one view would be given to whoever asks of another, for ever."""
        number = budgeted.flow.submit(NOISY)
        with budgeted.database.transaction() as session:
            (view,) = find(session, number).project.views
            view.row_filter = "income >= 10100"
        assert budgeted.flow.judge(number) is RequestState.RETURNED
        assert last_reason(budgeted, number) == VIEW_CHANGED
        budgeted.flow.resubmit(number, {"query": NOISY})
        assert budgeted.flow.judge(number) is RequestState.UNDER_REVIEW
        assert budgeted.spent() == 500_000_000

    def test_altered_microdata_answer_nothing(self, budgeted: Budgeted) -> None:
        number = budgeted.flow.submit(NOISY)
        data = next((budgeted.flow.settings.state_dir / "data").iterdir())
        data.chmod(0o600)
        data.write_bytes(data.read_bytes() + b"x")
        assert budgeted.flow.judge(number) is RequestState.RETURNED
        assert "no longer what they were" in last_reason(budgeted, number).en

    def test_beside_an_exact_table_that_fails_the_answer_is_kept(self, budgeted: Budgeted) -> None:
        number = budgeted.flow.submit_several(NOISY, SMALL)
        assert budgeted.flow.judge(number) is RequestState.RETURNED
        first = answered(budgeted, number)
        budgeted.flow.resubmit(number, {"query": NOISY})
        assert budgeted.flow.judge(number) is RequestState.UNDER_REVIEW
        assert answered(budgeted, number) == first

    def test_an_earlier_answer_takes_no_processor(self, budgeted: Budgeted) -> None:
        flow = budgeted.flow
        seconds = []
        for _ in range(2):
            number = flow.submit(NOISY)
            task = begin(flow.database, flow.settings, flow.id_of(number))
            assert task is not None
            seconds += [work.seconds for work in task.works if isinstance(work, NoiseWork)]
            flow.judge(number)
        assert seconds[0] > seconds[1] == 0

    def test_it_gets_the_memory_of_any_judgement(self, budgeted: Budgeted) -> None:
        flow = budgeted.flow
        task = begin(flow.database, flow.settings, flow.id_of(flow.submit(NOISY)))
        assert task is not None
        assert [work.memory_bytes for work in task.works] == [flow.settings.judge_memory_bytes]

    def test_no_policy_settles_it(self, budgeted: Budgeted) -> None:
        budgeted.flow.let_policy_decide()
        number = budgeted.flow.under_review(NOISY)
        with budgeted.database.reading() as session:
            assert WITH_NOISE in why_people(session, find(session, number))

    def test_nothing_else_is_looked_for_among_true_numbers(self, budgeted: Budgeted) -> None:
        number = budgeted.flow.under_review(NOISY)
        with budgeted.database.reading() as session:
            assert not has_ways_out(find(session, number).outputs[0])
            assert searches_of(session, budgeted.flow.settings, budgeted.flow.id_of(number)) == []

    def test_what_had_noise_is_subtracted_from_nothing(self, budgeted: Budgeted) -> None:
        budgeted.flow.released(NOISY)
        budgeted.flow.let_policy_decide()
        number = budgeted.flow.submit(FINE)
        assert budgeted.flow.judge(number) is RequestState.APPROVED


class TestReleasing:
    def files(self, budgeted: Budgeted, number: str) -> dict[str, bytes]:
        with budgeted.database.transaction() as session:
            person, request = session.merge(budgeted.flow.world.researcher), find(session, number)
            names = [file.name for file in session.scalars(select(Release)).one().files]
            fetched = {
                name: fetch_file(session, budgeted.flow.settings, person, request, name) for name in names
            }
        return {name: one.content or b"" for name, one in fetched.items()}

    def test_the_files_hold_display_raw_margins_law_and_manifest(self, budgeted: Budgeted) -> None:
        exact = budgeted.flow.released()
        with budgeted.database.transaction() as session:
            session.execute(text("UPDATE release SET record_sha256 = record_sha256"))
        number = budgeted.flow.approved(NOISY)
        assert budgeted.flow.release(number) is RequestState.RELEASED
        verdict, answer = answered(budgeted, number)
        with budgeted.database.reading() as session:
            release = session.scalars(select(Release).where(Release.request == find(session, number))).one()
            names = [file.name for file in release.files]
            record = json.loads(release.record)
        directory = budgeted.flow.settings.directory("releases")
        content = {file.name: (directory / file.sha256).read_bytes() for file in release.files}
        lines = list(csv.DictReader(io.StringIO(content[f"{number}-1.csv"].decode())))
        assert len(lines) == len(verdict.table.cells)
        for one in verdict.intervals:
            told = lines[one.cell]
            assert [float(told[f"count_{name}"]) for name in ("raw", "lower", "upper")] == [
                one.raw,
                one.lower,
                one.upper,
            ]
        noise = json.loads(content[f"{number}-1.noise.json"])
        assert noise["measurements"] == answer.model_dump(mode="json")["measurements"]
        manifest = noise["manifest"]
        assert manifest["purpose"]["data_product"] == "Incomes by area"
        assert manifest["method"]["exact_releases"] == 1
        assert record["outputs"][0]["noise"]["manifest"] == manifest
        assert f"{number}-1.xlsx" in names
        assert exact != number

    def test_the_public_proof_tells_of_the_noise(self, budgeted: Budgeted) -> None:
        number = budgeted.flow.released(NOISY)
        with budgeted.database.reading() as session:
            release = session.scalars(select(Release)).one()
            question = {1: Text.same("?")}
            key = budgeted.flow.secrets.audit_key()
            proof = proof_of(release.record, release.record_sha256, question, key)
        assert (
            proof["record"]["outputs"][0]["noise"]["manifest"]["guarantee"]["losses"][0]["nano_rho"]
            == 25 * 10**7
        )
        assert (
            make_receipt(release.record, release.signature, key.public_key(), {})["record"]["request"][
                "number"
            ]
            == number
        )

    def test_a_release_draws_nothing(self, budgeted: Budgeted, monkeypatch: pytest.MonkeyPatch) -> None:
        number = budgeted.flow.approved(NOISY)
        before = answered(budgeted, number)
        monkeypatch.setattr(judging, "answered", lambda *_: pytest.fail("another answer was drawn"))
        assert budgeted.flow.release(number) is RequestState.RELEASED
        assert answered(budgeted, number) == before

    def test_a_verdict_that_is_not_the_answer_is_not_released(self, budgeted: Budgeted) -> None:
        number = budgeted.flow.approved(NOISY)
        with budgeted.database.transaction() as session:
            output = find(session, number).outputs[0]
            assert output.verdict is not None
            cells = [cell | {"value": 1} for cell in output.verdict["table"]["cells"]]
            table = output.verdict["table"] | {"cells": cells}
            output.verdict = output.verdict | {"table": table}
        assert budgeted.flow.release(number) is RequestState.RETURNED
        assert last_reason(budgeted, number) == NOT_REPRODUCED

    def test_exact_tables_beside_it_are_computed_again(self, budgeted: Budgeted) -> None:
        flow = budgeted.flow
        number = flow.submit_several(NOISY, FINE)
        assert flow.judge(number) is RequestState.UNDER_REVIEW
        for checker in (flow.world.checker, flow.world.second_checker):
            flow.review(number, checker, Decision.APPROVE)
        assert flow.release(number) is RequestState.RELEASED
        with budgeted.database.reading() as session:
            record = json.loads(session.scalars(select(Release)).one().record)
        manifest = record["outputs"][0]["noise"]["manifest"]
        assert manifest["method"]["exact_releases"] == 1, "the one in the same request"


def test_the_ledger_is_whole_after_all_of_it(budgeted: Budgeted) -> None:
    budgeted.flow.released(NOISY)
    with budgeted.database.reading() as session:
        assert unbalanced(session) == []
        assert {budget.spent_nano_rho for budget in session.scalars(select(PrivacyBudget))} == {250_000_000}


def test_outside_nobody_reads_a_number_before_it_is_released(
    budgeted: Budgeted, client: TestClient, database: Database, settings: Settings
) -> None:
    number = budgeted.flow.under_review(NOISY)
    log_in(client, database, settings, budgeted.flow.world.researcher)
    detail = client.get(f"/api/requests/{number}").json()
    assert detail["outputs"][0]["noise"] is None
    assert detail["outputs"][0]["verdict"] is None
    log_in(client, database, settings, budgeted.flow.world.checker)
    seen = client.get(f"/api/requests/{number}").json()["outputs"][0]
    assert seen["noise"]["manifest"]["guarantee"]["losses"][0]["nano_rho"] == 250_000_000


@pytest.mark.parametrize("is_small", [False, True], ids=["large", "small"])
def test_the_sandbox_gets_the_noisy_table_once(
    budgeted: Budgeted, client: TestClient, monkeypatch: pytest.MonkeyPatch, is_small: bool
) -> None:
    """With its request, or by itself where it is large; its numbers are not in the verdict besides."""
    number = budgeted.flow.under_review(NOISY)
    with budgeted.database.reading() as session:
        size = len(json.dumps(find(session, number).outputs[0].verdict))
    monkeypatch.setattr(answers, "MOST_CHARACTERS", size if is_small else size - 1)
    headers = {"authorization": f"Bearer {budgeted.flow.token}"}
    whole = client.get(f"/sandbox/requests/{number}", headers=headers).json()
    one = client.get(f"/sandbox/requests/{number}/outputs/1", headers=headers).json()
    assert whole["noise"] == (one["noise"] if is_small else None)
    assert whole["verdict"] == (one["verdict"] if is_small else None)
    assert whole["outputs"][0]["outcome"] == one["verdict"]["outcome"] == "review"
    assert len(one["noise"]["table"]["lines"]) == 12 + 3 + 4 + 1
    assert one["verdict"]["table"]["cells"] == one["verdict"]["intervals"] == []


def test_no_large_verdict_is_read_to_tell_how_a_request_fares(
    budgeted: Budgeted, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes seconds and most of a gigabyte, eight times at once, and others cannot write while it is submitted once more."""
    monkeypatch.setattr(answers, "MOST_CHARACTERS", 100)
    headers = {"authorization": f"Bearer {budgeted.flow.token}"}
    body = {"title": "Noise", "purpose": "To see.", "query": NOISY, "idempotency_key": "a" * 16}
    number = client.post("/sandbox/requests", headers=headers, json=body).json()["id"]
    assert client.get(f"/sandbox/requests/{number}", headers=headers).json()["outputs"][0]["outcome"] is None
    budgeted.flow.judge(number)
    monkeypatch.setattr(answers, "verdict_of", lambda _: pytest.fail("the verdict was read"))
    again = client.post("/sandbox/requests", headers=headers, json=body)
    asked = client.get(f"/sandbox/requests/{number}", headers=headers)
    assert (again.status_code, asked.status_code, again.json()) == (202, 200, asked.json())
    assert asked.json()["outputs"] == [{"position": 1, "title": "", "outcome": "review"}]
