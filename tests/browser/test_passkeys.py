"""A passkey in a real browser: made by Chromium's virtual device, then the only thing that a login takes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from api.identity.models import PageSession
from tests.browser.site import Site

pytestmark = pytest.mark.browser

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_device(page: Page) -> None:
    """Give the browser of this page a device that is unlocked whenever it is asked."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    protocol.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


def test_a_passkey_is_added_and_logs_in_under_the_policy_of_the_pages(chromium: Browser, site: Site) -> None:
    with site.visit(chromium, site.flow.world.checker, "en") as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        with_device(page)
        page.goto("/account")
        page.get_by_role("link", name="Add a passkey").click()
        page.get_by_label("Name of the device").fill("My telephone")
        page.get_by_role("button", name="Add this device").click()
        expect(page.get_by_text("My telephone").first).to_be_visible()
        context.clear_cookies()
        page.goto("/auth/login?next=/account")
        page.get_by_role("button", name="Log in with a passkey").click()
        expect(page.get_by_text(", last used")).to_be_visible()
        assert said == []
    with site.flow.database.reading() as session:
        newest = select(PageSession).order_by(PageSession.created_at.desc()).limit(1)
        login = session.scalars(newest).one()
    assert (login.acr, login.amr) == ("phr", ["pop", "user", "mfa"])
    assert login.person_id == site.flow.world.checker.id
