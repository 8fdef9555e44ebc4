"""Codes as a second factor: each once, at their time, and not for who guesses."""

from __future__ import annotations

import datetime as dt

import pyotp
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.audit.service import SYSTEM, Actor
from api.db import Database, now
from api.errors import InvalidError
from api.identity import second_factor
from api.identity.accounts import FREE_ATTEMPTS, SELF, create_account, set_password
from api.identity.models import Account, Authenticator, ProviderLogin, RecoveryCode
from api.identity.second_factor import (
    RECOVERY_CODES,
    STEP_SECONDS,
    add_authenticator,
    address_of,
    has_second_factor,
    recovery_codes_left,
    remove_authenticator,
    renew_recovery_codes,
    try_code,
)
from api.people.models import Person
from api.people.service import suspend
from api.secrets import SecretStore
from api.settings import Settings
from tests.api.factories import make_person
from tests.api.identity.browser import authorization, hidden, location, type_code, type_password


class Clock:
    """A clock that stands still at the start of a step until it is moved."""

    def __init__(self) -> None:
        self.step = int(now().timestamp()) // STEP_SECONDS

    def __call__(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.step * STEP_SECONDS, dt.UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(second_factor, "now", clock)
    return clock


@pytest.fixture
def account(database: Database, anna: Person) -> Account:
    with database.reading() as session:
        return session.get_one(Account, anna.id)


def attempt(database: Database, secrets: SecretStore, person: Person, code: str) -> bool:
    with database.transaction() as session:
        return try_code(session, secrets, session.get_one(Account, person.id), code)


def add(database: Database, secrets: SecretStore, person: Person, secret: str, code: str) -> list[str]:
    with database.transaction() as session:
        account = session.get_one(Account, person.id)
        return add_authenticator(session, Actor(account.person, SELF), secrets, account, secret, code)


SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
APP = pyotp.TOTP(SECRET)


@pytest.fixture
def papers(database: Database, secrets: SecretStore, anna: Person, clock: Clock) -> list[str]:
    """Anna's recovery codes, after she added an app; the clock stands at the next step."""
    codes = add(database, secrets, anna, SECRET, APP.generate_otp(clock.step))
    clock.step += 1
    return codes


def test_an_app_reads_the_address_of_its_secret() -> None:
    read = pyotp.parse_uri(address_of(SECRET, "avries"))
    assert (read.secret, read.name, read.issuer) == (SECRET, "avries", "Urban Enclave")


def test_an_app_is_added_with_a_code_that_it_shows(
    database: Database, secrets: SecretStore, anna: Person, clock: Clock
) -> None:
    for wrong in ("", "000000x", APP.generate_otp(clock.step + 2), APP.generate_otp(clock.step - 2)):
        with pytest.raises(InvalidError):
            add(database, secrets, anna, SECRET, wrong)
    with database.reading() as session:
        assert not has_second_factor(session, anna.id)
    add(database, secrets, anna, SECRET, APP.generate_otp(clock.step))
    with database.reading() as session:
        assert has_second_factor(session, anna.id)


def test_the_secret_is_not_in_the_table_and_recovery_codes_neither(
    database: Database, anna: Person, papers: list[str]
) -> None:
    with database.reading() as session:
        assert SECRET not in session.get_one(Authenticator, anna.id).concealed_secret
        kept = set(session.scalars(select(RecoveryCode.code_hash)))
    assert len(kept) == len(set(papers)) == RECOVERY_CODES
    assert not kept & set(papers)


@pytest.mark.parametrize(("drift", "right"), [(-2, False), (-1, False), (0, True), (1, True), (2, False)])
def test_a_code_is_right_at_its_time_and_one_step_beside_it_unless_used(
    database: Database,
    secrets: SecretStore,
    anna: Person,
    clock: Clock,
    papers: list[str],
    drift: int,
    right: bool,
) -> None:
    # One step back is the code that the app was added with.
    assert attempt(database, secrets, anna, APP.generate_otp(clock.step + drift)) is right


def test_a_slow_clock_is_forgiven_one_step(
    database: Database, secrets: SecretStore, anna: Person, clock: Clock, papers: list[str]
) -> None:
    clock.step += 1
    assert attempt(database, secrets, anna, APP.generate_otp(clock.step - 1))


def test_a_code_works_once(
    database: Database, secrets: SecretStore, anna: Person, clock: Clock, papers: list[str]
) -> None:
    code = APP.generate_otp(clock.step)
    assert attempt(database, secrets, anna, code)
    assert not attempt(database, secrets, anna, code)


def test_codes_may_be_typed_as_they_are_printed(
    database: Database, secrets: SecretStore, anna: Person, clock: Clock, papers: list[str]
) -> None:
    code = APP.generate_otp(clock.step)
    assert attempt(database, secrets, anna, f" {code[:3]} {code[3:]}")
    assert attempt(database, secrets, anna, papers[0].upper())
    assert attempt(database, secrets, anna, papers[1].replace("-", " "))


def test_a_recovery_code_works_once_and_only_for_its_person(
    database: Database, secrets: SecretStore, anna: Person, papers: list[str]
) -> None:
    with database.transaction() as session:
        other = make_person(session, subject="other", name="Otto Noord")
        create_account(session, SYSTEM, other, "otto", "five grey geese over the dike")
    add(database, secrets, other, SECRET, APP.generate_otp(Clock().step))
    assert not attempt(database, secrets, other, papers[3])
    assert attempt(database, secrets, anna, papers[3])
    assert not attempt(database, secrets, anna, papers[3])
    with database.reading() as session:
        assert recovery_codes_left(session, anna.id) == RECOVERY_CODES - 1


def test_new_recovery_codes_end_the_old_ones(
    database: Database, secrets: SecretStore, anna: Person, papers: list[str]
) -> None:
    with database.transaction() as session:
        account = session.get_one(Account, anna.id)
        fresh = renew_recovery_codes(session, Actor(account.person, SELF), secrets, account)
    assert not attempt(database, secrets, anna, papers[0])
    assert attempt(database, secrets, anna, fresh[0])


def test_a_new_app_takes_the_place_of_the_old_one(
    database: Database, secrets: SecretStore, anna: Person, clock: Clock, papers: list[str]
) -> None:
    other = pyotp.TOTP(SECRET[::-1])
    add(database, secrets, anna, other.secret, other.generate_otp(clock.step))
    clock.step += 1
    assert not attempt(database, secrets, anna, APP.generate_otp(clock.step))
    assert not attempt(database, secrets, anna, papers[0])
    assert attempt(database, secrets, anna, other.generate_otp(clock.step))


def test_without_an_app_no_code_is_right(
    database: Database, secrets: SecretStore, anna: Person, clock: Clock, papers: list[str]
) -> None:
    with database.transaction() as session:
        account = session.get_one(Account, anna.id)
        remove_authenticator(session, SYSTEM, account)
        remove_authenticator(session, SYSTEM, account)
    assert not attempt(database, secrets, anna, APP.generate_otp(clock.step))
    assert not attempt(database, secrets, anna, papers[0])


def test_a_secret_concealed_with_another_key_opens_nothing(
    database: Database, secrets: SecretStore, anna: Person, clock: Clock, papers: list[str]
) -> None:
    with database.transaction() as session:
        row = session.get_one(Authenticator, anna.id)
        row.concealed_secret = row.concealed_secret[:-8] + "AAAAAAAA"
    assert not attempt(database, secrets, anna, APP.generate_otp(clock.step))


def test_wrong_codes_lock_out_for_a_while_also_the_right_one(
    database: Database, secrets: SecretStore, anna: Person, clock: Clock, papers: list[str]
) -> None:
    for _ in range(FREE_ATTEMPTS):
        assert not attempt(database, secrets, anna, "000000x")
    assert not attempt(database, secrets, anna, APP.generate_otp(clock.step))
    clock.step += 2
    assert attempt(database, secrets, anna, APP.generate_otp(clock.step))
    assert not attempt(database, secrets, anna, "000000x")
    with database.reading() as session:
        assert session.get_one(Account, anna.id).code_failures == 1


def test_each_code_stands_in_the_audit_but_not_what_was_typed(
    database: Database, secrets: SecretStore, anna: Person, clock: Clock, papers: list[str]
) -> None:
    code = APP.generate_otp(clock.step)
    attempt(database, secrets, anna, code)
    attempt(database, secrets, anna, "987654x")
    with database.reading() as session:
        told = session.scalars(select(AuditRecord).order_by(AuditRecord.seq)).all()
    assert [one.action for one in told[-4:]] == ["factor.add", "factor.add", "code.accept", "code.refuse"]
    assert not any(secret in one.document for one in told for secret in (SECRET, code, "987654x", papers[0]))


def password_typed(client: TestClient, settings: Settings):  # type: ignore[no-untyped-def]
    """The page that asks for the code, for a login at the provider."""
    return type_password(client, location(client.get(authorization(settings))))


def test_who_has_an_app_is_asked_for_its_code(
    client: TestClient, settings: Settings, database: Database, app_of_anna: pyotp.TOTP
) -> None:
    page = password_typed(client, settings)
    assert page.status_code == 200
    assert 'autocomplete="one-time-code"' in page.text
    with database.reading() as session:
        assert session.scalars(select(ProviderLogin)).all() == []
    assert "code=" in location(type_code(client, page, app_of_anna.now()))
    with database.reading() as session:
        login = session.scalars(select(ProviderLogin)).one()
    assert (login.acr, login.amr) == ("mfa", ["pwd", "otp", "mfa"])


def test_a_wrong_code_is_asked_again(client: TestClient, settings: Settings, app_of_anna: pyotp.TOTP) -> None:
    page = type_code(client, password_typed(client, settings), "123")
    assert page.status_code == 401
    assert "code=" in location(type_code(client, page, app_of_anna.now()))


def test_a_code_without_our_note_about_the_password_is_refused(
    client: TestClient, settings: Settings, app_of_anna: pyotp.TOTP
) -> None:
    page = password_typed(client, settings)
    for proven in ("", "x.y.z", hidden(page)["csrf_token"]):
        answer = client.post(
            f"/oidc/login/code?{authorization(settings).partition('?')[2]}",
            data=hidden(page) | {"proven": proven, "code": app_of_anna.now()},
        )
        assert answer.status_code == 401
        assert "Typ uw wachtwoord opnieuw" in answer.text


def test_the_note_about_a_password_ends_with_the_password(
    client: TestClient, settings: Settings, database: Database, app_of_anna: pyotp.TOTP, anna: Person
) -> None:
    page = password_typed(client, settings)
    with database.transaction() as session:
        set_password(
            session, SYSTEM, session.get_one(Account, anna.id), "another six words that nobody knows"
        )
    assert type_code(client, page, app_of_anna.now()).status_code == 401


def test_who_is_suspended_between_password_and_code_stays_outside(
    client: TestClient, settings: Settings, database: Database, app_of_anna: pyotp.TOTP, anna: Person
) -> None:
    page = password_typed(client, settings)
    with database.transaction() as session:
        suspend(session, SYSTEM, session.get_one(Person, anna.id), "left the municipality")
    assert type_code(client, page, app_of_anna.now()).status_code == 401


def test_a_foreign_form_with_a_code_is_refused(
    client: TestClient, settings: Settings, app_of_anna: pyotp.TOTP
) -> None:
    page = password_typed(client, settings)
    address = f"/oidc/login/code?{authorization(settings).partition('?')[2]}"
    data = hidden(page) | {"code": app_of_anna.now()}
    assert client.post(address, data=data | {"csrf_token": "made-up"}).status_code == 403
    foreign = {"origin": "https://evil.example"}
    assert client.post(address, data=data, headers=foreign).status_code == 403
    unknown = client.post(address.replace("client_id=hub", "client_id=x"), data=data)
    assert unknown.status_code == 400
