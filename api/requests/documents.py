"""What people send when they submit: a title, the context that checkers need, and one or more queries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from api.access.models import Project
from api.errors import InvalidError
from api.requests import words
from api.requests.models import Output, OutputRequest
from api.requests.questions import Question, check_question
from api.settings import Settings
from output_checker.query import Query
from output_checker.text import Text

MOST_OUTPUTS = 20
REMARKS = ("population", "question", "audience")


@dataclass(frozen=True)
class AskedOutput:
    """One output that is asked for: its title ("" when it has none) and the question behind it."""

    title: str
    question: Question


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


def asked_outputs(settings: Settings, project: Project, document: dict[str, Any]) -> list[AskedOutput]:
    """Return what `document` asks for, as `query` or as a list of `outputs`, in order.

    Raises InvalidError that names the field (`query...`, `outputs[1].query...`) or UnavailableError.
    """
    asked: list[AskedOutput] = []
    for place, title, query in _entries(document):
        question = check_question(settings, project, query, place)
        if any(question.query.digest == one.question.query.digest for one in asked):
            raise InvalidError(
                "asked_twice",
                Text("Deze tabel staat er al bij.", "This table is there already."),
                field=place,
                remedy=Text("Laat haar één keer staan.", "Leave it in once."),
            )
        asked.append(AskedOutput(title, question))
    return asked


def queries_of(asked: Iterable[AskedOutput]) -> list[Query]:
    """Return the queries of what is asked, in order."""
    return [one.question.query for one in asked]


def stored(request: OutputRequest, asked: list[AskedOutput]) -> list[Output]:
    """Return the rows of what is asked in the present round of `request`."""
    return [_row(request, position, one) for position, one in enumerate(asked, start=1)]


def _row(request: OutputRequest, position: int, asked: AskedOutput) -> Output:
    question = asked.question
    return Output(
        request=request,
        round=request.round,
        position=position,
        title=asked.title,
        query=json.loads(question.query.canonical()),
        query_digest=question.query.digest,
        dataset_version_id=question.view.dataset_version_id,
    )


def _entries(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    query, outputs = document.get("query"), document.get("outputs")
    if (query is None) == (outputs is None):
        raise InvalidError(
            "one_form",
            Text("Geef één query, of een lijst van outputs.", "Give one query, or a list of outputs."),
            field="query" if query is None else "outputs",
        )
    if outputs is None:
        yield "query", "", document["query"]
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
        yield f"outputs[{number}].query", title, one["query"]
