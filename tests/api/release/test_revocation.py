"""Revocation: downloads stop at once, the numbers stay known as out, and who holds a copy can be shown the statement."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.access.decision import AccessRefusedError
from api.audit.models import AuditRecord
from api.audit.service import SYSTEM
from api.errors import ConflictError, EnclaveError, InvalidError, NotAllowedError
from api.people.models import Person, Role
from api.people.service import suspend
from api.release.models import LedgerEntry, Release
from api.release.permissions import user_can_revoke
from api.release.revocation import revoke_release
from api.release.statement import verify_statement
from api.requests.models import RequestState
from tests.api.factories import acting, days, make_grant
from tests.api.flow import FINE, Flow, find
from tests.api.identity.browser import log_in

WHY = "A wrong weight was used."


def attempt(flow: Flow, number: str, name: str, reason: str = WHY) -> None:
    with flow.database.transaction() as session:
        person = session.get_one(Person, getattr(flow.world, name).id)
        actor = acting(person, Role.ADMINISTRATOR)
        revoke_release(session, actor, flow.secrets, find(session, number), reason)


def enter(client: TestClient, flow: Flow, name: str) -> dict[str, str]:
    return {"X-CSRF-Token": log_in(client, flow.database, flow.settings, getattr(flow.world, name))}


def receipt_of(client: TestClient, flow: Flow, number: str) -> dict[str, object]:
    enter(client, flow, "researcher")
    receipt: dict[str, object] = client.get(f"/api/requests/{number}/receipt").json()
    return receipt


def test_downloads_stop_with_the_reason(flow: Flow, client: TestClient) -> None:
    number = flow.released()
    csrf = enter(client, flow, "administrator")
    address = f"/api/requests/{number}/revocation"
    assert client.post(address, json={"reason": WHY}, headers=csrf).status_code == 201
    enter(client, flow, "researcher")
    for what in (f"files/{number}-1.csv", "receipt"):
        answer = client.get(f"/api/requests/{number}/{what}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (410, "revoked")
        assert WHY in answer.json()["error"]["message"]["en"]
    assert client.get(f"/api/requests/{number}").json()["state"] == "revoked"


def test_the_ledger_the_files_and_the_record_stay(flow: Flow) -> None:
    number = flow.released()
    with flow.database.reading() as session:
        before = [(entry.cell, entry.value) for entry in session.scalars(select(LedgerEntry))]
    files = list(flow.settings.directory("releases").iterdir())
    flow.revoke(number)
    with flow.database.reading() as session:
        assert [(entry.cell, entry.value) for entry in session.scalars(select(LedgerEntry))] == before
        assert session.scalars(select(Release)).one().revocation is not None
    assert before
    assert list(flow.settings.directory("releases").iterdir()) == files


def test_the_audit_and_the_history_tell_who_and_why(flow: Flow) -> None:
    number = flow.released()
    flow.revoke(number)
    with flow.database.reading() as session:
        told = session.scalars(select(AuditRecord).where(AuditRecord.action == "release.revoke")).one()
        assert (told.actor, told.acting_as) == ("administrator", "administrator")
        assert json.loads(told.document)["because"] == WHY
        last = find(session, number).history[-1]
    assert (last.before, last.after, last.reason.nl) == (RequestState.RELEASED, RequestState.REVOKED, WHY)


def test_whoever_holds_a_receipt_gets_the_statement_without_login(flow: Flow, client: TestClient) -> None:
    number = flow.released()
    receipt = receipt_of(client, flow, number)
    address = f"/api/revocations/{receipt['record_sha256']}"
    client.cookies.clear()
    assert (client.get(address).status_code, client.get(address).json()["error"]["code"]) == (
        404,
        "not_revoked",
    )
    flow.revoke(number)
    document = client.get(address).json()
    assert verify_statement(document, receipt) is None
    assert document["statement"]["request"] == number
    assert document["statement"]["reason"] == WHY
    assert client.get(f"/api/revocations/{'0' * 64}").status_code == 404


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("researcher", AccessRefusedError),
        ("steward", AccessRefusedError),
        ("auditor", AccessRefusedError),
        ("foreign_checker", AccessRefusedError),
    ],
)
def test_only_checkers_and_administrators_of_the_centre_revoke(
    flow: Flow, name: str, error: type[EnclaveError]
) -> None:
    number = flow.released()
    with pytest.raises(error):
        attempt(flow, number, name)
    assert flow.state(number) is RequestState.RELEASED


def test_the_service_itself_does_not_revoke(flow: Flow) -> None:
    number = flow.released()
    with pytest.raises(NotAllowedError), flow.database.transaction() as session:
        revoke_release(session, SYSTEM, flow.secrets, find(session, number), WHY)


def test_nobody_revokes_their_own_release(flow: Flow) -> None:
    number = flow.released()
    with flow.database.transaction() as session:
        request = find(session, number)
        request.author = session.get_one(Person, flow.world.administrator.id)
        session.flush()
        assert not user_can_revoke(session, request.author, request)
    with pytest.raises(NotAllowedError) as caught:
        attempt(flow, number, "administrator")
    assert caught.value.code == "own_request"


def test_what_is_not_released_cannot_be_revoked_and_nothing_is_revoked_twice(flow: Flow) -> None:
    approved, released = flow.approved(), flow.released()
    flow.revoke(released)
    for number in (approved, released):
        with pytest.raises(ConflictError) as caught:
            attempt(flow, number, "administrator")
        assert caught.value.code == "nothing_to_revoke"
    with flow.database.reading() as session:
        assert (
            len(session.scalars(select(AuditRecord).where(AuditRecord.action == "release.revoke")).all()) == 1
        )


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001, "a\x00b"])
def test_a_reason_is_needed(flow: Flow, reason: str) -> None:
    number = flow.released()
    with pytest.raises(InvalidError) as caught:
        attempt(flow, number, "administrator", reason)
    assert caught.value.field == "reason"
    assert flow.state(number) is RequestState.RELEASED


def test_an_administrator_sees_what_left_and_nothing_else(flow: Flow, client: TestClient) -> None:
    released, waiting = flow.released(), flow.under_review()
    enter(client, flow, "second_administrator")
    seen = client.get(f"/api/requests/{released}")
    assert seen.status_code == 200
    assert seen.json()["verdict"] is None
    assert client.get(f"/api/requests/{waiting}").status_code == 404


def test_without_the_token_of_the_page_nothing_is_revoked(flow: Flow, client: TestClient) -> None:
    number = flow.released()
    enter(client, flow, "administrator")
    assert client.post(f"/api/requests/{number}/revocation", json={"reason": WHY}).status_code == 403
    assert flow.state(number) is RequestState.RELEASED


def test_may_and_may_not_agree(flow: Flow) -> None:
    numbers = {
        flow.released(): ("administrator", "second_administrator", "checker"),
        flow.approved(): (),
        flow.submit(FINE): (),
    }
    with flow.database.reading() as session:
        for number, allowed in numbers.items():
            for name in ("administrator", "second_administrator", "researcher", "checker", "auditor"):
                person = session.get_one(Person, getattr(flow.world, name).id)
                assert user_can_revoke(session, person, find(session, number)) is (name in allowed)


def test_a_checker_revokes_also_after_the_project_ended_and_the_audit_says_as_what(
    flow: Flow, client: TestClient
) -> None:
    number = flow.released()
    with flow.database.transaction() as session:
        find(session, number).project.valid_until = days(-1)
    csrf = enter(client, flow, "second_checker")
    answer = client.post(f"/api/requests/{number}/revocation", json={"reason": WHY}, headers=csrf)
    assert answer.status_code == 201
    with flow.database.reading() as session:
        told = session.scalars(select(AuditRecord).where(AuditRecord.action == "release.revoke")).one()
        assert (told.actor, told.acting_as) == ("second-checker", "checker")


@pytest.mark.parametrize("name", ["checker", "second_administrator"])
def test_who_ever_worked_in_the_project_does_not_revoke(flow: Flow, name: str) -> None:
    number = flow.released()
    with flow.database.transaction() as session:
        person = session.get_one(Person, getattr(flow.world, name).id)
        project = find(session, number).project
        make_grant(session, person=person, project=project, valid_until=days(-20))
    with pytest.raises(AccessRefusedError) as caught:
        attempt(flow, number, name)
    assert [one.condition for one in caught.value.unmet] == ["outside_project"]
    assert flow.state(number) is RequestState.RELEASED


def test_a_suspended_checker_does_not_revoke(flow: Flow) -> None:
    number = flow.released()
    with flow.database.transaction() as session:
        checker = session.get_one(Person, flow.world.checker.id)
        suspend(session, SYSTEM, checker, "Under investigation.")
    with pytest.raises(AccessRefusedError):
        attempt(flow, number, "checker")
