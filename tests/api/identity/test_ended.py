"""What came of a login elsewhere, at the hub and in workplaces, ends with it, however it ends; nobody else's does."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from sqlalchemy import select

from api.access.models import Sandbox
from api.access.sandboxes import sandbox_by_token
from api.db import Database, now
from api.errors import NotLoggedInError
from api.identity.accounts import create_account
from api.identity.ended import KEPT_DAYS, is_over, note_all_ended, note_ended
from api.identity.ending import end_all_logins, end_session_of
from api.identity.id_tokens import LOGOUT_EVENT
from api.identity.keys import signing_keys
from api.identity.models import EndedLogin, PageSession, ProviderLogin
from api.people.models import Person, Role
from api.people.service import suspend
from api.secrets import SecretStore
from api.settings import Settings
from tests.api.factories import World, acting, days, make_world
from tests.api.identity.browser import (
    LOGIN_NAME,
    PASSWORD,
    form_token,
    location,
    log_in,
    log_in_at_pages,
    type_password,
)

PROJECT = "minimum-incomes"


@dataclass
class Hub:
    """The hub as its logins know it: who logged in there, in which login of the issuer, and when."""

    client: TestClient
    secrets: SecretStore
    settings: Settings

    def ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.secrets.read('hub_service_token')}"}
        answer = self.client.post(f"/internal/hub/{path}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def stands(self, subject: str, sid: str, began: float) -> bool:
        asked = {"subject": subject, "logins": [{"sid": sid, "began": int(began)}]}
        return bool(self.ask("logins", asked)["stand"])

    def spawn(self, subject: str, sid: str, began: float) -> dict[str, Any]:
        login = {"acr": "mfa", "auth_time": int(began), "sid": sid, "began": int(began)}
        asked = {"subject": subject, "project": PROJECT, "server": PROJECT, "login": login}
        return self.ask("spawn", asked)

    def stopped(self, *sandboxes: str) -> dict[str, str]:
        """Which of the sandboxes must stop, and the first reason."""
        stop = self.ask("alive", {"sandboxes": list(sandboxes)})["stop"]
        return {one["id"]: one["unmet"][0]["condition"] for one in stop}

    def tell_logout(self, **changes: Any) -> httpx.Response:
        """Tell of a logout as the issuer does."""
        claims = {
            "iss": self.settings.issuer_url,
            "aud": "hub",
            "iat": int(time.time()),
            "jti": "1",
            "events": {LOGOUT_EVENT: {}},
        } | changes
        keys = signing_keys(self.secrets)
        token = jwt.encode(keys.header, claims, keys.current, algorithms=[keys.header["alg"]])
        return self.client.post("/auth/backchannel-logout", data={"logout_token": token})


@pytest.fixture
def hub(client: TestClient, secrets: SecretStore, settings: Settings) -> Hub:
    return Hub(client, secrets, settings)


@pytest.fixture
def world(database: Database) -> World:
    with database.transaction() as session:
        world = make_world(session)
        administrator = acting(world.administrator, Role.ADMINISTRATOR)
        create_account(session, administrator, world.researcher, LOGIN_NAME, PASSWORD)
    return world


def a_minute_ago() -> float:
    return time.time() - 60


def test_a_logout_that_the_issuer_tells_ends_that_login_and_its_workplace_and_no_other(
    hub: Hub, database: Database, world: World
) -> None:
    began = a_minute_ago()
    theirs = hub.spawn("researcher", "one", began)["sandbox"]
    other = hub.spawn("analyst", "two", began)["sandbox"]
    assert hub.stopped(theirs["id"], other["id"]) == {}
    assert hub.tell_logout(sid="one", sub="researcher").status_code == 200
    with database.reading() as session, pytest.raises(NotLoggedInError):
        sandbox_by_token(session, theirs["token"])
    assert hub.stopped(theirs["id"], other["id"]) == {theirs["id"]: "logged_in"}
    assert not hub.stands("researcher", "one", began)
    assert hub.stands("researcher", "another", began)
    assert hub.stands("analyst", "two", began)
    with database.reading() as session:
        ended = {row.id: row.end_reason for row in session.scalars(select(Sandbox))}
        assert ended == {theirs["id"]: "logged_in", other["id"]: None}


def test_a_logout_that_names_what_the_login_did_not_ends_what_it_may_be_about(
    hub: Hub, database: Database, settings: Settings, world: World
) -> None:
    began = a_minute_ago()
    log_in(hub.client, database, settings, world.researcher)
    assert hub.tell_logout(sid="one", sub="analyst").status_code == 200
    assert hub.client.get("/account").status_code == 200
    assert hub.stands("researcher", "", began)
    assert hub.tell_logout(sid="two", sub="researcher", jti="2").status_code == 200
    assert hub.client.get("/account", headers={"accept": "application/json"}).status_code == 401
    assert not hub.stands("researcher", "", began)
    assert hub.stands("researcher", "", time.time() + 5)
    assert hub.stands("researcher", "three", began)


def test_nothing_opens_under_a_login_that_is_over(hub: Hub, world: World) -> None:
    began = a_minute_ago()
    hub.tell_logout(sid="one")
    refused = hub.spawn("researcher", "one", began)
    assert (refused["allowed"], [one["condition"] for one in refused["unmet"]]) == (False, ["logged_in"])
    assert hub.spawn("researcher", "two", began)["allowed"]


def test_a_logout_of_a_person_ends_what_began_before_it(hub: Hub, world: World) -> None:
    began = a_minute_ago()
    assert hub.tell_logout(sub="researcher").status_code == 200
    assert not hub.stands("researcher", "one", began)
    assert not hub.stands("researcher", "", began)
    assert hub.stands("researcher", "one", time.time() + 5)
    assert hub.stands("analyst", "", began)


def test_a_logout_that_does_not_hold_ends_nothing(hub: Hub, world: World) -> None:
    began = a_minute_ago()
    sandbox = hub.spawn("researcher", "one", began)["sandbox"]
    for wrong in (
        {"aud": "somebody-else"},
        {"aud": []},
        {"iss": "https://elsewhere.example"},
        {"iat": int(time.time()) - 3600},
        {"events": {}},
        {"nonce": "x"},
        {"sid": ""},
    ):
        assert hub.tell_logout(**({"sid": "one"} | wrong)).status_code == 400, wrong
        assert hub.stands("researcher", "one", began), wrong
    assert hub.stopped(sandbox["id"]) == {}


def test_a_logout_that_is_told_again_ends_nothing_of_later(hub: Hub, world: World) -> None:
    assert hub.tell_logout(sub="researcher").status_code == 200
    later = time.time() + 5
    assert hub.tell_logout(sub="researcher", iat=int(later) + 10).status_code == 400
    assert hub.stands("researcher", "one", later)


def test_a_late_word_of_an_early_logout_brings_nothing_back(hub: Hub, world: World) -> None:
    hub.tell_logout(sub="researcher")
    hub.tell_logout(sub="researcher", iat=int(time.time()) - 200, jti="2")
    assert not hub.stands("researcher", "", a_minute_ago())


def test_who_is_suspended_or_unknown_has_no_login(hub: Hub, database: Database, world: World) -> None:
    assert not hub.stands("nobody", "one", time.time())
    with database.transaction() as session:
        researcher = session.get_one(Person, world.researcher.id)
        suspend(session, acting(world.administrator, Role.ADMINISTRATOR), researcher, "An inquiry.")
    assert not hub.stands("researcher", "one", time.time())


def by_the_button(client: TestClient, database: Database, world: World) -> None:
    page = client.get("/account")
    assert location(client.post("/auth/logout", data={"csrf_token": form_token(page)}))


def by_another_browser(client: TestClient, database: Database, world: World) -> None:
    with database.transaction() as session:
        person = session.get_one(Person, world.researcher.id)
        end_session_of(
            session,
            acting(person, Role.RESEARCHER),
            person,
            session.scalars(select(PageSession)).one().id_hash,
        )


def by_an_administrator(client: TestClient, database: Database, world: World) -> None:
    with database.transaction() as session:
        person = session.get_one(Person, world.researcher.id)
        end_all_logins(
            session, acting(session.get_one(Person, world.administrator.id), Role.ADMINISTRATOR), person
        )


@pytest.mark.parametrize("end", [by_the_button, by_another_browser, by_an_administrator])
def test_every_way_out_of_the_pages_is_the_way_out_of_the_workplace(
    hub: Hub, client: TestClient, database: Database, world: World, end: Callable[..., None]
) -> None:
    log_in_at_pages(client)
    with database.reading() as session:
        sid = session.scalars(select(ProviderLogin.sid)).one()
    began = time.time()
    sandbox = hub.spawn("researcher", sid, began)["sandbox"]
    assert hub.stands("researcher", sid, began)
    end(client, database, world)
    assert not hub.stands("researcher", sid, began)
    assert hub.stopped(sandbox["id"]) == {sandbox["id"]: "logged_in"}


def test_who_proves_more_stays_in_their_login_and_leaves_it_at_once(
    hub: Hub, client: TestClient, database: Database, world: World
) -> None:
    """A workplace goes on when its person logs in again for a decision; their logout ends it, whichever login it was."""
    log_in_at_pages(client)
    asked = location(client.get("/auth/login", params={"next": "/projects", "strong": True}))
    assert client.get(location(type_password(client, location(client.get(asked))))).status_code in (303, 403)
    with database.reading() as session:
        rows = session.scalars(select(ProviderLogin).order_by(ProviderLogin.auth_time)).all()
        assert [row.ended_at is None for row in rows] == [False, True]
        assert rows[0].sid == rows[1].sid
    assert hub.stands("researcher", rows[0].sid, time.time())


def test_somebody_else_in_the_same_browser_begins_a_login_of_their_own(
    client: TestClient, database: Database, world: World
) -> None:
    log_in_at_pages(client)
    with database.transaction() as session:
        administrator = acting(session.get_one(Person, world.administrator.id), Role.ADMINISTRATOR)
        create_account(session, administrator, session.get_one(Person, world.analyst.id), "other", PASSWORD)
    asked = location(client.get("/auth/login", params={"strong": True}))
    type_password(client, location(client.get(asked)), login_name="other")
    with database.reading() as session:
        assert len(set(session.scalars(select(ProviderLogin.sid)))) == 2


def test_what_ended_long_ago_is_forgotten(database: Database) -> None:
    with database.transaction() as session:
        note_ended(session, "old")
        session.scalars(select(EndedLogin)).one().expires_at = days(-1)
        session.flush()
        note_all_ended(session, "anna", now())
        (kept,) = session.scalars(select(EndedLogin))
        assert kept.expires_at - now() > dt.timedelta(days=KEPT_DAYS - 1)
        assert is_over(session, "anna", "", now() - dt.timedelta(seconds=1))
        assert not is_over(session, "anna", "old", now() + dt.timedelta(seconds=1))
