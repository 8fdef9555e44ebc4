from __future__ import annotations

import pytest
from httpx import Response

from api.people.models import Person
from api.requests.models import RequestState
from tests.api.flow import MEAN, SMALL, Flow, find
from tests.api.web.reader import Reader, words


def row_version(flow: Flow, number: str) -> str:
    with flow.database.reading() as session:
        return str(find(session, number).row_version)


def approve(reader: Reader, flow: Flow, number: str, **fields: str) -> Response:
    return reader.send(
        f"/review/{number}", **({"decision": "approve", "row_version": row_version(flow, number)} | fields)
    )


def test_a_checker_sees_what_waits_and_everything_needed_to_decide(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    assert number in words(reader.be(flow.world.checker).open("/queue"))
    page = reader.open(f"/review/{number}")
    shown = words(page)
    for told in (
        "Number of persons by Sex × Area",
        "Area 1",
        "2,000 persons",
        "Passes the rules",
        "Policy on poverty.",
        "Where do households with a minimum income live?",
        "Number of cells by the number of persons behind them",
        '"dataset": "people"',
    ):
        assert told in shown, told


def test_marked_cells_lead_to_their_reasons_and_evidence(reader: Reader, flow: Flow) -> None:
    number = flow.submit(SMALL)
    flow.judge(number)
    page = reader.be(flow.world.checker).open(f"/review/{number}")
    shown = words(page)
    assert "fails:" in shown
    assert 'href="#finding-1"' in page.text
    assert 'id="finding-1"' in page.text
    assert "Minimum number of units 10" in shown
    assert "Woman · Area" in shown
    assert "There is nothing to decide on this request now." in shown


def test_means_line_up_and_are_written_as_the_reader_writes_them(reader: Reader, flow: Flow) -> None:
    number = flow.under_review(MEAN)
    reader.be(flow.world.checker)
    assert "34," in words(reader.open(f"/review/{number}"))
    reader.language = "nl"
    shown = words(reader.open(f"/review/{number}"))
    assert "34." in shown
    assert "Vrouw" in shown


def test_two_approvals_through_the_page_approve(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    for checker in (flow.world.checker, flow.world.second_checker):
        answer = approve(reader.be(checker), flow, number)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/queue?done={number}")
    assert f"Your decision on {number} was recorded" in words(reader.open(f"/queue?done={number}"))
    assert flow.state(number) is RequestState.APPROVED


def test_a_second_click_says_that_it_was_done_and_changes_nothing(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    approve(reader.be(flow.world.checker), flow, number)
    again = approve(reader, flow, number)
    assert again.status_code == 409
    assert "You already approved this." in words(again)
    assert flow.state(number) is RequestState.ONE_REVIEW_IN


def test_a_checker_is_blind_until_all_have_decided(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    approve(reader.be(flow.world.checker), flow, number, comment="Seen by the first.")
    blind = words(reader.be(flow.world.second_checker).open(f"/review/{number}"))
    assert "Another checker decided; shown when all have decided" in blind
    assert "Seen by the first." not in blind
    assert "One review in · an output checker" in blind
    approve(reader, flow, number, comment="And by the second.")
    both = words(reader.open(f"/review/{number}"))
    assert "Seen by the first." in both
    assert "And by the second." in both


@pytest.mark.parametrize("decision", ["return", "reject"])
def test_a_refusal_without_a_reason_is_asked_for_one_and_keeps_the_choice(
    reader: Reader, flow: Flow, decision: str
) -> None:
    number = flow.under_review()
    answer = approve(reader.be(flow.world.checker), flow, number, decision=decision, comment=" ")
    assert answer.status_code == 422
    assert f'value="{decision}" required checked' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "Explain why" in words(answer)
    assert flow.state(number) is RequestState.UNDER_REVIEW


@pytest.mark.parametrize("decision", ["", "release", "APPROVE"])
def test_an_unknown_decision_is_none(reader: Reader, flow: Flow, decision: str) -> None:
    number = flow.under_review()
    answer = approve(
        reader.be(flow.world.checker), flow, number, decision=decision, comment="<script>alert(1)</script>"
    )
    assert answer.status_code == 422
    assert "Choose a decision." in words(answer)
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert" in answer.text


def test_a_form_without_our_token_decides_nothing(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    reader.be(flow.world.checker)
    assert approve(reader, flow, number, csrf_token="forged").status_code == 403
    assert flow.state(number) is RequestState.UNDER_REVIEW


def test_a_form_without_the_version_that_was_seen_is_refused(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    assert reader.be(flow.world.checker).send(f"/review/{number}", decision="approve").status_code == 422
    answer = reader.send(f"/review/{number}", decision="approve", row_version="1")
    assert answer.status_code == 409
    assert "The request changed in the meantime." in words(answer)


def persons(flow: Flow) -> dict[str, Person]:
    world = flow.world
    return {
        "author": world.researcher,
        "colleague": world.analyst,
        "steward": world.steward,
        "administrator": world.administrator,
    }


@pytest.mark.parametrize("who", ["author", "colleague", "steward", "administrator"])
def test_nobody_but_checkers_sees_figures_or_decides(reader: Reader, flow: Flow, who: str) -> None:
    number = flow.under_review()
    reader.be(persons(flow)[who])
    for answer in (reader.open(f"/review/{number}"), approve(reader, flow, number)):
        assert answer.status_code in (403, 404)
        assert "Area 1" not in words(answer)
    assert flow.state(number) is RequestState.UNDER_REVIEW
    assert number not in words(reader.open("/queue"))


def test_an_empty_queue_says_so(reader: Reader, flow: Flow) -> None:
    assert "Nothing is waiting" in words(reader.be(flow.world.checker).open("/queue"))
    assert "recorded" not in words(reader.open("/queue?done=<b>nonsense"))
