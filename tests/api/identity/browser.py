"""A reader in tests: logs a test client in without walking through the provider, and tells the token of its forms."""

from __future__ import annotations

from fastapi.testclient import TestClient

from api.db import Database, now
from api.identity.sessions import Authentication, cookie_name, start_session
from api.people.models import Person
from api.settings import Settings


def log_in(client: TestClient, database: Database, settings: Settings, person: Person) -> str:
    """Give `client` a session of `person` and return the CSRF token of its forms."""
    authentication = Authentication(sid=None, acr="pwd", amr=("pwd",), auth_time=now(), id_token="")
    with database.transaction() as session:
        row, token = start_session(session, person, authentication, settings)
    client.cookies.set(cookie_name(settings), token)
    return row.csrf_token
