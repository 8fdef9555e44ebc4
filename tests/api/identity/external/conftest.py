"""A certified provider of others (npm oidc-provider) beside pages that trust it, and a browser that goes between them."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.secrets import SecretStore
from api.settings import Settings
from tests.api.identity.browser import PAGE, location

LIBRARY = Path(__file__).parents[4] / "node_modules" / "oidc-provider" / "lib" / "index.js"
PAGES = "http://localhost:8001"


@dataclass
class Elsewhere:
    """The running provider, with the browser's cookies there."""

    issuer: str
    browser: httpx.Client

    def people_are(self, subject: str, acr: str, *amr: str) -> None:
        """Whoever is asked to log in from now on is this person, with this login."""
        said: dict[str, Any] = {"accountId": subject, "acr": acr, "amr": list(amr)}
        self.browser.post(f"{self.issuer}/control", json=said).raise_for_status()

    def sent(self) -> list[str]:
        """The logout tokens that it wanted to give the pages since the last look."""
        calls = self.browser.get(f"{self.issuer}/sent").json()
        return [call["body"].removeprefix("logout_token=") for call in calls]

    def walk(self, address: str) -> str:
        """Follow the provider from an address of its own until it sends the browser away, and return where to."""
        while address.startswith(self.issuer):
            answer = self.browser.get(address)
            assert answer.status_code in (302, 303), answer.text
            address = str(answer.url.join(answer.headers["location"]))
        return address

    def log_in(self, client: TestClient, wanted: str = "/account", *, strong: bool = False) -> httpx.Response:
        """Log in to the pages, the whole way, and return the answer that begins the session."""
        asked = {"next": wanted} | ({"strong": "1"} if strong else {})
        callback = self.walk(location(client.get("/auth/login", params=asked)))
        return client.get(callback)


@pytest.fixture(scope="session")
def running(secrets_directory: Path) -> Iterator[str]:
    """The issuer, whose process lasts for all tests."""
    if not LIBRARY.exists():
        pytest.skip("needs the npm packages for tests: run npm ci --ignore-scripts")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    issuer, secret = f"http://localhost:{port}", SecretStore(secrets_directory).read("api_client_secret")
    asked = json.dumps({"issuer": issuer, "port": port, "pages": {"url": PAGES, "secret": secret}})
    program = ["node", str(Path(__file__).with_name("provider.mjs")), str(LIBRARY), asked]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        while "ready" not in process.stdout.readline():
            assert process.poll() is None, "the provider did not start"
        yield issuer
        process.terminate()


@pytest.fixture
def elsewhere(running: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    # A proxy of the machine is for the outside world, not for a provider that stands beside us.
    monkeypatch.setenv("NO_PROXY", "localhost")
    with httpx.Client(trust_env=False) as browser:
        made = Elsewhere(running, browser)
        made.people_are("anna", "pwd", "pwd")
        yield made


@pytest.fixture
def settings(settings: Settings, running: str) -> Settings:
    return settings.model_copy(update={"api_url": PAGES, "issuer": running})


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """The browser of somebody at pages that trust the provider."""
    app = create_app(settings)
    with TestClient(app, base_url=PAGES, follow_redirects=False, headers=PAGE) as client:
        yield client
    app.state.database.dispose()
