"""An installation where people can log in: somebody with an account, and pages that reach the provider in process."""

from __future__ import annotations

from collections.abc import Iterator

import pyotp
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.audit.service import SYSTEM, Actor
from api.db import Database
from api.identity import passwords
from api.identity.accounts import SELF, create_account
from api.identity.models import Account, Authenticator
from api.identity.second_factor import add_authenticator, new_secret
from api.people.models import Person
from api.secrets import SecretStore
from api.settings import Settings
from tests.api.factories import make_person
from tests.api.identity.browser import LOGIN_NAME, PASSWORD, browse


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The strength of argon2id is argon2's to test; here it would only cost seconds."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def anna(database: Database) -> Person:
    """Somebody with an account at the provider."""
    with database.transaction() as session:
        person = make_person(session, subject="anna", name="Anna de Vries", language="en")
        create_account(session, SYSTEM, person, LOGIN_NAME, PASSWORD)
    return person


@pytest.fixture
def app_of_anna(database: Database, secrets: SecretStore, anna: Person) -> pyotp.TOTP:
    """The authenticator app on Anna's telephone; the code of a minute ago was used to add it."""
    app = pyotp.TOTP(new_secret())
    with database.transaction() as session:
        account = session.get_one(Account, anna.id)
        add_authenticator(session, Actor(account.person, SELF), secrets, account, app.secret, app.now())
        session.get_one(Authenticator, anna.id).last_step -= 2
    return app


@pytest.fixture
def app(settings: Settings) -> Iterator[FastAPI]:
    app = create_app(settings)
    yield app
    app.state.database.dispose()


@pytest.fixture
def client(app: FastAPI, settings: Settings) -> Iterator[TestClient]:
    """A browser of Anna's."""
    with browse(app, settings) as client:
        yield client
