"""Submitting, withdrawing and moving requests."""

from __future__ import annotations

import json
import re
import threading
from typing import Any

import pytest
from sqlalchemy import func, select

from api.audit.models import AuditRecord
from api.audit.service import SYSTEM, Actor
from api.db import now
from api.errors import ConflictError, InvalidError, NotAllowedError, UnavailableError
from api.jobs.models import Job
from api.people.models import Person, Role
from api.requests.models import OutputRequest, RequestState
from api.requests.service import move, next_step, party_of, withdraw
from api.requests.states import Party
from output_checker.text import Text
from tests.api.factories import acting
from tests.api.factories import withdraw as withdraw_grant
from tests.api.flow import FINE, MEAN, Flow, find

KEY = "the-same-key-twice-over"


def counts(flow: Flow) -> tuple[int, int]:
    with flow.database.reading() as session:
        requests = session.scalar(select(func.count()).select_from(OutputRequest)) or 0
        return requests, session.scalar(select(func.count()).select_from(Job)) or 0


def test_a_submission_is_stored_with_its_job_and_told_in_the_audit(flow: Flow) -> None:
    number = flow.submit(FINE, title=" Incomes by area ")
    with flow.database.reading() as session:
        request = find(session, number)
        assert (request.state, request.title, request.round) == (RequestState.SUBMITTED, "Incomes by area", 1)
        assert request.outputs[0].query == {**FINE, "index": ["sex"], "columns": ["area"]}
        assert [(step.before, step.after, step.by) for step in request.history] == [
            (RequestState.DRAFT, RequestState.SUBMITTED, request.author)
        ]
        assert session.scalars(select(Job.key)).all() == [f"judge:{request.id}:1"]
        told = session.scalars(select(AuditRecord).where(AuditRecord.action == "request.submitted")).one()
    assert (told.actor, told.acting_as, told.subject) == ("researcher", "researcher", f"request:{number}")
    assert json.loads(told.document)["details"]["query_digests"] == [request.outputs[0].query_digest]


