"""Four processes of four threads, killed at any moment: nothing is overspent, and no question has two answers.

The same on PostgreSQL stands in tests/api/test_postgresql.py, where a server runs anyway.
"""

from __future__ import annotations

from pathlib import Path

from tests.api.budget.makers import Budgeted
from tests.api.budget.torturing import tortured


def test_nothing_is_overspent_whoever_dies_when(budgeted: Budgeted, tmp_path: Path) -> None:
    assert tortured(budgeted, budgeted.flow.settings.database, tmp_path) > 0
