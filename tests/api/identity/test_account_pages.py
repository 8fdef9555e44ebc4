"""People see and end their logins and arrange their second factor; administrators end those of others."""

from __future__ import annotations

import re

import pyotp
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.app import create_app
from api.audit.models import AuditRecord
from api.audit.service import SYSTEM
from api.db import Database
from api.identity.models import Authenticator, PageSession, ProviderLogin
from api.identity.sessions import cookie_name
from api.people.models import Person, Role
from api.people.service import appoint
from api.settings import Settings
from tests.api.factories import make_person, make_world
from tests.api.identity.browser import browse, hidden, log_in, log_in_at_pages
from tests.api.identity.test_invitations import app_on


@pytest.fixture
def chief(database: Database) -> Person:
    """An administrator."""
    with database.transaction() as session:
        person = make_person(session, subject="chief", name="Chris Hoofd")
        appoint(session, SYSTEM, person, Role.ADMINISTRATOR, None)
        return person


def actions(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(AuditRecord.action).order_by(AuditRecord.seq)))


def test_one_sees_and_ends_ones_own_logins(
    client: TestClient, database: Database, settings: Settings, anna: Person
) -> None:
    log_in_at_pages(client)
    stolen = client.cookies[cookie_name(settings)]
    csrf = log_in(client, database, settings, anna)
    page = client.get("/account")
    ends = re.findall(r'action="(/account/sessions/\w+/end)"', page.text)
    assert len(ends) == 1
    assert client.post(ends[0], data={"csrf_token": csrf}).status_code == 303
    assert 'action="/account/sessions/' not in client.get("/account").text
    with database.reading() as session:
        assert session.scalars(select(ProviderLogin.ended_at)).one() is not None
    assert actions(database)[-1] == "session.end"
    client.post(ends[0], data={"csrf_token": csrf})
    assert actions(database).count("session.end") == 1
    client.cookies.set(cookie_name(settings), stolen)
    assert client.get("/account").status_code == 303


def test_nobody_ends_the_login_of_another(
    client: TestClient, database: Database, settings: Settings, anna: Person, chief: Person
) -> None:
    log_in(client, database, settings, chief)
    with database.reading() as session:
        foreign = session.scalars(select(PageSession.id_hash)).one()
    csrf = log_in(client, database, settings, anna)
    client.post(f"/account/sessions/{foreign}/end", data={"csrf_token": csrf})
    client.post("/account/sessions/unknown/end", data={"csrf_token": csrf})
    with database.reading() as session:
        assert session.get_one(PageSession, foreign).ended_at is None


def test_an_app_is_replaced_and_removed_after_a_strong_login(
    client: TestClient, database: Database, settings: Settings, anna: Person, app_of_anna: pyotp.TOTP
) -> None:
    csrf = log_in(client, database, settings, anna)
    page = client.get("/account/authenticator")
    wrong = client.post("/account/authenticator", data=hidden(page) | {"code": "1"})
    assert wrong.status_code == 422
    assert app_on(wrong).secret == app_on(page).secret
    stale = client.post("/account/authenticator", data=hidden(page) | {"proposal": "", "code": "1"})
    assert app_on(stale).secret != app_on(page).secret
    done = client.post("/account/authenticator", data=hidden(page) | {"code": app_on(page).now()})
    assert done.status_code == 200
    first = re.findall("<li><code>(.+)</code>", done.text)
    fresh = client.post("/account/recovery-codes", data={"csrf_token": csrf})
    assert not set(first) & set(re.findall("<li><code>(.+)</code>", fresh.text))
    assert client.post("/account/authenticator/remove", data={"csrf_token": csrf}).status_code == 303
    with database.reading() as session:
        assert session.scalars(select(Authenticator)).all() == []
    assert "factor.remove" in actions(database)


