"""How much one person may ask, and that nobody else has to wait for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from api.access.models import Grant
from api.db import Database
from api.errors import TooManyRequestsError
from api.people.models import Role
from api.requests import documents
from api.requests.models import RequestRound, RequestState
from api.requests.questions import Question, check_question
from api.requests.service import withdraw
from api.review.models import Decision
from api.settings import Settings
from tests.api.factories import acting, days
from tests.api.flow import FINE, MEAN, Flow, find
from tests.api.requests.test_drafts import drafted, sent

KEY = "the-same-key-twice-over"


@pytest.fixture
def few(flow: Flow) -> Flow:
    """A flow in which two requests may wait, and three be made in a day."""
    limits = {"requests_waiting": 2, "requests_per_day": 3}
    return replace(flow, settings=flow.settings.model_copy(update=limits))


def test_requests_that_wait_for_a_verdict_are_few(few: Flow) -> None:
    first, _ = few.submit(FINE, KEY), few.submit(FINE)
    with pytest.raises(TooManyRequestsError) as refused:
        few.submit(FINE)
    assert (refused.value.code, refused.value.status) == ("too_many_waiting", 429)
    assert few.submit(FINE, KEY) == first
    few.judge(first)
    assert few.submit(FINE)


def test_requests_of_a_day_are_few_whatever_became_of_them(few: Flow) -> None:
    for _ in range(3):
        few.judge(few.submit(FINE))
    with pytest.raises(TooManyRequestsError) as refused:
        few.submit(FINE)
    assert refused.value.code == "too_many_today"
    with few.database.transaction() as session:
        session.execute(update(RequestRound).values(submitted_at=days(-1)))
    assert few.submit(FINE)


def test_going_round_again_counts_like_a_new_request(few: Flow) -> None:
    number = few.returned()
    for query in (MEAN, FINE):
        few.resubmit(number, {"query": query})
        assert few.judge(number) is RequestState.UNDER_REVIEW
        for checker in (few.world.checker, few.world.second_checker):
            few.review(number, checker, Decision.RETURN)
    for again in (lambda: few.resubmit(number, {"query": MEAN}), lambda: few.submit(FINE)):
        with pytest.raises(TooManyRequestsError):
            again()
    assert few.state(number) is RequestState.RETURNED


def test_a_draft_that_was_withdrawn_counts_once_and_one_that_is_submitted_too(few: Flow) -> None:
    dropped, kept = drafted(few), drafted(few, FINE)
    with few.database.transaction() as session:
        request = find(session, dropped)
        withdraw(session, acting(request.author, Role.RESEARCHER), request)
    few.judge(few.submit(FINE))
    for again in (lambda: few.submit(FINE), lambda: drafted(few)):
        with pytest.raises(TooManyRequestsError) as refused:
            again()
        assert (refused.value.code, "made 3" in refused.value.message.en) == ("too_many_today", True)
    sent(few, kept)
    assert few.judge(kept) is RequestState.UNDER_REVIEW


def test_moments_in_the_future_count_too(few: Flow) -> None:
    for _ in range(3):
        few.judge(few.submit(FINE))
    with few.database.transaction() as session:
        session.execute(update(RequestRound).values(submitted_at=days(2)))
    with pytest.raises(TooManyRequestsError):
        few.submit(FINE)


def test_others_write_while_a_question_is_looked_at(
    flow: Flow, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Database(f"{flow.settings.database}?timeout=1")

    def look(settings: Settings, grant: Grant, document: dict[str, Any], place: str) -> Question:
        with other.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=200")
            connection.rollback()
            connection.execution_options(enclave_write=True).exec_driver_sql("SELECT 1")
        return check_question(settings, grant, document, place)

    monkeypatch.setattr(documents, "check_question", look)
    body = {"title": "Incomes", "purpose": "Policy.", "query": FINE, "idempotency_key": KEY}
    answer = client.post("/sandbox/requests", json=body, headers={"Authorization": f"Bearer {flow.token}"})
    assert answer.status_code == 202
    other.dispose()
