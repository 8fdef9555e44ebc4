"""The published JSON Schemas of the documents, for users of R, Stata and scripts."""

import json
from pathlib import Path

from output_checker.documents import Document
from output_checker.metadata import DatasetMetadata
from output_checker.policy import Policy
from output_checker.query import Query

DOCUMENTS: dict[str, type[Document]] = {"query": Query, "metadata": DatasetMetadata, "policy": Policy}


def schema_of(name: str) -> str:
    """The JSON Schema of one kind of document, as text."""
    return json.dumps(DOCUMENTS[name].model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def write_schemas(directory: Path) -> list[Path]:
    """Write ``query.schema.json`` and its siblings, and say where."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = {name: directory / f"{name}.schema.json" for name in DOCUMENTS}
    for name, path in paths.items():
        path.write_text(schema_of(name), encoding="utf-8")
    return list(paths.values())


if __name__ == "__main__":
    write_schemas(Path("docs/reference/schemas"))