@pytest.mark.parametrize(
    "address", ["/account/authenticator", "/account/authenticator/remove", "/account/recovery-codes"]
)
def test_a_password_alone_changes_no_factor(
    client: TestClient, database: Database, settings: Settings, anna: Person, address: str
) -> None:
    csrf = log_in(client, database, settings, anna, acr="pwd")
    answer = client.post(address, data={"csrf_token": csrf})
    assert "strong=1" in answer.headers["location"]
    assert "strong=1" in client.get("/account/authenticator").headers["location"]


def test_who_has_no_account_here_has_nothing_to_arrange(
    client: TestClient, database: Database, settings: Settings, chief: Person
) -> None:
    log_in(client, database, settings, chief)
    assert client.get("/account/authenticator").status_code == 404
    assert 'id="factors"' not in client.get("/account").text


def test_an_administrator_sees_invites_and_ends_logins(
    client: TestClient, database: Database, settings: Settings, anna: Person, chief: Person
) -> None:
    log_in(client, database, settings, anna)
    csrf = log_in(client, database, settings, chief)
    assert "/admin/logins/anna" in client.get("/admin/logins").text
    assert client.get("/admin/logins?offset=50").status_code == 200
    form = {"csrf_token": csrf}
    shown = client.post("/admin/logins/anna/invitation", data=form).text
    assert re.search(rf"<code>{settings.api_url}/invitation/[\w-]{{43}}</code>", shown)
    assert client.post("/admin/logins/anna/end", data=form).status_code == 303
    assert actions(database)[-2:] == ["account.invite", "session.end_all"]
    with database.reading() as session:
        ended = session.scalars(select(PageSession).where(PageSession.person_id == anna.id)).one()
    assert ended.ended_at is not None


def test_administrators_do_this_for_others_only_and_nobody_else_does(
    client: TestClient, database: Database, settings: Settings, anna: Person, chief: Person
) -> None:
    csrf = log_in(client, database, settings, chief)
    assert client.get("/admin/logins/chief").status_code == 403
    assert client.post("/admin/logins/chief/end", data={"csrf_token": csrf}).status_code == 403
    assert client.get("/admin/logins/nobody").status_code == 404
    csrf = log_in(client, database, settings, anna)
    assert client.get("/admin/logins").status_code == 403
    for what in ("invitation", "end"):
        for subject in ("chief", "nobody"):
            answer = client.post(f"/admin/logins/{subject}/{what}", data={"csrf_token": csrf})
            assert answer.status_code == 403


def test_where_an_invitation_would_be_refused_the_reason_stands_in_the_place_of_the_button(
    client: TestClient, database: Database, settings: Settings
) -> None:
    with database.transaction() as session:
        world = make_world(session)
    log_in(client, database, settings, world.second_administrator)
    shown = client.get("/admin/logins/outsider?lang=en").text
    assert "You cannot make an invitation for this person. This person also works at another centre" in shown
    assert 'action="/admin/logins/outsider/invitation"' not in shown
    assert 'action="/admin/logins/researcher/invitation"' in client.get("/admin/logins/researcher").text


def test_an_invitation_needs_a_strong_login_but_ending_logins_does_not(
    client: TestClient, database: Database, settings: Settings, anna: Person, chief: Person
) -> None:
    csrf = log_in(client, database, settings, chief, acr="pwd")
    form = {"csrf_token": csrf}
    assert "strong=1" in client.post("/admin/logins/anna/invitation", data=form).headers["location"]
    assert client.post("/admin/logins/anna/end", data=form).headers["location"] == "/admin/logins/anna"


def test_with_another_issuer_there_is_nothing_to_invite_to(
    settings: Settings, database: Database, anna: Person, chief: Person
) -> None:
    elsewhere = settings.model_copy(update={"issuer": "https://login.example"})
    app = create_app(elsewhere)
    with browse(app, elsewhere) as client:
        csrf = log_in(client, database, elsewhere, chief)
        answer = client.post("/admin/logins/anna/invitation", data={"csrf_token": csrf})
        assert answer.status_code == 404
        assert "invitation" not in client.get("/admin/logins/anna").text
        for gone in ("/account/authenticator", "/invitation/token", "/oidc/login"):
            assert client.get(gone).status_code == 404
    app.state.database.dispose()
