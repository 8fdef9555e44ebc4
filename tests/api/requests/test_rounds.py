"""A request that came back is submitted again as its next round."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.access.models import Grant, Sandbox
from api.errors import ConflictError, InvalidError, NotAllowedError
from api.jobs.models import Job
from api.people.models import Person, Role
from api.requests.differences import Change, Difference, differences, unchanged_from
from api.requests.models import OutputRequest, RequestState
from api.requests.submission import Prepared, resubmit
from api.requests.verdicts import outcome_of
from api.review.models import Decision
from tests.api.factories import acting
from tests.api.factories import withdraw as withdraw_grant
from tests.api.flow import FINE, MEAN, SMALL, Flow, find

KEY = "the-key-of-round-two"
OTHER = {"dataset": "people", "index": "area"}
C = Change


def changes(flow: Flow, number: str) -> list[tuple[Change, int]]:
    with flow.database.reading() as session:
        return [(one.change, one.either.position) for one in differences(find(session, number))]


def test_a_returned_request_goes_round_again_and_keeps_what_was_not_said_anew(flow: Flow) -> None:
    number = flow.returned(FINE)
    flow.resubmit(number, {"query": OTHER, "purpose": "A better purpose."})
    with flow.database.reading() as session:
        request = find(session, number)
        assert (request.state, request.round, request.title) == (RequestState.SUBMITTED, 2, "Incomes by area")
        assert [one.context["purpose"] for one in request.rounds] == [
            "Policy on poverty.",
            "A better purpose.",
        ]
        assert [output.round for output in request.every_output] == [1, 2]
        assert request.outputs[0].query_digest != request.outputs_in(1)[0].query_digest
        assert session.scalars(select(Job.key).order_by(Job.id)).all() == [
            f"judge:{request.id}:1",
            f"judge:{request.id}:2",
        ]
    assert flow.judge(number) is RequestState.UNDER_REVIEW
    for checker in (flow.world.checker, flow.world.second_checker):
        flow.review(number, checker)
    assert flow.release(number) is RequestState.RELEASED


def test_what_the_rules_gave_back_goes_round_again(flow: Flow) -> None:
    number = flow.submit(SMALL)
    assert flow.judge(number) is RequestState.RETURNED
    flow.resubmit(number, {"query": FINE})
    assert flow.judge(number) is RequestState.UNDER_REVIEW
    assert changes(flow, number) == [(C.CHANGED, 1)]


def test_every_output_is_compared_with_the_last_round(flow: Flow) -> None:
    by_sex = {"dataset": "people", "index": "sex", "margins": True}
    number = flow.returned(FINE, MEAN, by_sex)
    assert changes(flow, number) == []
    flow.resubmit(number, {"outputs": [{"query": MEAN}, {"query": OTHER}, {"query": FINE}]})
    assert changes(flow, number) == [(C.REJUDGED, 1), (C.CHANGED, 2), (C.REJUDGED, 3)]
    flow.judge(number)
    assert changes(flow, number) == [(C.UNCHANGED, 1), (C.CHANGED, 2), (C.UNCHANGED, 3)]
    with flow.database.reading() as session:
        kept = unchanged_from(find(session, number))
        assert sorted(output.position for output in kept.values()) == [1, 2]


def test_new_dropped_and_renamed_outputs_are_told(flow: Flow) -> None:
    number = flow.submit_document({"outputs": [{"query": FINE}, {"query": MEAN, "title": "Mean"}]})
    flow.judge(number)
    for checker in (flow.world.checker, flow.world.second_checker):
        flow.review(number, checker, Decision.RETURN)
    mean = {**MEAN, "where": "income > 20000"}
    flow.resubmit(number, {"outputs": [{"query": mean, "title": "Mean"}]})
    assert changes(flow, number) == [(C.CHANGED, 1), (C.DROPPED, 1)]
    flow.judge(number)
    for checker in (flow.world.checker, flow.world.second_checker):
        flow.review(number, checker, Decision.RETURN)
    flow.resubmit(number, {"outputs": [{"query": mean}, {"query": FINE}]})
    assert changes(flow, number) == [(C.REJUDGED, 1), (C.NEW, 2)]


ALTERATIONS: dict[str, Any] = {
    "figures": lambda verdict: verdict["table"]["cells"][0].update(value=1e6),
    "no figure": lambda verdict: verdict["table"]["cells"][0].update(value=None),
    "units": lambda verdict: verdict["table"]["cells"][0].update(units=1),
    "cells": lambda verdict: verdict["table"]["cells"].pop(),
    "labels": lambda verdict: verdict["table"]["rows"].reverse(),
    "microdata": lambda verdict: verdict["dataset"].update(sha256="0" * 64),
    "policy": lambda verdict: verdict["policy"].update(digest="0" * 64),
    "query": lambda verdict: verdict.update(query_digest="0" * 64),
    "outcome": lambda verdict: verdict.update(outcome="review"),
}


@pytest.mark.parametrize("what", ALTERATIONS)
def test_other_figures_data_or_rules_make_an_output_rejudged(flow: Flow, what: str) -> None:
    number = flow.returned(FINE)
    flow.resubmit(number, {"query": FINE})
    flow.judge(number)
    assert changes(flow, number) == [(C.UNCHANGED, 1)]
    with flow.database.reading() as session:
        request = find(session, number)
        ALTERATIONS[what](request.outputs[0].verdict)
        assert [one.change for one in differences(request)] == [C.REJUDGED]


@pytest.mark.parametrize("state", [RequestState.SUBMITTED, RequestState.UNDER_REVIEW, RequestState.APPROVED])
def test_only_a_returned_request_goes_round_again(flow: Flow, state: RequestState) -> None:
    number = {
        RequestState.SUBMITTED: lambda: flow.submit(FINE),
        RequestState.UNDER_REVIEW: flow.under_review,
        RequestState.APPROVED: flow.approved,
    }[state]()
    with pytest.raises(ConflictError) as refused:
        flow.resubmit(number, {"query": OTHER})
    assert refused.value.code == "not_returned"
    assert flow.state(number) is state


def test_the_same_key_makes_one_round_also_at_once(flow: Flow) -> None:
    number = flow.returned(FINE)
    threads = [threading.Thread(target=flow.resubmit, args=[number, {"query": OTHER}, KEY]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with flow.database.reading() as session:
        request = find(session, number)
        assert (request.round, len(request.rounds), len(request.every_output)) == (2, 2, 2)
    with pytest.raises(ConflictError) as refused:
        flow.resubmit(number, {"query": MEAN}, KEY)
    assert refused.value.code == "key_reused"


def test_a_senseless_round_changes_nothing(flow: Flow) -> None:
    number = flow.returned(FINE)
    with pytest.raises(InvalidError):
        flow.resubmit(number, {"query": {**FINE, "index": "nowhere"}})
    with flow.database.reading() as session:
        request = find(session, number)
        assert (request.state, request.round) == (RequestState.RETURNED, 1)


@pytest.mark.parametrize("name", ["analyst", "checker", "administrator"])
def test_nobody_else_submits_it_again(flow: Flow, name: str) -> None:
    number = flow.returned(FINE)
    with flow.database.transaction() as session:
        request = find(session, number)
        actor = acting(session.get_one(Person, getattr(flow.world, name).id), Role.RESEARCHER)
        sandbox = session.get_one(Sandbox, flow.sandbox_id)
        prepared = Prepared({}, KEY, "", None)
        with pytest.raises(NotAllowedError) as refused:
            resubmit(session, actor, flow.settings, sandbox.grant, request, prepared)
    assert refused.value.code == "not_author"


def test_without_access_nothing_goes_round_again(flow: Flow) -> None:
    number = flow.returned(FINE)
    with flow.database.transaction() as session:
        withdraw_grant(session, grant=session.get_one(Grant, flow.world.grant.id))
    with pytest.raises(NotAllowedError):
        flow.resubmit(number, {"query": OTHER})


def test_the_sandbox_submits_again_and_reads_each_table(flow: Flow, client: TestClient) -> None:
    number = flow.returned(FINE)
    headers = {"Authorization": f"Bearer {flow.token}"}
    body = {"outputs": [{"query": FINE, "title": "Counts"}, {"query": MEAN}], "idempotency_key": KEY}
    answer = client.post(f"/sandbox/requests/{number}/rounds", json=body, headers=headers)
    assert (answer.status_code, answer.json()["round"], answer.json()["verdict"]) == (202, 2, None)
    flow.judge(number)
    told = client.get(f"/sandbox/requests/{number}", headers=headers).json()
    assert [(one["position"], one["title"], one["outcome"]) for one in told["outputs"]] == [
        (1, "Counts", "pass"),
        (2, "", "pass"),
    ]
    second = client.get(f"/sandbox/requests/{number}/outputs/2", headers=headers).json()
    assert second["verdict"]["table"]["cells"]
    assert client.get(f"/sandbox/requests/{number}/outputs/3", headers=headers).status_code == 404
    foreign = client.post("/sandbox/requests/R-2026-9999/rounds", json=body, headers=headers)
    assert foreign.status_code == 404


def test_a_difference_is_about_something() -> None:
    with pytest.raises(ValueError, match="nothing"):
        _ = Difference(Change.NEW, None, None).either


def test_a_request_without_outputs_has_no_outcome() -> None:
    assert outcome_of(OutputRequest(round=1)) is None
