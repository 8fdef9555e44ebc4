from __future__ import annotations

import datetime as dt

import pytest
from httpx import Response

from api.db import now
from api.people.models import Person
from api.requests.models import RequestState
from api.review.models import Claim
from tests.api.flow import FINE, MEAN, SMALL, Flow, find
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


def test_several_tables_are_numbered_and_shown_with_their_context(reader: Reader, flow: Flow) -> None:
    outputs = [{"query": FINE, "title": "By area"}, {"query": SMALL}]
    number = flow.submit_document(
        {"outputs": outputs, "population": "All adults.", "audience": "The council."}
    )
    flow.judge(number)
    page = reader.be(flow.world.checker).open(f"/review/{number}")
    shown = words(page)
    for told in ("Table 1: By area", "Table 2", "Population All adults.", "Meant for The council."):
        assert told in shown, told
    assert 'href="#finding-2-1"' in page.text
    assert 'id="finding-2-1"' in page.text
    assert "What changed since" not in shown
    own = words(reader.be(flow.world.researcher).open(f"/requests/{number}"))
    assert "Table 1: By area" in own
    assert "All adults." in own
    assert "Woman" not in own


def test_a_next_round_tells_what_changed(reader: Reader, flow: Flow) -> None:
    number = flow.returned(FINE, MEAN)
    other = {**MEAN, "index": "area"}
    outputs = [{"query": FINE}, {"query": other}, {"query": {"dataset": "people", "index": "area"}}]
    flow.resubmit(number, {"outputs": outputs, "purpose": "A better purpose.", "audience": "The council."})
    flow.judge(number)
    shown = words(reader.be(flow.world.checker).open(f"/review/{number}"))
    for told in (
        "What changed since round 1",
        "Table 1 Unchanged Now: Number of persons",
        "Table 2 Question changed Before: Mean",
        "Table 3 New",
        "Purpose Before: Policy on poverty. Now: A better purpose.",
        "Meant for Before: – Now: The council.",
    ):
        assert told in shown, told
    reader.language = "nl"
    assert "Wat is veranderd sinds ronde 1" in words(reader.open(f"/review/{number}"))
    assert "Ronde 2" in words(reader.be(flow.world.researcher).open(f"/requests/{number}"))


def test_a_dropped_table_is_told(reader: Reader, flow: Flow) -> None:
    number = flow.returned(FINE, MEAN)
    flow.resubmit(number, {"query": FINE})
    flow.judge(number)
    assert "Table 2 Dropped Before: Mean" in words(reader.be(flow.world.checker).open(f"/review/{number}"))


def test_each_of_several_tables_gets_a_vote_and_both_are_seen_together(reader: Reader, flow: Flow) -> None:
    number = flow.submit_several(FINE, MEAN)
    flow.judge(number)
    first = {"decision-1": "approve", "decision-2": "return", "comment-2": "Too fine."}
    reader.be(flow.world.checker)
    lacking = reader.send(
        f"/review/{number}", row_version=row_version(flow, number), **{"decision-1": "approve"}
    )
    assert lacking.status_code == 422
    assert 'name="decision-1" value="approve" required checked' in lacking.text
    assert 'id="decision-2-error"' in lacking.text
    assert reader.send(f"/review/{number}", row_version=row_version(flow, number), **first).status_code == 303
    reader.be(flow.world.second_checker)
    assert "Too fine." not in words(reader.open(f"/review/{number}"))
    second = {"decision-1": "approve", "decision-2": "approve"}
    assert (
        reader.send(f"/review/{number}", row_version=row_version(flow, number), **second).status_code == 303
    )
    both = words(reader.open(f"/review/{number}"))
    assert "Table 2 Returned Too fine." in both
    assert "Table 2 Approved" in both
    assert flow.state(number) is RequestState.RETURNED
    assert "Table 2 Returned Too fine." in words(reader.be(flow.world.researcher).open(f"/requests/{number}"))


def test_the_next_round_is_filled_in_with_what_was_decided_before(reader: Reader, flow: Flow) -> None:
    number = flow.returned(FINE, MEAN)
    flow.resubmit(number, {"outputs": [{"query": FINE}, {"query": {**MEAN, "index": "area"}}]})
    flow.judge(number)
    page = reader.be(flow.world.checker).open(f"/review/{number}")
    assert 'name="decision-1" value="return" required checked' in page.text
    assert 'name="decision-2" value="return" required checked' not in page.text
    shown = words(page)
    assert "this is what you decided then" in shown
    assert "Decisions of earlier rounds Round 1 · Checker Returned" in shown


