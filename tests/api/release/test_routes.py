"""Downloads: for those who may, of what was released, told in the audit before a byte leaves."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.access.models import Grant, Project
from api.audit.models import AuditRecord
from api.people.models import Person
from api.release.models import ReleasedFile
from api.release.permissions import user_can_download
from api.release.record import verify_receipt
from tests.api.factories import days, withdraw
from tests.api.flow import FINE, Flow, find
from tests.api.identity.browser import log_in


def enter(client: TestClient, flow: Flow, name: str) -> None:
    log_in(client, flow.database, flow.settings, getattr(flow.world, name))


def told(flow: Flow, action: str) -> list[str | None]:
    with flow.database.reading() as session:
        return list(session.scalars(select(AuditRecord.actor).where(AuditRecord.action == action)))


@pytest.mark.parametrize("name", ["researcher", "analyst"])
def test_members_download_and_can_prove_what_they_have(flow: Flow, client: TestClient, name: str) -> None:
    number = flow.released()
    enter(client, flow, name)
    file = client.get(f"/api/requests/{number}/files/{number}-1.csv")
    assert file.status_code == 200
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.headers["content-disposition"] == f'attachment; filename="{number}-1.csv"'
    assert file.headers["cache-control"] == "no-store"
    receipt = client.get(f"/api/requests/{number}/receipt").json()
    key = flow.secrets.audit_key().public_key().public_bytes_raw().hex()
    assert verify_receipt(receipt, {"x.csv": file.content}, key) is None
    assert verify_receipt(receipt, {"x.csv": file.content + b" "}, key) is not None
    assert told(flow, "release.download") == [name]
    assert told(flow, "release.receipt") == [name]


def test_the_link_in_the_receipt_is_in_the_chain(flow: Flow, client: TestClient) -> None:
    number = flow.released()
    enter(client, flow, "researcher")
    audit = client.get(f"/api/requests/{number}/receipt").json()["audit"]
    with flow.database.reading() as session:
        record = session.get_one(AuditRecord, audit["seq"])
    assert (record.hash, record.document) == (audit["hash"], audit["document"])


def test_each_download_is_told_once(flow: Flow, client: TestClient) -> None:
    number = flow.released()
    enter(client, flow, "researcher")
    for _ in range(2):
        assert client.get(f"/api/requests/{number}/files/{number}-1.csv").status_code == 200
    assert told(flow, "release.download") == ["researcher"] * 2
    with flow.database.reading() as session:
        record = session.scalars(select(AuditRecord).where(AuditRecord.action == "release.download")).first()
    assert record is not None
    assert json.loads(record.document)["acting_as"] == "author"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("checker", 403),
        ("auditor", 403),
        ("outsider", 404),
        ("foreign_checker", 404),
        ("administrator", 403),
        ("steward", 404),
    ],
)
@pytest.mark.parametrize("what", ["files/{number}-1.csv", "receipt"])
def test_others_get_nothing(flow: Flow, client: TestClient, name: str, status: int, what: str) -> None:
    number = flow.released()
    enter(client, flow, name)
    answer = client.get(f"/api/requests/{number}/{what.format(number=number)}")
    assert answer.status_code == status
    assert told(flow, "release.download") == told(flow, "release.receipt") == []


def test_nobody_downloads_without_login(flow: Flow, client: TestClient) -> None:
    number = flow.released()
    assert client.get(f"/api/requests/{number}/files/{number}-1.csv").status_code == 401
    assert client.get(f"/api/requests/{number}/receipt").status_code == 401


def test_an_author_whose_access_was_withdrawn_hears_why(flow: Flow, client: TestClient) -> None:
    number = flow.released()
    with flow.database.transaction() as session:
        grant = session.get_one(Grant, flow.world.grant.id)
        withdraw(session, grant=grant, reason="The contract ended.")
        session.get_one(Project, flow.world.project.id).valid_until = days(-1)
    enter(client, flow, "researcher")
    answer = client.get(f"/api/requests/{number}/files/{number}-1.csv")
    assert answer.status_code == 403
    assert "The contract ended." in answer.json()["error"]["message"]["en"]
    assert len(answer.json()["error"]["unmet"]) == 2


def test_before_the_release_there_is_nothing_to_download(flow: Flow, client: TestClient) -> None:
    number = flow.approved()
    enter(client, flow, "researcher")
    for what in (f"files/{number}-1.csv", "receipt"):
        answer = client.get(f"/api/requests/{number}/{what}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_released")


@pytest.mark.parametrize("name", ["other.csv", "..%2F..%2Fenclave.sqlite", "%00", "."])
def test_other_names_lead_nowhere(flow: Flow, client: TestClient, name: str) -> None:
    number = flow.released()
    enter(client, flow, "researcher")
    assert client.get(f"/api/requests/{number}/files/{name}").status_code in (404, 405)


@pytest.mark.parametrize("damage", ["altered", "lost"])
def test_a_damaged_file_is_not_sent_and_that_is_told(flow: Flow, client: TestClient, damage: str) -> None:
    number = flow.released()
    with flow.database.reading() as session:
        stored = session.scalars(select(ReleasedFile).where(ReleasedFile.name == f"{number}-1.csv")).one()
    file = flow.settings.directory("releases") / stored.sha256
    file.chmod(0o644)
    if damage == "altered":
        file.write_bytes(file.read_bytes().replace(b"All,All", b"All,XXX"))
    else:
        file.unlink()
    enter(client, flow, "researcher")
    answer = client.get(f"/api/requests/{number}/files/{number}-1.csv")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "file_damaged")
    assert told(flow, "release.damaged") == ["researcher"]
    assert told(flow, "release.download") == []


def test_may_and_may_not_agree(flow: Flow) -> None:
    numbers = {flow.released(): ("researcher", "analyst"), flow.approved(): (), flow.submit(FINE): ()}
    with flow.database.reading() as session:
        for number, allowed in numbers.items():
            for name in ("researcher", "analyst", "checker", "outsider", "auditor"):
                person = session.get_one(Person, getattr(flow.world, name).id)
                assert user_can_download(session, person, find(session, number)) is (name in allowed)
