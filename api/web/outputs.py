"""An output of a request as it is shown: the question in words, the judged table, and what stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.inspection.shown import ShownFile, shown_file
from api.requests.differences import Difference, differences
from api.requests.documents import context_now
from api.requests.in_words import question_in_words
from api.requests.models import Output, OutputRequest, Sort, WayOut, sort_of
from api.requests.verdicts import known_verdict_of, noisy_answer_of
from api.review.models import Comment, MentionedCell
from api.settings import Settings
from api.web.labels import CHANGES, CONTEXT, OUTCOMES, Label
from api.web.noise import ShownNoise, shown_noise
from api.web.own import OwnChange, ShownOwn, own_changes, shown_own
from api.web.results import (
    ShownFinding,
    ShownTable,
    UnitClass,
    place_of,
    shown_findings,
    shown_table,
    unit_classes,
)
from output_checker.metadata import DatasetMetadata
from output_checker.text import Language, Text
from output_checker.verdict import Verdict


@dataclass(frozen=True)
class ShownOutput:
    """One output in one language; without a verdict it is still being judged."""

    position: int
    title: str
    in_words: Text
    query: dict[str, Any]
    verdict: Verdict | None
    outcome: Label | None
    units: Text | None
    table: ShownTable | None
    classes: tuple[UnitClass, ...]
    findings: list[ShownFinding]
    own: Sequence[ShownOwn] = ()
    file: ShownFile | None = None
    ways_out: Sequence[WayOut] = ()
    noise: ShownNoise | None = None

    @property
    def sort(self) -> Sort:
        """What this is called by."""
        return sort_of(self.query)

    @property
    def is_file(self) -> bool:
        """Whether this is a file, and no query."""
        return self.sort is Sort.FILE


@dataclass(frozen=True)
class ShownDifference:
    """How one output relates to the last round: the question of then and of now, where there was one.

    `own` tells what changed in the researcher's own variables.
    """

    label: Label
    position: int
    title: str
    sort: Sort
    before: Text | None
    now: Text | None
    own: Sequence[OwnChange] = ()


@dataclass(frozen=True)
class ShownRemark:
    """Words about the request that were changed since the last round."""

    name: Text
    before: str
    now: str


@dataclass(frozen=True)
class ShownComment:
    """A comment and the cells that it is about, by their labels: none for who may not see the table here."""

    comment: Comment
    places: list[str]


def shown_comments(
    comments: Sequence[Comment], language: Language, *, with_cells: bool
) -> list[ShownComment]:
    """Return comments as they are shown."""
    return [
        ShownComment(one, [_place(cell, language) for cell in one.cells] if with_cells else [])
        for one in comments
    ]


def _place(cell: MentionedCell, language: Language) -> str:
    table = known_verdict_of(cell.output).table
    labels = place_of(table, cell.row * len(table.columns) + cell.column, language)
    return f"{cell.output.position}: {labels}"


def shown_differences(request: OutputRequest) -> list[ShownDifference]:
    """Return how each output differs from the last round; nothing in the first."""
    return [_shown(one) for one in differences(request)]


def shown_remarks(request: OutputRequest) -> list[ShownRemark]:
    """Return the words that changed since the last round; nothing in the first."""
    said = {one.number: one.context for one in request.rounds}
    before, now = said.get(request.round - 1, {}), context_now(request)
    return [
        ShownRemark(CONTEXT[name], words, now[name]) for name, words in before.items() if words != now[name]
    ]


def _shown(one: Difference) -> ShownDifference:
    is_same = one.output and one.before and one.output.query_digest == one.before.query_digest
    return ShownDifference(
        CHANGES[one.change],
        one.either.position,
        one.either.title,
        one.either.sort,
        question_in_words(one.before) if one.before and not is_same else None,
        question_in_words(one.output) if one.output else None,
        own_changes(one.before, one.output),
    )


def shown_output(
    output: Output, verdict: Verdict | None, language: Language, settings: Settings | None = None
) -> ShownOutput:
    """Return an output with as much of its verdict as the reader may see; with `settings` a file is read too."""
    if output.is_file:
        return _shown_file(output, verdict, language, settings)
    metadata = DatasetMetadata.parse(output.dataset_version.document)
    in_words = question_in_words(output)
    if verdict is None:
        return ShownOutput(
            output.position, output.title, in_words, output.query, None, None, None, None, (), []
        )
    answer = noisy_answer_of(output)
    return ShownOutput(
        output.position,
        output.title,
        in_words,
        output.query,
        verdict,
        OUTCOMES[verdict.outcome],
        metadata.unit_label(verdict.units),
        shown_table(verdict, language),
        unit_classes(verdict.table),
        shown_findings(verdict, language),
        shown_own(verdict.own),
        ways_out=output.ways_out,
        noise=shown_noise(answer, verdict, language) if answer else None,
    )


def _shown_file(
    output: Output, verdict: Verdict | None, language: Language, settings: Settings | None
) -> ShownOutput:
    return ShownOutput(
        output.position,
        output.title or output.query["name"],
        question_in_words(output),
        output.query,
        verdict,
        OUTCOMES[verdict.outcome] if verdict else None,
        None,
        None,
        (),
        shown_findings(verdict, language) if verdict else [],
        file=shown_file(settings, verdict) if verdict and settings else None,
    )
