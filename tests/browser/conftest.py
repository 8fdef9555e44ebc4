"""A real browser, and a site with a request in every state; the whole environment comes from the journeys."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.office import SCREENSHOTS, Office
from tests.browser.site import Site, dressed, laid_out
from tests.journey.conftest import Environment
from tests.journey.conftest import environment as environment

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("needs chromium (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with laid_out(tmp_path_factory.mktemp("site"), theme="voorbeeld") as site:
        yield site


@pytest.fixture(scope="session")
def municipal_site(site: Site) -> Iterator[Site]:
    """The same site in the theme of a municipality."""
    with dressed(site, theme="denhaag") as municipal:
        yield municipal


@pytest.fixture(scope="session")
def office(
    environment: Environment, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """The people of the demo, all on one environment."""
    wanted = os.environ.get("ENCLAVE_SCREENSHOTS") == "1"
    office = Office(environment, chromium, SCREENSHOTS if wanted else tmp_path_factory.mktemp("screenshots"))
    yield office
    for page in office.windows.values():
        page.context.close()
