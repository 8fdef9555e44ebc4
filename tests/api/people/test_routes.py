"""What programs of administrators and of people themselves can ask and do about people."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from api.db import Database
from api.people.models import Person
from api.settings import Settings
from tests.api.factories import World, make_person
from tests.api.identity.browser import log_in


class Program:
    """A program that works for whoever it is."""

    def __init__(self, client: TestClient, database: Database, settings: Settings) -> None:
        self.client, self.database, self.settings = client, database, settings

    def be(self, person: Person, acr: str = "mfa") -> Program:
        self.csrf = log_in(self.client, self.database, self.settings, person, acr=acr)
        return self

    def get(self, path: str) -> Response:
        return self.client.get(f"/api{path}")

    def post(self, path: str, **document: Any) -> Response:
        return self.client.post(f"/api{path}", json=document, headers={"X-CSRF-Token": self.csrf})


@pytest.fixture
def program(client: TestClient, database: Database, settings: Settings, world: World) -> Program:
    return Program(client, database, settings).be(world.administrator)


PERIOD = {"authorised_from": "2026-01-01", "authorised_until": "2028-12-31"}


def test_a_person_from_registration_to_suspension(program: Program) -> None:
    institution = program.post("/institutions", name="Venlo", legal_basis="Artikel 41", **PERIOD)
    assert institution.status_code == 201
    anna = {"subject": "anna", "name": "Anna", "email": "a@example.org"}
    made = program.post("/people", **anna, institution=institution.json()["id"])
    assert (made.status_code, made.json()["institution"]) == (201, "Venlo")
    assert program.post("/people", **anna, institution=0).status_code == 422
    asked = {"kind": "identity_checked", "source": "passport", "valid_through": "2099-01-01"}
    evidence = program.post("/people/anna/evidence", **asked).json()
    assert (evidence["asserted_by"], evidence["discounted"]) == ("administrator", None)
    for kind, issued, status in (
        ("employment", "", 201),
        ("training_passed", "2026-01-01", 201),
        ("training_passed", "", 422),
        ("statement_signed", "", 422),
    ):
        answer = program.post("/people/anna/evidence", **(asked | {"kind": kind, "issued": issued}))
        assert answer.status_code == status
    retracted = program.post(f"/people/anna/evidence/{evidence['id']}/retraction", reason="Wrong.").json()
    assert retracted["discounted"]["en"] == "Retracted"
    role = program.post("/people/anna/appointments", role="checker", centre="heerlen").json()
    assert (role["centre"], role["valid_until"]) == ("heerlen", None)
    ended = program.post(f"/people/anna/appointments/{role['id']}/end").json()
    assert ended["valid_until"] is not None
    suspended = program.post("/people/anna/suspension", reason="Why.").json()
    assert (suspended["suspended"], suspended["suspended_reason"]) == (True, "Why.")
    assert len(program.get("/people/anna").json()["evidence"]) == 3
    assert not program.post("/people/anna/suspension/end", reason="Over.").json()["suspended"]


def test_what_gives_needs_a_strong_login_and_what_takes_back_does_not(program: Program, world: World) -> None:
    program.be(world.administrator, acr="pwd")
    evidence = {"kind": "identity_checked", "source": "passport", "valid_through": "2099-01-01"}
    gives: list[tuple[str, dict[str, Any]]] = [
        ("/people/checker/evidence", evidence),
        ("/people/checker/appointments", {"role": "steward", "centre": "heerlen"}),
        ("/people/checker/suspension/end", {"reason": "Over."}),
        ("/institutions", {"name": "Venlo", "legal_basis": "Artikel 41", **PERIOD}),
        ("/institutions/1/authorisations", {"legal_basis": "Artikel 41", **PERIOD}),
    ]
    assert program.post("/people/checker/suspension", reason="Why.").status_code == 201
    for path, document in gives:
        answer = program.post(path, **document)
        assert answer.json()["error"]["code"] == "insufficient_user_authentication"


def test_a_list_of_people_has_pages(program: Program) -> None:
    first = program.get("/people?limit=2").json()
    assert [len(first["people"]), first["next_offset"]] == [2, 2]
    assert first["total"] == 11
    assert program.get("/people?search=steward").json()["people"][0]["subject"] == "steward"
    assert program.get("/people?search=steward").json()["next_offset"] is None


def test_institutions_and_centres(program: Program) -> None:
    number = program.get("/institutions").json()[0]["id"]
    assert program.post(f"/institutions/{number}/authorisations/end", reason="Stop.").status_code == 200
    anew = {"legal_basis": "Artikel 41", "reason": "Go on.", **PERIOD}
    again = program.post(f"/institutions/{number}/authorisations", **anew)
    assert again.json()["authorised_until"].startswith("2028-12-31T23:00:00")
    assert program.post("/centres", slug="venlo", name="Venlo").status_code == 201
    served = program.post("/centres/venlo/municipalities", code="GM0983", name="Venlo").json()
    assert served["municipalities"] == {"GM0983": "Venlo"}
    assert [one["slug"] for one in program.get("/centres").json()] == ["den-haag", "heerlen", "venlo"]


def test_only_administrators_read_and_change_people(program: Program, world: World) -> None:
    program.be(world.researcher)
    for path in ("/people", "/people/analyst", "/institutions", "/centres"):
        assert program.get(path).status_code == 403
    assert program.post("/people/analyst/suspension", reason="Why.").status_code == 403
    assert program.post("/people/nobody/suspension", reason="Why.").status_code == 403


def test_one_signs_for_oneself(program: Program, database: Database) -> None:
    with database.transaction() as session:
        newcomer = make_person(session, subject="newcomer", vetted=False)
    program.be(newcomer)
    statement = program.get("/statement").json()
    assert (statement["version"], statement["signed"]) == (1, False)
    answer = program.post("/statement/signature", version=1, language="nl", agreed=True)
    assert (answer.status_code, answer.json()["signed"]) == (201, True)
    assert program.post("/statement/signature", version=1, language="nl", agreed=True).status_code == 409
