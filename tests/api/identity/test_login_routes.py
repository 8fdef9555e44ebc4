"""Logging in to the pages and out again, the whole way through the provider, and what must not work."""

from __future__ import annotations

from fastapi.testclient import TestClient

from api.people.models import Person
from tests.api.identity.browser import location, log_in_at_pages


def test_login_leads_to_the_page_that_was_asked_for(client: TestClient, anna: Person) -> None:
    answer = log_in_at_pages(client, "/projects?sort=name")
    assert location(answer) == "/projects?sort=name"
