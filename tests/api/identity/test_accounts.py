"""Accounts: who may make them, which passwords they take, and lock-out that attempts at once cannot outrun."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from api.audit.models import AuditRecord
from api.audit.service import SYSTEM
from api.db import Database, now
from api.errors import ConflictError, InvalidError, NotAllowedError
from api.identity import accounts, passwords
from api.identity.accounts import authenticate, create_account, set_password, waiting_time
from api.identity.models import Account, PageSession
from api.identity.sessions import Authentication, start_session
from api.people.models import Person, Role
from api.settings import Settings
from tests.api.factories import acting, make_official, make_person
from tests.api.identity.browser import LOGIN_NAME, PASSWORD

OTHER_PASSWORD = "seven loud magpies on a roof"


def test_a_person_logs_in_with_their_password_only(database: Database, anna: Person) -> None:
    accepted = authenticate(database, LOGIN_NAME, PASSWORD)
    assert accepted is not None
    assert accepted.subject == "anna"
    assert authenticate(database, LOGIN_NAME, PASSWORD.upper()) is None
    assert authenticate(database, "", "") is None


def test_success_and_failure_are_in_the_audit(database: Database, anna: Person) -> None:
    authenticate(database, LOGIN_NAME, "wrong")
    authenticate(database, LOGIN_NAME, PASSWORD)
    with database.reading() as session:
        actions = session.execute(
            select(AuditRecord.action, AuditRecord.subject, AuditRecord.actor)
            .order_by(AuditRecord.seq.desc())
            .limit(2)
        ).all()
    assert [tuple(row) for row in reversed(actions)] == [
        ("login.refuse", "person:anna", None),
        ("login.accept", "person:anna", "anna"),
    ]


def test_many_guesses_at_once_are_all_counted(
    database: Database, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str | None] = []
    monkeypatch.setattr(accounts, "matches", lambda stored, _: tried.append(stored) or False)
    threads = [threading.Thread(target=authenticate, args=(database, LOGIN_NAME, "guess")) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tried) == 12
    assert len([stored for stored in tried if stored is not None]) == 5


def test_the_wait_grows_from_half_a_minute_to_an_hour() -> None:
    waits = [waiting_time(failures).total_seconds() for failures in (5, 6, 7, 11, 12, 1000)]
    assert waits == [30, 60, 120, 1920, 3600, 3600]


def test_after_the_wait_one_failure_locks_again_and_longer(database: Database, anna: Person) -> None:
    for _ in range(5):
        authenticate(database, LOGIN_NAME, "wrong")
    with database.transaction() as session:
        session.execute(update(Account).values(locked_until=now()))
    authenticate(database, LOGIN_NAME, "wrong")
    with database.reading() as session:
        locked_until = session.scalars(select(Account.locked_until)).one()
    assert locked_until is not None
    assert locked_until - now() > dt.timedelta(seconds=50)


def test_a_hash_of_weaker_parameters_is_renewed_at_login(
    database: Database, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    authenticate(database, LOGIN_NAME, PASSWORD)
    with database.reading() as session:
        assert "m=16,t=2" in session.scalars(select(Account.password_hash)).one()
    assert authenticate(database, LOGIN_NAME, PASSWORD) is not None


@pytest.mark.parametrize("login_name", ["", "a", "two words", "x" * 101])
def test_a_login_name_that_is_none_is_refused(database: Database, login_name: str) -> None:
    with database.transaction() as session:
        person = make_person(session)
        with pytest.raises(InvalidError) as caught:
            create_account(session, SYSTEM, person, login_name, PASSWORD)
    assert caught.value.field == "login_name"


def test_a_login_name_and_a_person_have_one_account(database: Database, anna: Person) -> None:
    with database.transaction() as session:
        other = make_person(session, subject="ben")
        with pytest.raises(ConflictError):
            create_account(session, SYSTEM, other, LOGIN_NAME.upper(), PASSWORD)
        with pytest.raises(ConflictError):
            create_account(session, SYSTEM, session.get_one(Person, anna.id), "second-name", PASSWORD)


def test_only_an_administrator_makes_accounts_and_not_their_own(database: Database) -> None:
    with database.transaction() as session:
        administrator = make_official(session, role=Role.ADMINISTRATOR)
        person = make_person(session)
        with pytest.raises(NotAllowedError):
            create_account(session, acting(person, Role.RESEARCHER), person, "own", PASSWORD)
        with pytest.raises(NotAllowedError):
            create_account(session, acting(administrator, Role.ADMINISTRATOR), administrator, "own", PASSWORD)
        create_account(session, acting(administrator, Role.ADMINISTRATOR), person, "theirs", PASSWORD)


def test_a_new_password_replaces_the_old_one_and_ends_every_login(
    database: Database, settings: Settings, anna: Person
) -> None:
    proof = Authentication(None, "pwd", ("pwd",), now(), "")
    with database.transaction() as session:
        start_session(session, anna, proof, settings)
    with database.transaction() as session:
        account = session.get_one(Account, anna.id)
        set_password(session, acting(account.person, Role.RESEARCHER), account, OTHER_PASSWORD)
    with database.reading() as session:
        assert session.scalars(select(PageSession.ended_at)).one() is not None
    assert authenticate(database, LOGIN_NAME, PASSWORD) is None
    assert authenticate(database, LOGIN_NAME, OTHER_PASSWORD) is not None


def test_nobody_changes_the_password_of_another(database: Database, anna: Person) -> None:
    with database.transaction() as session:
        account = session.get_one(Account, anna.id)
        colleague = make_person(session, subject="ben")
        with pytest.raises(NotAllowedError):
            set_password(session, acting(colleague, Role.RESEARCHER), account, OTHER_PASSWORD)


def test_an_administrator_replaces_a_forgotten_password(database: Database, anna: Person) -> None:
    with database.transaction() as session:
        administrator = make_official(session, role=Role.ADMINISTRATOR)
        account = session.get_one(Account, anna.id)
        set_password(session, acting(administrator, Role.ADMINISTRATOR), account, OTHER_PASSWORD)
        with pytest.raises(InvalidError):
            set_password(session, SYSTEM, account, "short")
    assert authenticate(database, LOGIN_NAME, OTHER_PASSWORD) is not None
