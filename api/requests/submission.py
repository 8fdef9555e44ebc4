"""Submitting a request, in two steps: `prepare` takes its time, the others hold the lock that all changes wait for.

Reading the microdata to see whether a question makes sense can take seconds; whoever asks on and on must not keep
everybody else from writing meanwhile.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.access.models import Grant, Project
from api.audit.service import Actor
from api.budget.answering import view_digest
from api.budget.models import PrivacyCharge
from api.budget.service import Question as PaidQuestion
from api.budget.service import spend
from api.catalogue.views import seen_under
from api.db import now
from api.errors import ConflictError
from api.inspection.asking import file_asked, keep_upload
from api.jobs.service import JobKind, enqueue
from api.people.models import Person
from api.requests import words
from api.requests.documents import (
    AskedOutput,
    asked_outputs,
    context_now,
    context_of,
    datasets_named,
    digest_of_body,
    queries_of,
    stored,
)
from api.requests.models import Draft, OutputRequest, RequestRound, RequestState
from api.requests.own_values import uploaded_values
from api.requests.permissions import check_user_can_submit
from api.requests.questions import Question
from api.requests.quota import check_quota
from api.requests.service import check_author, locked, move
from api.review.requirements import settled_at_submission
from api.settings import Settings
from api.uploads.service import use
from output_checker.text import Text

SUBMITTED = Text("Ingediend vanuit de werkomgeving.", "Submitted from the sandbox.")
SUBMITTED_ON_PAGE = Text("Ingediend vanuit een concept.", "Submitted from a draft.")
RESUBMITTED = Text("Aangepast en opnieuw ingediend.", "Changed and submitted again.")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that makes sense: its words and what it asks for (None when `key` was used before).

    `digest` is the sha256 of the document.
    """

    context: dict[str, str]
    key: str
    digest: str
    asked: list[AskedOutput] | None


def prepare(
    session: Session,
    settings: Settings,
    grant: Grant,
    document: dict[str, Any],
    key: str,
    request: OutputRequest | None = None,
) -> Prepared:
    """Return what can be submitted of `document` (see api/requests/documents.py) under a grant; changes nothing.

    With `request` it is for a next round, and words that are left out stay as they are. Raises NotAllowedError (every
    unmet condition), InvalidError (the field, why, and the way out; also for values that were not uploaded),
    TooManyRequestsError or UnavailableError (the microdata are damaged).
    """
    author, project = grant.person, grant.project
    grant = check_user_can_submit(session, author, project, datasets_named(document))
    words.idempotency_key(key)
    digest = digest_of_body(document)
    context = context_of((context_now(request) if request else {}) | document)
    earlier = _round_of(request, key) if request else _earlier(session, author, project, key)
    asked = None
    if earlier is None:
        check_quota(session, settings, author, request)
        asked = asked_outputs(settings, grant, document, partial(file_asked, session, project, author))
        uploaded_values(session, project, author, queries_of(asked))
    return Prepared(context, key, digest, asked)


def submit(
    session: Session, actor: Actor, settings: Settings, grant: Grant, prepared: Prepared
) -> OutputRequest:
    """Make a request out of what was prepared, have it judged, and return it.

    The same key with the same document again returns the same request. Raises NotAllowedError (every unmet
    condition), TooManyRequestsError or ConflictError (the key was used for something else, the view changed, or the
    privacy budget does not allow an answer with noise).
    """
    author, project = grant.person, grant.project
    grant = check_user_can_submit(session, author, project, _datasets(prepared.asked))
    if earlier := _earlier(session, author, project, prepared.key):
        _check_same(earlier, earlier.body_digest, prepared.digest)
        return earlier
    check_quota(session, settings, author)
    asked = _in_force(grant, prepared.asked)
    request = new_request(session, project, author, prepared.context, prepared.key, prepared.digest)
    _begin_round(session, actor, request, asked, prepared, SUBMITTED)
    return request


def submit_draft(
    session: Session,
    actor: Actor,
    settings: Settings,
    grant: Grant,
    request: OutputRequest,
    prepared: Prepared,
) -> OutputRequest:
    """Submit what an author drafted, as the first round of a request or as its next one, and have it judged.

    Raises NotAllowedError (not the author, or every unmet condition), TooManyRequestsError or ConflictError (it was
    submitted meanwhile, the view changed).
    """
    if request.state is not RequestState.DRAFT:
        return resubmit(session, actor, settings, grant, request, prepared)
    check_author(actor, request)
    grant = check_user_can_submit(session, grant.person, request.project, _datasets(prepared.asked))
    locked(session, request)
    check_quota(session, settings, request.author, request)
    asked = _in_force(grant, prepared.asked)
    _say(request, prepared)
    request.created_at = now()
    _begin_round(session, actor, request, asked, prepared, SUBMITTED_ON_PAGE)
    return request


