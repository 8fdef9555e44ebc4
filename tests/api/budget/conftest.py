"""The researcher sits in a sandbox with approved microdata, on whose population a budget is set."""

from __future__ import annotations

import pytest

from tests.api.budget.makers import Budgeted, with_budget
from tests.api.flow import Flow


@pytest.fixture
def budgeted(flow: Flow) -> Budgeted:
    return with_budget(flow)
