"""What every page must stand: axe, a narrow screen, and no complaint of the browser."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Page

LOOKS = Path(__file__).parent / "looks.js"
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "EN-301-549", "best-practice"]
SMALLEST_TARGET = 24
NARROW = 320


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA and EN 301 549: rule, and where."""
    # All rules run; but what passed is neither described nor carried over, which takes longer than the rules themselves.
    run = f"{_axe()}; axe.run(document, {{runOnly: {RULES}, resultTypes: ['violations']}}).then(all => all.violations)"
    found: list[dict[str, Any]] = page.evaluate(run)
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


def width_needed(page: Page) -> int:
    """How wide the page is, in CSS pixels, on a screen of 320: a wider one would scroll both ways (WCAG 1.4.10)."""
    page.set_viewport_size({"width": NARROW, "height": 640})
    return int(page.evaluate("document.documentElement.scrollWidth"))


def small_targets(page: Page) -> list[str]:
    """Controls smaller than 24 by 24 CSS pixels that are no links in running text (WCAG 2.5.8)."""
    script = """(smallest) => [...document.querySelectorAll(
        'button, input:not([type=hidden]):not([aria-hidden=true]), nav a, summary, .nl-button')]
      .filter(element => { const box = element.getBoundingClientRect();
        const label = element.closest('label'); const target = label ? label.getBoundingClientRect() : box;
        return box.width && (target.height < smallest || target.width < smallest) && !element.closest('ol.enclave-trail') })
      .map(element => element.outerHTML.slice(0, 120))"""
    return list(page.evaluate(script, SMALLEST_TARGET))


class Complaints:
    """What the browser complains about: errors of scripts, and what the Content Security Policy stopped."""

    def __init__(self, page: Page) -> None:
        self.heard: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.heard.append(str(error)))

    def _console(self, message: ConsoleMessage) -> None:
        # A refused page is reported by the browser as a resource that failed; the page itself says why.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.heard.append(message.text)


def looks(page: Page) -> list[str]:
    """What is wrong with how a page looks.

    Text, signs and borders of fields with too little contrast; controls on which the focus cannot be seen or that break
    the order of the page (WCAG 1.4.3, 1.4.11, 2.4.3, 2.4.7); and a page that is wider than a screen of 320 (1.4.10).
    """
    page.keyboard.press("Tab")
    found: dict[str, list[str]] = page.evaluate(LOOKS.read_text(encoding="utf-8"))
    width = width_needed(page)
    return found["faint"] + found["unseenFocus"] + ([f"{width} pixels wide"] if width > NARROW else [])
