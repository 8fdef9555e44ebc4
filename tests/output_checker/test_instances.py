"""Instances of the engine that are opened ahead or stay open: locked as ever, and each for whoever asks."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import duckdb
import pytest

from output_checker import instances
from output_checker.dataset import Dataset
from output_checker.engine import Engine, Limits
from output_checker.judge import check, judge
from output_checker.policy import load_policy
from output_checker.query import Query
from tests.output_checker.town import Town

QUERY = Query.parse({"dataset": "town", "index": "sex"})


@pytest.fixture(autouse=True)
def _nothing_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instances, "_ahead", [])
