"""Changes to requests. Every change of state goes through `move`: one table, one history, one audit."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.decision import Door, check_access
from api.access.models import Project, Sandbox
from api.audit.service import Actor, record
from api.db import now
from api.errors import ConflictError, NotAllowedError
from api.jobs.service import JobKind, enqueue
from api.people.models import Person, Role
from api.requests import words
from api.requests.models import Output, OutputRequest, RequestState, StateChange
from api.requests.questions import Question, check_question
from api.requests.states import Party, check_lawful, next_step_in
from api.settings import Settings
from output_checker.text import Text

SUBMITTED = Text("Ingediend vanuit de werkomgeving.", "Submitted from the sandbox.")
WITHDRAWN = Text("De aanvrager heeft de aanvraag ingetrokken.", "The author withdrew the request.")


def submit(
    session: Session, actor: Actor, settings: Settings, sandbox: Sandbox, document: dict[str, Any], key: str
) -> OutputRequest:
    """Make a request out of `document` (title, purpose, query), have it judged, and return it.

    The same `key` with the same document again returns the same request. Raises NotAllowedError (every unmet
    condition), InvalidError (the field, why, and the way out), or ConflictError (the key was used for something else).
    """
    author, project = sandbox.grant.person, sandbox.grant.project
    check_access(session, Door.SUBMIT, author, project)
    words.idempotency_key(key)
    digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    if earlier := _earlier(session, author, project, key):
        return _same(earlier, digest)
    title, purpose = words.title(document["title"]), words.purpose(document["purpose"])
    question = check_question(settings, project, document["query"])
    request = _draft(
        session, project, author, title=title, purpose=purpose, idempotency_key=key, body_digest=digest
    )
    session.add(_output(request, question))
    move(session, request, RequestState.SUBMITTED, actor, SUBMITTED, query_digest=question.query.digest)
    enqueue(session, JobKind.JUDGE, request.id, request.round)
    return request


def withdraw(session: Session, actor: Actor, request: OutputRequest) -> None:
    """Take a request back, for good.

    Raises NotAllowedError (not the author) or ConflictError (it is approved or further).
    """
    if actor.person is None or actor.person.id != request.author_id:
        raise NotAllowedError(
            "not_author",
            Text("Alleen de aanvrager trekt een aanvraag in.", "Only the author withdraws a request."),
        )
    locked(session, request)
    move(session, request, RequestState.WITHDRAWN, actor, WITHDRAWN)


def move(
    session: Session, request: OutputRequest, after: RequestState, actor: Actor, reason: Text, **details: Any
) -> None:
    """Take one step of the table in api/requests/states.py, with its history and audit record.

    `details` go to the audit and must be JSON without any figure from microdata. Raises ConflictError when the step
    is not lawful for what `actor` is to this request.
    """
    before = request.state
    check_lawful(before, after, party_of(actor, request))
    request.state = after
    request.row_version += 1
    by = actor.person.id if actor.person else None
    # Added through the session: the history of a long-lived request need not be read to grow.
    session.add(StateChange(request=request, at=now(), before=before, after=after, by_id=by, reason=reason))
    session.flush()
    number = f"request:{request.number}"
    facts = {"before": before, "after": after, "round": request.round, **details}
    record(session, actor, f"request.{after.value}", number, reason.en, **facts)


def party_of(actor: Actor, request: OutputRequest) -> Party:
    """Return what `actor` is to this request: an author stays the author, in whatever role they act."""
    if actor.person is None:
        return Party.SYSTEM
    if actor.person.id == request.author_id:
        return Party.AUTHOR
    parties = {Role.CHECKER.value: Party.CHECKER, Role.ADMINISTRATOR.value: Party.ADMINISTRATOR}
    return parties.get(actor.acting_as, Party.NOBODY)


def locked(session: Session, request: OutputRequest) -> OutputRequest:
    """Return the request as it is now, held for this transaction: the next decision waits for this one."""
    session.flush()
    session.refresh(request, with_for_update=True)
    return request


def next_step(request: OutputRequest) -> Text:
    """Return what happens next, in words for the author."""
    return next_step_in(request.state)


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


def _draft(session: Session, project: Project, author: Person, **words_and_key: str) -> OutputRequest:
    """Return a stored draft; its number holds its row's id, which the database never gives twice."""
    passing = f"draft-{uuid.uuid4().hex}"
    request = OutputRequest(
        number=passing, state=RequestState.DRAFT, project=project, author=author, **words_and_key
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
        dataset_version=question.view.dataset_version,
    )
