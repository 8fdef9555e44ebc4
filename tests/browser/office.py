"""Everybody of the demo at work on a whole environment, and the pictures that are taken there.

With ENCLAVE_SCREENSHOTS=1 those of docs/screenshots are taken anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.journey.conftest import Environment

SCREENSHOTS = Path(__file__).parents[2] / "docs" / "screenshots"


@dataclass
class Office:
    """Everybody at work, each in a window of their own."""

    environment: Environment
    chromium: Browser
    pictures: Path
    windows: dict[str, Page] = field(default_factory=dict)
    number: str = ""

    def window(self, login: str) -> Page:
        """The window of this person, logged in through the login page."""
        if login not in self.windows:
            account = self.environment.accounts[login]
            context = self.chromium.new_context(
                base_url=self.environment.installation.api_url,
                locale="nl",
                viewport={"width": 1280, "height": 900},
                accept_downloads=True,
            )
            page = self.windows[login] = context.new_page()
            page.goto("/auth/login")
            page.get_by_label("Inlognaam").fill(login)
            page.get_by_label("Wachtwoord").fill(account.password)
            page.get_by_role("button", name="Inloggen", exact=True).click()
            if account.secret:
                page.get_by_label("Code").fill(account.telephone.code())
                page.get_by_role("button", name="Inloggen", exact=True).click()
            expect(page.get_by_text(account.name).first).to_be_visible(timeout=30_000)
        return self.windows[login]

    def picture(self, page: Page, name: str, *, whole: bool = False) -> None:
        page.screenshot(path=self.pictures / f"{name}.png", full_page=whole)
