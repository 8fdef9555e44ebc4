"""A reader of pages in tests: logged in as somebody, reading in one language, sending the forms that pages show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from fastapi.testclient import TestClient
from httpx import Response

from api.db import Database
from api.people.models import Person
from api.settings import Settings
from tests.api.identity.browser import log_in

_TAG = re.compile(r"<[^>]+>")


def words(answer: Response) -> str:
    """What a page says, without its tags."""
    return re.sub(r"\s+", " ", unescape(_TAG.sub(" ", answer.text)))


@dataclass
class Reader:
    """Somebody with a session of their own at the test client."""

    client: TestClient
    database: Database
    settings: Settings
    language: str = "en"

    def be(self, person: Person, acr: str = "mfa") -> Reader:
        """Go on as somebody else."""
        self.csrf = log_in(self.client, self.database, self.settings, person, acr=acr)
        return self

    def open(self, path: str) -> Response:
        return self.client.get(path, headers={"accept": "text/html", "accept-language": self.language})

    def send(self, path: str, **fields: str) -> Response:
        """Send a form with the token that our pages put in it."""
        data = {"csrf_token": self.csrf, **fields}
        return self.client.post(
            path, data=data, headers={"accept": "text/html", "accept-language": self.language}
        )
