"""Changes to requests. Every change of state goes through `move`: one table, one history, one audit."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from api.audit.service import Actor, record
from api.db import now
from api.errors import NotAllowedError
from api.notices.service import tell_of_step
from api.people.models import Role
from api.requests.models import Draft, OutputRequest, RequestState, StateChange
from api.requests.states import Party, check_lawful, next_step_in
from output_checker.text import Text

WITHDRAWN = Text("De aanvrager heeft de aanvraag ingetrokken.", "The author withdrew the request.")


def withdraw(session: Session, actor: Actor, request: OutputRequest) -> None:
    """Take a request back, for good.

    Raises NotAllowedError (not the author) or ConflictError (it is approved or further).
    """
    check_author(actor, request)
    locked(session, request)
    move(session, request, RequestState.WITHDRAWN, actor, WITHDRAWN)
    session.execute(delete(Draft).where(Draft.request_id == request.id))


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
    session.add(
        StateChange(
            request=request,
            round=request.round,
            at=now(),
            before=before,
            after=after,
            by_id=by,
            reason=reason,
        )
    )
    session.flush()
    number = f"request:{request.number}"
    facts = {"before": before, "after": after, "round": request.round, **details}
    record(session, actor, f"request.{after.value}", number, reason.en, **facts)
    tell_of_step(session, request, before)


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


def check_author(actor: Actor, request: OutputRequest) -> None:
    """Raise NotAllowedError unless `actor` is the author of `request`."""
    if actor.person is None or actor.person.id != request.author_id:
        raise NotAllowedError(
            "not_author",
            Text(
                "Alleen de aanvrager dient een aanvraag opnieuw in of trekt haar in.",
                "Only the author submits a request again or withdraws it.",
            ),
        )
