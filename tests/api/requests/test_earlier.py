"""What left about the same units is compared with, whoever asked for it; what cannot be compared goes to people."""

from __future__ import annotations

from api.access.models import DatasetView, Project
from api.catalogue.models import Dataset, DatasetVersion
from api.db import now
from api.requests.earlier import MOST_COMPARED, left_before, questions_before
from api.requests.models import Output, OutputRequest, RequestState
from tests.api.flow import FINE, MEAN, Flow, find

SAME_ROWS = "income >= 10000"


def left_elsewhere(flow: Flow, row_filter: str | None) -> None:
    """Let FINE leave, as if somebody else had asked for it in another project that sees these rows."""
    number = flow.released(FINE)
    with flow.database.transaction() as session:
        request = find(session, number)
        foreign = session.get_one(Project, flow.world.foreign_project.id)
        foreign.views.append(
            DatasetView(
                dataset_version=request.outputs[0].dataset_version,
                columns=["sex", "area"],
                row_filter=row_filter,
                approved_by_id=flow.world.steward.id,
                approved_at=request.created_at,
            )
        )
        request.project, request.author_id = foreign, flow.world.outsider.id


def compared(flow: Flow, number: str) -> tuple[int | None, int]:
    """How many questions to compare with (None: a machine cannot), and how many outputs left before."""
    with flow.database.reading() as session:
        request = find(session, number)
        before = questions_before(session, request, request.outputs)
        return (None if before is None else len(before)), len(left_before(session, request))


def test_another_project_of_another_author_that_sees_the_same_rows_is_compared(flow: Flow) -> None:
    left_elsewhere(flow, SAME_ROWS)
    number = flow.submit({**FINE, "where": "income > 10100"})
    assert compared(flow, number) == (1, 1)
    flow.let_policy_decide()
    assert flow.judge(number) is RequestState.UNDER_REVIEW


def test_another_project_that_sees_other_rows_cannot_be_compared(flow: Flow) -> None:
    left_elsewhere(flow, None)
    flow.let_policy_decide()
    number = flow.submit(FINE)
    assert compared(flow, number) == (None, 1)
    assert flow.judge(number) is RequestState.UNDER_REVIEW


def test_what_left_of_other_rows_than_are_seen_now_cannot_be_compared(flow: Flow) -> None:
    """The same question before and after one birthday in the filter: subtracted, they tell of whoever had it."""
    flow.released(FINE)
    flow.let_policy_decide()
    with flow.database.transaction() as session:
        (view,) = session.query(DatasetView)
        view.row_filter, view.approved_at = "income >= 10100", now()
    number = flow.submit(FINE)
    assert compared(flow, number) == (None, 1)
    assert flow.judge(number) is RequestState.UNDER_REVIEW


def move_to_other_microdata(flow: Flow, number: str, *, unit: str) -> None:
    """Let a request be about a dataset of its own, that counts these units."""
    with flow.database.transaction() as session:
        output = find(session, number).outputs[0]
        known = output.dataset_version
        document = {**known.document, "units": {unit: known.document["units"]["person"]}}
        about = {"version": 1, "sha256": "0" * 64, "rows": 1, "registered_by_id": known.registered_by_id}
        version = DatasetVersion(dataset=Dataset(name=f"other-{unit}"), document=document, **about)
        session.add(version)
        session.flush()
        output.dataset_version_id = version.id


def test_other_microdata_about_the_same_units_cannot_be_compared(flow: Flow) -> None:
    other, same = flow.released(FINE), flow.released(MEAN)
    move_to_other_microdata(flow, other, unit="dwelling")
    number = flow.submit(FINE)
    assert compared(flow, number) == (1, 1)
    move_to_other_microdata(flow, same, unit="person")
    assert compared(flow, number) == (None, 1)


def test_the_same_question_counts_once_and_too_many_cannot_be_compared(flow: Flow) -> None:
    number = flow.released(FINE)
    waiting = flow.submit(FINE)
    with flow.database.transaction() as session:
        released = find(session, number).outputs[0]
        for place in range(MOST_COMPARED + 1):
            request = OutputRequest(
                number=f"R-{place}",
                state=RequestState.RELEASED,
                project_id=flow.world.project.id,
                author_id=flow.world.researcher.id,
                idempotency_key=f"many-{place:016d}",
                body_digest="",
                title="t",
                purpose="p",
            )
            digest = released.query_digest if place < 2 else f"{place:064d}"
            request.every_output.append(
                Output(
                    round=1,
                    position=1,
                    query=released.query,
                    query_digest=digest,
                    dataset_version_id=released.dataset_version_id,
                )
            )
            session.add(request)
    assert compared(flow, waiting) == (MOST_COMPARED, MOST_COMPARED + 2)
    with flow.database.transaction() as session:
        find(session, "R-0").outputs[0].query_digest = "f" * 64
    assert compared(flow, waiting) == (None, MOST_COMPARED + 2)
    with flow.database.transaction() as session:
        find(session, "R-1").state = RequestState.RETURNED
        for output in session.query(Output).where(Output.query_digest == "f" * 64):
            output.query = {"kind": "unheard of"}
        find(session, "R-2").state = RequestState.RETURNED
    assert compared(flow, waiting) == (None, MOST_COMPARED)
