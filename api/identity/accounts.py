"""Local accounts: making them, changing passwords, and trying a password without giving anything away."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from api.audit.service import SYSTEM, Actor, record
from api.db import Database, now
from api.errors import ConflictError, InvalidError
from api.identity.models import Account, PageSession, ProviderLogin
from api.identity.passwords import check_strength, hash_password, is_outdated, matches
from api.people.models import Person
from api.people.permissions import check_user_can_vet
from output_checker.text import Text

FREE_ATTEMPTS = 5
FIRST_WAIT = dt.timedelta(seconds=30)
LONGEST_WAIT = dt.timedelta(hours=1)
SELF = "account_holder"
_TAKEN = Text(
    "Deze inlognaam of persoon heeft al een account.", "This login name or person has an account already."
)
_NAME = Text(
    "Een inlognaam heeft 2 tot 100 tekens en geen spaties.",
    "A login name has 2 to 100 characters and no spaces.",
)


def create_account(session: Session, actor: Actor, person: Person, login_name: str, password: str) -> Account:
    """Give `person` an account at the embedded provider.

    Raises NotAllowedError, InvalidError (login name or password) or ConflictError (there is one already).
    """
    check_user_can_vet(actor, person)
    account = open_account(session, person, login_name, password)
    record(session, actor, "account.create", _subject(person), "vetting")
    return account


def open_account(session: Session, person: Person, login_name: str, password: str) -> Account:
    """Add an account; who may do so was asked before, and the caller writes the record.

    Raises InvalidError (login name or password) or ConflictError (there is one already).
    """
    name = _folded(login_name)
    if not 2 <= len(name) <= 100 or name.split() != [name]:
        raise InvalidError("login_name", _NAME, field="login_name")
    check_strength(password, (name, person.name))
    taken = select(Account).where((Account.login_name == name) | (Account.person_id == person.id))
    if session.scalar(taken) is not None:
        raise ConflictError("account_exists", _TAKEN, field="login_name")
    account = Account(person_id=person.id, login_name=name, password_hash=hash_password(password))
    session.add(account)
    session.flush()
    return account


def set_password(session: Session, actor: Actor, account: Account, password: str) -> None:
    """Change the password and end every login of the account: whoever knew the old one is out.

    Raises NotAllowedError (neither one's own account nor allowed to vet) or InvalidError.
    """
    if actor.person is None or actor.person.id != account.person_id:
        check_user_can_vet(actor, account.person)
    check_strength(password, (account.login_name, account.person.name))
    account.password_hash = hash_password(password)
    account.failed_attempts, account.locked_until = 0, None
    end_logins(session, account.person)
    record(session, actor, "account.set_password", _subject(account.person), "own account or vetting")


def end_logins(session: Session, person: Person) -> None:
    """End every login of `person`, at the provider and in the pages."""
    for table in (ProviderLogin, PageSession):
        theirs = update(table).where(table.person_id == person.id, table.ended_at.is_(None))
        session.execute(theirs.values(ended_at=now()))


@dataclass(frozen=True)
class _Attempt:
    """What the table said when an attempt began; `password_hash` is None when no password will do."""

    person_id: int | None
    password_hash: str | None
    refusal: str


def authenticate(database: Database, login_name: str, password: str) -> Person | None:
    """Return the person with this login name and password; None without saying why not.

    The attempt is counted before the password is tried, so that attempts at once cannot outrun the lock-out,
    and the database is free while the password is tried. Raises UnavailableError when too many are tried.
    """
    with database.transaction() as session:
        attempt = _begin(session, _folded(login_name))
    right = matches(attempt.password_hash, password)
    fresh_hash = _renewed(attempt.password_hash, password) if right else None
    with database.transaction() as session:
        return _conclude(session, attempt, right, fresh_hash)


def _begin(session: Session, login_name: str) -> _Attempt:
    account = session.scalar(select(Account).where(Account.login_name == login_name).with_for_update())
    if account is None:
        return _Attempt(None, None, "unknown login name")
    if account.locked_until is not None and account.locked_until > now():
        return _Attempt(account.person_id, None, "locked")
    account.failed_attempts += 1
    if account.failed_attempts >= FREE_ATTEMPTS:
        account.locked_until = now() + waiting_time(account.failed_attempts)
    return _Attempt(account.person_id, account.password_hash, "wrong password")


def waiting_time(failed_attempts: int) -> dt.timedelta:
    """Return how long an account is locked: 30 s after five failures in a row, doubling to an hour."""
    doublings = min(failed_attempts - FREE_ATTEMPTS, 20)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def _conclude(session: Session, attempt: _Attempt, right: bool, fresh_hash: str | None) -> Person | None:
    if not right:
        _record_refusal(session, attempt.person_id, attempt.refusal)
        return None
    account = session.get_one(Account, attempt.person_id, options=[joinedload(Account.person)])
    if account.person.suspended_at is not None:
        _record_refusal(session, attempt.person_id, "suspended")
        return None
    account.failed_attempts, account.locked_until = 0, None
    account.password_hash = fresh_hash or account.password_hash
    record(session, Actor(account.person, SELF), "login.accept", _subject(account.person), "right password")
    return account.person


def _record_refusal(session: Session, person_id: int | None, reason: str) -> None:
    # A login name without an account is not kept: people type passwords in the wrong field.
    person = None if person_id is None else session.get_one(Person, person_id)
    record(session, SYSTEM, "login.refuse", _subject(person) if person else "person:unknown", reason)


def _renewed(password_hash: str | None, password: str) -> str | None:
    return hash_password(password) if password_hash and is_outdated(password_hash) else None


def _folded(login_name: str) -> str:
    return login_name.strip().casefold()


def _subject(person: Person) -> str:
    return f"person:{person.subject}"
