import json
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

from output_checker.kinds import known_kinds
from output_checker.schemas import DOCUMENTS, schema_of, write_schemas

PUBLISHED = Path(__file__).parents[2] / "docs" / "reference" / "schemas"


def _alternatives(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The schema itself, or those of each kind that it allows."""
    names = [one["$ref"].rpartition("/")[2] for one in schema.get("anyOf", [])]
    return [schema["$defs"][name] for name in names] or [schema]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_published_schema_is_current(name: str) -> None:
    assert (PUBLISHED / f"{name}.schema.json").read_text(encoding="utf-8") == schema_of(name), (
        "run: python -m output_checker.schemas"
    )


def test_schemas_refuse_unknown_fields(tmp_path: Path) -> None:
    schemas = [json.loads(path.read_text()) for path in write_schemas(tmp_path / "new")]
    assert len(schemas) == len(DOCUMENTS)
    documents = [one for schema in schemas for one in _alternatives(schema)]
    assert len(documents) == len(DOCUMENTS) - 1 + len(known_kinds())
    assert all(one["additionalProperties"] is False for one in documents)


def test_the_command_writes_them_where_they_are_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "output_checker.schemas")
    runpy.run_module("output_checker.schemas", run_name="__main__")
    written = sorted(path.name for path in (tmp_path / "docs" / "reference" / "schemas").iterdir())
    assert written == ["metadata.schema.json", "policy.schema.json", "query.schema.json"]


def test_a_policys_rules_have_their_parameters() -> None:
    rules = json.loads(schema_of("policy"))["properties"]["rules"]["properties"]
    assert rules["threshold"]["properties"]["minimum_units"]["default"] == 10
