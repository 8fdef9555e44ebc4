"""What the server of children does once, so that no child has to: loading everything, and judging made-up people.

It opens no registered microdata and no database: whoever is forked from it starts without anybody's data.
"""

from __future__ import annotations

import gc
import logging
import tempfile
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy.orm import configure_mappers

from api import tables
from api.jobs import tasks
from api.reading import seldom_look_for_garbage
from output_checker.dataset import Dataset
from output_checker.engine import Limits
from output_checker.errors import OutputCheckerError
from output_checker.instances import open_ahead
from output_checker.judge import judge
from output_checker.metadata import DatasetMetadata
from output_checker.policy import load_policy
from output_checker.query import Query

__all__ = ["rehearse", "tables", "tasks"]

_LOG = logging.getLogger(__name__)
_SAME = {"nl": "-", "en": "-"}
_VARIABLES: tuple[dict[str, Any], ...] = (
    {"name": "unit", "type": "integer", "role": "identifier"},
    {"name": "side", "type": "category", "role": "quasi_identifier", "codes": {"a": _SAME, "b": _SAME}},
    {"name": "size", "type": "number", "role": "sensitive"},
)
_DOCUMENT: dict[str, Any] = {
    "name": "rehearsal",
    "version": "1",
    "title": _SAME,
    "population": _SAME,
    "source": _SAME,
    "licence": "CC0",
    "sha256": "0" * 64,
    "units": {"unit": {"key": "unit", "label": _SAME, "one_row_per_unit": True}},
    "variables": [{"label": _SAME, **variable} for variable in _VARIABLES],
}
_QUERY = {
    "dataset": "rehearsal",
    "index": "side",
    "values": "size",
    "aggfunc": "sum",
    "where": "size > 1",
    "margins": True,
}
_PEOPLE = "SELECT range AS unit, CASE WHEN range % 2 = 0 THEN 'a' ELSE 'b' END AS side, range + 1.5 AS size FROM range(40)"


def rehearse() -> None:
    """Judge a table of forty made-up units, keep what was loaded for it, and have an engine ready for each child."""
    configure_mappers()
    seldom_look_for_garbage()
    try:
        with tempfile.TemporaryDirectory(prefix="enclave-") as directory:
            _judge(Path(directory) / "rehearsal.parquet")
        open_ahead()
    except (OSError, duckdb.Error, OutputCheckerError):
        # A full disk, say: children then load by themselves what they need.
        _LOG.exception("the rehearsal failed")
    # What is loaded stays: the collector of a child need not copy the pages that it stands on.
    gc.collect()
    gc.freeze()


def _judge(path: Path) -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"COPY ({_PEOPLE}) TO '{path}' (FORMAT parquet)")
    dataset = Dataset(DatasetMetadata.parse(_DOCUMENT), path, row_filter="size >= 1")
    judge(Query.parse(_QUERY), dataset, load_policy("essnet"), Limits(threads=1))
