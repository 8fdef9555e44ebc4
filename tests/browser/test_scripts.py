"""What runs in the pages, what cannot, and that nothing needs to."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Error

from tests.api.flow import FINE
from tests.browser.checks import Complaints
from tests.browser.site import Site

pytestmark = pytest.mark.browser


def test_a_verdict_appears_by_itself(site: Site, chromium: Browser) -> None:
    number = site.flow.submit(FINE)
    with site.visit(chromium, site.flow.world.researcher, "en") as context:
        page = context.new_page()
        complaints = Complaints(page)
        page.goto(f"/requests/{number}")
        page.evaluate("window.neverReloaded = true")
        assert "judges your request within seconds" in page.inner_text("main")
        site.flow.judge(number)
        page.get_by_text("Output checkers look at your request.").wait_for(timeout=10_000)
        assert page.evaluate("window.neverReloaded")
        assert page.locator("[hx-get]").count() == 0
        assert complaints.heard == []


def test_foreign_markup_and_script_are_stopped(site: Site, chromium: Browser) -> None:
    with site.visit(chromium, site.flow.world.researcher, "en") as context:
        page = context.new_page()
        page.goto("/requests")
        with pytest.raises(Error, match="TrustedHTML"):
            page.evaluate("document.body.innerHTML = '<img src=x onerror=alert(1)>'")
        with pytest.raises(Error, match="TrustedScriptURL"):
            page.evaluate("document.createElement('script').src = '/static/evil.js'")
        # A moment later, because what the test driver itself evaluates is exempt.
        later = "try { new Function('return 1')(); done('ran') } catch (error) { done(error.name) }"
        assert page.evaluate(f"new Promise(done => setTimeout(() => {{ {later} }}))") == "EvalError"


def test_an_element_without_the_nonce_of_the_page_cannot_ask_anything(site: Site, chromium: Browser) -> None:
    with site.visit(chromium, site.flow.world.researcher, "en") as context:
        page = context.new_page()
        page.goto("/requests")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.evaluate(
            """() => { const element = document.createElement('div');
            element.setAttribute('hx-get', '/requests?offset=7'); element.setAttribute('hx-trigger', 'load');
            document.body.append(element); htmx.process(element) }"""
        )
        page.wait_for_timeout(500)
        assert not [url for url in asked if "offset=7" in url]


def test_everything_works_without_scripts(site: Site, chromium: Browser) -> None:
    number = site.flow.under_review()
    with site.visit(chromium, site.flow.world.checker, "en", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/queue")
        page.click(f"text={number}")
        page.check("input[value=approve]")
        page.click("text=Record my decision")
        assert f"Your decision on {number} was recorded" in page.inner_text("main")
        page.goto("/")
        page.click("text=Log out")
        assert "Log out" not in page.inner_text("header")
