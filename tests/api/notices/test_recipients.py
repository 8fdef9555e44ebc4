"""Who a step concerns."""

from __future__ import annotations

from api.notices.models import NoticeKind
from api.notices.recipients import recipients_of_step
from api.requests.models import RequestState
from tests.api.flow import Flow, find


def test_a_request_that_goes_back_to_the_checkers_is_no_new_verdict_for_its_author(flow: Flow) -> None:
    number = flow.under_review()
    with flow.database.reading() as session:
        told = list(recipients_of_step(session, find(session, number), RequestState.ONE_REVIEW_IN))
    assert {(person.subject, kind) for person, kind in told} == {
        ("checker", NoticeKind.NEEDS_REVIEW),
        ("second-checker", NoticeKind.NEEDS_REVIEW),
    }


def test_other_steps_concern_nobody_else(flow: Flow) -> None:
    number = flow.under_review()
    with flow.database.reading() as session:
        request = find(session, number)
        for state in (RequestState.JUDGING, RequestState.ONE_REVIEW_IN, RequestState.WITHDRAWN):
            request.state = state
            assert list(recipients_of_step(session, request, RequestState.SUBMITTED)) == []
