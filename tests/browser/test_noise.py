"""Noise in real pages: a budget that takes two people, a preview that spends nothing, checkers who see no true number,
and what leaves.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import output_checker as oc
from api.access.models import Sandbox
from api.catalogue.views import materialise
from api.publication.proof import verify_proof
from output_checker.noise.documents import NoisyAnswer
from output_checker.notebook.submission import Submission
from tests.browser.office import SCREENSHOTS
from tests.browser.planted import NAME, numbers_in, plant, told, true_numbers
from tests.browser.site import Site
from tests.browser.test_three_people import PATIENCE_MS, Office, worker

__all__ = ["worker"]

pytestmark = pytest.mark.browser

BUDGET = "/budgets/residents"
BY_DISTRICT = {"title": "Residents by district and sex", "purpose": "The annual report on districts."}
PICTURES = SCREENSHOTS / "noise" if os.environ.get("ENCLAVE_SCREENSHOTS") == "1" else None


@pytest.fixture
def notebook(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The researcher's sandbox, as far as a notebook knows: the project's data, and the bridge to the service."""
    flow = site.flow
    plant(flow)
    with flow.database.reading() as session:
        data = materialise(flow.settings, session, session.get_one(Sandbox, flow.sandbox_id).grant)
    with tempfile.TemporaryDirectory(prefix="oc-") as directory:
        socket = Path(directory) / "api.sock"
        monkeypatch.setenv("ENCLAVE_DATA_DIR", str(data))
        monkeypatch.setenv("ENCLAVE_API_SOCKET", str(socket))
        monkeypatch.setenv("ENCLAVE_LANGUAGE", "en")
        with bridge(site, socket):
            yield


