"""WCAG 2.2 AA on every page in both languages, as far as a machine can tell; keyboard, targets and narrow screens too."""

from __future__ import annotations

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, Cookie, Page

from api.app import ROUTERS
from api.people.models import Person
from tests.browser.checks import NARROW, Complaints, looks, small_targets, violations
from tests.browser.site import Site

pytestmark = pytest.mark.browser
LANGUAGES = ("nl", "en")
REFUSED = {
    "not found": 404,
    "not allowed": 403,
    "bad field": 422,
    "audit with a day that is none": 422,
    "revoked public result": 410,
    "invitation that is over": 404,
}
NO_PAGES = {
    "/centre/{slug}/figures.csv": "a file",
    "/public": "leads to the page in the language of the reader",
    "/public/proof/{number}": "a document",
    "/public/files/{number}/{name}": "a file",
    "/review/{number}/cells": "leads to the page of the cell",
}


def check(page: Page, address: str, language: str, status: int = 200) -> list[str]:
    """Everything that is wrong with one page: Dutch on a wide screen, English on a narrow one."""
    complaints = Complaints(page)
    page.set_viewport_size({"width": 1280 if language == "nl" else NARROW, "height": 900})
    answer = page.goto(address.format(language=language))
    assert answer is not None
    wrong = [] if answer.status == status else [f"status {answer.status}"]
    wrong += violations(page) + [f"small target: {target}" for target in small_targets(page)]
    if page.locator("html").get_attribute("lang") != language:
        wrong.append("not in the language of its reader")
    return wrong + looks(page) + complaints.heard


class Window:
    """One window in which person after person looks: in a new one for each, what all pages share would load anew."""

    def __init__(self, site: Site, chromium: Browser, language: str) -> None:
        self.site = site
        self.context = site.visit(chromium, None, language)
        self.page = self.context.new_page()
        self.known: dict[str, list[Cookie]] = {}

    def of(self, person: Person | None) -> Page:
        """The page as this person, who logs in once, or as a visitor."""
        self.context.clear_cookies()
        if person is not None and person.subject in self.known:
            self.context.add_cookies(self.known[person.subject])  # type: ignore[arg-type]
        elif person is not None:
            self.site.log_in(self.context, person)
            self.known[person.subject] = self.context.cookies()
        return self.page


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page(site: Site, chromium: Browser, language: str) -> None:
    window, wrong = Window(site, chromium, language), {}
    for name, (person, address) in site.pages.items():
        if found := check(window.of(person), address, language, REFUSED.get(name, 200)):
            wrong[name] = found
    window.context.close()
    assert wrong == {}


def test_the_theme_of_a_municipality(municipal_site: Site, chromium: Browser) -> None:
    window, wrong = Window(municipal_site, chromium, "nl"), {}
    for name, (person, address) in municipal_site.pages.items():
        page = window.of(person)
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(address.format(language="nl"))
        if found := looks(page):
            wrong[name] = found
    window.context.close()
    assert wrong == {}


def test_no_page_is_forgotten(site: Site) -> None:
    """Every address that answers with a page is among those that the other tests visit."""
    visited = {address.format(language="nl").split("?")[0] for _person, address in site.pages.values()}
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    pages = {
        route.path: route.path_regex
        for route in routes
        if "GET" in route.methods and route.endpoint.__module__.endswith("pages")
    }
    assert set(NO_PAGES) <= set(pages)
    forgotten = [
        path
        for path, pattern in pages.items()
        if path not in NO_PAGES and not any(pattern.match(address) for address in visited)
    ]
    assert forgotten == []
    assert len(pages) > 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_login_and_logged_out(site: Site, chromium: Browser, language: str) -> None:
    with site.visit(chromium, None, language) as context:
        page = context.new_page()
        assert check(page, "/auth/login", language) == []
        page.fill("#login_name", "nobody")
        page.fill("#password", "wrong")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=alert]")
        assert violations(page) == []
        assert page.input_value("#login_name") == "nobody"


def test_the_keyboard_reaches_the_content_first_and_sees_where_it_is(site: Site, chromium: Browser) -> None:
    person, address = site.pages["review"]
    with site.visit(chromium, person, "en") as context:
        page = context.new_page()
        page.goto(address)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        assert page.locator(".nl-skip-link").bounding_box() is not None
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"


def test_a_decision_takes_only_the_keyboard(site: Site, chromium: Browser) -> None:
    number = site.flow.under_review()
    with site.visit(chromium, site.flow.world.checker, "en") as context:
        page = context.new_page()
        page.goto(f"/review/{number}")
        page.locator("input[name=decision]").first.focus()
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.value") == "return"
        page.keyboard.press("Tab")
        page.keyboard.type("Merge the two smallest areas.")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/queue?done={number}")
        assert f"Your decision on {number} was recorded" in page.inner_text("main")


def test_a_wide_table_scrolls_in_its_own_region_with_the_keyboard(site: Site, chromium: Browser) -> None:
    person, address = site.pages["review of failing cells"]
    with site.visit(chromium, person, "en", viewport={"width": NARROW // 2, "height": 640}) as context:
        page = context.new_page()
        page.goto(address)
        region = page.locator(".enclave-scroll").first
        assert region.evaluate("region => region.scrollWidth > region.clientWidth")
        region.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(500)
        assert page.evaluate("document.activeElement.scrollLeft") > 0
        assert page.evaluate("window.scrollX") == 0
