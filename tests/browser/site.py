"""The pages on a real port, with requests in every state: enough for tests that need no sandbox and no hub."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, BrowserContext

from api import migrate
from api.app import create_app
from api.db import Database, now
from api.identity.sessions import Authentication, cookie_name, start_session
from api.people.models import Person
from api.review.models import Decision
from api.secrets import SecretStore
from api.settings import Settings
from api.web.build_assets import main as build_assets
from tests.api.factories import make_grant, make_person
from tests.api.flow import FINE, SMALL, Flow, make_flow
from tests.api.own_values import CODE, asking, bands_of, parquet_of, persons, uploaded

START_SECONDS = 30.0


@dataclass(frozen=True)
class Site:
    """A running site, and what there is to see on it: addresses by name, with who may see them."""

    flow: Flow
    newcomer: Person
    numbers: dict[str, str]

    @property
    def pages(self) -> dict[str, tuple[Person | None, str]]:
        """Every page by a name: who looks at it (None: a visitor) and where it is."""
        world, numbers = self.flow.world, self.numbers
        grant = f"/admin/grants/{world.grant.id}"
        return {
            "start of a visitor": (None, "/"),
            "start of a researcher": (world.researcher, "/"),
            "start of somebody without a role": (world.steward, "/"),
            "open project": (world.researcher, "/projects"),
            "closed project": (self.newcomer, "/projects"),
            "requests": (world.researcher, "/requests"),
            "returned request": (world.researcher, f"/requests/{numbers['returned']}"),
            "request under review": (world.researcher, f"/requests/{numbers['waiting']}"),
            "released request": (world.researcher, f"/requests/{numbers['released']}"),
            "rejected request": (world.researcher, f"/requests/{numbers['rejected']}"),
            "queue": (world.checker, "/queue"),
            "empty queue with a notice": (world.foreign_checker, f"/queue?done={numbers['released']}"),
            "review": (world.checker, f"/review/{numbers['waiting']}"),
            "review of failing cells": (world.checker, f"/review/{numbers['returned']}"),
            "review of an own variable": (world.checker, f"/review/{numbers['own']}"),
            "request with an own variable": (world.researcher, f"/requests/{numbers['own']}"),
            "decided review": (world.checker, f"/review/{numbers['released']}"),
            "grants": (world.administrator, "/admin/grants"),
            "grant": (world.administrator, grant),
            "audit": (world.auditor, "/audit"),
            "audit without a match": (world.auditor, "/audit?search=nothing-of-the-kind"),
            "not found": (world.researcher, "/nowhere"),
            "not allowed": (world.researcher, "/audit"),
            "bad field": (world.researcher, "/requests?offset=-1"),
        }

    def visit(
        self, browser: Browser, person: Person | None, language: str, **options: object
    ) -> BrowserContext:
        """A browser window of this person."""
        context = browser.new_context(base_url=self.flow.settings.api_url, locale=language, **options)  # type: ignore[arg-type]
        if person is not None:
            context.add_cookies(
                [{"name": self._cookie, "value": self._session(person), "url": self.flow.settings.api_url}]
            )
        return context

    @property
    def _cookie(self) -> str:
        return cookie_name(self.flow.settings)

    def _session(self, person: Person) -> str:
        authentication = Authentication(sid=None, acr="pwd", amr=("pwd",), auth_time=now(), id_token="")
        with self.flow.database.transaction() as session:
            return start_session(session, person, authentication, self.flow.settings)[1]


@contextmanager
def laid_out(directory: Path, theme: str) -> Iterator[Site]:
    """A site in this theme, on a free port, while the block lasts."""
    build_assets()
    (directory / "secrets").mkdir(mode=0o700)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"http://localhost:{listener.getsockname()[1]}"
        settings = Settings(state_dir=directory, api_url=address, theme=theme, demo_notice=True)
        SecretStore(settings.directory("secrets")).ensure()
        database = Database(settings.database)
        migrate.upgrade(database)
        site = _furnished(make_flow(database, settings))
        with _served(settings, listener):
            yield site
    database.dispose()


def _with_own_variables(flow: Flow) -> str:
    """A request in its second round: a band of income of which the code changed, and a score for each person."""
    bands, seen = uploaded(flow, bands_of(flow)), persons(flow)
    scores = uploaded(flow, parquet_of(seen["person"], seen["income"]))
    score = asking(scores, name="score", type="number", codes={}, label={"nl": "Score", "en": "Score"})
    mean = score | {"columns": "area", "values": "score", "aggfunc": "mean"}
    number = flow.returned(asking(bands), mean)
    changed = asking(bands, code=CODE + "band = band.fillna('low')\n")
    flow.resubmit(
        number, {"outputs": [{"query": changed, "title": "Bands"}, {"query": mean, "title": "Scores"}]}
    )
    flow.judge(number)
    return number


def _furnished(flow: Flow) -> Site:
    numbers = {"returned": flow.submit(SMALL), "waiting": flow.under_review(), "released": flow.released()}
    flow.judge(numbers["returned"])
    flow.review(numbers["waiting"], flow.world.second_checker, comment="Cells are large enough.")
    numbers["rejected"] = flow.under_review({**FINE, "where": "income > 20000"})
    for checker in (flow.world.checker, flow.world.second_checker):
        flow.review(numbers["rejected"], checker, Decision.REJECT, "Outside the purpose of the project.")
    numbers["own"] = _with_own_variables(flow)
    with flow.database.transaction() as session:
        newcomer = make_person(session, subject="newcomer", name="Nina de Boer", vetted=False)
        make_grant(session, person=newcomer, project=session.merge(flow.world.project))
    return Site(flow, newcomer, numbers)


@contextmanager
def _served(settings: Settings, listener: socket.socket) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        assert time.monotonic() < deadline, "the site did not start"
        time.sleep(0.05)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
