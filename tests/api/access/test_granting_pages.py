"""The pages for giving access, emergencies and the question why: what they do, show again, and keep to whom."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import func, select

from api.access.models import EmergencyAccess, Grant, GrantProposal, Project
from api.audit.models import AuditRecord
from api.db import Database
from api.people.models import Person
from api.settings import Settings
from tests.api.factories import World, days, make_view, make_world
from tests.api.identity.browser import log_in

TODAY = days(0).date()
FORM = {
    "person": "outsider",
    "project": "minimum-incomes",
    "role": "researcher",
    "first_day": TODAY.isoformat(),
    "last_day": (TODAY + dt.timedelta(days=30)).isoformat(),
    "conditions": ["identity_checked", "employed", "not_one_of_ours"],
    "reason": "Needed for the work.",
}
EXTRA = {
    "days": ["monday"],
    "begin": "08:00",
    "end": "18:00",
    "networks": "10.1.0.0/16, 10.2.0.0/16",
    "strong": "yes",
    "minutes": "60",
}


@pytest.fixture
def world(database: Database) -> World:
    with database.transaction() as session:
        return make_world(session)


class Office:
    """People at their browsers."""

    def __init__(self, client: TestClient, database: Database, settings: Settings) -> None:
        self.client, self.database, self.settings = client, database, settings

    def enter(self, person: Person, **login: Any) -> None:
        self.csrf = log_in(self.client, self.database, self.settings, person, **login)

    def send(self, path: str, **fields: Any) -> Response:
        return self.client.post(
            path, data=fields | {"csrf_token": self.csrf}, headers={"Accept": "text/html"}
        )

    def get(self, path: str, **query: str) -> Response:
        return self.client.get(path, params=query | {"lang": "en"}, headers={"Accept": "text/html"})

    def count(self, table: type) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def office(client: TestClient, database: Database, settings: Settings) -> Office:
    return Office(client, database, settings)


def test_two_administrators_give_access(office: Office, world: World, database: Database) -> None:
    office.enter(world.administrator)
    assert office.send("/admin/proposals", **FORM, **EXTRA).status_code == 303
    own = office.get("/admin/proposals").text
    assert "Another administrator has to confirm this." in own
    assert "Monday from 08:00 to 18:00" in own
    assert "1 waits" in office.get("/admin/grants").text
    assert office.send("/admin/proposals/1/confirm").status_code == 403
    office.enter(world.second_administrator)
    assert 'action="/admin/proposals/1/confirm"' in office.get("/admin/proposals").text
    assert office.send("/admin/proposals/1/confirm").headers["Location"] == "/admin/grants"
    assert office.send("/admin/proposals/1/confirm").status_code == 409
    with database.reading() as session:
        grant = session.scalars(select(Grant).order_by(Grant.id.desc())).first()
        assert grant is not None
        names = [one["condition"] for one in grant.conditions]
        assert names == ["identity_checked", "employed", "hours", "network", "strong_login"]
        assert (grant.person.subject, grant.version) == ("outsider", 1)
    page = office.get(f"/admin/grants/{grant.id}").text
    assert "proposed by Administrator, confirmed by Second-Administrator" in page


def test_access_to_some_datasets_is_proposed_and_both_read_which(
    office: Office, world: World, database: Database
) -> None:
    with database.transaction() as session:
        for name in ("people", "wealth"):
            make_view(session, project=session.get_one(Project, world.project.id), name=name)
        make_view(session, project=session.get_one(Project, world.foreign_project.id), name="houses")
    office.enter(world.administrator)
    wrong = office.send("/admin/proposals", **FORM, datasets=["houses"])
    assert wrong.status_code == 422
    assert 'value="houses" checked' in wrong.text
    assert office.send("/admin/proposals", **FORM, datasets=["wealth"]).status_code == 303
    for person in (world.administrator, world.second_administrator):
        office.enter(person)
        assert "<dd>only wealth</dd>" in office.get("/admin/proposals").text
    # Who administers one centre is not told what projects elsewhere see.
    assert "houses" not in office.get("/admin/proposals").text
    assert office.send("/admin/proposals/1/confirm").status_code == 303
    with database.reading() as session:
        grant = session.scalars(select(Grant).order_by(Grant.id.desc())).first()
        assert grant is not None
        assert grant.datasets == ["wealth"]
    asked = {"person": "outsider", "door": "submit", "project": "minimum-incomes"}
    assert "Your access is not for people." in office.get("/access/explain", **asked, dataset=" people ").text
    assert "Your access is not for" not in office.get("/access/explain", **asked, dataset="").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("person", "nobody"),
        ("project", "nowhere"),
        ("role", "king"),
        ("role", "checker"),
        ("first_day", "tomorrow"),
        ("last_day", "1999-01-01"),
        ("first_day", "0001-01-01"),
        ("last_day", "9999-12-31"),
        ("networks", "everywhere"),
        ("minutes", "an hour"),
        ("minutes", "0"),
        ("end", "07:00"),
        ("reason", " "),
    ],
)
def test_a_field_that_cannot_be_used_is_shown_again(
    office: Office, world: World, field: str, value: str
) -> None:
    office.enter(world.administrator)
    answer = office.send("/admin/proposals", **(FORM | EXTRA | {field: value}))
    assert answer.status_code == 422
    assert "Needed for the work." in answer.text or field == "reason"
    assert office.count(GrantProposal) == 0


def test_a_proposal_is_declined_with_a_reason(office: Office, world: World) -> None:
    office.enter(world.administrator)
    office.send("/admin/proposals", **FORM)
    assert office.send("/admin/proposals/1/decline", reason="").status_code == 422
    assert office.send("/admin/proposals/1/decline", reason="A mistake.").status_code == 303
    assert "Nothing waits." in office.get("/admin/proposals").text


def test_a_weak_login_gives_no_access(office: Office, world: World) -> None:
    office.enter(world.administrator, acr="pwd")
    for path in ("/admin/proposals", "/admin/emergencies"):
        assert office.send(path, **FORM).status_code == 303
    assert (office.count(GrantProposal), office.count(EmergencyAccess)) == (0, 0)


@pytest.mark.parametrize("name", ["researcher", "checker", "steward", "auditor"])
def test_proposals_are_for_administrators(office: Office, world: World, name: str) -> None:
    office.enter(getattr(world, name))
    assert office.get("/admin/proposals").status_code == 403
    assert office.send("/admin/proposals", **FORM).status_code == 403
    assert office.count(GrantProposal) == 0


def test_an_emergency_warns_on_every_page_until_another_closed_it(office: Office, world: World) -> None:
    office.enter(world.administrator)
    given = {"person": "outsider", "project": "minimum-incomes", "reason": "Flood; figures for the mayor."}
    assert office.send("/admin/emergencies", **given).status_code == 303
    assert office.send("/admin/emergencies", **given).status_code == 409
    number = office.count(Grant)
    assert "What you found" not in office.get("/admin/emergencies").text
    assert "emergency access by Administrator alone" in office.get(f"/admin/grants/{number}").text
    office.enter(world.steward)
    warning = "Emergency access of Outsider at Urban Data Center Heerlen."
    assert warning in office.get("/").text
    review = f"/admin/emergencies/{number}/review"
    assert office.send(review, justified="perhaps", comment="x").status_code == 422
    assert office.send(review, justified="yes", comment="The mayor confirmed it.").status_code == 303
    assert "The mayor confirmed it." in office.get("/admin/emergencies").text
    office.enter(world.checker)
    assert office.get("/admin/emergencies").status_code == 403
    assert warning not in office.get("/").text


def test_everybody_may_ask_about_themselves(office: Office, world: World) -> None:
    office.enter(world.researcher)
    answer = office.get("/access/explain", door="submit", project="minimum-incomes")
    assert answer.status_code == 200
    assert "conditions are met" in answer.text
    for query in (
        {"person": "analyst", "door": "submit", "project": "minimum-incomes"},
        {"door": "submit", "project": "housing"},
        {"door": "submit", "project": "nowhere"},
    ):
        assert office.get("/access/explain", **query).status_code == 404
    for wrong in (
        {"door": "window"},
        {"door": "submit", "at": "noon"},
        {"door": "submit", "at": "9999-12-31T23:59"},
    ):
        assert office.get("/access/explain", project="minimum-incomes", **wrong).status_code == 422
    assert office.get("/access/explain").status_code == 200


def test_who_oversees_asks_about_others_and_that_is_in_the_audit(
    office: Office, world: World, database: Database
) -> None:
    office.enter(world.second_administrator)
    query = {"person": "researcher", "door": "open_project", "project": "minimum-incomes"}
    assert "All conditions" not in office.get("/access/explain", **query, at="2040-01-01T09:00").text
    assert "project ended on" in office.get("/access/explain", **query, at="2040-01-01T09:00").text
    assert office.get("/access/explain", **(query | {"project": "housing"})).status_code == 404
    with database.reading() as session:
        views = select(AuditRecord).where(AuditRecord.action == "view", AuditRecord.actor.is_not(None))
        assert {(one.actor, one.subject) for one in session.scalars(views)} == {
            ("second-administrator", "person:researcher")
        }
    office.enter(world.auditor)
    assert office.get("/access/explain", **(query | {"project": "housing"})).status_code == 200


def test_officials_ask_about_the_doors_of_their_own_office(office: Office, world: World) -> None:
    office.enter(world.checker)
    answer = office.get("/access/explain", door="review", project="minimum-incomes")
    assert answer.status_code == 200
    assert office.get("/access/explain", door="review", project="housing").status_code == 404
