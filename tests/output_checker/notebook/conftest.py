import json
import shutil
from pathlib import Path

import pytest

from output_checker.policy import load_policy
from tests.output_checker.town import Town


@pytest.fixture
def sandbox(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project directory as a sandbox mounts it, in Dutch."""
    directory = tmp_path / "data"
    directory.mkdir()
    shutil.copy(town.path, directory / "town.parquet")
    (directory / "town.json").write_text(town.metadata.model_dump_json())
    (directory / "policy.json").write_text(load_policy("essnet").model_dump_json())
    (directory / "project.json").write_text(
        json.dumps({"slug": "p", "title": "P", "language": "nl", "centre": "c"})
    )
    monkeypatch.setenv("ENCLAVE_DATA_DIR", str(directory))
    return directory
