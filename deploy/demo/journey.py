"""A performance of the main job: who takes part, the steps, and how they are told.

Nothing here looks into the database or calls a service of the api: what a step shows is what a person would see.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from deploy.demo.accounts import Account
from deploy.demo.browser import Browser, JourneyError, Page
from deploy.demo.notebook import Notebook
from deploy.installation import Installation
from output_checker.text import Language, Text

PATIENCE = 60.0
PAUSE = 0.1
WIDTH = 118


@dataclass
class Journey:
    """One performance of the main job: who takes part, and what came of each step so far."""

    installation: Installation
    accounts: dict[str, Account]
    language: Language
    downloads: Path
    stack: ExitStack = field(default_factory=ExitStack)
    browsers: dict[str, Browser] = field(default_factory=dict)
    notebook: Notebook | None = None
    spawn_page: Page | None = None
    number: str = ""
    receipt: Path | None = None
    table: Path | None = None

    def browser(self, login: str) -> Browser:
        """Return the browser of this person, logged in to the pages."""
        if login not in self.browsers:
            browser = self.stack.enter_context(Browser(self.language))
            account = self.accounts[login]
            page = browser.log_in(self.pages("/auth/login"), login, account.password, account.telephone.code)
            page.expect(200, account.name)
            self.browsers[login] = browser
        return self.browsers[login]

    def pages(self, path: str) -> str:
        """Return the address of a page."""
        return f"{self.installation.api_url}{path}"

    def hub(self, path: str) -> str:
        """Return an address at the hub."""
        return f"{self.installation.hub_url}{path}"

    def kernel(self) -> Notebook:
        """Return the researcher's notebook; raises JourneyError when no step opened one."""
        if self.notebook is None:
            raise JourneyError("no notebook was opened")
        return self.notebook

    def enclave(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line of this installation."""
        command = [sys.executable, "-m", "deploy.cli", *arguments]
        locale = {"LC_ALL": "nl_NL.UTF-8" if self.language == "nl" else "C.UTF-8"}
        environment = self.installation.environment | locale
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@dataclass(frozen=True)
class Step:
    """One step of the main job; performing it gives the lines that are shown, or raises JourneyError."""

    title: Text
    perform: Callable[[Journey], Iterator[Text]]


def ensure(holds: object, otherwise: str) -> None:
    """Raise JourneyError unless something holds."""
    if not holds:
        raise JourneyError(otherwise)


def wait_until(holds: Callable[[], bool], what: str, seconds: float = PATIENCE) -> float:
    """Return after how many seconds `holds` did; raises JourneyError when it does not in time."""
    started = time.monotonic()
    while not holds():
        ensure(time.monotonic() - started < seconds, f"{what}: not within {seconds:.0f} s")
        time.sleep(PAUSE)
    return time.monotonic() - started


def perform(steps: Sequence[Step], journey: Journey, tell: Callable[[str], None]) -> bool:
    """Perform all steps and tell each with its duration; return whether all went as they should."""
    with journey.stack:
        for number, step in enumerate(steps, start=1):
            if not _perform(number, step, journey, tell):
                return False
    return True


def _perform(number: int, step: Step, journey: Journey, tell: Callable[[str], None]) -> bool:
    started = time.monotonic()
    title = step.title.in_language(journey.language)
    try:
        lines = list(step.perform(journey))
    except (JourneyError, httpx.HTTPError, OSError, TimeoutError) as error:
        tell(
            f"\n{number}. {title}: ✗ after {time.monotonic() - started:.1f} s\n   {type(error).__name__}: {error}"
        )
        return False
    tell(f"\n{number}. {title:<50}{time.monotonic() - started:6.1f} s")
    for line in lines:
        words = line.in_language(journey.language)
        tell(
            textwrap.fill(
                words, WIDTH, initial_indent="   ", subsequent_indent="     ", break_on_hyphens=False
            )
        )
    return True
