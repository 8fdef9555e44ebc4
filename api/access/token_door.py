"""The token door of sandboxes: who is refused there stands in the audit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, cast

from fastapi import Depends, Header, Request
from fastapi.security.utils import get_authorization_scheme_param

from api.access.decision import AccessRefusedError
from api.access.sandboxes import known_sandbox
from api.audit.refusals import Refusals
from api.dependencies import DatabaseDep
from api.errors import NotLoggedInError

UNKNOWN = "unknown"


def get_refusals(request: Request) -> Refusals:
    """Return the application's refusals."""
    return cast(Refusals, request.app.state.refusals)


RefusalsDep = Annotated[Refusals, Depends(get_refusals)]


def record_refusals(
    database: DatabaseDep, refusals: RefusalsDep, authorization: Annotated[str, Header()] = ""
) -> Iterator[None]:
    """Note whoever the route refuses for their token, once its transaction is over."""
    try:
        yield
    except (NotLoggedInError, AccessRefusedError) as refusal:
        _, token = get_authorization_scheme_param(authorization)
        with database.reading() as session:
            sandbox = known_sandbox(session, token)
        unmet = refusal.unmet if isinstance(refusal, AccessRefusedError) else ()
        reason = ", ".join(one.condition for one in unmet) or refusal.code
        refusals.note(sandbox.id if sandbox else UNKNOWN, reason)
        raise


RECORD_REFUSALS = Depends(record_refusals)
