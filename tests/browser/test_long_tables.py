"""A table of 100,000 cells: drawn in parts, scrolled smoothly, and readable without scripts.

The limits leave room for a busy machine; what was measured is printed (``pytest -s``).
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from api.requests.models import OutputRequest
from tests.api.flow import FINE, Flow
from tests.browser.site import Site

pytestmark = pytest.mark.browser
ROWS, COLUMNS = 5_000, 20
PAINT = "performance.getEntriesByName('first-contentful-paint')"
FRAMES = """() => new Promise(done => {
  const region = document.querySelector('.enclave-scroll'), spent = [];
  let before = performance.now();
  const step = (now) => { spent.push(now - before); before = now; region.scrollTop += 120;
    spent.length < 120 ? requestAnimationFrame(step) : done(spent.slice(1)); };
  requestAnimationFrame(step);
})"""


def huge(flow: Flow) -> str:
    """The number of a request whose verdict holds 100,000 cells, 2,000 of them marked."""
    number = flow.under_review({**FINE, "where": "income > 12345"})
    with flow.database.transaction() as session:
        request = session.scalars(select(OutputRequest).where(OutputRequest.number == number)).one()
        output = request.outputs[0]
        assert output.verdict
        table: dict[str, Any] = {
            **output.verdict["table"],
            "row_names": ["area"],
            "column_names": ["sex"],
            "rows": [[f"Neighbourhood {row}"] for row in range(ROWS)],
            "columns": [[f"Class {column}"] for column in range(COLUMNS)],
            "cells": [_cell(index) for index in range(ROWS * COLUMNS)],
        }
        output.verdict = {**output.verdict, "table": table}
    return number


def _cell(index: int) -> dict[str, Any]:
    row, column = divmod(index, COLUMNS)
    status = "pass" if index % 50 else "review"
    return {"row": row, "column": column, "value": index, "units": index % 4_000, "status": status}


def test_a_checker_scrolls_through_a_hundred_thousand_cells(site: Site, chromium: Browser) -> None:
    number = huge(site.flow)
    with site.visit(chromium, site.flow.world.checker, "en") as context:
        page = context.new_page()
        page.goto(f"/review/{number}/tables/1")
        page.reload()
        page.wait_for_function(f"{PAINT}.length")
        painted = page.evaluate(f"{PAINT}[0].startTime")
        region = page.locator(".enclave-scroll")
        assert region.evaluate("region => region.scrollHeight") > ROWS * 30
        frames = sorted(page.evaluate(FRAMES))
        region.evaluate("region => region.scrollTop = region.scrollHeight")
        page.get_by_role("rowheader", name=f"Neighbourhood {ROWS - 1}").wait_for(timeout=20_000)
        last = page.locator("tr[aria-rowindex]").last
        assert last.get_attribute("aria-rowindex") == str(ROWS + 1)
        assert region.evaluate("region => region.querySelectorAll('td').length") < ROWS * COLUMNS / 2
        median, slow = frames[len(frames) // 2], frames[int(len(frames) * 0.95)]
        print(f"first paint {painted:.0f} ms; frames: median {median:.1f} ms, 95 % under {slow:.1f} ms")  # noqa: T201
        assert painted < 5_000
        assert median < 100


def test_the_next_part_is_a_link_away_without_scripts(site: Site, chromium: Browser) -> None:
    number = huge(site.flow)
    with site.visit(chromium, site.flow.world.checker, "en", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"/review/{number}/tables/1")
        started = time.monotonic()
        page.get_by_role("link", name="Rows after").click()
        print(f"next part in {time.monotonic() - started:.2f} s")  # noqa: T201
        assert page.get_by_role("rowheader", name="Neighbourhood 100", exact=True).is_visible()
        page.get_by_label("From row").fill("4321")
        page.get_by_role("button", name="Show").click()
        assert page.get_by_role("rowheader", name="Neighbourhood 4320", exact=True).count() == 1
