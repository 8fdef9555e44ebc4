"""Submitting a request, in two steps: `prepare` takes its time, `submit` holds the lock that all changes wait for.

Reading the microdata to see whether a question makes sense can take seconds; whoever asks on and on must not keep
everybody else from writing meanwhile.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.decision import Door, check_access
from api.access.models import Project, Sandbox
from api.audit.service import Actor
from api.catalogue.views import views_of
from api.db import now
from api.errors import ConflictError
from api.jobs.service import JobKind, enqueue
from api.people.models import Person
from api.requests import words
from api.requests.models import Output, OutputRequest, RequestState
from api.requests.questions import Question, check_question
from api.requests.quota import check_quota
from api.requests.service import move
from api.settings import Settings
from output_checker.text import Text

SUBMITTED = Text("Ingediend vanuit de werkomgeving.", "Submitted from the sandbox.")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that makes sense; `digest` is of the document, `question` is None when `key` was used before."""

    title: str
    purpose: str
    key: str
    digest: str
    question: Question | None


def prepare(
    session: Session, settings: Settings, sandbox: Sandbox, document: dict[str, Any], key: str
) -> Prepared:
    """Return what can be submitted of `document` (title, purpose, query); changes nothing.

    Raises NotAllowedError (every unmet condition), InvalidError (the field, why, and the way out),
    TooManyRequestsError or UnavailableError (the microdata are damaged).
    """
    author, project = sandbox.grant.person, sandbox.grant.project
    check_access(session, Door.SUBMIT, author, project)
    words.idempotency_key(key)
    digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    title, purpose = words.title(document["title"]), words.purpose(document["purpose"])
    question = None
    if _earlier(session, author, project, key) is None:
        check_quota(session, settings, author)
        question = check_question(settings, project, document["query"])
    return Prepared(title, purpose, key, digest, question)


def submit(
    session: Session, actor: Actor, settings: Settings, sandbox: Sandbox, prepared: Prepared
) -> OutputRequest:
    """Make a request out of what was prepared, have it judged, and return it.

    The same key with the same document again returns the same request. Raises NotAllowedError (every unmet
    condition), TooManyRequestsError or ConflictError (the key was used for something else, the view changed).
    """
    author, project = sandbox.grant.person, sandbox.grant.project
    check_access(session, Door.SUBMIT, author, project)
    if earlier := _earlier(session, author, project, prepared.key):
        return _same(earlier, prepared.digest)
    check_quota(session, settings, author)
    question = _in_force(project, prepared.question)
    request = _draft(session, project, author, prepared)
    session.add(_output(request, question))
    move(session, request, RequestState.SUBMITTED, actor, SUBMITTED, query_digest=question.query.digest)
    enqueue(session, JobKind.JUDGE, request.id, request.round)
    return request


def _earlier(session: Session, author: Person, project: Project, key: str) -> OutputRequest | None:
    return session.scalar(
        select(OutputRequest).where(
            OutputRequest.author_id == author.id,
            OutputRequest.project_id == project.id,
            OutputRequest.idempotency_key == key,
        )
    )


def _same(earlier: OutputRequest, digest: str) -> OutputRequest:
    if earlier.body_digest != digest:
        raise ConflictError(
            "key_reused",
            Text(
                f"Met deze sleutel is al iets anders ingediend: {earlier.number}.",
                f"Something else was submitted under this key already: {earlier.number}.",
            ),
            field="idempotency_key",
            remedy=Text("Gebruik een nieuwe sleutel.", "Use a new key."),
        )
    return earlier


def _draft(session: Session, project: Project, author: Person, prepared: Prepared) -> OutputRequest:
    """Return a stored draft; its number holds its row's id, which the database never gives twice."""
    request = OutputRequest(
        number=f"draft-{uuid.uuid4().hex}",
        state=RequestState.DRAFT,
        project=project,
        author=author,
        title=prepared.title,
        purpose=prepared.purpose,
        idempotency_key=prepared.key,
        body_digest=prepared.digest,
    )
    session.add(request)
    session.flush()
    request.number = f"R-{now().year}-{request.id:04d}"
    return request


def _output(request: OutputRequest, question: Question) -> Output:
    return Output(
        request=request,
        position=1,
        query=json.loads(question.query.canonical()),
        query_digest=question.query.digest,
        dataset_version_id=question.view.dataset_version_id,
    )


def _in_force(project: Project, question: Question | None) -> Question:
    """Return the question when the view that it was checked against is still what the project sees."""
    view = views_of(project).get(question.query.dataset) if question else None
    if question is None or view is None or view.id != question.view.id:
        raise ConflictError(
            "view_changed",
            Text(
                "Wat dit project van de microdata ziet is zojuist veranderd.",
                "What this project sees of the microdata has just changed.",
            ),
            field="query.dataset",
            remedy=Text("Open het project opnieuw.", "Open the project again."),
        )
    return question
