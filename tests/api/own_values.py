"""Own variables for tests of the service: values made from the sandbox's microdata, uploaded, and asked about."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from api.uploads.service import directory_of
from tests.api.flow import Flow
from tests.api.uploads.factories import make_upload

CODE = "band = people.df.income.map(lambda income: 'high' if income > 35000 else 'low')\n"
BANDS = {"high": {"nl": "Hoog", "en": "High"}, "low": {"nl": "Laag", "en": "Low"}}


def persons(flow: Flow) -> dict[str, list[Any]]:
    """The microdata that the researcher sees, as columns."""
    (path,) = flow.settings.directory("data").glob("*.parquet")
    table = pq.read_table(path)
    return table.filter(pa.compute.greater_equal(table["income"], 10_000)).to_pydict()


def parquet_of(units: Sequence[Any], values: Sequence[Any]) -> bytes:
    """A file with own values."""
    written = BytesIO()
    pq.write_table(pa.table({"unit": list(units), "value": list(values)}), written)
    return written.getvalue()


def bands_of(flow: Flow, threshold: float = 35_000) -> bytes:
    """Each person's band of income, as the code above makes it."""
    seen = persons(flow)
    return parquet_of(seen["person"], ["high" if income > threshold else "low" for income in seen["income"]])


def uploaded(flow: Flow, content: bytes, sandbox_id: str = "") -> str:
    """Upload from the sandbox, and return the sha256."""
    with flow.database.transaction() as session:
        return make_upload(session, flow.settings, sandbox_id or flow.sandbox_id, content).sha256


def asking(
    sha256: str, *, name: str = "band", query: dict[str, Any] | None = None, **told: Any
) -> dict[str, Any]:
    """A query with an own variable."""
    own = {
        "type": "category",
        "label": {"nl": "Inkomensband", "en": "Band of income"},
        "code": CODE,
        "codes": BANDS,
        "sha256": sha256,
    } | told
    return {"dataset": "people", "index": "sex", "columns": name, **(query or {}), "own": {name: own}}


def kept_at(flow: Flow, sha256: str) -> Path:
    """Where the service keeps an upload of the project."""
    return directory_of(flow.settings, flow.world.project) / sha256
