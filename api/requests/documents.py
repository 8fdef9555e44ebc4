"""What people send when they submit: a title, the context that checkers need, and one or more queries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from api.access.models import DatasetView, Grant
from api.budget.answering import check_numbers
from api.errors import InvalidError
from api.inspection.asking import AskedFile, FileFinder, check_names_differ, no_files
from api.requests import words
from api.requests.models import Output, OutputRequest
from api.requests.questions import Question, check_question
from api.settings import Settings
from api.uploads.models import Upload
from output_checker.query import Query
from output_checker.text import Text

MOST_OUTPUTS = 20
REMARKS = ("population", "question", "audience")
_LONGEST_NAME = 64


@dataclass(frozen=True)
class AskedOutput:
    """One output that is asked for: its title ("" when it has none) and the question behind it, or the file."""

    title: str
    question: Question | AskedFile

    @property
    def digest(self) -> str:
        """The sha256 (64 hex digits) by which the same output is known again."""
        return self.question.digest if isinstance(self.question, AskedFile) else self.question.query.digest

    @property
    def document(self) -> dict[str, Any]:
        """The query, or what names the file, in its canonical form."""
        if isinstance(self.question, AskedFile):
            return self.question.document
        canonical: dict[str, Any] = json.loads(self.question.query.canonical())
        return canonical

    @property
    def numbers(self) -> int:
        """How many numbers with noise it asks for."""
        return 0 if isinstance(self.question, AskedFile) else self.question.numbers

    @property
    def upload(self) -> Upload | None:
        """What was uploaded for it, None for a question."""
        return self.question.upload if isinstance(self.question, AskedFile) else None

    @property
    def view(self) -> DatasetView | None:
        """The view that it was checked against, None for a file."""
        return None if isinstance(self.question, AskedFile) else self.question.view


def digest_of_body(document: dict[str, Any]) -> str:
    """Return the sha256 (64 hex digits) by which the same submission is known again."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def context_of(document: dict[str, Any]) -> dict[str, str]:
    """Return title, purpose, population, question and audience of `document`, each fit to be shown.

    Raises InvalidError that names the field.
    """
    remarks = {name: words.context(document.get(name) or "", name) for name in REMARKS}
    return {"title": words.title(document["title"]), "purpose": words.purpose(document["purpose"]), **remarks}


def context_now(request: OutputRequest) -> dict[str, str]:
    """Return the words of a request as they stand."""
    return {name: getattr(request, name) for name in ("title", "purpose", *REMARKS)}


def asked_outputs(
    settings: Settings, grant: Grant, document: dict[str, Any], files: FileFinder = no_files
) -> list[AskedOutput]:
    """Return what `document` asks for under `grant`, as `query` or as a list of `outputs`, in order.

    `files` finds what it names.

    Raises InvalidError that names the field (`query...`, `outputs[1].query...`), NotFoundError (a file that was not
    uploaded) or UnavailableError.
    """
    asked: list[AskedOutput] = []
    for entry in _entries(document):
        one = AskedOutput(entry.title, _question(settings, grant, entry, files))
        if any(one.digest == other.digest for other in asked):
            raise asked_twice(entry.place)
        asked.append(one)
        # At once, so that nobody lays out twenty tables of a country to hear that it is too much.
        check_numbers(sum(each.numbers for each in asked), settings.noisy_numbers, entry.place)
    check_names_differ([one.question for one in asked if isinstance(one.question, AskedFile)])
    return asked


def asked_twice(place: str) -> InvalidError:
    """Return the refusal of an output that is among the others already."""
    return InvalidError(
        "asked_twice",
        Text("Deze tabel of dit bestand staat er al bij.", "This table or file is there already."),
        field=place,
        remedy=Text("Laat dat één keer staan.", "Leave it in once."),
    )


def _question(settings: Settings, grant: Grant, entry: _Entry, files: FileFinder) -> Question | AskedFile:
    if entry.file is not None:
        return files(entry.file, entry.place)
    return check_question(settings, grant, entry.query, entry.place)


def datasets_named(document: dict[str, Any]) -> set[str]:
    """Return the names of datasets that a document asks about, as far as they could be names at all.

    Whatever else stands there is refused when it is read as a query.
    """
    asked = [document, *(document.get("outputs") or ())]
    named = [query.get("dataset") for one in asked if (query := one.get("query"))]
    return {
        name
        for name in named
        if isinstance(name, str) and len(name) < _LONGEST_NAME and name.isascii() and name.isidentifier()
    }


def queries_of(asked: Iterable[AskedOutput]) -> list[Query]:
    """Return the queries of what is asked, in order; files have none."""
    return [one.question.query for one in asked if isinstance(one.question, Question)]


def stored(request: OutputRequest, asked: list[AskedOutput]) -> list[Output]:
    """Return the rows of what is asked in the present round of `request`."""
    return [_row(request, position, one) for position, one in enumerate(asked, start=1)]


def _row(request: OutputRequest, position: int, asked: AskedOutput) -> Output:
    return Output(
        request=request,
        round=request.round,
        position=position,
        title=asked.title,
        query=asked.document,
        query_digest=asked.digest,
        dataset_version_id=asked.view.dataset_version_id if asked.view else None,
    )


@dataclass(frozen=True)
class _Entry:
    """One output as it was sent: a query, or what names a file; `place` is its field."""

    place: str
    title: str
    query: dict[str, Any]
    file: dict[str, Any] | None = None


def _entries(document: dict[str, Any]) -> Iterator[_Entry]:
    query, outputs = document.get("query"), document.get("outputs")
    if (query is None) == (outputs is None):
        raise InvalidError(
            "one_form",
            Text("Geef één query, of een lijst van outputs.", "Give one query, or a list of outputs."),
            field="query" if query is None else "outputs",
        )
    if outputs is None:
        yield _Entry("query", "", document["query"])
        return
    if not 1 <= len(outputs) <= MOST_OUTPUTS:
        raise InvalidError(
            "number_of_outputs",
            Text(
                f"Vraag 1 tot {MOST_OUTPUTS} tabellen tegelijk.",
                f"Ask for 1 to {MOST_OUTPUTS} tables at once.",
            ),
            field="outputs",
        )
    for number, one in enumerate(outputs):
        title = words.output_title(one.get("title") or "", f"outputs[{number}].title")
        yield _entry(f"outputs[{number}]", title, one)


def _entry(place: str, title: str, sent: dict[str, Any]) -> _Entry:
    query, file = sent.get("query"), sent.get("file")
    if (query is None) == (file is None):
        raise InvalidError(
            "query_or_file",
            Text("Geef een query of een bestand.", "Give a query or a file."),
            field=place,
        )
    return _Entry(f"{place}.{'query' if file is None else 'file'}", title, query or {}, file)
