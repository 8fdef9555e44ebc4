"""The hub's door over HTTP: who may ask, what is answered, and that nothing is told about what does not exist."""

from __future__ import annotations

import json
import secrets as random_source
import threading
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.access.models import Sandbox
from api.access.sandboxes import sandbox_by_token
from api.access.service import withdraw_access
from api.audit.models import AuditRecord
from api.audit.service import SYSTEM
from api.db import Database
from api.errors import NotLoggedInError
from api.people.models import Role
from api.people.service import suspend
from api.secrets import SecretStore
from api.settings import Settings
from tests.api.factories import World, acting, make_world

SPAWN = {"subject": "researcher", "project": "minimum-incomes", "server": "minimum-incomes"}


@pytest.fixture
def committed(database: Database) -> World:
    with database.transaction() as session:
        world = make_world(session)
        world.researcher.language = "en"
    return world


class Hub:
    """The hub, or its watch, with its token."""

    def __init__(self, client: TestClient, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def ask(self, path: str, body: Any) -> Any:
        answer = self.client.post(f"/internal/hub/{path}", json=body, headers=self.headers)
        assert answer.status_code in (200, 204), answer.text
        return answer.json() if answer.content else None

    def spawn(self, **changes: str) -> Any:
        return self.ask("spawn", SPAWN | changes)


@pytest.fixture
def hub(client: TestClient, secrets: SecretStore) -> Hub:
    return Hub(client, secrets.read("hub_service_token"))


@pytest.fixture
def watch(client: TestClient, secrets: SecretStore) -> Hub:
    return Hub(client, secrets.read("watch_token"))


def test_health_answers_to_anybody(client: TestClient) -> None:
    assert client.get("/internal/health").json() == {"status": "ok"}


def test_health_says_when_the_database_is_gone(client: TestClient, settings: Settings) -> None:
    client.app.state.database = Database(f"sqlite:///{settings.state_dir}/no/such/directory/x.sqlite")  # type: ignore[attr-defined]
    answer = client.get("/internal/health")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "no_database"


def test_a_sandbox_starts_with_what_the_hub_needs(
    hub: Hub, database: Database, committed: World, settings: Settings
) -> None:
    answer = hub.spawn()
    assert (answer["allowed"], answer["unmet"], answer["language"]) == (True, [], "en")
    sandbox = answer["sandbox"]
    assert sandbox.keys() == {
        "id",
        "project_number",
        "data_dir",
        "token",
        "memory_bytes",
        "processes",
        "cpus",
    }
    assert (sandbox["project_number"], sandbox["cpus"]) == (committed.project.number, settings.sandbox_cpus)
    assert sandbox["memory_bytes"] == settings.sandbox_memory_bytes
    assert sandbox["processes"] == settings.sandbox_processes
    project = json.loads((Path(sandbox["data_dir"]) / "project.json").read_text())
    assert project["slug"] == "minimum-incomes"
    with database.reading() as session:
        assert sandbox_by_token(session, sandbox["token"]).id == sandbox["id"]


def test_a_refusal_names_every_unmet_condition_in_both_languages_and_is_audited(
    hub: Hub, database: Database, committed: World
) -> None:
    with database.transaction() as session:
        person = session.merge(committed.researcher)
        suspend(session, SYSTEM, person, "Shared a password.")
        actor = acting(session.merge(committed.administrator), Role.ADMINISTRATOR)
        withdraw_access(session, actor, session.merge(committed.grant), "The contract ended.")
    answer = hub.spawn()
    assert (answer["allowed"], answer["sandbox"]) == (False, None)
    assert [one["condition"] for one in answer["unmet"]] == ["not_suspended", "not_withdrawn"]
    for one in answer["unmet"]:
        assert one["reason"].keys() == one["remedy"].keys() == {"nl", "en"}
    with database.reading() as session:
        told = session.scalars(select(AuditRecord).where(AuditRecord.action == "access.refuse")).one()
        details = json.loads(told.document)["details"]
        assert details == {"person": "researcher", "unmet": ["not_suspended", "not_withdrawn"]}
        assert session.scalars(select(Sandbox)).all() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"project": "housing", "server": "housing"},
        {"project": "no-such-project", "server": "no-such-project"},
        {"project": "../etc", "server": "../etc"},
        {"server": "housing"},
    ],
)
def test_a_foreign_project_is_answered_like_one_that_does_not_exist(
    hub: Hub, committed: World, changes: dict[str, str]
) -> None:
    answer = hub.spawn(**changes)
    assert not answer["allowed"]
    assert answer["sandbox"] is None
    assert [one["condition"] for one in answer["unmet"]] == ["no_grant"]
    assert answer == hub.spawn(project="nothing", server="nothing")