def resubmit(
    session: Session,
    actor: Actor,
    settings: Settings,
    grant: Grant,
    request: OutputRequest,
    prepared: Prepared,
) -> OutputRequest:
    """Submit a returned request again as its next round, and have it judged.

    The same key with the same document again changes nothing. Raises NotAllowedError (not the author, or every unmet
    condition), TooManyRequestsError or ConflictError (it was not returned, the key was used for something else, the
    view changed).
    """
    check_author(actor, request)
    grant = check_user_can_submit(session, grant.person, request.project, _datasets(prepared.asked))
    locked(session, request)
    if earlier := _round_of(request, prepared.key):
        _check_same(request, earlier.body_digest, prepared.digest)
        return request
    _check_returned(request)
    check_quota(session, settings, request.author)
    asked = _in_force(grant, prepared.asked)
    request.round += 1
    _say(request, prepared)
    _begin_round(session, actor, request, asked, prepared, RESUBMITTED)
    return request


def _say(request: OutputRequest, prepared: Prepared) -> None:
    for name, said in prepared.context.items():
        setattr(request, name, said)


def _begin_round(
    session: Session,
    actor: Actor,
    request: OutputRequest,
    asked: list[AskedOutput],
    prepared: Prepared,
    reason: Text,
) -> None:
    rows = stored(request, asked)
    session.add_all(rows)
    for row, output in zip(rows, asked, strict=True):
        row.charge = _paid(session, actor, request, output)
    # What was drafted is submitted, or overtaken by what is.
    session.execute(delete(Draft).where(Draft.request_id == request.id))
    one = RequestRound(
        request=request,
        number=request.round,
        idempotency_key=prepared.key,
        body_digest=prepared.digest,
        context=prepared.context,
        **settled_at_submission(session, request.project),
    )
    session.add(one)
    for upload in uploaded_values(session, request.project, request.author, queries_of(asked)):
        use(session, upload, request.id)
    for output in asked:
        if output.upload:
            keep_upload(session, output.upload, request)
    digests = [output.digest for output in asked]
    move(session, request, RequestState.SUBMITTED, actor, reason, query_digests=digests)
    enqueue(session, JobKind.JUDGE, request.id, request.round)


def _paid(session: Session, actor: Actor, request: OutputRequest, asked: AskedOutput) -> PrivacyCharge | None:
    """Spend what an answer with noise costs, before anybody reads the data; None where no noise is asked for.

    Raises ConflictError when the privacy budget does not allow it: then nothing of the submission remains.
    """
    question = asked.question
    if not isinstance(question, Question) or question.losses is None:
        return None
    view = question.view
    paid = PaidQuestion(question.query.digest, view.dataset_version, view_digest(view), question.losses)
    return spend(session, actor, paid, request.project, request.author)


def _earlier(session: Session, author: Person, project: Project, key: str) -> OutputRequest | None:
    return session.scalar(
        select(OutputRequest).where(
            OutputRequest.author_id == author.id,
            OutputRequest.project_id == project.id,
            OutputRequest.idempotency_key == key,
        )
    )


def _round_of(request: OutputRequest, key: str) -> RequestRound | None:
    return next((one for one in request.rounds if one.idempotency_key == key), None)


def _check_same(request: OutputRequest, before: str, digest: str) -> None:
    if before != digest:
        raise ConflictError(
            "key_reused",
            Text(
                f"Met deze sleutel is al iets anders ingediend: {request.number}.",
                f"Something else was submitted under this key already: {request.number}.",
            ),
            field="idempotency_key",
            remedy=Text("Gebruik een nieuwe sleutel.", "Use a new key."),
        )


def _check_returned(request: OutputRequest) -> None:
    if request.state is not RequestState.RETURNED:
        raise ConflictError(
            "not_returned",
            Text(
                "Deze aanvraag is niet (meer) bij u om aan te passen.",
                "This request is not with you to change (any more).",
            ),
            remedy=Text(
                "Wacht tot zij terugkomt, of dien een nieuwe aanvraag in.",
                "Wait until it comes back, or submit a new request.",
            ),
        )


def new_request(
    session: Session, project: Project, author: Person, context: dict[str, str], key: str, digest: str
) -> OutputRequest:
    """Return a stored draft with these words; its number holds its row's id, which the database never gives twice."""
    request = OutputRequest(
        number=f"draft-{uuid.uuid4().hex}",
        state=RequestState.DRAFT,
        project=project,
        author=author,
        idempotency_key=key,
        body_digest=digest,
        round=1,
        **context,
    )
    session.add(request)
    session.flush()
    request.number = f"R-{now().year}-{request.id:04d}"
    return request


def _datasets(asked: list[AskedOutput] | None) -> set[str]:
    """The datasets that something is asked about."""
    return {query.dataset for query in queries_of(asked or ())}


def _in_force(grant: Grant, asked: list[AskedOutput] | None) -> list[AskedOutput]:
    """Return what is asked when the views that it was checked against are still what its author sees."""
    now_seen = {(view.id, view_digest(view)) for view in seen_under(grant).values()}
    views = [one.view for one in asked or () if one.view]
    if asked is None or any((view.id, view_digest(view)) not in now_seen for view in views):
        raise ConflictError(
            "view_changed",
            Text(
                "Wat dit project van de microdata ziet is zojuist veranderd.",
                "What this project sees of the microdata has just changed.",
            ),
            field="query.dataset",
            remedy=Text("Open het project opnieuw.", "Open the project again."),
        )
    return asked
