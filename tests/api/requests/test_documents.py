"""Several outputs in one request, with the context that checkers need."""

from __future__ import annotations

from typing import Any

import pytest

from api.errors import InvalidError
from api.requests.documents import MOST_OUTPUTS
from api.requests.models import RequestState
from api.requests.verdicts import outcome_of
from tests.api.flow import FINE, MEAN, SMALL, Flow, find

WHERE = [{**FINE, "where": f"income > {10_000 + n}"} for n in range(MOST_OUTPUTS + 1)]


def test_a_request_holds_several_outputs_with_their_context(flow: Flow) -> None:
    outputs = [{"query": FINE, "title": " By area "}, {"query": MEAN}]
    number = flow.submit_document(
        {"outputs": outputs, "population": "All adults.", "audience": "The council."}
    )
    with flow.database.reading() as session:
        request = find(session, number)
        told = [(output.position, output.title, output.round) for output in request.outputs]
        assert told == [(1, "By area", 1), (2, "", 1)]
        assert (request.population, request.question, request.audience) == ("All adults.", "", "The council.")
        assert request.rounds[0].context["population"] == "All adults."
        assert outcome_of(request) is None
    assert flow.judge(number) is RequestState.UNDER_REVIEW
    with flow.database.reading() as session:
        assert outcome_of(find(session, number)) is not None


def test_one_output_that_fails_gives_all_back(flow: Flow) -> None:
    number = flow.submit_several(FINE, SMALL)
    assert flow.judge(number) is RequestState.RETURNED
    with flow.database.reading() as session:
        assert outcome_of(find(session, number)) == "fail"


def test_all_outputs_leave_as_numbered_files(flow: Flow) -> None:
    number = flow.submit_several(FINE, MEAN)
    flow.judge(number)
    for checker in (flow.world.checker, flow.world.second_checker):
        flow.review(number, checker)
    assert flow.release(number) is RequestState.RELEASED
    assert len(list(flow.settings.directory("releases").iterdir())) == 8


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"query": FINE, "outputs": [{"query": MEAN}]}, "outputs"),
        ({}, "query"),
        ({"outputs": []}, "outputs"),
        ({"outputs": [{"query": query} for query in WHERE]}, "outputs"),
        ({"outputs": [{"query": FINE}, {"query": {**FINE, "margins": True}}]}, "outputs[1].query"),
        ({"outputs": [{"query": FINE}, {"query": {**FINE, "index": "nowhere"}}]}, "outputs[1].query.index"),
        ({"outputs": [{"query": {**FINE, "dataset": "other"}}]}, "outputs[0].query.dataset"),
        ({"outputs": [{"query": FINE, "title": "<b>"}]}, "outputs[0].title"),
        ({"query": FINE, "audience": "<script>"}, "audience"),
        ({"query": FINE, "population": "x" * 4001}, "population"),
    ],
)
def test_what_makes_no_sense_names_its_place_and_nothing_is_stored(
    flow: Flow, document: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        flow.submit_document(document)
    assert refused.value.field == field
    assert refused.value.message.nl != refused.value.message.en
