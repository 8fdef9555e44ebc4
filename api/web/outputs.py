"""An output of a request as it is shown: the question in words, the judged table, and what stands behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api.requests.models import Output
from api.web.labels import OUTCOMES, Label
from api.web.results import ShownFinding, ShownTable, UnitClass, shown_findings, shown_table, unit_classes
from output_checker.metadata import DatasetMetadata
from output_checker.query import Query
from output_checker.text import Language, Text
from output_checker.verdict import Verdict


@dataclass(frozen=True)
class ShownOutput:
    """One output in one language; without a verdict it is still being judged."""

    in_words: Text
    query: dict[str, Any]
    verdict: Verdict | None
    outcome: Label | None
    units: Text | None
    table: ShownTable | None
    classes: tuple[UnitClass, ...]
    findings: list[ShownFinding]


def shown_output(output: Output, verdict: Verdict | None, language: Language) -> ShownOutput:
    """Return an output with as much of its verdict as the reader may see."""
    metadata = DatasetMetadata.parse(output.dataset_version.document)
    in_words = Query.parse(output.query).in_words(metadata)
    if verdict is None:
        return ShownOutput(in_words, output.query, None, None, None, None, (), [])
    return ShownOutput(
        in_words,
        output.query,
        verdict,
        OUTCOMES[verdict.outcome],
        metadata.unit_label(verdict.units),
        shown_table(verdict, language),
        unit_classes(verdict.table),
        shown_findings(verdict, language),
    )
