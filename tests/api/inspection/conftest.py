"""The researcher sits in a sandbox; files are inspected in this process, which is faster and finds the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.inspection import judging
from output_checker.files.apart import Means
from output_checker.files.inspection import Inspection, inspect_file
from tests.api.flow import Flow
from tests.api.inspection.files import Files


@pytest.fixture
def files(flow: Flow) -> Files:
    return Files(flow)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    def inspect(name: str, path: Path, *, means: Means) -> Inspection:
        return inspect_file(name, path.read_bytes())

    monkeypatch.setattr(judging, "inspect_apart", inspect)
