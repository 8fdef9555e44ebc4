"""What administrators do, in real pages: apply, vet, grant, explain, withdraw; the pages in English too.

It takes pictures; see tests/browser/office.py.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import violations
from tests.browser.office import Office

pytestmark = [pytest.mark.browser, pytest.mark.journey]

TITLE = "Schoolverlaters per wijk"
WORDS = {
    "Korte naam": "school-leavers",
    "Titel in het Nederlands": TITLE,
    "Titel in het Engels": "School leavers by district",
    "Doel": "Leerplichtambtenaren weten in welke wijken jongeren zonder diploma van school gaan.",
    "Onderzoeksvraag": "In welke wijken van Den Haag wonen jongeren die niet leren en niet werken?",
    "Plaats in het werkprogramma": "Onderzoeksagenda 2027, thema onderwijs",
    "Thema": "Onderwijs",
    "Beoogde uitkomsten": "Een tabel per wijk en leeftijdsgroep voor de onderwijsmonitor.",
    "Laatste dag": "2027-12-31",
    "Grondslag": "Artikel 41 CBS-wet",
    "Gegevensbeschermingsbeoordeling": "DPIA DH-2026-31",
    "Datum van de beoordeling": "2026-10-01",
}
VARIABLES = {
    "person": "Om personen te tellen.",
    "district": "De monitor is per wijk.",
    "age": "Om jongeren te onderscheiden.",
    "enrolled_last_week": "Het onderwerp: wie nog leert.",
    "employment_status": "Het onderwerp: wie werkt.",
}
APPROVERS = {
    "omar": "Past in de onderzoeksagenda.",
    "saskia": "Deze variabelen zijn nodig en genoeg.",
    "marit": "De beoordeling dekt dit doel.",
}
WHY = "Het onderzoek is overgedragen aan een collega."


def ready(page: Page) -> Page:
    """The page as it stands, without a fault that a machine can find."""
    assert violations(page) == []
    return page


def test_apply(office: Office) -> None:
    page = office.window("daan")
    page.goto("/applications")
    page.get_by_role("link", name="Project aanvragen").click()
    page.get_by_label("Centrum", exact=True).select_option("den-haag")
    for label, said in WORDS.items():
        page.get_by_label(label, exact=True).fill(said)
    dataset = page.locator("details.enclave-dataset").filter(has_text="census_income")
    dataset.locator("summary").click()
    dataset.get_by_label("Waarom deze dataset").fill(
        "Alleen hier staan onderwijs en werk van dezelfde personen."
    )
    dataset.get_by_label("Alleen deze rijen").fill("municipality = 'GM0518'")
    for name, reason in VARIABLES.items():
        dataset.get_by_label(re.compile(rf"^{name}\b")).fill(reason)
    dataset.evaluate("dataset => dataset.scrollIntoView()")
    office.picture(ready(page), "apply")
    page.get_by_role("button", name="Als concept bewaren").click()
    page.get_by_role("button", name="Indienen bij het centrum").click()
    expect(page.get_by_text("Een beheerder van het centrum beoordeelt uw projectaanvraag.")).to_be_visible()
    office.number = page.url.rsplit("/", 1)[1]


@pytest.mark.parametrize("login", APPROVERS)
def test_three_people_approve(office: Office, login: str) -> None:
    page = office.window(login)
    page.goto("/applications")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=office.number))
    expect(row.get_by_role("cell", name="u", exact=True)).to_be_visible()
    row.get_by_role("link").click()
    page.get_by_label("Goedkeuren").check()
    page.get_by_label("Reden").fill(APPROVERS[login])
    office.picture(ready(page), "application", whole=True)
    page.get_by_role("button", name="Leg mijn beslissing vast").click()
    name = office.environment.accounts[login].name
    expect(page.get_by_text(f"goedgekeurd door {name}")).to_be_visible()


def test_vet(office: Office) -> None:
    page = office.window("omar")
    page.goto("/admin/people/bram")
    page.get_by_text("Ik accepteer een certificaat").click()
    page.get_by_label("Certificaat", exact=True).fill("Cursus statistische beveiliging, Hogeschool Zuyd")
    page.get_by_label("Afgegeven op").fill("2026-09-01")
    page.get_by_label("Het telt tot en met").fill("2027-08-31")
    page.get_by_role("button", name="Dit certificaat accepteren").click()
    expect(page.get_by_text("Cursus statistische beveiliging").first).to_be_visible()
    office.picture(ready(page), "vet", whole=True)


def test_grant(office: Office) -> None:
    page = office.window("omar")
    page.goto("/admin/proposals")
    page.get_by_label("Persoon").select_option("bram")
    page.get_by_label("Project", exact=True).select_option("school-leavers")
    page.get_by_label("Van (eerste dag)").fill("2026-01-01")
    page.get_by_label("Tot en met (laatste dag)").fill("2027-12-31")
    page.get_by_label("Reden").last.fill("Werkt mee aan de onderwijsmonitor.")
    page.get_by_role("button", name="Voorstellen").click()
    expect(page.get_by_text("Een andere beheerder moet dit bevestigen.")).to_be_visible()
    other = office.window("hanna")
    other.goto("/admin/proposals")
    office.picture(ready(other), "proposal")
    other.get_by_role("button", name="Bevestig Bram Hendriks").click()
    other.wait_for_url("**/admin/grants")


def test_explain(office: Office) -> None:
    """What was vetted is met; what Bram has to do himself is named, with what to do about it."""
    page = office.window("omar")
    page.goto("/access/explain?person=bram&door=open_project&project=school-leavers")
    expect(page.get_by_text("Geheimhoudingsverklaring").first).to_be_visible()
    assert page.locator(".enclave-conditions__sign--unmet").count() == 1
    office.picture(ready(page), "explain", whole=True)


def test_withdraw(office: Office) -> None:
    page = office.window("omar")
    page.goto("/admin/grants")
    page.get_by_role("row").filter(has_text=TITLE).get_by_role("link", name="Bram Hendriks").click()
    page.get_by_label("Reden").fill(WHY)
    page.get_by_role("button", name="Toegang intrekken").click()
    expect(page.get_by_text(WHY).first).to_be_visible()
    office.picture(ready(page), "withdrawn", whole=True)
    page.goto("/access/explain?person=bram&door=open_project&project=school-leavers")
    expect(page.get_by_text(WHY)).to_be_visible()


def test_the_same_pages_in_english(office: Office) -> None:
    page = office.window("hanna")
    for address in (
        "/applications",
        f"/applications/{office.number}",
        "/admin/people/bram",
        "/admin/proposals",
        "/access/explain?person=bram&door=open_project&project=school-leavers",
        "/admin/grants",
    ):
        page.goto(f"{address}{'&' if '?' in address else '?'}lang=en")
        assert page.locator("html").get_attribute("lang") == "en"
        assert violations(page) == []
    page.goto(f"/applications/{office.number}")
    expect(page.get_by_text("approved by Marit Kuipers")).to_be_visible()
    office.picture(page, "application-en", whole=True)
    page.goto("/?lang=nl")
