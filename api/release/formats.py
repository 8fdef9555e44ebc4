"""The files of one output: the same columns in each format, with the same bytes whenever they are written again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from api.release.columns import columns_of
from api.release.comma_separated import CSV, CSVW, csv_of, csvw_of
from api.release.parquet import PARQUET, parquet_of
from api.release.workbook import XLSX, fits_a_sheet, workbook_of
from api.requests.models import Output
from api.requests.verdicts import known_verdict_of
from output_checker.figures import MEDIA_TYPES, draw
from output_checker.kinds.figure.query import FigureQuery
from output_checker.metadata import DatasetMetadata
from output_checker.query import Query
from output_checker.text import Language, Text


@dataclass(frozen=True)
class OutputFile:
    """A file to be written."""

    name: str
    media_type: str
    content: bytes


def files_of(output: Output, language: Language) -> Iterator[OutputFile]:
    """Return the files of a judged output: CSV with its description, Parquet, and XLSX when a sheet can hold it.

    A figure leaves as its table, and as the drawing that we make of that table.
    """
    query, verdict = Query.parse(output.query), known_verdict_of(output)
    columns = columns_of(verdict.table, query, language, verdict.intervals)
    stem = f"{output.request.number}-{output.position}"
    yield OutputFile(f"{stem}.csv", CSV, csv_of(columns))
    described = csvw_of(columns, f"{stem}.csv", _facts(output, query))
    yield OutputFile(f"{stem}.csv-metadata.json", CSVW, described)
    yield OutputFile(f"{stem}.parquet", PARQUET, parquet_of(columns))
    if fits_a_sheet(columns):
        yield OutputFile(f"{stem}.xlsx", XLSX, workbook_of(columns, stem))
    if isinstance(query, FigureQuery):
        yield OutputFile(f"{stem}.svg", MEDIA_TYPES["svg"], draw(verdict, query, language)["svg"])


def _facts(output: Output, query: Query) -> dict[str, Any]:
    version = output.dataset_version
    metadata = DatasetMetadata.parse(version.document)
    source = Text(
        nl=f"{metadata.title.nl}, versie {version.version}: {metadata.source.nl}",
        en=f"{metadata.title.en}, version {version.version}: {metadata.source.en}",
    )
    return {
        "dc:identifier": output.request.number,
        "dc:title": output.title or output.request.title,
        "dc:description": _in_both(query.in_words(metadata)),
        "dc:source": _in_both(source),
        "dc:rights": metadata.licence,
    }


def _in_both(text: Text) -> list[dict[str, str]]:
    return [{"@value": text.nl, "@language": "nl"}, {"@value": text.en, "@language": "en"}]
