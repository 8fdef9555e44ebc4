import hashlib
from pathlib import Path

import pytest

from output_checker.dataset import Dataset, file_digest
from output_checker.errors import DatasetError
from tests.output_checker.town import Town


def test_the_digest_is_of_the_file_unless_registered(town: Town) -> None:
    digest = hashlib.sha256(town.path.read_bytes()).hexdigest()
    assert town.dataset.sha256 == digest
    registered = town.metadata.model_copy(update={"sha256": "0" * 64})
    assert Dataset(registered, town.path).sha256 == "0" * 64


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        file_digest(tmp_path / "absent.parquet")
