"""A vote for each output, kept while an output stays as it was, and a third checker where two disagree."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.access.models import Disagreement, Project
from api.audit.service import SYSTEM
from api.errors import ConflictError, EnclaveError, InvalidError
from api.people.models import Person, Role
from api.people.service import suspend
from api.requests.models import RequestState
from api.review.models import Decision, Review
from api.review.service import decide, reviews_needed, vote
from api.review.visibility import visible_reviews
from api.review.votes import Ballot, earlier_votes
from tests.api.factories import acting, make_official
from tests.api.flow import FINE, MEAN, Flow, find
from tests.api.identity.browser import log_in

A, R, J = Decision.APPROVE, Decision.RETURN, Decision.REJECT
OTHER = {"dataset": "people", "index": "area"}


def cast(flow: Flow, number: str, person: Person, *decisions: Decision, comment: str = "Seen.") -> None:
    ballots = {position: Ballot(decision) for position, decision in enumerate(decisions, start=1)}
    ballot(flow, number, person, ballots, comment)


def ballot(flow: Flow, number: str, person: Person, ballots: dict[int, Ballot], comment: str = "") -> None:
    with flow.database.transaction() as session:
        request = find(session, number)
        actor = acting(session.get_one(Person, person.id), Role.CHECKER)
        vote(session, actor, request, ballots, comment, request.row_version)


def two_outputs(flow: Flow) -> str:
    number = flow.submit_several(FINE, MEAN)
    assert flow.judge(number) is RequestState.UNDER_REVIEW
    return number


def let_a_third_decide(flow: Flow) -> Person:
    with flow.database.transaction() as session:
        session.get_one(Project, flow.world.project.id).on_disagreement = Disagreement.THIRD
        return make_official(session, role=Role.CHECKER, subject="third-checker")


@pytest.mark.parametrize(
    ("first", "second", "state"),
    [
        ((A, A), (A, A), RequestState.APPROVED),
        ((A, R), (A, R), RequestState.RETURNED),
        ((A, J), (A, J), RequestState.RETURNED),
        ((J, J), (J, J), RequestState.REJECTED),
        ((A, A), (R, A), RequestState.RETURNED),
    ],
)
def test_a_request_leaves_when_every_output_is_approved_by_both(
    flow: Flow, first: tuple[Decision, ...], second: tuple[Decision, ...], state: RequestState
) -> None:
    number = two_outputs(flow)
    cast(flow, number, flow.world.checker, *first)
    assert flow.state(number) is RequestState.ONE_REVIEW_IN
    cast(flow, number, flow.world.second_checker, *second)
    assert flow.state(number) is state


@pytest.mark.parametrize(
    ("ballots", "comment", "field"),
    [
        ({}, "", "decision-1"),
        ({1: Ballot(A)}, "", "decision-2"),
        ({1: Ballot(A), 2: Ballot(R)}, " ", "comment-2"),
        ({1: Ballot(A), 2: Ballot(A), 7: Ballot(A)}, "", "decision-7"),
        ({1: Ballot(R, "<script>"), 2: Ballot(A)}, "", "comment"),
    ],
)
def test_an_incomplete_vote_names_what_is_missing(
    flow: Flow, ballots: dict[int, Ballot], comment: str, field: str
) -> None:
    number = two_outputs(flow)
    with pytest.raises(InvalidError) as refused:
        ballot(flow, number, flow.world.checker, ballots, comment)
    assert refused.value.field == field
    assert flow.state(number) is RequestState.UNDER_REVIEW


def test_one_decision_for_all_is_explained_once(flow: Flow) -> None:
    number = two_outputs(flow)
    flow.review(number, flow.world.checker, R, "Both are too fine.")
    with flow.database.reading() as session:
        review = session.scalars(select(Review)).one()
        assert [(one.decision, one.comment) for one in review.votes] == [(R, ""), (R, "")]


def second_round(flow: Flow) -> str:
    """A request whose first table stayed as it was and whose second was changed."""
    number = two_outputs(flow)
    ballot(flow, number, flow.world.checker, {1: Ballot(A, "Fine."), 2: Ballot(R, "Too fine.")})
    ballot(flow, number, flow.world.second_checker, {1: Ballot(A), 2: Ballot(R, "Indeed.")})
    flow.resubmit(number, {"outputs": [{"query": OTHER}, {"query": FINE}]})
    assert flow.judge(number) is RequestState.UNDER_REVIEW
    return number


def test_votes_on_unchanged_outputs_are_kept(flow: Flow) -> None:
    number = second_round(flow)
    ballot(flow, number, flow.world.checker, {1: Ballot(A)})
    ballot(flow, number, flow.world.second_checker, {1: Ballot(A), 2: Ballot(A)})
    assert flow.state(number) is RequestState.APPROVED
    with flow.database.reading() as session:
        reviews = session.scalars(select(Review).where(Review.round == 2).order_by(Review.id)).all()
        kept = [(one.decision, one.comment, one.kept_from_id is not None) for one in reviews[0].votes]
        assert kept == [(A, "", False), (A, "Fine.", True)]
        assert reviews[1].votes[1].kept_from_id is not None


def test_a_kept_vote_can_be_changed_and_is_nobody_elses(flow: Flow) -> None:
    number = second_round(flow)
    third = let_a_third_decide(flow)
    with flow.database.reading() as session:
        request = find(session, number)
        assert earlier_votes(session, request, session.get_one(Person, third.id)) == {}
    with pytest.raises(InvalidError) as refused:
        ballot(flow, number, third, {1: Ballot(A)})
    assert refused.value.field == "decision-2"
    ballot(flow, number, flow.world.checker, {1: Ballot(A), 2: Ballot(R, "On second thoughts.")})
    with flow.database.reading() as session:
        latest = session.scalars(select(Review).order_by(Review.id.desc())).first()
        assert latest
        assert (latest.votes[1].decision, latest.votes[1].kept_from_id) == (R, None)


def test_a_third_checker_decides_blind_where_two_disagree(flow: Flow) -> None:
    third = let_a_third_decide(flow)
    number = two_outputs(flow)
    cast(flow, number, flow.world.checker, A, A)
    cast(flow, number, flow.world.second_checker, A, R)
    assert flow.state(number) is RequestState.ONE_REVIEW_IN
    with flow.database.reading() as session:
        request = find(session, number)
        assert reviews_needed(session, request) == 3
        for person in (third, flow.world.researcher):
            assert visible_reviews(session, session.get_one(Person, person.id), request) == []
        own = visible_reviews(session, session.get_one(Person, flow.world.checker.id), request)
        assert len(own) == 1
    cast(flow, number, third, A, A)
    assert flow.state(number) is RequestState.APPROVED
    with flow.database.reading() as session:
        request = find(session, number)
        assert reviews_needed(session, request) == 3
        assert len(visible_reviews(session, session.get_one(Person, third.id), request)) == 3


@pytest.mark.parametrize(("decision", "state"), [(R, RequestState.RETURNED), (J, RequestState.RETURNED)])
def test_a_third_checker_can_keep_it_inside(flow: Flow, decision: Decision, state: RequestState) -> None:
    third = let_a_third_decide(flow)
    number = two_outputs(flow)
    cast(flow, number, flow.world.checker, A, A)
    cast(flow, number, flow.world.second_checker, A, R)
    cast(flow, number, third, A, decision)
    assert flow.state(number) is state


def test_a_third_who_is_needed_twice_is_one_person(flow: Flow) -> None:
    let_a_third_decide(flow)
    number = two_outputs(flow)
    cast(flow, number, flow.world.checker, A, A)
    cast(flow, number, flow.world.second_checker, A, R)
    with pytest.raises(ConflictError) as refused:
        cast(flow, number, flow.world.checker, A, A)
    assert refused.value.code == "already_decided"


def test_two_thirds_at_once_are_one_third(flow: Flow) -> None:
    third = let_a_third_decide(flow)
    with flow.database.transaction() as session:
        fourth = make_official(session, role=Role.CHECKER, subject="fourth-checker")
    number = two_outputs(flow)
    cast(flow, number, flow.world.checker, A, A)
    cast(flow, number, flow.world.second_checker, A, R)
    problems: list[EnclaveError] = []

    def click(person: Person) -> None:
        try:
            cast(flow, number, person, A, A)
        except EnclaveError as error:
            problems.append(error)

    threads = [threading.Thread(target=click, args=[person]) for person in (third, fourth)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [problem.code for problem in problems] == ["not_under_review"]
    assert flow.state(number) is RequestState.APPROVED


def test_who_lost_the_right_half_way_no_longer_vouches(flow: Flow) -> None:
    third = let_a_third_decide(flow)
    number = two_outputs(flow)
    cast(flow, number, flow.world.checker, A, A)
    with flow.database.transaction() as session:
        person = session.get_one(Person, flow.world.checker.id)
        suspend(session, SYSTEM, person, "An inquiry.")
    cast(flow, number, flow.world.second_checker, A, A)
    assert flow.state(number) is RequestState.ONE_REVIEW_IN
    cast(flow, number, third, A, A)
    assert flow.state(number) is RequestState.APPROVED


def test_programs_vote_on_each_output(flow: Flow, client: TestClient) -> None:
    number = two_outputs(flow)
    csrf = log_in(client, flow.database, flow.settings, flow.world.checker)
    seen = client.get(f"/api/requests/{number}").json()
    assert [(one["outcome"], one["change"]) for one in seen["outputs"]] == [("pass", None), ("pass", None)]
    assert seen["verdict"] is None
    assert all(one["verdict"] for one in seen["outputs"])
    votes: list[dict[str, Any]] = [{"output": 1, "decision": "approve"}, {"output": 2, "decision": "return"}]
    body = {"votes": votes, "comment": "The second is too fine.", "row_version": seen["row_version"]}
    answer = client.post(f"/api/requests/{number}/reviews", json=body, headers={"X-CSRF-Token": csrf})
    assert answer.status_code == 201
    assert answer.json()["reviews"][0]["votes"] == [
        {"output": 1, "decision": "approve", "comment": "", "kept": False},
        {"output": 2, "decision": "return", "comment": "", "kept": False},
    ]


def test_one_decision_without_a_reason_names_the_field_that_was_sent(flow: Flow) -> None:
    number = two_outputs(flow)
    with flow.database.transaction() as session:
        request = find(session, number)
        actor = acting(session.get_one(Person, flow.world.checker.id), Role.CHECKER)
        with pytest.raises(InvalidError) as refused:
            decide(session, actor, request, R, "", request.row_version)
    assert refused.value.field == "comment"
