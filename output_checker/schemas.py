"""The published JSON Schemas of the documents, for users of R, Stata and scripts."""

import json
from pathlib import Path
from typing import Any, Union

from pydantic import TypeAdapter

from output_checker.documents import Document
from output_checker.kinds import known_kinds
from output_checker.metadata import DatasetMetadata
from output_checker.policy import Policy
from output_checker.query import Query

DOCUMENTS: dict[str, type[Document]] = {"query": Query, "metadata": DatasetMetadata, "policy": Policy}
"""Each kind of document; a query is one of its kinds."""


def schema_of(name: str) -> str:
    """The JSON Schema of one kind of document, as text."""
    document = DOCUMENTS[name]
    schema = _schema_of_queries() if document is Query else document.model_json_schema()
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _schema_of_queries() -> dict[str, Any]:
    """One of the kinds; a document without a kind asks for a table."""
    any_kind: Any = Union[tuple(kind.query for kind in known_kinds().values())]  # noqa: UP007 - made at run time
    return TypeAdapter(any_kind).json_schema()


def write_schemas(directory: Path) -> list[Path]:
    """Write ``query.schema.json`` and its siblings, and say where."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = {name: directory / f"{name}.schema.json" for name in DOCUMENTS}
    for name, path in paths.items():
        path.write_text(schema_of(name), encoding="utf-8")
    return list(paths.values())


if __name__ == "__main__":  # pragma: no cover - what is run by its name is loaded past the probes
    write_schemas(Path("docs/reference/schemas"))
