"""`enclave budget` tells what is left, and finds out a ledger that somebody changed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from api.settings import get_settings
from deploy.cli import app
from tests.api.budget.makers import NOISY, Budgeted


@pytest.fixture
def command(budgeted: Budgeted, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    monkeypatch.setenv("ENCLAVE_STATE_DIR", str(budgeted.flow.settings.state_dir))
    get_settings.cache_clear()
    yield CliRunner()
    get_settings.cache_clear()


def test_what_is_left_and_whether_it_adds_up(budgeted: Budgeted, command: CliRunner) -> None:
    budgeted.flow.submit(NOISY)
    words = command.invoke(app, ["budget", "list"]).output.splitlines()
    assert words == [
        "persons  everybody  total 1  spent 0.25  left 0.75",
        "persons  project:minimum-incomes  total 0.6  spent 0.25  left 0.35",
    ]
    told = json.loads(command.invoke(app, ["budget", "list", "--json"]).output)
    assert [one["left_nano_rho"] for one in told] == [750_000_000, 350_000_000]
    assert command.invoke(app, ["budget", "verify"]).exit_code == 0
    with budgeted.database.transaction() as session:
        session.execute(text("UPDATE privacy_budget SET spent_nano_rho = 0 WHERE scope = 'everybody'"))
    found = command.invoke(app, ["budget", "verify"])
    assert found.exit_code == 1
    assert "persons/everybody" in found.output
