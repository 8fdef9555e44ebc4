"""Passkeys: added after a strong login, taken only from an unlocked device, for our pages, each answer once."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select, update
from webauthn.helpers import bytes_to_base64url

from api.audit.models import AuditRecord
from api.audit.service import SYSTEM, Actor
from api.db import Database, now
from api.errors import ConflictError, InvalidError
from api.identity.accounts import SELF, create_account
from api.identity.models import Account, Passkey, ProviderLogin, UsedOnce
from api.identity.once import use_once
from api.identity.passkeys import (
    Ceremony,
    add_passkey,
    begin_login,
    begin_registration,
    log_in_with,
    relying_party_of,
)
from api.people.models import Person
from api.people.service import suspend
from api.secrets import SecretStore
from api.settings import Settings
from tests.api.factories import make_person
from tests.api.identity.browser import authorization, hidden, location, log_in
from tests.api.identity.device import PRESENT, Device


@pytest.fixture
def device(settings: Settings) -> Device:
    return Device(settings.api_url)


def register(
    database: Database, settings: Settings, secrets: SecretStore, person: Person, device: Device
) -> None:
    with database.transaction() as session:
        account = session.get_one(Account, person.id)
        ceremony = begin_registration(session, settings, secrets, account)
        assert ceremony
        made = device.create(ceremony.options)
        actor = Actor(account.person, SELF)
        add_passkey(
            session, actor, settings, secrets, account, name="Phone", note=ceremony.note, credential=made
        )


@pytest.fixture
def registered(
    database: Database, settings: Settings, secrets: SecretStore, anna: Person, device: Device
) -> Device:
    register(database, settings, secrets, anna, device)
    return device


def begun(settings: Settings, secrets: SecretStore) -> Ceremony:
    ceremony = begin_login(settings, secrets)
    assert ceremony
    return ceremony


def enter(
    database: Database, settings: Settings, secrets: SecretStore, ceremony: Ceremony, answer: str
) -> str | None:
    with database.transaction() as session:
        person = log_in_with(session, settings, secrets, ceremony.note, answer)
        return person and person.subject


def test_a_passkey_logs_its_person_in(
    database: Database, settings: Settings, secrets: SecretStore, registered: Device
) -> None:
    for _ in range(2):
        ceremony = begun(settings, secrets)
        assert enter(database, settings, secrets, ceremony, registered.get(ceremony.options)) == "anna"
    with database.reading() as session:
        row = session.scalars(select(Passkey)).one()
    assert (row.sign_count, row.name) == (2, "Phone")
    assert row.last_used_at


def test_an_answer_is_taken_once(
    database: Database, settings: Settings, secrets: SecretStore, registered: Device
) -> None:
    ceremony = begun(settings, secrets)
    answer = registered.get(ceremony.options)
    assert enter(database, settings, secrets, ceremony, answer)
    assert not enter(database, settings, secrets, ceremony, answer)


@pytest.mark.parametrize(
    "forged",
    [
        {"origin": "https://evil.example"},
        {"host": "evil.example"},
        {"flags": PRESENT},
        {"count": -1},
        {"id": b"another id of 16"},
        {"handle": "AAAA"},
        {"key": Device("").key},
    ],
    ids=lambda forged: next(iter(forged)),
)
def test_a_forged_answer_is_refused(
    database: Database,
    settings: Settings,
    secrets: SecretStore,
    registered: Device,
    forged: dict[str, object],
) -> None:
    first = begun(settings, secrets)
    assert enter(database, settings, secrets, first, registered.get(first.options))
    ceremony = begun(settings, secrets)
    answer = replace(registered, **forged).get(ceremony.options)  # type: ignore[arg-type]
    assert not enter(database, settings, secrets, ceremony, answer)


def test_an_answer_to_another_challenge_is_refused(
    database: Database, settings: Settings, secrets: SecretStore, registered: Device
) -> None:
    asked, other = begun(settings, secrets), begun(settings, secrets)
    answer = registered.get(asked.options)
    assert not enter(database, settings, secrets, other, answer)
    for note in ("", "x.y.z"):
        assert not enter(database, settings, secrets, replace(asked, note=note), answer)
    for nonsense in ("", "{}", "[1]", answer.replace("signature", "s")):
        assert not enter(database, settings, secrets, asked, nonsense)


def test_who_is_suspended_is_not_let_in(
    database: Database, settings: Settings, secrets: SecretStore, registered: Device, anna: Person
) -> None:
    with database.transaction() as session:
        suspend(session, SYSTEM, session.get_one(Person, anna.id), "left the municipality")
    ceremony = begun(settings, secrets)
    assert not enter(database, settings, secrets, ceremony, registered.get(ceremony.options))
    with database.reading() as session:
        last = session.scalars(select(AuditRecord).order_by(AuditRecord.seq.desc()).limit(1)).one()
    assert (last.action, last.subject) == ("login.refuse", "person:anna")


@pytest.mark.parametrize("forged", [{"origin": "https://evil.example"}, {"flags": PRESENT}, {"host": "evil"}])
def test_a_forged_registration_is_refused(
    database: Database,
    settings: Settings,
    secrets: SecretStore,
    anna: Person,
    device: Device,
    forged: dict[str, object],
) -> None:
    with pytest.raises(InvalidError):
        register(database, settings, secrets, anna, replace(device, **forged))  # type: ignore[arg-type]


def test_a_device_is_registered_once_and_for_whom_it_was_asked(
    database: Database, settings: Settings, secrets: SecretStore, registered: Device, anna: Person
) -> None:
    with pytest.raises(ConflictError):
        register(database, settings, secrets, anna, registered)
    with database.transaction() as session:
        other = make_person(session, subject="other", name="Otto Noord")
        theirs = create_account(session, SYSTEM, other, "otto", "five grey geese over the dike")
        own = session.get_one(Account, anna.id)
        ceremony = begin_registration(session, settings, secrets, own)
        assert ceremony
        assert bytes_to_base64url(registered.id) in ceremony.options
        made = Device(settings.api_url, id=b"a new one of his").create(ceremony.options)
        with pytest.raises(InvalidError):
            add_passkey(
                session,
                SYSTEM,
                settings,
                secrets,
                theirs,
                name="Mine",
                note=ceremony.note,
                credential=made,
            )


def test_an_address_without_a_name_has_no_passkeys(
    database: Database, settings: Settings, secrets: SecretStore, anna: Person
) -> None:
    numeric = settings.model_copy(update={"api_url": "http://127.0.0.1:8001"})
    assert relying_party_of(numeric) is None
    assert begin_login(numeric, secrets) is None
    with database.reading() as session:
        assert begin_registration(session, numeric, secrets, session.get_one(Account, anna.id)) is None


def test_what_was_used_is_forgotten_when_it_is_too_old(database: Database) -> None:
    with database.transaction() as session:
        assert use_once(session, "a", 60)
        assert not use_once(session, "a", 60)
        session.execute(update(UsedOnce).values(expires_at=now()))
        assert use_once(session, "b", 60)
        assert len(session.scalars(select(UsedOnce)).all()) == 1


def options(page: Response) -> str:
    found = re.search(r'data-options="([^"]+)"', page.text)
    assert found
    return html.unescape(found[1])


def test_a_person_adds_uses_and_removes_a_passkey(
    client: TestClient, database: Database, settings: Settings, anna: Person, device: Device
) -> None:
    log_in(client, database, settings, anna)
    page = client.get("/account/passkeys")
    form = hidden(page) | {"name": "", "credential": device.create(options(page))}
    assert client.post("/account/passkeys", data=form).status_code == 422
    assert client.post("/account/passkeys", data=form | {"name": "Phone"}).status_code == 303
    to_login = location(client.get(authorization(settings)))
    page = client.get(to_login)
    form = hidden(page)
    address = to_login.replace("/oidc/login?", "/oidc/login/passkey?")
    assert client.post(address, data=form | {"credential": "{}"}).status_code == 401
    assert client.post(address, data=form | {"csrf_token": "x"}).status_code == 403
    assert client.post(address.replace("client_id=hub", "client_id=x"), data=form).status_code == 400
    assert "code=" in location(client.post(address, data=form | {"credential": device.get(options(page))}))
    with database.reading() as session:
        login = session.scalars(select(ProviderLogin)).one()
        known = session.scalars(select(Passkey.credential_id)).one()
    assert (login.acr, login.amr) == ("phr", ["pop", "user", "mfa"])
    csrf = log_in(client, database, settings, anna)
    for name in ("unknown", known):
        assert client.post(f"/account/passkeys/{name}/remove", data={"csrf_token": csrf}).status_code == 303
    with database.reading() as session:
        assert session.scalars(select(Passkey)).all() == []


def test_the_page_says_when_passkeys_cannot_work(
    client: TestClient, database: Database, settings: Settings, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(client, database, settings, anna)
    monkeypatch.setattr("api.identity.passkeys.relying_party_of", lambda _: None)
    assert client.get("/account/passkeys").status_code == 503
