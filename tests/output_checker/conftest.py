from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.output_checker.town import Town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Town]:
    def build(**given: Any) -> Town:
        return Town(tmp_path, **given)

    return build
