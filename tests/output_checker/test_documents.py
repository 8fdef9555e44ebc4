from pathlib import Path

import pytest

from output_checker import documents
from output_checker.errors import MetadataError, PolicyError, QueryError
from output_checker.metadata import DatasetMetadata
from output_checker.policy import Policy
from output_checker.query import Query


def test_reads_json_and_toml_alike(tmp_path: Path) -> None:
    (tmp_path / "query.json").write_text('{"dataset": "town", "index": ["sex"]}')
    (tmp_path / "query.toml").write_text('dataset = "town"\nindex = "sex"')
    assert Query.load(tmp_path / "query.json") == Query.load(tmp_path / "query.toml")


@pytest.mark.parametrize(
    ("name", "content", "dutch"),
    [
        ("query.json", "{oops", "geen geldige JSON"),
        ("query.toml", "oops", "geen geldige TOML"),
        ("query.json", "[" * 100_000, "geen geldige JSON"),
    ],
)
def test_malformed_files_are_refused_in_words(tmp_path: Path, name: str, content: str, dutch: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(QueryError) as caught:
        Query.load(tmp_path / name)
    assert dutch in caught.value.message.nl
    assert caught.value.field == name


@pytest.mark.parametrize("words", ['  {"index": ["sex"]}', 'index = ["sex"]'])
def test_pasted_words_are_json_or_toml(words: str) -> None:
    assert documents.plain_from(words, QueryError) == {"index": ["sex"]}


@pytest.mark.parametrize("words", ["{oops", "oops", "{" * 100_000])
def test_pasted_words_that_are_neither_are_refused(words: str) -> None:
    with pytest.raises(QueryError, match="not valid") as caught:
        documents.plain_from(words, QueryError)
    assert caught.value.remedy


def test_missing_binary_and_huge_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MetadataError, match="cannot be read"):
        DatasetMetadata.load(tmp_path / "absent.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PolicyError, match="cannot be read"):
        Policy.load(tmp_path / "binary.json")
    monkeypatch.setattr(documents, "MAX_DOCUMENT_BYTES", 2)
    with pytest.raises(PolicyError, match="too large"):
        Policy.load(tmp_path / "binary.json")


@pytest.mark.parametrize(
    ("document", "field", "dutch"),
    [
        ({"dataset": "town"}, "index", "Dit veld ontbreekt."),
        ({"dataset": "town", "index": ["sex"], "sql": "x"}, "sql", "Dit veld bestaat niet."),
        (
            {"dataset": "town", "index": ["sex"], "normalize": "rows"},
            "normalize",
            "Kies uit: 'all', 'index' of 'columns'.",
        ),
        ({"dataset": "town", "index": ["sex"], "aggfunc": "max"}, "aggfunc", "Kies uit: count, sum, mean"),
        ({"dataset": "town", "index": ["sex; --"]}, "index[0]", "Gebruik een naam"),
        ({"dataset": "town", "index": []}, "index", "Deze lijst is te kort."),
        ({"dataset": "town", "index": ["sex"], "where": ["1" * 3000]}, "where[0]", "Deze tekst is te lang."),
        ({"dataset": "town", "index": ["sex"], "margins": "maybe"}, "margins", "niet de juiste vorm"),
        ([], None, "niet de juiste vorm"),
    ],
)
def test_the_first_fault_is_named_with_its_place(document: object, field: str | None, dutch: str) -> None:
    with pytest.raises(QueryError) as caught:
        Query.parse(document)
    assert caught.value.field == field
    assert dutch in caught.value.message.nl
