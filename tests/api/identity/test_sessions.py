"""How long a session of the pages lasts."""

from __future__ import annotations

import datetime as dt

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from api.db import Database, now
from api.identity.models import PageSession
from api.identity.sessions import cookie_name, end_session, end_sessions_of_login
from api.identity.tokens import hash_of
from api.people.models import Person
from api.settings import Settings
from tests.api.identity.browser import log_in


@pytest.fixture
def csrf(client: TestClient, database: Database, settings: Settings, anna: Person) -> str:
    return log_in(client, database, settings, anna)


def age(database: Database, **changes: dt.timedelta) -> None:
    with database.transaction() as session:
        session.execute(
            update(PageSession).values({name: now() + change for name, change in changes.items()})
        )


def is_in(client: TestClient, csrf: str) -> bool:
    """Whether a form of the session is still taken."""
    return client.post("/auth/logout", data={"csrf_token": csrf}).status_code == 303


def test_a_session_serves_until_it_is_idle_for_too_long(
    client: TestClient, csrf: str, database: Database
) -> None:
    age(database, last_seen_at=dt.timedelta(minutes=-59))
    assert is_in(client, csrf)


def test_an_idle_session_is_over(client: TestClient, csrf: str, database: Database) -> None:
    age(database, last_seen_at=dt.timedelta(minutes=-61))
    assert not is_in(client, csrf)


def test_a_session_in_use_is_over_in_the_end(client: TestClient, csrf: str, database: Database) -> None:
    age(database, expires_at=dt.timedelta(seconds=-1))
    assert not is_in(client, csrf)


def test_a_session_lasts_a_working_day(csrf: str, database: Database) -> None:
    with database.reading() as session:
        row = session.scalars(select(PageSession)).one()
    assert abs(row.expires_at - now() - dt.timedelta(hours=8)) < dt.timedelta(minutes=1)


def test_use_is_noted_at_most_once_a_minute(client: TestClient, csrf: str, database: Database) -> None:
    def last_seen() -> dt.datetime:
        with database.reading() as session:
            return session.scalars(select(PageSession.last_seen_at)).one()

    def knock() -> None:
        assert client.post("/auth/logout").status_code == 403

    age(database, last_seen_at=dt.timedelta(seconds=-30))
    before = last_seen()
    knock()
    assert last_seen() == before
    age(database, last_seen_at=dt.timedelta(seconds=-90))
    knock()
    assert now() - last_seen() < dt.timedelta(seconds=30)


def test_the_table_does_not_hold_what_the_cookie_holds(
    client: TestClient, csrf: str, database: Database, settings: Settings
) -> None:
    token = client.cookies[cookie_name(settings)]
    with database.reading() as session:
        assert session.scalars(select(PageSession.id_hash)).one() == hash_of(token) != token


def test_a_session_ends_once(csrf: str, database: Database) -> None:
    with database.transaction() as session:
        id_hash = session.scalars(select(PageSession.id_hash)).one()
        assert end_session(session, id_hash) is not None
        assert end_session(session, id_hash) is None
        assert end_session(session, "unknown") is None


def test_all_sessions_of_a_login_end_together(csrf: str, database: Database) -> None:
    with database.transaction() as session:
        session.execute(update(PageSession).values(sid="a-login"))
        assert end_sessions_of_login(session, "another") == 0
        assert end_sessions_of_login(session, "a-login") == 1
        assert end_sessions_of_login(session, "a-login") == 0
