"""A request from its first submission to its revocation, by everybody at once: each in a window that stays open."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from api.access.models import Disagreement, Project
from api.people.models import Person, Role
from tests.api.factories import make_official
from tests.api.flow import FINE, MEAN
from tests.browser.checks import violations
from tests.browser.site import Site

pytestmark = pytest.mark.browser

PATIENCE_MS = 30_000
BY_AREA = {"dataset": "people", "index": "area"}
DOUBT = "Men and women are not in the question."
FIRST = "Both are large enough."
WORDS = {"title": "Incomes of women and men", "purpose": "Policy on poverty."}
WHY = "A wrong weight was used."


@pytest.fixture(scope="module")
def worker(site: Site) -> Iterator[None]:
    """A real worker, that judges and releases what is asked in the pages."""
    environment = os.environ | {"ENCLAVE_STATE_DIR": str(site.flow.settings.state_dir)}
    with subprocess.Popen([sys.executable, "-m", "api.jobs"], env=environment) as process:
        yield
        process.terminate()


@pytest.fixture
def third(site: Site) -> Iterator[Person]:
    """A third checker, whom the project asks when two disagree."""
    with site.flow.database.transaction() as session:
        project = session.get_one(Project, site.flow.world.project.id)
        project.on_disagreement = Disagreement.THIRD
        person = make_official(session, role=Role.CHECKER, subject="third-checker")
    yield person
    with site.flow.database.transaction() as session:
        session.get_one(Project, site.flow.world.project.id).on_disagreement = Disagreement.AUTHOR


@dataclass
class Office:
    """Everybody's window, and the request that they are at."""

    site: Site
    chromium: Browser
    stack: ExitStack
    windows: dict[str, Page] = field(default_factory=dict)
    number: str = ""

    def window(self, person: Person) -> Page:
        if person.subject not in self.windows:
            context = self.stack.enter_context(self.site.visit(self.chromium, person, "en"))
            self.windows[person.subject] = context.new_page()
        return self.windows[person.subject]

    def submit(self, address: str, key: str, *queries: dict[str, Any], **words: str) -> None:
        """Submit from the sandbox, and follow in the researcher's window."""
        flow = self.site.flow
        answer = httpx.post(
            f"{flow.settings.api_url}{address}",
            json={"outputs": [{"query": query} for query in queries], "idempotency_key": key, **words},
            headers={"Authorization": f"Bearer {flow.token}"},
        )
        assert answer.status_code == 202, answer.text
        self.number = answer.json()["id"]
        page = self.window(flow.world.researcher)
        page.goto(f"/requests/{self.number}")
        expect(page.get_by_text("Output checkers look at your request.")).to_be_visible(timeout=PATIENCE_MS)

    def look(self, person: Person) -> Page:
        page = self.window(person)
        page.goto(f"/review/{self.number}")
        return page

    def decide(self, person: Person, decisions: dict[int, str], comment: str = "") -> None:
        """Decide in the window as it stands, whatever happened since it was opened; 0 is the only output there is."""
        page = self.window(person)
        for position, decision in decisions.items():
            name = f"decision-{position}" if position else "decision"
            page.check(f"input[name={name}][value={decision}]")
        page.fill("textarea[name=comment]", comment)
        page.click("text=Record my decision")
        expect(page.get_by_text(f"Your decision on {self.number} was recorded")).to_be_visible()


def test_from_submission_to_revocation(site: Site, chromium: Browser, worker: None, third: Person) -> None:
    with ExitStack() as stack:
        office = Office(site, chromium, stack)
        office.submit("/sandbox/requests", "three-people-round-1", FINE, MEAN, **WORDS)
        disagree_blindly(office)
        a_third_decides(office, third)
        office.submit(f"/sandbox/requests/{office.number}/rounds", "three-people-round-2", FINE, BY_AREA)
        approve_what_changed(office)
        download(office)
        revoke(office)


def disagree_blindly(office: Office) -> None:
    """Two look at the same time and decide one after the other, without a word of each other; nor has the author."""
    world = office.site.flow.world
    office.look(world.checker)
    office.look(world.second_checker)
    office.decide(world.checker, {1: "approve", 2: "approve"}, FIRST)
    second = office.window(world.second_checker)
    for shown in (second.content(), office.look(world.second_checker).content()):
        assert FIRST not in shown
    expect(second.get_by_text("decided; shown when all have decided")).to_be_visible()
    assert second.locator("input[type=radio][value=approve]:checked").count() == 0
    author = office.window(world.researcher)
    author.reload()
    expect(author.get_by_text("Not all output checkers have decided yet.")).to_be_visible()
    assert FIRST not in author.content()
    office.decide(world.second_checker, {1: "approve", 2: "return"}, DOUBT)
    assert DOUBT not in office.look(world.checker).content()


def a_third_decides(office: Office, third: Person) -> None:
    """Whoever decides between the two is as blind as they were; then the author and both read everything."""
    page = office.look(third)
    expect(page.get_by_text("decided; shown when all have decided")).to_have_count(2)
    assert not {FIRST, DOUBT} & {line.strip() for line in page.inner_text("main").splitlines()}
    assert violations(page) == []
    office.decide(third, {1: "approve", 2: "return"}, "I agree with the doubt.")
    author = office.window(office.site.flow.world.researcher)
    author.reload()
    expect(author.get_by_text(DOUBT)).to_be_visible()
    expect(author.get_by_text("Change the table as the reasons below tell")).to_be_visible()


def approve_what_changed(office: Office) -> None:
    """In the next round each sees what changed, and finds the own vote on what did not."""
    world = office.site.flow.world
    for checker in (world.checker, world.second_checker):
        page = office.look(checker)
        differences = page.locator("section[aria-labelledby=differences]")
        expect(differences.get_by_text("Unchanged")).to_have_count(1)
        expect(differences.get_by_text("Question changed")).to_have_count(1)
        expect(page.locator("input[name=decision-1][value=approve]")).to_be_checked()
        assert page.locator("input[name=decision-2]:checked").count() == 0
    assert violations(page) == []
    for checker in (world.checker, world.second_checker):
        office.decide(checker, {2: "approve"})


def download(office: Office) -> None:
    """The author's window is told of the release by itself, and the table is what was judged."""
    page, number = office.window(office.site.flow.world.researcher), office.number
    page.goto(f"/requests/{number}")
    assert violations(page) == []
    link = page.get_by_role("link", name=f"Download {number}-2.csv", exact=True)
    expect(link).to_be_visible(timeout=PATIENCE_MS)
    with page.expect_download() as downloading:
        link.click()
    lines = downloading.value.path().read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("area,")
    assert len(lines) > 2


def revoke(office: Office) -> None:
    """The administrator revokes; the link in the author's open window leads nowhere any more, and says why."""
    world = office.site.flow.world
    author, administrator = office.window(world.researcher), office.window(world.administrator)
    administrator.goto(f"/requests/{office.number}")
    administrator.click("text=Revoke this release")
    administrator.fill("textarea[name=reason]", WHY)
    administrator.get_by_role("button", name="Revoke the release").click()
    expect(administrator.get_by_text("This release was revoked").first).to_be_visible()
    address = author.get_by_role("link", name=f"Download {office.number}-2.csv", exact=True).get_attribute(
        "href"
    )
    gone = author.request.get(f"{office.site.flow.settings.api_url}{address}")
    assert gone.status == httpx.codes.GONE
    assert WHY in gone.json()["error"]["message"]["en"]
    author.reload()
    expect(author.get_by_text(WHY).first).to_be_visible()
    assert author.locator("a[download][href*='/files/']").count() == 0
    assert violations(author) == []
