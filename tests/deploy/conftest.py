"""Installations for the tests of deploy: initialised, in directories of their own."""

from pathlib import Path

import pytest

from api.settings import Settings
from deploy.running import initialise


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("ENCLAVE_STATE_DIR", str(tmp_path / "state"))
    made = Settings()
    initialise(made)
    return made