def test_a_checker_claims_a_request_and_gives_it_back(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    reader.be(flow.world.checker)
    assert reader.send(f"/review/{number}/claim").headers["location"] == f"/review/{number}"
    assert "Checker looks at this until" in words(reader.open(f"/review/{number}"))
    assert "Checker" in words(reader.open("/queue?held_by=me"))
    assert reader.send(f"/review/{number}/claim/end", version="7").status_code == 409
    assert reader.send(f"/review/{number}/claim/end", version="1").headers["location"] == "/queue"
    assert "looks at this" not in words(reader.open(f"/review/{number}"))


def test_a_claim_too_many_is_explained(reader: Reader, flow: Flow) -> None:
    flow.ask_reviewers(of_project=1, of_policy=1)
    number = flow.under_review()
    reader.be(flow.world.checker).send(f"/review/{number}/claim")
    refused = reader.be(flow.world.second_checker).send(f"/review/{number}/claim")
    assert refused.status_code == 409
    assert "Checker already looks at this request." in words(refused)


def test_looking_at_a_claimed_request_renews_the_claim(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    reader.be(flow.world.checker).send(f"/review/{number}/claim")
    with flow.database.transaction() as session:
        session.query(Claim).one().expires_at = now() + dt.timedelta(minutes=5)
    reader.open(f"/review/{number}")
    with flow.database.reading() as session:
        assert session.query(Claim).one().expires_at > now() + dt.timedelta(minutes=20)


@pytest.mark.parametrize("query", ["risk=review", "held_by=me", "project=elsewhere", "days=7"])
def test_a_narrowed_queue_leads_back_to_everything(reader: Reader, flow: Flow, query: str) -> None:
    number = flow.under_review()
    shown = reader.be(flow.world.checker).open(f"/queue?{query}")
    assert number not in shown.text
    assert "Nothing in this part of the queue." in words(shown)
    assert " selected" in shown.text


@pytest.mark.parametrize("query", ["risk=hell", "held_by=%00", "days=-1", "days=x", "project=", "risk=pass"])
def test_an_odd_narrowing_is_none(reader: Reader, flow: Flow, query: str) -> None:
    number = flow.under_review()
    assert number in reader.be(flow.world.checker).open(f"/queue?{query}").text


def test_checkers_and_the_author_write_to_each_other(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    path = f"/review/{number}/comments"
    reader.be(flow.world.checker)
    assert reader.send(path, text="Look here.", cells="1.1.2", reach="public").status_code == 303
    assert reader.send(path, text="Among us.", reach="anything").status_code == 303
    page = reader.open(f"/review/{number}")
    shown = words(page)
    assert "public Look here. About: 1: Woman · Area 1" in shown
    assert "output checkers only Among us." in shown
    own = f"/requests/{number}"
    assert "Look here." not in words(reader.be(flow.world.researcher).open(own))
    assert reader.send(f"{own}/comments", text="Please hurry.").status_code == 303
    for checker in (flow.world.checker, flow.world.second_checker):
        flow.review(number, checker)
    assert "Please hurry." in words(reader.be(flow.world.second_checker).open(f"/review/{number}"))
    told = words(reader.be(flow.world.analyst).open(own))
    assert "Look here." in told
    assert "Among us." not in told
    assert "Area 1" not in told
    assert reader.send(f"{own}/comments", text="Me too.").status_code == 403


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"text": "<b>"}, "text"), ({"text": ""}, "text"), ({"text": "x", "cells": "here"}, "cells")],
)
def test_a_refused_comment_is_shown_as_it_was_typed(
    reader: Reader, flow: Flow, fields: dict[str, str], field: str
) -> None:
    number = flow.under_review()
    answer = reader.be(flow.world.checker).send(f"/review/{number}/comments", **fields)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    if "cells" not in fields:
        own = reader.be(flow.world.researcher).send(f"/requests/{number}/comments", **fields)
        assert own.status_code == 422
        assert 'id="text-error"' in own.text
