"""A draft as its author sees it: what each output asks, in words, and what reviewers would most likely refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.access.models import DatasetView
from api.requests.models import Sort, sort_of
from output_checker.errors import OutputCheckerError
from output_checker.metadata import DatasetMetadata
from output_checker.precheck import of_numbers, of_words
from output_checker.query import Query
from output_checker.text import Text

NOT_READABLE = Text("Deze vraag is niet te lezen.", "This question cannot be read.")
NOT_SEEN = Text("U ziet deze microdata niet (meer).", "You do not see these microdata (any more).")
NO_OUTPUTS = Text("Voeg minstens één tabel of bestand toe.", "Add at least one table or file.")


@dataclass(frozen=True)
class DraftedOutput:
    """One output of a draft: its question in words or the name of its file, and what is usually asked about it."""

    position: int
    title: str
    in_words: Text
    sort: Sort
    warnings: Sequence[Text]


@dataclass(frozen=True)
class ShownDraft:
    """The outputs of a draft, and what is missing in the words around them."""

    outputs: Sequence[DraftedOutput]
    warnings: Sequence[Text]

    @property
    def warned(self) -> bool:
        """Whether there is anything that reviewers would most likely refuse."""
        return bool(self.warnings) or any(one.warnings for one in self.outputs)


def shown_draft(
    views: Mapping[str, DatasetView], said: dict[str, str], outputs: Sequence[dict[str, Any]]
) -> ShownDraft:
    """Return a draft with these words and outputs as it is shown to its author, who sees these `views`."""
    queries = [_query(one) for one in outputs]
    readable = [query for query in queries if query]
    missing = list(of_words(readable, said["title"], said["purpose"], said["population"]))
    shown = [
        _output(views, position, one, query)
        for position, (one, query) in enumerate(zip(outputs, queries, strict=True), 1)
    ]
    return ShownDraft(shown, missing if outputs else [*missing, NO_OUTPUTS])


def _query(one: dict[str, Any]) -> Query | None:
    """The query of an output; None for a file, or for what nobody can read any more."""
    try:
        return Query.parse(one["query"]) if "query" in one else None
    except OutputCheckerError:
        return None


def _output(
    views: Mapping[str, DatasetView], position: int, one: dict[str, Any], query: Query | None
) -> DraftedOutput:
    if "file" in one:
        return DraftedOutput(position, one["title"], Text.same(one["file"]["name"]), Sort.FILE, ())
    warnings = list(of_numbers(query)) if query else []
    return DraftedOutput(position, one["title"], _in_words(views, query), sort_of(one["query"]), warnings)


def _in_words(views: Mapping[str, DatasetView], query: Query | None) -> Text:
    if query is None:
        return NOT_READABLE
    view = views.get(query.dataset)
    return query.in_words(DatasetMetadata.parse(view.dataset_version.document)) if view else NOT_SEEN
