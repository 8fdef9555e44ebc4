"""Drafts: what an author prepares before submitting it, for a new request or for the next round of one that came back.

A draft is the document that a sandbox would send, kept until its author submits it by the same road. Nobody else sees
it; nothing of it is computed. Its words and queries make sense when they are saved, and are looked at again when it is
submitted.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.access.models import Grant
from api.audit.service import Actor, record
from api.errors import ConflictError, InvalidError, TooManyRequestsError
from api.inspection.asking import AskedFile, file_asked
from api.people.models import Person
from api.requests import words
from api.requests.documents import (
    MOST_OUTPUTS,
    REMARKS,
    AskedOutput,
    asked_outputs,
    asked_twice,
    context_now,
    datasets_named,
    digest_of_body,
)
from api.requests.models import Draft, Output, OutputRequest, RequestState
from api.requests.permissions import check_user_can_submit
from api.requests.quota import check_quota
from api.requests.service import check_author, locked
from api.requests.submission import new_request
from api.settings import Settings
from output_checker.text import Text

MOST_DRAFTS: Final = 20
"""Drafts of one person at once: they hold words that nobody has looked at."""
WORDS: Final = ("title", "purpose", *REMARKS)


def drafted_outputs(
    session: Session,
    settings: Settings,
    grant: Grant,
    sent: Sequence[dict[str, Any]],
    draft: OutputRequest | None = None,
) -> list[dict[str, Any]]:
    """Return outputs as a draft (None: a new one) keeps them, when each makes sense for its author; changes nothing.

    Raises AccessRefusedError (every unmet condition), InvalidError (`outputs[0].query...`), NotFoundError (a file that
    was not uploaded), TooManyRequestsError or UnavailableError.
    """
    if not sent:
        return []
    document = {"outputs": list(sent)}
    grant = check_user_can_submit(session, grant.person, grant.project, datasets_named(document))
    check_quota(session, settings, grant.person, draft)
    files = partial(file_asked, session, grant.project, grant.person)
    return [_entry(one) for one in asked_outputs(settings, grant, document, files)]


def begin_draft(
    session: Session,
    actor: Actor,
    settings: Settings,
    grant: Grant,
    said: dict[str, str],
    outputs: Sequence[dict[str, Any]] = (),
) -> OutputRequest:
    """Keep a new request as a draft; `outputs` come from `drafted_outputs`, only the title must be there.

    Raises NotAllowedError (every unmet condition), TooManyRequestsError or InvalidError (the field).
    """
    author, project = grant.person, grant.project
    check_user_can_submit(session, author, project)
    check_quota(session, settings, author)
    _check_room(session, author)
    context = drafted_words(said)
    document = {**context, "outputs": list(outputs)}
    digest = digest_of_body(document)
    request = new_request(session, project, author, context, f"draft-{uuid.uuid4().hex}", digest)
    _keep(session, actor, Draft(request=request, document=document))
    return request


def begin_next_round(session: Session, actor: Actor, request: OutputRequest) -> Draft:
    """Draft the next round of a request that came back, from what its last one was; one that is there is kept.

    Raises NotAllowedError (not the author) or ConflictError (it did not come back).
    """
    check_author(actor, request)
    locked(session, request)
    if request.state is not RequestState.RETURNED:
        raise _not_yours_to_change()
    if there := draft_of(session, request):
        return there
    document = {**context_now(request), "outputs": [_entry_of(output) for output in request.outputs]}
    return _keep(session, actor, Draft(request=request, document=document))


def draft_of(session: Session, request: OutputRequest) -> Draft | None:
    """Return what is drafted for a request, None when nothing is."""
    return session.scalar(select(Draft).where(Draft.request_id == request.id))


def own_draft(session: Session, actor: Actor, request: OutputRequest, version: int | None = None) -> Draft:
    """Return what its author drafted for a request, held for this transaction when it is to be changed.

    Raises NotAllowedError (not the author), ConflictError (there is none any more, or no longer in `version`).
    """
    check_author(actor, request)
    if version is not None:
        locked(session, request)
    draft = draft_of(session, request)
    if draft is None:
        raise _not_yours_to_change()
    if version not in (None, draft.version):
        raise ConflictError(
            "draft_changed",
            Text("Dit concept is intussen ergens anders veranderd.", "This draft was changed elsewhere."),
            field="version",
            remedy=Text("Laad de pagina opnieuw.", "Load the page again."),
        )
    return draft


def save_draft(
    session: Session, actor: Actor, draft: Draft, said: dict[str, str], outputs: Sequence[dict[str, Any]]
) -> None:
    """Keep a draft as it is now; the titles of its outputs are looked at, what they ask was (`drafted_outputs`).

    Raises InvalidError that names the field.
    """
    context = drafted_words(said)
    titled = [
        {**one, "title": words.output_title(one.get("title") or "", f"outputs[{place}].title")}
        for place, one in enumerate(outputs)
    ]
    _check_differ(titled)
    document = {**context, "outputs": titled}
    if document == draft.document:
        return
    draft.document, draft.version = document, draft.version + 1
    if draft.request.state is RequestState.DRAFT:
        for name, value in context.items():
            setattr(draft.request, name, value)
    _keep(session, actor, draft)


def drop_draft(session: Session, actor: Actor, request: OutputRequest) -> None:
    """Drop what is drafted for the next round of a request; a first draft is withdrawn instead.

    Raises NotAllowedError (not the author) or ConflictError (there is no such draft).
    """
    draft = own_draft(session, actor, request)
    if request.state is not RequestState.RETURNED:
        raise _not_yours_to_change()
    session.delete(draft)
    session.flush()
    record(session, actor, "draft.drop", f"request:{request.number}", "its author")


def drafted_words(said: dict[str, str]) -> dict[str, str]:
    """Return the words of a draft, each fit to be shown; all but the title may still be missing.

    Raises InvalidError that names the field.
    """
    remarks = {name: words.context(said.get(name) or "", name) for name in WORDS if name != "title"}
    return {"title": words.title(said.get("title") or ""), **remarks}


def submission_key(draft: Draft) -> str:
    """Return the key by which the same version of a draft, sent twice, is known again."""
    # By its round: the database may give the id of a draft that is gone to the next one.
    rounds = len(draft.request.rounds)
    return f"draft-{draft.request_id:08d}-{rounds:04d}-{draft.version:08d}"


def _keep(session: Session, actor: Actor, draft: Draft) -> Draft:
    session.add(draft)
    session.flush()
    facts = {"version": draft.version, "sha256": digest_of_body(draft.document)}
    record(session, actor, "draft.save", f"request:{draft.request.number}", "its author", **facts)
    return draft


def _check_room(session: Session, author: Person) -> None:
    drafts = select(func.count()).select_from(OutputRequest).where(OutputRequest.author_id == author.id)
    if (session.scalar(drafts.where(OutputRequest.state == RequestState.DRAFT)) or 0) >= MOST_DRAFTS:
        raise TooManyRequestsError(
            "too_many_drafts",
            Text(
                f"U heeft al {MOST_DRAFTS} concepten die niet zijn ingediend.",
                f"You already have {MOST_DRAFTS} drafts that were not submitted.",
            ),
            remedy=Text("Dien er een in, of trek er een in.", "Submit one, or withdraw one."),
        )


def _check_differ(outputs: Sequence[dict[str, Any]]) -> None:
    asked = [one.get("query") or one.get("file") for one in outputs]
    for place, one in enumerate(asked):
        if one in asked[:place]:
            raise asked_twice(f"outputs[{place}]")
    if len(asked) > MOST_OUTPUTS:
        raise InvalidError(
            "number_of_outputs",
            Text(
                f"Een aanvraag heeft ten hoogste {MOST_OUTPUTS} onderdelen.",
                f"A request has at most {MOST_OUTPUTS} outputs.",
            ),
            field="query",
        )


def _entry(asked: AskedOutput) -> dict[str, Any]:
    if isinstance(asked.question, AskedFile):
        return {
            "title": asked.title,
            "file": {"name": asked.question.name, "sha256": asked.question.upload.sha256},
        }
    return {"title": asked.title, "query": asked.document}


def _entry_of(output: Output) -> dict[str, Any]:
    if output.is_file:
        return {"title": output.title, "file": {name: output.query[name] for name in ("name", "sha256")}}
    return {"title": output.title, "query": output.query}


def _not_yours_to_change() -> ConflictError:
    return ConflictError(
        "no_draft",
        Text(
            "Aan deze aanvraag valt nu niets te veranderen.",
            "There is nothing to change in this request now.",
        ),
        remedy=Text("Bekijk de aanvraag opnieuw.", "Look at the request again."),
    )