def test_numbers_are_public_and_unique_also_when_many_submit_at_once(flow: Flow) -> None:
    numbers: list[str] = []
    threads = [threading.Thread(target=lambda: numbers.append(flow.submit(FINE))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(numbers)) == 8
    assert all(re.fullmatch(rf"R-{now().year}-\d{{4,}}", number) for number in numbers)


def test_the_same_key_with_the_same_body_is_the_same_request(flow: Flow) -> None:
    first = flow.submit(FINE, KEY)
    flow.judge(first)
    assert flow.submit(FINE, KEY) == first
    assert counts(flow) == (1, 1)


def test_the_same_key_at_once_makes_one_request(flow: Flow) -> None:
    numbers: list[str] = []
    threads = [threading.Thread(target=lambda: numbers.append(flow.submit(FINE, KEY))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(numbers) == 6
    assert len(set(numbers)) == 1
    assert counts(flow) == (1, 1)


@pytest.mark.parametrize("change", [{"query": MEAN}, {"title": "Another"}, {"purpose": "Another."}])
def test_the_same_key_for_something_else_is_a_conflict(flow: Flow, change: dict[str, Any]) -> None:
    first = flow.submit(FINE, KEY)
    with pytest.raises(ConflictError) as refused:
        flow.submit(change.pop("query", FINE), KEY, **change)
    assert refused.value.field == "idempotency_key"
    assert first in refused.value.message.nl
    assert counts(flow) == (1, 1)


FIVE_LABELS = "CASE WHEN sex = 'F' THEN area WHEN income > 3 THEN sex ELSE 'F' END"
BAD_QUERIES = {
    "unknown dataset": ({"dataset": "elsewhere", "index": "sex"}, "query.dataset"),
    "foreign version of the name": ({"dataset": "PEOPLE", "index": "sex"}, "query.dataset"),
    "no dataset": ({"index": "sex"}, "query.dataset"),
    "unknown column": ({"dataset": "people", "index": "age"}, "query.index"),
    "column outside the view": ({"dataset": "people", "index": "sex", "values": "secret", "aggfunc": "mean"}, "query.values"),
    "identifier": ({"dataset": "people", "index": "person"}, "query.index"),
    "label outside the code list": ({**FINE, "where": "sex = 'X'"}, "query.where[0]"),
    "expression outside the allow-list": ({**FINE, "where": "read_text('/etc/passwd') = 'x'"}, "query.where[0]"),
    "a second statement": ({**FINE, "where": "1=1; DROP TABLE microdata"}, "query.where[0]"),
    "unknown field": ({**FINE, "limit": 3}, "query.limit"),
    "unknown unit": ({**FINE, "unit": "household"}, "query.unit"),
    "a million cells": (
        {
            "dataset": "people",
            "index": [f"d{n}" for n in range(6)],
            "columns": [f"d{n}" for n in range(6, 12)],
            "derive": {f"d{n}": FIVE_LABELS for n in range(12)},
        },
        "query.index",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("query", "field"), BAD_QUERIES.values(), ids=BAD_QUERIES.keys())
def test_a_senseless_query_is_refused_with_its_field_and_nothing_is_stored(
    flow: Flow, query: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        flow.submit(query)
    assert refused.value.field == field
    assert refused.value.message.nl != refused.value.message.en
    assert counts(flow) == (0, 0)


def test_an_unknown_column_comes_with_a_way_out(flow: Flow) -> None:
    with pytest.raises(InvalidError) as refused:
        flow.submit({"dataset": "people", "index": "sexe"})
    assert refused.value.remedy == Text("Bedoelt u 'sex'?", "Did you mean 'sex'?")


def test_a_query_that_is_wrong_as_a_whole_names_the_query(flow: Flow) -> None:
    with pytest.raises(InvalidError) as refused:
        flow.submit([])  # type: ignore[arg-type]
    assert refused.value.field == "query"


@pytest.mark.parametrize("words", [{"title": "\u202e"}, {"purpose": "<script>"}, {"title": "x" * 201}])
def test_hostile_words_are_refused_and_nothing_is_stored(flow: Flow, words: dict[str, str]) -> None:
    with pytest.raises(InvalidError) as refused:
        flow.submit(FINE, **words)
    assert refused.value.field == next(iter(words))
    assert counts(flow) == (0, 0)


def test_without_access_nothing_is_submitted_also_not_again(flow: Flow) -> None:
    flow.submit(FINE, KEY)
    with flow.database.transaction() as session:
        withdraw_grant(session, grant=session.get_one(type(flow.world.grant), flow.world.grant.id))
    with pytest.raises(NotAllowedError):
        flow.submit(FINE, KEY)
    assert counts(flow) == (1, 1)


def test_lost_microdata_are_our_fault_not_the_researchers(flow: Flow) -> None:
    next(flow.settings.directory("data").glob("*.parquet")).unlink()
    with pytest.raises(UnavailableError):
        flow.submit(FINE)
    assert counts(flow) == (0, 0)


def withdraw_as(flow: Flow, number: str, person: Person | None, role: str = "author") -> None:
    with flow.database.transaction() as session:
        actor = Actor(session.get_one(Person, person.id) if person else None, role)
        withdraw(session, actor, find(session, number))


def test_the_author_withdraws_for_good(flow: Flow) -> None:
    number = flow.submit(FINE)
    withdraw_as(flow, number, flow.world.researcher)
    assert flow.judge(number) is RequestState.WITHDRAWN
    with pytest.raises(ConflictError):
        withdraw_as(flow, number, flow.world.researcher)


@pytest.mark.parametrize("name", ["analyst", "checker", "administrator", "outsider", None])
def test_nobody_else_withdraws(flow: Flow, name: str | None) -> None:
    number = flow.submit(FINE)
    with pytest.raises(NotAllowedError):
        withdraw_as(flow, number, getattr(flow.world, name) if name else None)
    assert flow.state(number) is RequestState.SUBMITTED


def test_what_is_approved_can_no_longer_be_withdrawn(flow: Flow) -> None:
    number = flow.approved()
    with pytest.raises(ConflictError):
        withdraw_as(flow, number, flow.world.researcher)
    assert flow.release(number) is RequestState.RELEASED


def test_an_unlawful_step_changes_nothing(flow: Flow) -> None:
    number = flow.submit(FINE)

    def leap() -> None:
        with flow.database.transaction() as session:
            move(session, find(session, number), RequestState.APPROVED, SYSTEM, Text("x", "x"))

    with pytest.raises(ConflictError):
        leap()
    with flow.database.reading() as session:
        request = find(session, number)
        assert (request.state, request.row_version) == (RequestState.SUBMITTED, 2)
        assert next_step(request).en == "The service judges your request within seconds."


def test_an_author_stays_the_author_in_whatever_role_they_act(flow: Flow) -> None:
    number = flow.submit(FINE)
    with flow.database.reading() as session:
        request = find(session, number)
        assert party_of(SYSTEM, request) is Party.SYSTEM
        for role in Role:
            assert party_of(acting(flow.world.researcher, role), request) is Party.AUTHOR
        parties = {role: party_of(acting(flow.world.checker, role), request) for role in Role}
    assert parties.pop(Role.CHECKER) is Party.CHECKER
    assert parties.pop(Role.ADMINISTRATOR) is Party.ADMINISTRATOR
    assert set(parties.values()) == {Party.NOBODY}
