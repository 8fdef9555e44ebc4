"""The how-to about own variables does what it says: its code runs, block by block."""

from __future__ import annotations

import hashlib
import linecache
import re
from pathlib import Path
from typing import Any

import pytest

from output_checker.notebook import submission, uploading
from output_checker.verdict import Outcome

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "bring-your-own-variable.md"


def test_each_block_of_the_page_runs(sandbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []

    def call(method: str, path: str, seconds: float = 10.0, **body: Any) -> dict[str, Any]:
        sent.append(body)
        digest = hashlib.sha256(body.get("content", b"")).hexdigest()
        words = {"nl": "x", "en": "x"}
        request = {"id": "R-2026-0001", "state": "under_review", "title": "x", "round": 1, "url": "x"}
        return {"sha256": digest, **request, "outputs": [], "next": words, "verdict": None}

    monkeypatch.setenv("ENCLAVE_OWN_DIR", str(tmp_path / "own"))
    monkeypatch.setattr(uploading, "call", call)
    monkeypatch.setattr(submission, "call", call)
    names: dict[str, Any] = {}
    for number, block in enumerate(re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)):
        # As a notebook does it, so that the text of a function can be found.
        place = f"<block {number}>"
        linecache.cache[place] = (len(block), None, block.splitlines(keepends=True), place)
        exec(compile(block, place, "exec"), names)  # noqa: S102 - our own page
    assert names["table"].verdict.outcome is Outcome.REVIEW
    (own,) = names["table"].verdict.own
    assert own.code.startswith("def life_phase(frame):")
    assert [one.value for one in own.bins] == ["early", "late"]
    assert [list(body) for body in sent] == [["content", "headers"], ["json"]]
