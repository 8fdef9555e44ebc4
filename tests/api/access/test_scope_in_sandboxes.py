"""What a grant for some datasets is for in a sandbox: what can be asked, what is mounted, and what is read of it later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy.orm import Session

from api.access.decision import AccessRefusedError, current_grant
from api.access.models import Grant
from api.errors import InvalidError
from api.requests.drafts import drafted_outputs
from api.requests.questions import check_question
from api.requests.submission import prepare
from tests.api.budget.makers import with_budget
from tests.api.factories import make_grant
from tests.api.flow import FINE, SMALL, Flow

WEALTH: dict[str, Any] = FINE | {"dataset": "wealth"}


@pytest.fixture
def town(flow: Flow) -> Flow:
    """A flow whose project sees the dataset wealth too."""
    flow.show("wealth")
    return flow


def narrow(flow: Flow, *datasets: str) -> None:
    """Another version of the researcher's grant, written past everything that would end their workplace."""
    with flow.database.transaction() as session:
        old = session.get_one(Grant, flow.world.grant.id)
        make_grant(session, person=old.person, project=old.project, datasets=list(datasets))


def grant_now(session: Session, flow: Flow) -> Grant:
    old = session.get_one(Grant, flow.world.grant.id)
    grant = current_grant(session, old.person, old.project)
    assert grant is not None
    return grant


class TestAsking:
    @pytest.mark.parametrize(
        "document",
        [
            {"query": WEALTH},
            {"query": WEALTH | {"noise": {"epsilon": 1.0}}},
            {"query": WEALTH | {"own": {"mine": {"sha256": "0" * 64}}}},
            {"outputs": [{"query": FINE}, {"query": WEALTH}]},
        ],
    )
    def test_nothing_is_submitted_or_drafted_about_what_is_not_granted(
        self, town: Flow, document: dict[str, Any]
    ) -> None:
        narrow(town, "people")
        words = {"title": "Wealth", "purpose": "Policy."}
        outputs = document.get("outputs") or [document]
        with town.database.reading() as session:
            # Under the old version too, which a workplace may still carry.
            for grant in (grant_now(session, town), session.get_one(Grant, town.world.grant.id)):
                with pytest.raises(AccessRefusedError) as refused:
                    prepare(session, town.settings, grant, words | document, "a-key-of-its-own-000")
                assert refused.value.code == "datasets_granted"
                with pytest.raises(AccessRefusedError):
                    drafted_outputs(session, town.settings, grant, outputs)

    def test_a_question_is_looked_at_with_what_its_asker_sees_only(self, town: Flow) -> None:
        narrow(town, "people")
        with town.database.reading() as session:
            grant = grant_now(session, town)
            with pytest.raises(InvalidError) as refused:
                check_question(town.settings, grant, WEALTH)
            assert refused.value.code == "unknown_dataset"
            assert refused.value.remedy
            assert refused.value.remedy.en == "Choose from: people."
            assert check_question(town.settings, grant, FINE).query.dataset == "people"

    def test_what_was_prepared_before_is_not_taken_afterwards(self, town: Flow) -> None:
        document = {"title": "Wealth", "purpose": "Policy.", "query": WEALTH}
        with town.database.reading() as session:
            prepared = prepare(
                session, town.settings, grant_now(session, town), document, "a-key-of-its-own-000"
            )
        narrow(town, "people")
        with pytest.raises(AccessRefusedError) as refused:
            town.send(prepared)
        assert refused.value.code == "datasets_granted"

    def test_what_came_back_is_not_submitted_again_without_access_to_it(self, town: Flow) -> None:
        number = town.returned(WEALTH)
        narrow(town, "people")
        with pytest.raises(AccessRefusedError):
            town.resubmit(number, {"query": WEALTH | {"margins": False}})

    @pytest.mark.parametrize("dataset", ["nowhere", "x" * 99, "../people", 7, None, ["wealth"]])
    def test_a_name_that_nobody_knows_is_a_mistake_and_no_trespass(self, town: Flow, dataset: object) -> None:
        narrow(town, "people")
        document = {"title": "Wealth", "purpose": "Policy.", "query": FINE | {"dataset": dataset}}
        with town.database.reading() as session, pytest.raises(InvalidError):
            prepare(session, town.settings, grant_now(session, town), document, "a-key-of-its-own-000")


