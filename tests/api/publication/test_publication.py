"""The public page: closed until opened twice, nobody's name on it, a tombstone for what was revoked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.errors import ConflictError, InvalidError, NotAllowedError
from api.people.models import Centre, Person, Role
from api.publication.proof import verify_proof
from api.publication.queries import has_public_page
from api.publication.service import choose
from api.release.record import BAD_SIGNATURE, FOREIGN_KEY, MALFORMED, RECORD_CHANGED
from api.release.statement import verify_statement
from api.settings import Settings
from tests.api.factories import acting
from tests.api.flow import FINE, SMALL, Flow, find

WHY = "Decided by the steering group."
PEOPLE = ("researcher", "checker", "second-checker", "administrator", "Researcher", "Checker")


def open_page(flow: Flow, *, project: bool = True, opened: bool = True, by: str = "administrator") -> None:
    with flow.database.transaction() as session:
        person = session.get_one(Person, getattr(flow.world, by).id)
        one = session.merge(flow.world.project)
        actor = acting(person, Role.ADMINISTRATOR)
        choose(session, actor, one.centre, one if project else None, opened=opened, reason=WHY)


@pytest.fixture
def number(flow: Flow) -> str:
    """A released request of a project that is open to the public."""
    open_page(flow, project=False)
    open_page(flow)
    return flow.released()


def read(client: TestClient, path: str, **headers: str) -> Response:
    client.cookies.clear()
    return client.get(path, headers={"accept": "text/html", **headers})


def proof_of(client: TestClient, number: str) -> Any:
    return read(client, f"/public/proof/{number}").json()


@pytest.mark.parametrize("opened", [(), ("project",), ("centre",)])
def test_nothing_is_public_until_centre_and_project_are_open(
    flow: Flow, client: TestClient, opened: tuple[str, ...]
) -> None:
    for what in opened:
        open_page(flow, project=what == "project")
    number = flow.released()
    assert number not in read(client, "/public/en").text
    for path in (f"en/{number}", f"proof/{number}", f"files/{number}/{number}-1.csv"):
        assert read(client, f"/public/{path}").status_code == 404
    with flow.database.reading() as session:
        assert not has_public_page(session)
    assert "/public/" not in read(client, "/").text


def test_what_was_opened_and_closed_again_is_gone(flow: Flow, client: TestClient, number: str) -> None:
    assert number in read(client, "/public/nl").text
    assert "/public/nl" in read(client, "/", **{"accept-language": "nl"}).text
    open_page(flow, opened=False)
    assert number not in read(client, "/public/nl").text
    assert read(client, f"/public/nl/{number}").status_code == 404


@pytest.mark.parametrize(("language", "told"), [("nl", "Vrouw"), ("en", "Woman")])
def test_a_result_shows_figures_and_where_they_come_from(
    client: TestClient, number: str, language: str, told: str
) -> None:
    page = read(client, f"/public/{language}/{number}", **{"accept-language": "fr"})
    assert page.status_code == 200
    assert page.headers["content-language"] == language
    proof = proof_of(client, number)
    output = proof["record"]["outputs"][0]
    for words in (told, output["dataset"]["sha256"], output["policy"]["digest"], proof["public_key"]):
        assert words in page.text
    assert all(file["sha256"] in page.text for file in proof["record"]["files"])
    assert "enclave-cell__units" not in page.text


def test_no_name_of_anybody_is_public(client: TestClient, number: str) -> None:
    for path in ("en", f"en/{number}", f"proof/{number}"):
        text = read(client, f"/public/{path}").text
        assert not [name for name in PEOPLE if f'"{name}"' in text or f">{name}<" in text]
    assert set(proof_of(client, number)["record"]) == {
        "format",
        "record_sha256",
        "released_at",
        "request",
        "project",
        "centre",
        "checked_by",
        "outputs",
        "files",
    }


def test_every_reader_gets_the_same_answer_without_cookie_or_script(
    flow: Flow, client: TestClient, number: str
) -> None:
    for path in ("en", f"en/{number}", f"proof/{number}", f"files/{number}/{number}-1.csv"):
        answer = read(client, f"/public/{path}?lang=nl", cookie="enclave_language=nl")
        assert answer.headers["cache-control"] == "public, max-age=60"
        assert answer.headers["x-robots-tag"] == "noindex, nofollow"
        assert "set-cookie" not in answer.headers
        assert "cookie" not in answer.headers.get("vary", "").lower()
        assert "<script" not in answer.text
    assert "Released results" in read(client, "/public/en").text


def test_a_file_is_kept_by_its_content_and_refused_when_damaged(
    flow: Flow, client: TestClient, number: str, settings: Settings
) -> None:
    path = f"/public/files/{number}/{number}-1.csv"
    first = read(client, path)
    assert first.content.startswith(b"sex,area")
    assert read(client, path, **{"if-none-match": first.headers["etag"]}).status_code == 304
    damaged = settings.directory("releases") / first.headers["etag"].strip('"')
    damaged.chmod(0o600)
    damaged.write_bytes(b"other")
    assert read(client, path).status_code == 503
    assert read(client, f"/public/files/{number}/other.csv").status_code == 404


def test_the_proof_verifies_offline_with_the_files(client: TestClient, number: str) -> None:
    proof = proof_of(client, number)
    content = read(client, f"/public/files/{number}/{number}-1.csv").content
    assert verify_proof(proof, {"table.csv": content}, proof["public_key"]) is None
    problem = verify_proof(proof, {"table.csv": content + b"1"})
    assert problem is not None
    assert "table.csv" in problem.en


def test_a_proof_that_was_touched_does_not_verify(client: TestClient, number: str) -> None:
    proof = proof_of(client, number)
    longer = proof | {"record": proof["record"] | {"checked_by": 9}}
    assert verify_proof(longer, {}) is BAD_SIGNATURE
    assert verify_proof(proof, {}, "0" * 64) is FOREIGN_KEY
    assert verify_proof(proof | {"record_sha256": "0" * 64}, {}) is RECORD_CHANGED
    for nonsense in ({}, [], None, proof | {"format": "other"}, proof | {"signature": "zz"}):
        assert verify_proof(nonsense, {}) is MALFORMED


def test_a_revoked_result_leaves_a_tombstone_with_the_reason(
    flow: Flow, client: TestClient, number: str
) -> None:
    before = proof_of(client, number)
    flow.revoke(number, "A wrong <b>weight</b> was used.")
    page = read(client, f"/public/en/{number}")
    assert page.status_code == 410
    assert "A wrong &lt;b&gt;weight&lt;/b&gt; was used." in page.text
    assert "Woman" not in page.text
    assert f"/public/files/{number}" not in page.text
    assert number not in read(client, "/public/en").text
    assert read(client, f"/public/files/{number}/{number}-1.csv").status_code == 404
    statement = client.get(f"/api/revocations/{before['record_sha256']}").json()
    assert verify_statement(statement, before) is None


def test_the_public_page_leads_to_the_language_of_the_reader(client: TestClient) -> None:
    answer = read(client, "/public", **{"accept-language": "en"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/public/en")
    assert read(client, "/public/fr").status_code == 404


def test_the_page_turns_after_many_results(
    flow: Flow, client: TestClient, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = flow.released({**FINE, "where": "income > 20000"})
    monkeypatch.setattr("api.publication.queries.public_releases.__defaults__", (0, 1))
    newest, oldest = read(client, "/public/en").text, read(client, "/public/en?offset=1").text
    assert (second in newest, number in newest) == (True, False)
    assert (second in oldest, number in oldest) == (False, True)
    assert "offset=1" in newest


def test_choices_are_in_the_audit_with_who_and_why(flow: Flow) -> None:
    open_page(flow, project=False)
    open_page(flow, by="second_administrator")
    open_page(flow, opened=False)
    with flow.database.reading() as session:
        records = session.scalars(select(AuditRecord).where(AuditRecord.action.like("publication.%")))
        told = [(one.actor, one.action, one.subject, json.loads(one.document)["because"]) for one in records]
    assert told == [
        ("administrator", "publication.open", "centre:heerlen", WHY),
        ("second-administrator", "publication.open", "project:minimum-incomes", WHY),
        ("administrator", "publication.close", "project:minimum-incomes", WHY),
    ]


@pytest.mark.parametrize("name", ["researcher", "checker", "steward", "auditor"])
def test_only_an_administrator_of_the_centre_chooses(flow: Flow, name: str) -> None:
    with pytest.raises(NotAllowedError):
        open_page(flow, by=name)


def test_an_administrator_of_another_centre_does_not_choose(flow: Flow) -> None:
    with flow.database.transaction() as session:
        person = session.get_one(Person, flow.world.second_administrator.id)
        foreign = session.get_one(Centre, flow.world.foreign_centre.id)
        with pytest.raises(NotAllowedError):
            choose(session, acting(person, Role.ADMINISTRATOR), foreign, None, opened=True, reason=WHY)


def test_the_same_choice_twice_and_one_without_a_reason_are_refused(flow: Flow) -> None:
    with pytest.raises(ConflictError):
        open_page(flow, opened=False)
    open_page(flow)
    with pytest.raises(ConflictError):
        open_page(flow)
    with flow.database.transaction() as session:
        person = session.get_one(Person, flow.world.administrator.id)
        centre = session.get_one(Centre, flow.world.centre.id)
        with pytest.raises(InvalidError) as caught:
            choose(session, acting(person, Role.ADMINISTRATOR), centre, None, opened=True, reason=" ")
    assert caught.value.field == "reason"


def test_a_request_that_is_not_released_is_never_public(flow: Flow, client: TestClient, number: str) -> None:
    waiting, returned = flow.under_review({**FINE, "where": "income > 30000"}), flow.submit(SMALL)
    for other in (waiting, returned, "R-2026-9999", "<b>"):
        assert read(client, f"/public/en/{other}").status_code == 404
    with flow.database.reading() as session:
        assert find(session, number).number == number


@pytest.mark.parametrize(("offset", "status"), [(2**63 - 1, 200), (2**63, 422), (10**30, 422)])
def test_a_page_beyond_all_counting_is_no_failure_of_ours(
    flow: Flow, client: TestClient, number: str, offset: int, status: int
) -> None:
    assert read(client, f"/public/en?offset={offset}").status_code == status
