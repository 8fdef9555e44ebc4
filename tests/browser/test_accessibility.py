"""WCAG 2.2 AA on every page in both languages, as far as a machine can tell; keyboard, targets and narrow screens too."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.checks import NARROW, Complaints, small_targets, violations, width_needed
from tests.browser.site import Site

pytestmark = pytest.mark.browser
LANGUAGES = ("nl", "en")
REFUSED = {"not found": 404, "not allowed": 403, "bad field": 422}


def check(page: Page, address: str, language: str, status: int = 200) -> list[str]:
    """Everything that is wrong with one page."""
    complaints = Complaints(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    answer = page.goto(address)
    assert answer is not None
    wrong = [] if answer.status == status else [f"status {answer.status}"]
    wrong += violations(page) + [f"small target: {target}" for target in small_targets(page)]
    if page.locator("html").get_attribute("lang") != language:
        wrong.append("not in the language of its reader")
    if (width := width_needed(page)) > NARROW:
        wrong.append(f"{width} pixels wide")
    return wrong + violations(page) + complaints.heard


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page(site: Site, chromium: Browser, language: str) -> None:
    wrong: dict[str, list[str]] = {}
    for name, (person, address) in site.pages.items():
        with site.visit(chromium, person, language) as context:
            if found := check(context.new_page(), address, language, REFUSED.get(name, 200)):
                wrong[name] = found
    assert wrong == {}


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


@pytest.mark.parametrize("name", ["start of a visitor", "review of failing cells", "grant", "closed project"])
def test_the_theme_of_a_municipality(municipal_site: Site, chromium: Browser, name: str) -> None:
    person, address = municipal_site.pages[name]
    with municipal_site.visit(chromium, person, "nl") as context:
        assert check(context.new_page(), address, "nl") == []


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