@contextmanager
def bridge(site: Site, socket: Path) -> Iterator[None]:
    """The bridge of the hub, with its list of what may pass."""
    command = [sys.executable, "-m", "tests.benchmarks.bridges", site.flow.settings.api_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{socket} {site.flow.token}\n\n")
        process.stdin.flush()
        assert process.stdout.readline() == "serving\n"
        yield
        process.terminate()


def test_from_a_budget_to_a_release_with_margins(
    site: Site, chromium: Browser, worker: None, notebook: None
) -> None:
    with ExitStack() as stack:
        office = Office(site, chromium, stack)
        arrange_a_budget(office)
        number, answer = ask(office)
        see_no_true_number(office, number, answer)
        approve(office)
        released = download(office, answer)
        the_public_reads(office, released)


def arrange_a_budget(office: Office) -> None:
    """A steward says whose data it is and how much may be spent; nothing of it holds until another confirms it."""
    world = office.site.flow.world
    page = office.window(world.steward)
    page.goto("/budgets")
    page.get_by_label("Name in addresses").fill("residents")
    page.get_by_label("What it is called").fill("Residents of Heerlen")
    page.get_by_role("button", name="Open the budget").click()
    page.get_by_text("Add data", exact=True).first.click()
    page.get_by_label("Dataset", exact=True).select_option(NAME)
    page.get_by_label("Unit, such as person").fill("person")
    page.get_by_role("button", name="Add data").click()
    for scope, rho in (("everybody", "1"), ("project:minimum-incomes", "0.5")):
        page.get_by_text("Set what may be spent").click()
        page.get_by_label("Who", exact=True).select_option(scope)
        page.get_by_label("Total (rho)", exact=True).fill(rho)
        page.get_by_label("Reason").fill("Decided by the board for the annual report.")
        page.get_by_role("button", name="Set the total").click()
    expect(page.get_by_role("button", name="Confirm")).to_have_count(0)
    confirm(office)


def confirm(office: Office) -> None:
    page = office.window(office.site.flow.world.administrator)
    page.goto(BUDGET)
    waiting = page.get_by_role("button", name="Confirm")
    for left in (3, 2, 1):
        expect(waiting).to_have_count(left)
        waiting.first.click()
    expect(waiting).to_have_count(0)


def ask(office: Office) -> tuple[str, NoisyAnswer]:
    """A preview tells cost, error and what is left, and spends nothing; of two answers one is to leave."""
    people = oc.open(NAME)
    table = oc.crosstab(people, index="district", columns="sex", margins=True).noise(epsilon=0.1)
    shown = repr(table)
    for words in (
        "95 % of cells within",
        "0 % of cells are smaller than the margin",
        "person: costs rho 0.005 (epsilon 0.1) of the rho 0.5 that is left",
        "Nothing was spent",
    ):
        assert words in shown
    show_preview(office, table)
    assert repr(oc.crosstab(people, index="sex").noise(rho=0.5)).count("of the rho 0.5 that is left") == 1
    hours = oc.crosstab(people, index="district", values="hours", aggfunc="mean").noise(rho=0.05)
    answered(oc.submit(hours, title="Hours of work", purpose="To look first."))
    sent = answered(oc.submit(table, **BY_DISTRICT))
    office.number = sent.id
    (output,) = sent.outputs
    assert output.noise is not None
    assert output.df is not None
    assert {"count", "count_raw", "count_lower", "count_upper"} <= set(output.df)
    return sent.id, output.noise


def answered(sent: Submission) -> Submission:
    assert sent.state == "under_review", sent
    return sent


def show_preview(office: Office, table: Any) -> None:
    """What the notebook draws of error against budget falls as the budget grows."""
    figure = table.plot()
    errors = figure.axes[0].lines[0].get_ydata()
    assert sorted(errors, reverse=True) == list(errors)
    if PICTURES:
        figure.savefig(PICTURES / "preview.png", dpi=110)


def see_no_true_number(office: Office, number: str, answer: NoisyAnswer) -> None:
    """Whatever a checker opens, and what programs and the log get, holds no true count but by chance of the noise."""
    checker = office.look(office.site.flow.world.checker)
    expect(checker.get_by_text("2 paid answers about Residents of Heerlen.")).to_be_visible()
    seen = [checker.content()]
    shown = {float(one) for column in answer.table.columns for one in column.values}
    assert shown <= numbers_in(seen[0])
    for address in ("tables/1", "cells/1.1.1", "cells/1.4.2"):
        checker.goto(f"/review/{number}/{address}")
        expect(checker.get_by_role("link", name=number, exact=True)).to_be_visible()
        seen.append(checker.content())
    checker.goto("/queue")
    seen += [checker.content(), spaced(checker.request.get(f"/api/requests/{number}").text())]
    auditor = office.window(office.site.flow.world.auditor)
    auditor.goto(BUDGET)
    expect(auditor.get_by_text(number)).to_be_visible()
    seen.append(auditor.content())
    hidden = true_numbers() - numbers_in(spaced(answer.model_dump_json()))
    assert len(hidden) > len(true_numbers()) / 2
    assert [place for text in seen for place in told(text, hidden)] == []
    picture(office, checker, "review", f"/review/{number}")
    picture(office, auditor, "budget", BUDGET)


def spaced(document: str) -> str:
    """JSON in which a comma stands between numbers, and never within one."""
    return document.replace(",", " ")


def approve(office: Office) -> None:
    world = office.site.flow.world
    for checker in (world.checker, world.second_checker):
        office.look(checker)
        office.decide(checker, {0: "approve"}, "The margins are told.")


def download(office: Office, answer: NoisyAnswer) -> dict[str, bytes]:
    """The files hold numbers to read that add up, raw ones beside them, exact margins, and the manifest."""
    page, number = office.window(office.site.flow.world.researcher), office.number
    page.goto(f"/requests/{number}")
    expect(page.get_by_role("link", name=f"Download {number}-1.csv", exact=True)).to_be_visible(
        timeout=PATIENCE_MS
    )
    picture(office, page, "released")
    content = {
        name: page.request.get(f"/api/requests/{number}/files/{name}").body()
        for name in (f"{number}-1.csv", f"{number}-1.noise.json")
    }
    lines = list(csv.DictReader(content[f"{number}-1.csv"].decode("utf-8-sig").splitlines()))
    check_numbers(lines, answer)
    manifest = json.loads(content[f"{number}-1.noise.json"])["manifest"]
    assert manifest["purpose"]["intended_use"] == BY_DISTRICT["purpose"]
    (selection,) = manifest["method"]["selections"]
    assert (selection["answers"], selection["released"], selection["nano_rho"]) == (2, 0, 55_000_000)
    return content


def check_numbers(lines: list[dict[str, str]], answer: NoisyAnswer) -> None:
    districts = {line["district"] for line in lines}
    count = {(line["district"], line["sex"]): int(line["count"]) for line in lines}
    for sex in {line["sex"] for line in lines}:
        assert sum(count[one, sex] for one in districts - {"All"}) == count["All", sex]
    margins = {one.level: one.margin for one in answer.expected}
    for line in lines:
        level = tuple(name for name in ("district", "sex") if line[name] != "All")
        around = (int(line["count_lower"]), int(line["count_raw"]), int(line["count_upper"]))
        assert around[2] - around[1] == around[1] - around[0] == margins[level]


def the_public_reads(office: Office, released: dict[str, bytes]) -> None:
    """A visitor sees margins and promise, and proves that the file is what was released."""
    number = office.number
    page = office.stack.enter_context(office.site.visit(office.chromium, None, "en")).new_page()
    page.goto(f"/public/en/{number}")
    expect(page.get_by_text("Where the truth lies").first).to_be_visible()
    expect(page.get_by_text("This is one of them; 0 left before.")).to_be_visible()
    proof = page.request.get(f"/public/proof/{number}").json()
    assert (
        proof["record"]["outputs"][0]["noise"]["manifest"]["guarantee"]["losses"][0]["nano_rho"] == 5_000_000
    )
    assert verify_proof(proof, released) is None
    altered = {name: content + b" " for name, content in released.items()}
    assert verify_proof(proof, altered) is not None


def picture(office: Office, page: Page, name: str, address: str = "") -> None:
    """Take the picture of a page anew in both languages, where that is asked for (see tests/browser/office.py)."""
    if PICTURES is None:
        return
    here = address or page.url
    for language in ("nl", "en"):
        page.goto(f"{here}?lang={language}")
        page.screenshot(path=PICTURES / f"{name}-{language}.png", full_page=True)