def test_an_unknown_person_is_answered_like_a_known_one_without_access(hub: Hub, committed: World) -> None:
    assert hub.spawn(subject="nobody") == hub.spawn(subject="checker")


def test_sandboxes_go_on_until_access_ends(
    hub: Hub, watch: Hub, database: Database, committed: World
) -> None:
    started = hub.spawn()["sandbox"]
    other = hub.spawn(subject="analyst")["sandbox"]
    ids = {"sandboxes": [started["id"], other["id"]]}
    for asker in (hub, watch):
        assert asker.ask("alive", ids) == {"stop": []}
    with database.transaction() as session:
        suspend(session, SYSTEM, session.merge(committed.researcher), "Shared a password.")
    (stop,) = watch.ask("alive", ids)["stop"]
    assert stop["id"] == started["id"]
    assert [one["condition"] for one in stop["unmet"]] == ["not_suspended"]
    with database.reading() as session:
        assert session.get_one(Sandbox, started["id"]).end_reason == "not_suspended"
        assert session.get_one(Sandbox, other["id"]).ended_at is None
        with pytest.raises(NotLoggedInError):
            sandbox_by_token(session, started["token"])
    # Ended for good: it is named again, and the person's return does not bring it back.
    assert [one["id"] for one in hub.ask("alive", ids)["stop"]] == [started["id"]]


def test_asking_whether_sandboxes_live_writes_nothing_while_they_do(
    hub: Hub, database: Database, committed: World
) -> None:
    started = hub.spawn()["sandbox"]
    with database.transaction() as session:
        # Another writer holds the lock: the answer comes all the same.
        session.execute(select(Sandbox))
        assert hub.ask("alive", {"sandboxes": [started["id"], "unknown"]})["stop"][0]["id"] == "unknown"


def test_a_stopped_sandbox_loses_its_token_and_saying_it_twice_is_fine(
    hub: Hub, database: Database, committed: World
) -> None:
    started = hub.spawn()["sandbox"]
    for _ in range(2):
        assert hub.ask("stopped", {"sandbox": started["id"]}) is None
    hub.ask("stopped", {"sandbox": "never-there"})
    with database.reading() as session:
        assert session.get_one(Sandbox, started["id"]).end_reason == "stopped"
        ends = select(AuditRecord).where(AuditRecord.action == "sandbox.end")
        assert len(session.scalars(ends).all()) == 1
        with pytest.raises(NotLoggedInError):
            sandbox_by_token(session, started["token"])


def bodies() -> list[tuple[str, Any]]:
    return [("spawn", SPAWN), ("alive", {"sandboxes": []}), ("stopped", {"sandbox": "x"})]


@pytest.mark.parametrize(("path", "body"), bodies())
@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer ",
        "Bearer",
        "Basic {hub}",
        "bearer {hub}",
        "Bearer {hub}x",
        "{hub}",
        "Bearer {other}",
        "Bearer \xe9",
    ],
)
def test_nobody_else_comes_in(
    client: TestClient, secrets: SecretStore, path: str, body: Any, authorization: str | None
) -> None:
    hub_token, other = secrets.read("hub_service_token"), random_source.token_urlsafe(48)
    headers = {}
    if authorization is not None:
        headers["Authorization"] = authorization.format(hub=hub_token, other=other).encode("latin-1")
    answer = client.post(f"/internal/hub/{path}", json=body, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "no_service_token"


def test_the_watch_starts_nothing(client: TestClient, watch: Hub, committed: World) -> None:
    answer = client.post("/internal/hub/spawn", json=SPAWN, headers=watch.headers)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("spawn", {}),
        ("spawn", {**SPAWN, "subject": ""}),
        ("spawn", {**SPAWN, "subject": "x" * 101}),
        ("spawn", {**SPAWN, "subject": 7}),
        ("spawn", {**SPAWN, "subject": "\ud800"}),
        ("spawn", {**SPAWN, "admin": True}),
        ("spawn", []),
        ("alive", {"sandboxes": "x"}),
        ("alive", {"sandboxes": ["x"] * 2001}),
        ("alive", {"sandboxes": ["x" * 65]}),
        ("stopped", {"sandbox": None}),
    ],
)
def test_malformed_questions_are_refused(client: TestClient, hub: Hub, path: str, body: Any) -> None:
    answer = client.post(f"/internal/hub/{path}", content=json.dumps(body), headers=hub.headers)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].keys() == {"nl", "en"}


def test_many_starts_at_once_leave_one_sandbox_running(
    hub: Hub, database: Database, committed: World
) -> None:
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(hub.spawn())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(answer["allowed"] for answer in answers)
    with database.reading() as session:
        running = session.scalars(select(Sandbox).where(Sandbox.ended_at.is_(None))).all()
    assert len(running) == 1
