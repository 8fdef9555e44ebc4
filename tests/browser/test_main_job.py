"""The main job in real pages: login, notebook in a real sandbox, submit, two approvals, download, withdrawal.

It takes pictures; see tests/browser/office.py.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from deploy.demo import cells
from tests.browser.checks import violations
from tests.browser.office import Office

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.sandbox]

PROJECT = "minimum-incomes"
TITLE = "Dividend naar gemeente en onderwijsniveau"
PURPOSE = "Tabel bij de nota minimabeleid: verschillen in vermogensinkomen binnen de regio."
OTHERS = {
    "Personen naar wijk en geslacht": "Achtergrond bij de wijkprofielen.",
    "Gewerkte weken naar wijk": "Onderdeel van de armoedemonitor.",
}
LOOK = """
people = oc.open("census_income").where("age >= 18")
oc.crosstab(people, index="district", columns="class_of_worker", values="dividends", aggfunc="mean")
"""
MORE = """
by_sex = oc.crosstab(people, index="district", columns="sex", margins=True)
weeks = oc.crosstab(people, index="district", values="weeks_worked", aggfunc="mean")
"""
START_MS = 120_000
STOP_SECONDS = 5.0
REFUSE_SECONDS = 20.0


class Lab:
    """A notebook in JupyterLab, worked with the keyboard."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.locator(".jp-LauncherCard").first.click(timeout=START_MS)
        page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for(timeout=START_MS)

    def run(self, code: str) -> str:
        """Run the last cell of the notebook and return what it shows."""
        code_cells = self.page.locator(".jp-Notebook .jp-CodeCell")
        cell = code_cells.nth(code_cells.count() - 1)
        cell.locator(".cm-content").click()
        self.page.keyboard.insert_text(code.strip())
        prompt = cell.locator(".jp-InputPrompt")
        # Until the kernel has taken the cell: right after its start the notebook may let a key press fall.
        assert _within(START_MS / 1000, lambda: self._press(cell) and prompt.inner_text().strip() != "[ ]:")
        expect(prompt).to_have_text(re.compile(r"\[\d+\]:"), timeout=60_000)
        return "\n".join(cell.locator(".jp-OutputArea-output").all_inner_texts())

    def _press(self, cell: Locator) -> bool:
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")
        self.page.wait_for_timeout(500)
        return True


def test_notebook(office: Office) -> None:
    page = office.window("noor")
    page.goto("/projects")
    page.get_by_role("link", name="Open werkplek").click()
    page.wait_for_url("**/lab**", timeout=START_MS)
    lab = Lab(page)
    lab.run("import output_checker as oc")
    shown = lab.run(LOOK)
    assert "10" in shown
    assert page.locator(".jp-OutputArea-output .enclave-fail").count() > 0
    page.locator(".jp-OutputArea-output").last.scroll_into_view_if_needed()
    office.picture(page, "notebook")
    lab.run(cells.cell("coarser"))
    answer = lab.run(f"oc.submit(coarser, title={TITLE!r}, purpose={PURPOSE!r})")
    found = re.search(r"R-\d{4}-\d{4}", answer)
    assert found, answer
    office.number = found[0]
    lab.run(MORE)
    for variable, (title, purpose) in zip(("by_sex", "weeks"), OTHERS.items(), strict=True):
        assert "R-" in lab.run(f"oc.submit({variable}, title={title!r}, purpose={purpose!r})")


def test_the_author_follows_but_does_not_decide(office: Office) -> None:
    page = office.window("noor").context.new_page()
    page.goto(f"/requests/{office.number}")
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(page.get_by_text("Bij de outputcontroleurs").first).to_be_visible()
    assert page.goto(f"/review/{office.number}").status == 403  # type: ignore[union-attr]
    assert violations(page) == []


@pytest.mark.parametrize(
    ("login", "comment"), [("ruth", "Cellen groot genoeg; past bij de vraag."), ("pieter", "Akkoord.")]
)
def test_two_checkers_approve(office: Office, login: str, comment: str) -> None:
    page = office.window(login)
    page.goto("/queue")
    office.picture(page, "queue")
    page.get_by_role("link", name=office.number).click()
    page.wait_for_url(f"**/review/{office.number}*")
    assert violations(page) == []
    office.picture(page, "review", whole=True)
    page.get_by_label("Goedkeuren").check()
    page.get_by_label("Opmerking voor de onderzoeker").fill(comment)
    page.get_by_role("button", name="Leg mijn beslissing vast").click()
    expect(page.get_by_text(f"Uw beslissing over {office.number} is vastgelegd")).to_be_visible()
    assert office.number not in page.locator("table").inner_text()


def test_download(office: Office) -> None:
    page = office.window("noor").context.new_page()
    page.goto(f"/requests/{office.number}")
    with page.expect_download() as downloading:
        page.get_by_role("link", name=f"Download {office.number}-1.csv", exact=True).click(timeout=30_000)
    office.picture(page, "request", whole=True)
    lines = downloading.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) > 10
    assert "GM0917" in lines[1]
    expect(page.get_by_role("rowheader", name="Heerlen")).to_be_visible()
    assert violations(page) == []


def test_withdrawal_closes_the_notebook(office: Office) -> None:
    page = office.window("omar")
    page.goto("/admin/grants")
    office.picture(page, "grants")
    page.get_by_role("link", name="Noor Janssen").click()
    office.picture(page, "grant", whole=True)
    page.get_by_role("region", name="Trek deze toegang in").get_by_label("Reden").fill(
        "Het onderzoek is overgedragen aan een collega."
    )
    page.get_by_role("button", name="Toegang intrekken").click()
    expect(page.get_by_text("lopende werkplek is gesloten")).to_be_visible()
    notebook = office.window("noor")
    address = f"{office.environment.installation.hub_url}/user/noor/{PROJECT}/api/kernels"
    assert _within(STOP_SECONDS, lambda: notebook.request.get(address, max_redirects=0).status != 200)
    refusal = notebook.get_by_text("Het onderzoek is overgedragen aan een collega.").first
    assert _within(REFUSE_SECONDS, lambda: _opened(notebook, office) and refusal.is_visible())


def _opened(page: Page, office: Office) -> bool:
    """Ask for the workplace again; right after the withdrawal the hub only says that it is still stopping."""
    return page.goto(f"{office.environment.installation.hub_url}/hub/open/{PROJECT}") is not None


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
