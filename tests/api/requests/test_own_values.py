"""Own variables through the service: uploaded first, judged by people, released with their hashes, kept as they were."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from api.access.decision import Door, decide
from api.access.sandboxes import start_sandbox
from api.errors import InvalidError
from api.release.models import LedgerEntry, Release
from api.release.record import verify_receipt
from api.requests.differences import Change, differences
from api.requests.models import RequestState
from api.requests.verdicts import released_of, verdict_of
from api.review.models import Decision
from api.review.votes import earlier_votes
from api.uploads import retention
from api.uploads.models import Upload
from output_checker.verdict import Outcome, OwnSummary
from tests.api.factories import days
from tests.api.flow import FINE, Flow, find
from tests.api.identity.browser import log_in
from tests.api.own_values import CODE, asking, bands_of, kept_at, parquet_of, persons, uploaded


def own_of(flow: Flow, number: str) -> OwnSummary:
    with flow.database.reading() as session:
        verdict = verdict_of(find(session, number).outputs[0])
        assert verdict is not None
        assert verdict.outcome is Outcome.REVIEW
        return verdict.own[0]


def reason(flow: Flow, number: str) -> str:
    with flow.database.reading() as session:
        return find(session, number).history[-1].reason.en


def released(flow: Flow) -> str:
    return flow.released(asking(uploaded(flow, bands_of(flow))))


def test_people_see_what_it_is_how_it_was_made_and_how_it_lies(flow: Flow) -> None:
    content = bands_of(flow)
    number = flow.under_review(asking(uploaded(flow, content)))
    own = own_of(flow, number)
    seen = persons(flow)
    high = sum(income > 35_000 for income in seen["income"])
    assert [(one.value, one.label.en, one.units) for one in own.bins] == [
        ("high", "High", high),
        ("low", "Low", len(seen["income"]) - high),
    ]
    assert (own.units, own.missing) == (len(seen["income"]), 0)
    assert (own.code, own.sha256) == (CODE, hashlib.sha256(content).hexdigest())


def test_a_release_names_values_and_code_by_their_hashes_and_tells_neither(flow: Flow) -> None:
    number = released(flow)
    with flow.database.reading() as session:
        release = session.scalars(select(Release)).one()
        output = find(session, number).outputs[0]
        entries = session.scalars(select(LedgerEntry)).all()
        shown = released_of(output)
    record = json.loads(release.record)
    (told,) = record["outputs"]
    own = own_of(flow, number)
    assert told["own"] == [
        {
            "name": "band",
            "type": "category",
            "sha256": own.sha256,
            "code_sha256": hashlib.sha256(CODE.encode()).hexdigest(),
        }
    ]
    assert "lambda" not in release.record
    assert told["query"]["own"]["band"]["sha256"] == own.sha256
    assert len(entries) == 4
    assert shown is not None
    assert shown.own == ()


def test_the_code_of_a_drawn_table_stays_inside_too(flow: Flow) -> None:
    query = asking(uploaded(flow, bands_of(flow)))
    flow.released({"kind": "figure", "of": query, "mark": "bar"})
    with flow.database.reading() as session:
        record = session.scalars(select(Release)).one().record
    assert "lambda" not in record
    assert json.loads(record)["outputs"][0]["own"][0]["name"] == "band"


def test_the_receipt_still_proves_itself(flow: Flow, client: TestClient) -> None:
    number = released(flow)
    log_in(client, flow.database, flow.settings, flow.world.researcher)
    receipt = client.get(f"/api/requests/{number}/receipt").json()
    assert verify_receipt(receipt, {}) is None
    assert CODE.strip() not in json.dumps(receipt)


def test_nothing_of_it_is_told_outside_to_its_author(flow: Flow, client: TestClient) -> None:
    number = flow.under_review(asking(uploaded(flow, bands_of(flow)), code="secret = 'income of 7 is 48123'"))
    log_in(client, flow.database, flow.settings, flow.world.researcher)
    for address in (f"/api/requests/{number}", f"/requests/{number}"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "48123" not in answer.text
    log_in(client, flow.database, flow.settings, flow.world.checker)
    assert "48123" in client.get(f"/api/requests/{number}").text


def test_values_that_nobody_uploaded_here_are_refused_at_once(flow: Flow) -> None:
    with pytest.raises(InvalidError, match="not uploaded") as refused:
        flow.submit(asking("0" * 64))
    assert refused.value.field == "query.own.band.sha256"


def test_values_of_a_colleague_are_as_unknown(flow: Flow) -> None:
    with flow.database.transaction() as session:
        decision = decide(
            session, Door.OPEN_PROJECT, session.merge(flow.world.analyst), session.merge(flow.world.project)
        )
        colleague, _ = start_sandbox(session, decision, flow.settings)
    digest = uploaded(flow, bands_of(flow), colleague.id)
    with pytest.raises(InvalidError) as refused:
        flow.submit(asking(digest))
    with pytest.raises(InvalidError) as unknown:
        flow.submit(asking("0" * 64))
    assert (refused.value.code, refused.value.message) == (unknown.value.code, unknown.value.message)


def test_a_file_is_not_opened_before_it_is_judged(flow: Flow) -> None:
    number = flow.submit(asking(uploaded(flow, b"PAR1 this is no such file PAR1")))
    assert flow.judge(number) is RequestState.RETURNED
    assert "cannot be read" in reason(flow, number)


@pytest.mark.parametrize(
    ("units", "values", "said"),
    [
        ([0, 0], ["high", "low"], "two values"),
        ([10**9], ["high"], "not registered"),
        ([0], ["income of 7 is 48123"], "among the codes"),
    ],
)
def test_what_does_not_fit_comes_back_with_the_reason(
    flow: Flow, units: list[Any], values: list[Any], said: str
) -> None:
    number = flow.submit(asking(uploaded(flow, parquet_of(units, values))))
    assert flow.judge(number) is RequestState.RETURNED
    assert said in reason(flow, number)
    assert "48123" not in reason(flow, number)


def test_values_that_were_altered_between_check_and_release_release_nothing(flow: Flow) -> None:
    digest = uploaded(flow, bands_of(flow))
    number = flow.approved(asking(digest))
    kept_at(flow, digest).write_bytes(bands_of(flow, threshold=20_000))
    assert flow.release(number) is RequestState.RETURNED
    assert "could not compute" in reason(flow, number)


def test_values_that_vanished_release_nothing(flow: Flow) -> None:
    digest = uploaded(flow, bands_of(flow))
    number = flow.approved(asking(digest))
    kept_at(flow, digest).unlink()
    assert flow.release(number) is RequestState.RETURNED


@pytest.mark.parametrize("step", ["under_review", "approved", "released", "returned"])
def test_values_are_kept_as_long_as_the_request_may_need_them(flow: Flow, step: str) -> None:
    digest = uploaded(flow, bands_of(flow))
    number = getattr(flow, step)(asking(digest))
    with flow.database.transaction() as session:
        session.execute(update(Upload).values(uploaded_at=days(-400)))
    retention.tidy_uploads(flow.database, flow.settings)
    assert kept_at(flow, digest).exists()
    if step == "approved":
        assert flow.release(number) is RequestState.RELEASED


@pytest.mark.parametrize("what", ["code", "values"])
def test_a_vote_is_not_kept_when_code_or_values_changed(flow: Flow, what: str) -> None:
    first, second = uploaded(flow, bands_of(flow)), uploaded(flow, bands_of(flow, threshold=34_000))
    number = flow.returned(asking(first), FINE)
    changed = asking(second) if what == "values" else asking(first, code=CODE + "# honest\n")
    flow.resubmit(number, {"outputs": [{"query": changed}, {"query": FINE}]})
    assert flow.judge(number) is RequestState.UNDER_REVIEW
    with flow.database.reading() as session:
        request = find(session, number)
        assert [one.change for one in differences(request)] == [Change.CHANGED, Change.UNCHANGED]
        kept = earlier_votes(session, request, flow.world.checker)
        assert list(kept) == [request.outputs[1].id]


def test_the_same_values_and_code_again_are_unchanged(flow: Flow) -> None:
    query = asking(uploaded(flow, bands_of(flow)))
    number = flow.returned(query)
    flow.resubmit(number, {"query": query})
    flow.judge(number)
    with flow.database.reading() as session:
        assert [one.change for one in differences(find(session, number))] == [Change.UNCHANGED]


def test_two_checkers_decide_as_ever(flow: Flow) -> None:
    number = flow.under_review(asking(uploaded(flow, bands_of(flow))))
    flow.review(number, flow.world.checker)
    assert flow.state(number) is RequestState.ONE_REVIEW_IN
    flow.review(number, flow.world.second_checker, Decision.RETURN)
    assert flow.state(number) is RequestState.RETURNED
