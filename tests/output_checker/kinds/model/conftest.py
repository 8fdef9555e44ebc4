from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.output_checker.kinds.model.people import make_town
from tests.output_checker.town import Town


@pytest.fixture
def people(tmp_path: Path) -> Town:
    return make_town(tmp_path)


@pytest.fixture
def with_people(tmp_path: Path) -> Callable[..., Town]:
    def build(**changes: Any) -> Town:
        return make_town(tmp_path, **changes)

    return build
