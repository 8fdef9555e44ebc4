"""Takes the pictures of docs/screenshots/office anew, in both languages: ``python -m tests.browser.pictures``."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import select, update

from api.access.models import Project
from api.catalogue.models import DatasetVersion
from api.db import now
from api.people.models import Person
from api.requests.states import IN_REVIEW
from api.requests.ways_out import look_for_ways_out
from output_checker.text import LANGUAGES, Language
from tests.api.centre.past import History, random_past, write_past
from tests.api.flow import FINE, MEAN, Flow
from tests.browser.conftest import FLAGS
from tests.browser.site import Site, laid_out

PLACE = Path(__file__).parents[2] / "docs" / "screenshots" / "office"
WIDTH, HEIGHT = 1280, 900
NARROW = {"dataset": "people", "index": "area", "columns": "sex", "where": "income < 11000", "margins": True}
NAMES = {
    "researcher": "Noor Janssen",
    "checker": "Ruth Bakker",
    "second-checker": "Pieter de Vries",
    "administrator": "Omar Haddad",
}
WORDS = {
    "title": "Minimuminkomens naar wijk en geslacht",
    "purpose": "Bijlage bij het armoedebeleid 2027: waar wonen huishoudens met een minimuminkomen?",
    "population": "Inwoners met een inkomen",
    "question": "Waar wonen huishoudens met een minimuminkomen?",
    "audience": "Gemeenteraad",
}


def main(place: Path) -> None:
    """Take every picture."""
    place.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="enclave-") as directory,
        laid_out(Path(directory), "voorbeeld", furnished) as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        for language in LANGUAGES:
            for name, (person, address) in addresses(site).items():
                take(site, browser, person, language, address, place / f"{name}-{language}.png")
        browser.close()


def addresses(site: Site) -> dict[str, tuple[Person, str]]:
    """What is taken: by whom, and where."""
    world, numbers = site.flow.world, site.numbers
    return {
        "queue": (world.checker, "/queue"),
        "request": (world.checker, f"/review/{numbers['waiting']}"),
        "request-hidden-cells": (world.checker, f"/review/{numbers['hidden']}"),
        "researcher": (world.researcher, f"/requests/{numbers['returned']}"),
        "centre": (world.administrator, "/centre/heerlen"),
    }


def take(site: Site, browser: Browser, person: Person, language: Language, address: str, file: Path) -> None:
    """Take one picture of a whole page."""
    context = site.visit(browser, person, language, viewport={"width": WIDTH, "height": HEIGHT})
    page = context.new_page()
    answer = page.goto(address)
    assert answer is not None
    assert answer.ok, address
    page.screenshot(path=file, full_page=True)
    context.close()


def furnished(flow: Flow) -> Site:
    """Requests as an office of output checkers would have them on a weekday, after a quarter of a year."""
    with flow.database.transaction() as session:
        for subject, name in NAMES.items():
            session.execute(update(Person).where(Person.subject == subject).values(name=name))
        project = session.get_one(Project, flow.world.project.id)
        author = session.get_one(Person, flow.world.researcher.id)
        version = session.scalars(select(DatasetVersion.id)).first()
        for hours, settled in quarter():
            write_past(session, project, author, settled, dt.timedelta(hours=hours), version, seed=hours)
    numbers = {
        "returned": flow.submit(NARROW, **WORDS),
        "hidden": flow.submit(
            {**NARROW, "hide": [{"area": "=A0", "sex": "F"}]}, **WORDS | {"title": "Lage inkomens per wijk"}
        ),
        "waiting": flow.submit(FINE, **WORDS | {"title": "Inwoners naar wijk"}),
        "mean": flow.submit(MEAN, **WORDS | {"title": "Gemiddeld inkomen naar geslacht"}),
    }
    for number in numbers.values():
        flow.judge(number)
        look_for_ways_out(flow.database, flow.settings, flow.id_of(number))
    flow.review(numbers["waiting"], flow.world.second_checker, comment="De cellen zijn groot genoeg.")
    return Site(flow, flow.world.researcher, flow.world.researcher, numbers, "")


def quarter() -> Iterator[tuple[int, list[History]]]:
    """What is over, in batches that took so many hours for each step."""
    for hours in (1, 2, 3, 5, 9, 14):
        past = random_past(13, 40, now() - dt.timedelta(days=3), seed=hours)
        yield hours, [rounds for rounds in past if rounds[-1][1][-1] not in IN_REVIEW]


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PLACE)