def spawned(flow: Flow, client: TestClient, subject: str) -> dict[str, Any]:
    """What the hub is told of the workplace that opens for somebody."""
    headers = {"Authorization": f"Bearer {flow.secrets.read('hub_service_token')}"}
    asked = {"subject": subject, "project": "minimum-incomes", "server": "minimum-incomes"}
    answer = client.post("/internal/hub/spawn", json=asked, headers=headers)
    return dict(answer.json()["sandbox"])


class TestOverHttp:
    def test_the_workplace_of_who_sees_less_holds_less(self, town: Flow, client: TestClient) -> None:
        wide = Path(spawned(town, client, "researcher")["data_dir"])
        narrow(town, "people")
        less, colleague = (
            Path(spawned(town, client, name)["data_dir"]) for name in ("researcher", "analyst")
        )
        assert wide == colleague != less
        assert {path.stem for path in wide.iterdir()} == {"people", "wealth", "policy", "project"}
        assert {path.stem for path in less.iterdir()} == {"people", "policy", "project"}
        assert not any(b"wealth" in path.read_bytes() for path in less.iterdir())

    def test_a_refused_question_is_answered_with_reasons(self, town: Flow, client: TestClient) -> None:
        narrow(town, "people")
        body = {
            "title": "Wealth",
            "purpose": "Policy.",
            "query": WEALTH,
            "idempotency_key": "key-of-its-own-00",
        }
        headers = {"Authorization": f"Bearer {town.token}"}
        answer = client.post("/sandbox/requests", json=body, headers=headers)
        assert answer.status_code == 403
        assert answer.json()["error"]["unmet"][0]["condition"] == "datasets_granted"

    def test_budgets_are_told_of_what_is_seen_only(self, town: Flow, client: TestClient) -> None:
        with_budget(town)

        def told(token: str) -> list[str]:
            answer = client.get("/sandbox/budgets", headers={"Authorization": f"Bearer {token}"})
            return [one["dataset"] for one in answer.json()["items"]]

        assert told(town.token) == ["people"]
        narrow(town, "wealth")
        assert told(spawned(town, client, "researcher")["token"]) == []


class TestResults:
    """What was asked while it was allowed is judged afterwards too; its author reads none of the numbers any more."""

    def read(self, client: TestClient, token: str, path: str) -> Response:
        return client.get(f"/sandbox/requests/{path}", headers={"Authorization": f"Bearer {token}"})

    def opened_again(self, town: Flow, client: TestClient) -> str:
        narrow(town, "people")
        return str(spawned(town, client, "researcher")["token"])

    def test_no_verdict_about_it_reaches_the_sandbox(self, town: Flow, client: TestClient) -> None:
        number = town.submit_several(FINE, SMALL | {"dataset": "wealth"})
        token = self.opened_again(town, client)
        town.judge(number)
        for path in (number, f"{number}?wait=1", f"{number}/outputs/1", f"{number}/outputs/2"):
            answer = self.read(client, token, path)
            assert answer.status_code == 403
            assert answer.json()["error"]["message"]["en"] == "Your access is not for wealth."
        told = client.get("/sandbox/requests", headers={"Authorization": f"Bearer {token}"})
        assert [one["id"] for one in told.json()["items"]] == [number]

    def test_not_even_when_the_project_sees_it_no_more(self, town: Flow, client: TestClient) -> None:
        number = town.submit(WEALTH)
        town.judge(number)
        token = self.opened_again(town, client)
        with town.database.transaction() as session:
            session.delete(grant_now(session, town).project.views[-1])
        assert self.read(client, token, number).status_code == 403

    def test_what_access_is_still_for_is_read_as_before(self, town: Flow, client: TestClient) -> None:
        number = town.submit(FINE)
        town.judge(number)
        token = self.opened_again(town, client)
        assert self.read(client, token, number).json()["verdict"]["outcome"] == "pass"
        assert self.read(client, token, f"{number}/outputs/1").json()["verdict"]["outcome"] == "pass"

    def test_sending_its_first_round_again_does_not_tell_of_a_later_one(
        self, town: Flow, client: TestClient
    ) -> None:
        said = {"title": "Incomes by area", "purpose": "Policy on poverty."}
        body: dict[str, Any] = {**said, "query": SMALL, "idempotency_key": "key-of-its-own-00"}
        number = self.sent(client, town.token, body).json()["id"]
        town.judge(number)
        town.resubmit(number, {"query": WEALTH})
        town.judge(number)
        token = self.opened_again(town, client)
        answer = self.sent(client, token, body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "datasets_granted")

    def sent(self, client: TestClient, token: str, body: dict[str, Any]) -> Response:
        return client.post("/sandbox/requests", json=body, headers={"Authorization": f"Bearer {token}"})
