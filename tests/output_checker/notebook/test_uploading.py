"""Uploading from a notebook: what is sent is what was meant, and values that are gone are told before anything is sent."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import output_checker as oc
from output_checker.errors import SubmissionError
from output_checker.notebook import submission, uploading
from output_checker.notebook.tables import CheckedTable

CONTENT = b"some values"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Bridge:
    """What was sent, and answers as the service gives them."""

    def __init__(self) -> None:
        self.uploaded: list[bytes] = []
        self.submitted: list[dict[str, Any]] = []
        self.mangled = False

    def call(self, method: str, path: str, seconds: float = 10.0, **sent: Any) -> dict[str, Any]:
        if path == "/sandbox/uploads":
            self.uploaded.append(sent["content"])
            digest = hashlib.sha256(sent["content"] + (b"x" if self.mangled else b"")).hexdigest()
            return {"sha256": digest, "bytes": len(sent["content"])}
        self.submitted.append(sent["json"])
        words = {"nl": "x", "en": "x"}
        request = {"id": "R-2026-0001", "state": "under_review", "title": "x", "round": 1, "url": "x"}
        return request | {"outputs": [], "next": words, "verdict": None}


@pytest.fixture
def bridge(monkeypatch: pytest.MonkeyPatch) -> Bridge:
    bridge = Bridge()
    monkeypatch.setattr(uploading, "call", bridge.call)
    monkeypatch.setattr(submission, "call", bridge.call)
    return bridge


@pytest.fixture
def table(sandbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CheckedTable:
    monkeypatch.setenv("ENCLAVE_OWN_DIR", str(tmp_path / "own"))
    people = oc.open("town")
    values = pd.Series(1, index=pd.Index(people.df["person"], name="person"))
    made: CheckedTable = oc.crosstab(
        oc.own_variable(people, values, "one", "one = 1"), index="sex", values="one"
    )
    return made


def test_bytes_and_files_are_known_by_their_sha256(bridge: Bridge, sandbox: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(CONTENT)
    assert uploading.upload(CONTENT) == uploading.upload(tmp_path / "file") == DIGEST
    assert bridge.uploaded == [CONTENT] * 2


def test_what_arrives_otherwise_is_not_believed(bridge: Bridge, sandbox: Path) -> None:
    bridge.mangled = True
    with pytest.raises(SubmissionError, match="anders aan"):
        uploading.upload(CONTENT)


def test_submitting_sends_the_values_first_and_once(bridge: Bridge, table: CheckedTable) -> None:
    oc.submit([table, table], title="One", purpose="Two")
    (content,) = bridge.uploaded
    (submitted,) = bridge.submitted
    own = submitted["outputs"][0]["query"]["own"]["one"]
    assert own["sha256"] == hashlib.sha256(content).hexdigest()
    assert own["code"] == "one = 1"


def test_values_that_are_gone_or_changed_are_told_before_the_request_is(
    bridge: Bridge, table: CheckedTable, tmp_path: Path
) -> None:
    (path,) = (tmp_path / "own").glob("*.parquet")
    path.write_bytes(CONTENT)
    with pytest.raises(SubmissionError, match=r"veranderd.*own_variable"):
        oc.submit(table, title="One", purpose="Two")
    path.unlink()
    with pytest.raises(SubmissionError, match="niet meer in deze werkplek"):
        oc.submit(table, title="One", purpose="Two")
    assert bridge.submitted == []
