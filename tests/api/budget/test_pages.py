"""The pages and the json of budgets, and what sandboxes, checkers and readers of a release see of noise."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select, text

from api.access.decision import Door, decide
from api.access.models import DatasetView, Project
from api.access.sandboxes import start_sandbox
from api.budget.setting import Total
from api.people.models import Person
from api.release.models import Release
from tests.api.budget.makers import NOISY, RHO, Budgeted, allow
from tests.api.factories import make_grant, make_project
from tests.api.flow import FINE, Flow
from tests.api.identity.browser import PAGE, log_in

MORE = {"scope": "everybody", "rho": "1,5", "epsilon": "", "reason": "A second study."}

BY_AREA = {"dataset": "people", "index": "area", "noise": {"rho": 0.225}}


class Visit:
    """Somebody who is logged in strongly, with the token that their forms carry."""

    def __init__(self, client: TestClient, budgeted: Budgeted, person: Person) -> None:
        client.cookies.clear()
        self.client = client
        self.token = log_in(client, budgeted.database, budgeted.flow.settings, person)

    def post(self, path: str, status: int, **sent: Any) -> Response:
        answer = self.client.post(path, headers={"X-CSRF-Token": self.token}, **sent)
        assert answer.status_code == status, answer.text
        return answer

    def see(self, path: str) -> str:
        answer = self.client.get(path, headers=PAGE | {"accept-language": "en"})
        assert answer.status_code == 200, answer.text
        return answer.text


class TestPages:
    def test_a_steward_proposes_and_an_administrator_confirms(
        self, budgeted: Budgeted, client: TestClient
    ) -> None:
        steward = Visit(client, budgeted, budgeted.flow.world.steward)
        steward.post("/budgets", 303, data={"name": "dwellings", "title": "Woningen"})
        assert "Woningen" in steward.see("/budgets")
        assert "No data is of this population yet" in steward.see("/budgets/dwellings")
        steward.post("/budgets/persons/totals", 303, data=MORE)
        assert "Take back" in steward.see("/budgets/persons")
        administrator = Visit(client, budgeted, budgeted.flow.world.administrator)
        assert "A second study." in administrator.see("/budgets/persons")
        administrator.post("/budgets/persons/totals/3", 303, data={"decision": "confirm"})
        assert "rho 1.5" in administrator.see("/budgets/persons")
        assert "Set the total" not in administrator.see("/budgets/persons")

    def test_what_is_turned_down_stays_as_it_was(self, budgeted: Budgeted, client: TestClient) -> None:
        steward = Visit(client, budgeted, budgeted.flow.world.steward)
        steward.post("/budgets/persons/totals", 303, data=MORE | {"epsilon": "2"})
        with budgeted.database.transaction() as session:
            session.execute(text("UPDATE population_dataset SET confirmed_by_id = NULL"))
        assert "waits for confirmation" in steward.see("/budgets/persons")
        steward.post("/budgets/persons/totals/3", 303, data={"decision": "dismiss"})
        steward.post("/budgets/persons/datasets/1", 303, data={"decision": "dismiss"})
        assert "turned down by" in steward.see("/budgets/persons")
        steward.post("/budgets/persons/datasets", 303, data={"dataset": "people", "unit": "person"})
        steward.post("/budgets/persons/datasets/1", 403, data={"decision": "confirm"})

    @pytest.mark.parametrize(
        ("path", "sent", "status", "words"),
        [
            ("/budgets", {"name": "persons", "title": "Again"}, 409, "exists already"),
            ("/budgets", {"name": "No name", "title": "Again"}, 422, "lower-case letters"),
            ("/budgets/persons/totals", MORE | {"rho": "much"}, 422, "at most nine decimals"),
            ("/budgets/persons/totals", MORE | {"rho": "0.0000000001"}, 422, "at most nine decimals"),
            ("/budgets/persons/totals", MORE | {"rho": "Infinity"}, 422, "at most nine decimals"),
            ("/budgets/persons/totals", MORE | {"rho": "1e999999"}, 422, "at most nine decimals"),
            ("/budgets/persons/totals", MORE | {"rho": "5000"}, 422, "between 0 and 1000"),
            ("/budgets/persons/totals", MORE | {"scope": "project:other"}, 422, "sees no data"),
            ("/budgets/persons/datasets", {"dataset": "other", "unit": "person"}, 422, "no such dataset"),
            ("/budgets/persons/totals/1", {"decision": "confirm"}, 403, "own proposal"),
            ("/budgets/persons/totals/99", {"decision": "confirm"}, 404, "no such proposal"),
        ],
    )
    def test_what_is_refused_is_told_beside_what_was_typed(
        self, budgeted: Budgeted, client: TestClient, path: str, sent: dict[str, str], status: int, words: str
    ) -> None:
        steward = Visit(client, budgeted, budgeted.flow.world.steward)
        client.headers["accept-language"] = "en"
        answer = steward.post(path, status, data=sent)
        assert words in answer.text

    def test_a_ledger_that_is_not_whole_is_told(self, budgeted: Budgeted, client: TestClient) -> None:
        budgeted.flow.submit(NOISY)
        steward = Visit(client, budgeted, budgeted.flow.world.steward)
        assert "not answered yet" in steward.see("/budgets/persons")
        with budgeted.database.transaction() as session:
            session.execute(text("UPDATE privacy_budget SET spent_nano_rho = 0"))
        assert "The ledger is not whole" in steward.see("/budgets/persons")

    def test_without_any_budget_the_page_says_so(self, budgeted: Budgeted, client: TestClient) -> None:
        with budgeted.database.transaction() as session:
            for table in ("budget_proposal", "privacy_budget", "population_dataset", "population"):
                session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - names from above
        auditor = Visit(client, budgeted, budgeted.flow.world.auditor)
        assert "No population has a budget" in auditor.see("/budgets")
        assert auditor.client.get("/budgets/persons").status_code == 404


class TestForPrograms:
    def test_budgets_are_read_and_set(self, budgeted: Budgeted, client: TestClient) -> None:
        steward = Visit(client, budgeted, budgeted.flow.world.steward)
        opened = steward.post("/api/budgets", 201, json={"name": "dwellings", "title": "Woningen"}).json()
        assert (opened["budget"]["nano_rho"], opened["datasets"]) == (0, [])
        member = {"dataset": "people", "unit": "person"}
        assert "population already" in steward.post("/api/budgets/dwellings/datasets", 409, json=member).text
        wanted = {"scope": "everybody", "nano_rho": 2 * 10**9, "reason": "A second study."}
        asked = steward.post("/api/budgets/persons/totals", 201, json=wanted).json()
        assert asked["confirmed"] is None
        administrator = Visit(client, budgeted, budgeted.flow.world.administrator)
        path = f"/api/budgets/persons/totals/{asked['id']}"
        assert administrator.post(path, 200, json={"confirm": True}).json()["decided_by"] == "administrator"
        assert client.get("/api/budgets").json()[1]["budget"]["nano_rho"] == 2 * 10**9
        whole = client.get("/api/budgets/persons").json()
        assert [one["scope"] for one in whole["budgets"]] == ["everybody", "project:minimum-incomes"]
        assert whole["totals"][0]["id"] == asked["id"]

    def test_data_is_confirmed_or_turned_down(self, budgeted: Budgeted, client: TestClient) -> None:
        with budgeted.database.transaction() as session:
            session.execute(text("UPDATE population_dataset SET confirmed_by_id = NULL"))
        administrator = Visit(client, budgeted, budgeted.flow.world.administrator)
        path = "/api/budgets/persons/datasets/1"
        assert administrator.post(path, 200, json={"confirm": True}).json()["datasets"][0]["confirmed_by"]
        with budgeted.database.transaction() as session:
            session.execute(text("UPDATE population_dataset SET confirmed_by_id = NULL"))
        assert administrator.post(path, 200, json={"confirm": False}).json()["datasets"] == []
        steward = Visit(client, budgeted, budgeted.flow.world.steward)
        member = {"dataset": "people", "unit": "person"}
        added = steward.post("/api/budgets/persons/datasets", 201, json=member).json()
        assert (added["added_by"], added["confirmed_by"]) == ("steward", None)

    def test_a_sandbox_reads_what_is_left_for_its_project(
        self, budgeted: Budgeted, client: TestClient
    ) -> None:
        headers = {"authorization": f"Bearer {budgeted.flow.token}"}
        budgeted.flow.submit(NOISY)
        assert client.get("/sandbox/budgets", headers=headers).json()["items"] == [
            {
                "dataset": "people",
                "unit": "person",
                "population": "persons",
                "nano_rho": 350_000_000,
                "nano_epsilon": None,
            }
        ]
        with budgeted.database.transaction() as session:
            session.execute(text("UPDATE population_dataset SET confirmed_by_id = NULL"))
        assert client.get("/sandbox/budgets", headers=headers).json() == {"items": []}


class TestWhatPeopleSee:
    def test_checkers_see_noise_margins_and_promise_and_no_count_of_units(
        self, budgeted: Budgeted, client: TestClient
    ) -> None:
        budgeted.flow.released(FINE)
        number = budgeted.flow.under_review(NOISY)
        checker = Visit(client, budgeted, budgeted.flow.world.checker)
        shown = checker.see(f"/review/{number}")
        for words in (
            "Where the truth lies",
            "No rule was applied",
            "zero-concentrated",
            "95 % of cells within",
            "0.25",
        ):
            assert words in shown
        assert "Releases without noise about the same population</dt><dd>1" in shown
        assert "Number of cells by the number of" not in shown
        assert "0 persons" not in checker.see(f"/review/{number}/tables/1")
        cell = checker.see(f"/review/{number}/cells/1.1.1")
        assert "Raw number with noise" in cell
        assert "Counted" not in cell

    def test_a_release_shows_them_to_the_researcher(self, budgeted: Budgeted, client: TestClient) -> None:
        number = budgeted.flow.released(NOISY)
        researcher = Visit(client, budgeted, budgeted.flow.world.researcher)
        shown = researcher.see(f"/requests/{number}")
        assert "Where the truth lies" in shown
        assert "noise.json" in shown

    def test_nobody_reads_that_there_may_be_fewer_than_none(
        self, budgeted: Budgeted, client: TestClient
    ) -> None:
        number = budgeted.flow.released(FINE | {"noise": {"epsilon": 0.0001}})
        shown = Visit(client, budgeted, budgeted.flow.world.researcher).see(f"/requests/{number}")
        checker = Visit(client, budgeted, budgeted.flow.world.checker)
        for page in (
            shown,
            *(checker.see(f"/review/{number}/{part}") for part in ("cells/1.1.1", "tables/1")),
        ):
            ends = re.findall(r"([-\d,]+) to ([-\d,]+)", page)
            assert ends
            assert not [one for one in ends if one[0].startswith("-")]


class TestWhatThereWasToChooseFrom:
    """Three answers were paid for, one of which was asked for twice and left; this one is the third."""

    @pytest.fixture
    def chosen(self, budgeted: Budgeted) -> str:
        budgeted.flow.released(NOISY)
        budgeted.flow.under_review(NOISY)
        budgeted.flow.under_review(FINE | {"noise": {"rho": 0.125}})
        number = budgeted.flow.under_review(BY_AREA)
        budgeted.flow.released(FINE)
        return number

    def test_checkers_see_every_answer_that_the_project_paid_for(
        self, budgeted: Budgeted, client: TestClient, chosen: str
    ) -> None:
        checker = Visit(client, budgeted, budgeted.flow.world.checker)
        shown = checker.see(f"/review/{chosen}")
        assert "3 paid answers about Personen van Heerlen" in shown
        assert "This is one of them; 1 left before. Together they took rho 0.6, 60%" in shown
        (beside,) = [one["beside"] for one in client.get(f"/api/requests/{chosen}").json()["outputs"]]
        assert beside["exact_releases"] == 1
        (choice,) = beside["choices"]
        assert {name: choice[name] for name in ("population", "answers", "released", "nano_rho")} == {
            "population": "persons",
            "answers": 3,
            "released": 1,
            "nano_rho": 600_000_000,
        }
        asked = [(one["request"], one["released"]) for one in choice["newest"]]
        assert asked == [(chosen, False), ("R-2026-0003", False), ("R-2026-0001", True)]
        steward = Visit(client, budgeted, budgeted.flow.world.steward)
        assert "Number of persons by" not in steward.see("/budgets/persons"), "no request of theirs to read"
        assert {one["question"] for one in client.get("/api/budgets/persons").json()["answers"]} == {None}
        auditor = Visit(client, budgeted, budgeted.flow.world.auditor)
        shown = auditor.see("/budgets/persons")
        assert (shown.count("R-2026-000"), shown.count("Number of persons by")) == (3, 3)
        told = client.get("/api/budgets/persons").json()["answers"]
        assert [(one["request"], one["released"], one["nano_rho"]) for one in told] == [
            (chosen, False, 225_000_000),
            ("R-2026-0003", False, 125_000_000),
            ("R-2026-0001", True, 250_000_000),
        ]

    def test_what_leaves_tells_how_many_there_were_when_it_was_approved(
        self, budgeted: Budgeted, client: TestClient
    ) -> None:
        flow = budgeted.flow
        flow.released(NOISY)
        number = flow.approved(BY_AREA)
        flow.under_review(FINE | {"noise": {"rho": 0.125}})
        flow.release(number)
        with budgeted.database.transaction() as session:
            allow(session, budgeted, None, Total(9 * RHO))
            record = json.loads(session.scalars(select(Release.record).order_by(Release.id.desc())).first())
        told = {"population": "persons", "answers": 2, "released": 1}
        costs = {"nano_rho": 475_000_000, "total_nano_rho": RHO}
        assert record["outputs"][0]["noise"]["manifest"]["method"]["selections"] == [told | costs]
        shown = Visit(client, budgeted, flow.world.researcher).see(f"/requests/{number}")
        assert "Together they took rho 0.475, 47.5% of the budget" in shown

    def test_who_asks_for_free_what_another_project_paid_for_is_not_taken_for_the_payer(
        self, budgeted: Budgeted, client: TestClient
    ) -> None:
        budgeted.flow.submit(NOISY)
        number = elsewhere(budgeted).submit(NOISY)
        auditor = Visit(client, budgeted, budgeted.flow.world.auditor)
        (told,) = client.get("/api/budgets/persons").json()["answers"]
        assert (told["request"], told["project"]) == (number, "elsewhere")
        assert told["paid_by"] == "minimum-incomes"
        assert f"{number} (elsewhere)" in auditor.see("/budgets/persons")


def elsewhere(budgeted: Budgeted) -> Flow:
    """A flow of the same researcher in another project, which sees the same of the same data."""
    flow = budgeted.flow
    with budgeted.database.transaction() as session:
        person = session.get_one(Person, flow.world.researcher.id)
        (seen,) = session.get_one(Project, flow.world.project.id).views
        other = make_project(session, slug="elsewhere", centre=seen.project.centre)
        approved = {
            "columns": seen.columns,
            "row_filter": seen.row_filter,
            "approved_by_id": seen.approved_by_id,
        }
        other.views.append(DatasetView(dataset_version=seen.dataset_version, **approved))
        make_grant(session, person=person, project=other)
        decision = decide(session, Door.OPEN_PROJECT, person, other)
        sandbox, token = start_sandbox(session, decision, flow.settings)
        return replace(flow, sandbox_id=sandbox.id, token=token)
