"""Blind until both have decided; figures only for those who check."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.people.models import Person, Role
from api.requests.models import OutputRequest, RequestState
from api.requests.service import withdraw
from api.review.models import Decision
from api.review.permissions import user_can_review
from api.review.visibility import findings_for, verdicts_for, visible_reviews
from tests.api.factories import acting
from tests.api.flow import FINE, Flow, find
from tests.api.identity.browser import log_in

SECRET = "The first checker thinks this."
NAMES = ("researcher", "analyst", "checker", "second_checker", "auditor")


def seen_by(flow: Flow, number: str) -> dict[str, int]:
    with flow.database.reading() as session:
        request = find(session, number)
        people = {name: session.get_one(Person, getattr(flow.world, name).id) for name in NAMES}
        return {name: len(visible_reviews(session, person, request)) for name, person in people.items()}


def test_until_both_have_decided_each_sees_only_their_own(flow: Flow) -> None:
    number = flow.under_review()
    flow.review(number, flow.world.checker, comment=SECRET)
    assert seen_by(flow, number) == {**dict.fromkeys(NAMES, 0), "checker": 1}
    flow.review(number, flow.world.second_checker)
    assert seen_by(flow, number) == dict.fromkeys(NAMES, 2)


@pytest.mark.parametrize("name", ["researcher", "second_checker", "auditor"])
def test_no_answer_tells_a_blind_reader_what_was_decided(flow: Flow, client: TestClient, name: str) -> None:
    number = flow.under_review()
    flow.review(number, flow.world.checker, Decision.REJECT, SECRET)
    log_in(client, flow.database, flow.settings, getattr(flow.world, name))
    answer = client.get(f"/api/requests/{number}")
    assert answer.status_code == 200
    assert answer.json()["state"] == "one_review_in"
    assert SECRET not in answer.text
    assert "reject" not in answer.text
    flow.review(number, flow.world.second_checker)
    assert SECRET in client.get(f"/api/requests/{number}").text


def test_withdrawing_half_way_does_not_open_the_envelope(flow: Flow) -> None:
    number = flow.under_review()
    flow.review(number, flow.world.checker, comment=SECRET)
    with flow.database.transaction() as session:
        withdraw(session, acting(flow.world.researcher, Role.RESEARCHER), find(session, number))
    assert seen_by(flow, number) == {**dict.fromkeys(NAMES, 0), "checker": 1}


def test_a_new_round_is_blind_again_and_the_last_one_open(flow: Flow) -> None:
    number = flow.under_review()
    flow.review(number, flow.world.checker, Decision.RETURN)
    flow.review(number, flow.world.second_checker, Decision.RETURN)
    with flow.database.transaction() as session:
        request = find(session, number)
        request.round, request.state = 2, RequestState.UNDER_REVIEW
    flow.review(number, flow.world.checker, comment=SECRET)
    assert seen_by(flow, number) == {**dict.fromkeys(NAMES, 2), "checker": 3}


def test_figures_outside_are_for_those_who_may_review(flow: Flow) -> None:
    number = flow.under_review()
    with flow.database.reading() as session:
        request: OutputRequest = find(session, number)
        for name in (*NAMES, "outsider", "foreign_checker", "steward", "administrator"):
            person = session.get_one(Person, getattr(flow.world, name).id)
            may = name in ("checker", "second_checker")
            assert user_can_review(session, person, request) is may
            assert bool(verdicts_for(session, person, request)) is may


def test_a_request_that_was_not_judged_has_no_findings(flow: Flow) -> None:
    number = flow.submit(FINE)
    with flow.database.reading() as session:
        assert findings_for(find(session, number)) == []
        checker = session.get_one(Person, flow.world.checker.id)
        assert verdicts_for(session, checker, find(session, number)) == {}
