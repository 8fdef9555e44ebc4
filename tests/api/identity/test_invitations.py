"""Invitations: once, for a while, for one person; and who opens one learns nothing about others."""

from __future__ import annotations

import pyotp
import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select, update

from api.audit.models import AuditRecord
from api.audit.service import SYSTEM
from api.db import Database, now
from api.errors import NotAllowedError
from api.identity import proposals
from api.identity.accounts import open_account
from api.identity.invitations import PATH, invite
from api.identity.models import Account, Authenticator, Invitation, PageSession, Passkey
from api.identity.second_factor import RECOVERY_CODES, has_second_factor
from api.people.models import Person, Role
from api.people.service import appoint, suspend
from api.secrets import SecretStore
from api.settings import Settings
from tests.api.factories import acting, make_official, make_person, make_world
from tests.api.identity.browser import authorization, hidden, location, log_in, type_password

PASSWORD = "seven slow barges pass the lock"


@pytest.fixture
def bob(database: Database) -> Person:
    """Somebody without an account."""
    with database.transaction() as session:
        return make_person(session, subject="bob", name="Bob Prins")


def invited(database: Database, person: Person) -> str:
    with database.transaction() as session:
        return f"{PATH}/{invite(session, SYSTEM, session.get_one(Person, person.id))}"


def app_on(page: Response) -> pyotp.TOTP:
    """The app that scanned the picture of a page."""
    letters = page.text.partition("<code>")[2].partition("</code>")[0]
    return pyotp.TOTP(letters.replace(" ", ""))


def accept(client: TestClient, address: str, **changes: str) -> Response:
    page = client.get(address)
    form = hidden(page) | {"password": PASSWORD, "code": app_on(page).now()}
    return client.post(address, data=form | changes)


def test_an_invitation_gives_an_account_with_a_second_factor(
    client: TestClient, settings: Settings, database: Database, bob: Person
) -> None:
    page = accept(client, invited(database, bob))
    assert page.status_code == 200
    assert page.text.count("<li><code>") == RECOVERY_CODES
    answer = type_password(client, location(client.get(authorization(settings))), PASSWORD, "bob")
    assert 'autocomplete="one-time-code"' in answer.text
    with database.reading() as session:
        assert has_second_factor(session, bob.id)
        told = session.scalars(select(AuditRecord).order_by(AuditRecord.seq)).all()
    assert [one.action for one in told if one.actor == "bob"][:3] == [
        *("factor.add", "factor.add", "account.accept")
    ]


def test_an_invitation_works_once(client: TestClient, database: Database, bob: Person) -> None:
    address = invited(database, bob)
    form = hidden(client.get(address))
    assert accept(client, address).status_code == 200
    assert client.get(address).status_code == 404
    assert client.post(address, data=form | {"password": PASSWORD, "code": "1"}).status_code == 404


def test_unknown_old_ended_and_foreign_invitations_are_told_alike(
    client: TestClient, database: Database, bob: Person, anna: Person
) -> None:
    replaced, ended, suspended = invited(database, bob), invited(database, bob), invited(database, anna)
    with database.transaction() as session:
        theirs = update(Invitation).where(Invitation.person_id == bob.id)
        session.execute(theirs.values(expires_at=now()))
        suspend(session, SYSTEM, session.get_one(Person, anna.id), "left the municipality")
    pages = [client.get(address) for address in (replaced, ended, suspended, f"{PATH}/unknown")]
    assert {page.status_code for page in pages} == {404}
    assert len({page.text.partition("<main")[2] for page in pages}) == 1


def test_an_account_that_was_there_loses_password_factors_and_logins(
    client: TestClient,
    settings: Settings,
    database: Database,
    anna: Person,
    app_of_anna: pyotp.TOTP,
) -> None:
    log_in(client, database, settings, anna)
    with database.transaction() as session:
        stolen = {"name": "Phone of a thief", "public_key": "", "sign_count": 0}
        session.add(Passkey(credential_id="thief", person_id=anna.id, **stolen))
    address = invited(database, anna)
    assert client.get("/account").status_code == 200
    page = client.get(address)
    app = app_on(page)
    form = hidden(page) | {"password": PASSWORD, "code": app.now()}
    assert client.post(address, data=form).status_code == 200
    assert client.get("/account").status_code == 303
    with database.reading() as session:
        account = session.get_one(Account, anna.id)
        assert account.login_name == "avries"
        assert session.get_one(Authenticator, anna.id).last_step > 0
        assert all(one.ended_at for one in session.scalars(select(PageSession)))
        assert session.get(Passkey, "thief") is None
    assert app.secret != app_of_anna.secret


@pytest.mark.parametrize(
    ("changes", "field"), [({"password": "short"}, "password"), ({"code": "000000x"}, "code")]
)
def test_a_refused_form_keeps_its_picture_and_uses_nothing_up(
    client: TestClient, database: Database, bob: Person, changes: dict[str, str], field: str
) -> None:
    address = invited(database, bob)
    page = client.get(address)
    form = hidden(page) | {"password": PASSWORD, "code": app_on(page).now()}
    again = client.post(address, data=form | changes)
    assert again.status_code == 422
    assert f'id="{field}-error"' in again.text
    assert app_on(again).secret == app_on(page).secret
    with database.reading() as session:
        assert session.get(Account, bob.id) is None
    assert accept(client, address).status_code == 200


def test_a_picture_of_somebody_else_is_not_taken(
    client: TestClient, database: Database, secrets: SecretStore, bob: Person, anna: Person
) -> None:
    foreign = proposals.propose(secrets, anna)
    address = invited(database, bob)
    for note in (foreign.note, "", "x.y.z"):
        answer = accept(client, address, proposal=note, code=pyotp.TOTP(foreign.secret).now())
        assert answer.status_code == 422
        assert app_on(answer).secret != foreign.secret


def test_a_form_from_elsewhere_is_refused(client: TestClient, database: Database, bob: Person) -> None:
    address = invited(database, bob)
    answer = client.post(address, data={}, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403


def test_nobody_invites_themselves_and_only_administrators_others(database: Database, bob: Person) -> None:
    with database.transaction() as session:
        administrator = make_person(session, subject="chief")
        appoint(session, SYSTEM, administrator, Role.ADMINISTRATOR, None)
        for actor, person in (
            (acting(administrator, Role.ADMINISTRATOR), administrator),
            (acting(session.merge(bob), Role.CHECKER), administrator),
        ):
            with pytest.raises(NotAllowedError):
                invite(session, actor, person)
        assert invite(session, acting(administrator, Role.ADMINISTRATOR), session.merge(bob))


def test_an_administrator_of_one_centre_invites_nobody_of_another(database: Database) -> None:
    with database.transaction() as session:
        world = make_world(session)
        actor = acting(world.second_administrator, Role.ADMINISTRATOR)
        with pytest.raises(NotAllowedError, match="another centre"):
            invite(session, actor, world.outsider)
        assert invite(session, actor, world.researcher)
        assert invite(session, acting(world.administrator, Role.ADMINISTRATOR), world.outsider)


def test_an_administrator_of_one_centre_does_not_become_its_other_officials(database: Database) -> None:
    with database.transaction() as session:
        world = make_world(session)
        third = make_official(session, role=Role.ADMINISTRATOR, centre=world.centre)
        open_account(session, third, "third", PASSWORD)
        actor = acting(world.second_administrator, Role.ADMINISTRATOR)
        with pytest.raises(NotAllowedError, match="has an account already"):
            invite(session, actor, third)
        assert invite(session, actor, world.checker)
        assert invite(session, acting(world.administrator, Role.ADMINISTRATOR), third)
