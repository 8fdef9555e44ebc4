"""The pages and addresses about the end of projects: what they do, ask first, show again, and keep to whom."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from api.closing.deletion import note_problem
from api.closing.statement import verify_statement
from api.db import Database
from api.jobs.tasks import perform
from api.people.models import Person
from api.settings import Settings
from tests.api.closing.conftest import Office
from tests.api.factories import days
from tests.api.identity.browser import log_in
from tests.api.web.reader import words

PAGE, DATA = "/admin/projects/minimum-incomes", "/api/projects/minimum-incomes"
LAST_DAY = f"{days(20):%Y-%m-%d}"


class Desk:
    """People at their browsers and programs."""

    def __init__(self, client: TestClient, database: Database, settings: Settings) -> None:
        self.client, self.database, self.settings = client, database, settings

    def enter(self, person: Person, **login: Any) -> None:
        self.csrf = log_in(self.client, self.database, self.settings, person, **login)

    def page(self, path: str = PAGE) -> str:
        answer = self.client.get(path, params={"lang": "en"}, headers={"Accept": "text/html"})
        assert answer.status_code == 200
        return words(answer)

    def send(self, path: str, **fields: str) -> Response:
        return self.client.post(
            f"{path}?lang=en", data=fields | {"csrf_token": self.csrf}, headers={"Accept": "text/html"}
        )

    def ask(self, path: str, **sent: str | int) -> Response:
        return self.client.post(path, json=sent, headers={"x-csrf-token": self.csrf})


@pytest.fixture
def desk(office: Office, client: TestClient, database: Database, settings: Settings) -> Desk:
    return Desk(client, database, settings)


def test_an_administrator_closes_and_two_open_again(office: Office, desk: Desk) -> None:
    world = office.flow.world
    desk.enter(world.administrator)
    assert "Every workplace stops within 5 seconds" in desk.page()
    assert desk.send(f"{PAGE}/close", reason=" ").status_code == 422
    assert desk.send(f"{PAGE}/close", reason="Done.").status_code == 303
    closed = desk.page()
    assert "Closed" in closed
    assert "Work is kept until" in closed
    assert "Every workplace stops" not in closed
    assert "Minimum incomes per neighbourhood" in desk.page("/admin/projects")
    refused = desk.send(f"{PAGE}/reopen", reason="One more figure.", last_day="2190-01-01")
    assert refused.status_code == 422
    assert "One more figure." in refused.text
    assert desk.send(f"{PAGE}/reopen", reason="One more figure.", last_day=LAST_DAY).status_code == 303
    assert "Another administrator has to confirm this." in desk.page()
    own = desk.send(f"{PAGE}/reopen/confirm")
    assert (own.status_code, "Nobody confirms their own proposal." in words(own)) == (403, True)
    desk.enter(world.second_administrator)
    assert "Confirm and open it again" in desk.page()
    (read,) = re.findall(r'name="proposal" value="(\d+)"', desk.client.get(PAGE).text)
    assert desk.send(f"{PAGE}/reopen/confirm").status_code == 409
    assert desk.send(f"{PAGE}/reopen/confirm", proposal=read).status_code == 303
    assert office.closing() is None
    assert desk.send(f"{PAGE}/reopen/decline").status_code == 409


def test_closing_and_opening_ask_for_a_strong_login_declining_does_not(office: Office, desk: Desk) -> None:
    desk.enter(office.flow.world.administrator, acr="pwd")
    for what in ("close", "reopen", "reopen/confirm"):
        kept = desk.send(f"{PAGE}/{what}", reason="Done.", last_day=LAST_DAY)
        assert kept.headers["location"].startswith("/auth/"), what
    assert office.closing() is None
    for what in ("closing", "reopening", "reopening/confirm"):
        sent = {"proposal": 1} if what.endswith("confirm") else {"reason": "Done.", "last_day": LAST_DAY}
        answer = desk.ask(f"{DATA}/{what}", **sent)
        assert answer.json()["error"]["code"] == "insufficient_user_authentication", what
    assert desk.send(f"{PAGE}/reopen/decline").status_code == 409


def test_others_neither_see_nor_close(office: Office, desk: Desk) -> None:
    world = office.flow.world
    for person in (world.researcher, world.steward, world.checker):
        desk.enter(person)
        assert desk.client.get("/admin/projects").status_code == 403
        assert desk.client.get(PAGE).status_code == 404
        assert desk.send(f"{PAGE}/close", reason="Mine.").status_code == 404
    desk.enter(world.auditor)
    assert "Close this project" not in desk.page()
    assert desk.send(f"{PAGE}/close", reason="Mine.").status_code == 403
    assert office.closing() is None


def test_the_statement_is_read_by_administrators_and_auditors(office: Office, desk: Desk) -> None:
    office.close()
    office.let_time_pass()
    with office.database.transaction() as session:
        note_problem(session, "minimum-incomes", "Operation not permitted", 2)
    desk.enter(office.flow.world.auditor)
    stuck = desk.page()
    assert "Not everything could be deleted" in stuck
    assert "Operation not permitted (2 entries)" in stuck
    assert desk.client.get(f"{DATA}/deletion").status_code == 404
    office.homes_gone()
    perform(office.settings, "delete", office.deletion().closing_id)
    told = desk.page()
    assert "All work folders together" in told
    assert "a" * 16 in told
    assert "Open it again" not in told
    document = desk.client.get(f"{DATA}/deletion").json()
    assert verify_statement(document) is None
    answer = desk.client.get(f"{DATA}/closing").json()
    assert answer["statement"] == document
    assert (answer["closed"], answer["closed_by"], answer["deletion"]["problem"]) == (
        True,
        "administrator",
        None,
    )


def test_programs_close_and_open_again(office: Office, desk: Desk) -> None:
    world = office.flow.world
    desk.enter(world.administrator)
    assert desk.client.get(f"{DATA}/closing").json()["closed"] is False
    closed = desk.ask(f"{DATA}/closing", reason="Done.")
    assert (closed.status_code, closed.json()["cause"]) == (201, "administrator")
    proposed = desk.ask(f"{DATA}/reopening", reason="One more.", last_day=LAST_DAY)
    assert (proposed.status_code, proposed.json()["reopening"]["proposed_by"]) == (201, "administrator")
    assert desk.ask(f"{DATA}/reopening/decline").json()["reopening"] is None
    proposed = desk.ask(f"{DATA}/reopening", reason="One more.", last_day=LAST_DAY)
    read = proposed.json()["reopening"]
    assert read["reason"] == "One more."
    desk.enter(world.second_administrator)
    assert desk.ask(f"{DATA}/reopening/confirm", proposal=read["id"] + 1).status_code == 409
    assert desk.ask(f"{DATA}/reopening/confirm", proposal=read["id"]).json()["closed"] is False


def test_the_workplace_hears_what_must_go_and_tells_what_went(
    office: Office, desk: Desk, client: TestClient
) -> None:
    carried = {"Authorization": f"Bearer {office.flow.secrets.read('hub_service_token')}"}
    counts = {"files": 1, "directories": 0, "links": 0, "others": 0, "bytes": 3, "sha256": "b" * 64}
    homes = [{"person": "researcher", **counts}]
    counted = {"project": "minimum-incomes", "total": {"person": "", **counts}, "homes": homes}

    def tell(what: str, sent: dict[str, Any]) -> int:
        return client.post(f"/internal/hub/removals{what}", json=sent, headers=carried).status_code

    def due() -> list[dict[str, Any]]:
        answer = client.post("/internal/hub/removals", headers=carried).json()
        return list(answer["projects"])

    office.close()
    assert due() == []
    office.let_time_pass()
    assert due() == [{"project": "minimum-incomes", "counted": False}]
    assert tell("/removed", {"project": "minimum-incomes"}) == 409
    assert tell("/failed", {"project": "minimum-incomes", "why": "Busy", "kept": 1}) == 204
    assert tell("/counted", counted) == 204
    assert due() == [{"project": "minimum-incomes", "counted": True}]
    assert tell("/removed", {"project": "minimum-incomes"}) == 204
    assert due() == []
    kept = office.deletion().homes
    assert kept == [{"what": "homes", **counts}, {"what": "home", "person": "researcher", **counts}]
