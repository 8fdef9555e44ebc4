"""The page on which an output checker or administrator revokes a release."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from api.dependencies import DatabaseDep, SecretsDep
from api.errors import InvalidError
from api.identity.dependencies import CsrfDep, Login, LoginDep
from api.release.permissions import check_user_can_revoke, revokes_as
from api.release.revocation import LONGEST_REASON, revoke_release
from api.requests.queries import find_request
from api.web.rendering import page
from api.web.viewer import RememberViewer

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)


@router.get("/requests/{number}/revocation")
def revocation_page(request: Request, number: str, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show what revoking means, and the form for it."""
    with database.reading() as session:
        return _page(request, session, login, number)


@router.post("/requests/{number}/revocation")
def revoke(
    request: Request,
    number: str,
    login: LoginDep,
    database: DatabaseDep,
    secrets: SecretsDep,
    _: CsrfDep,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Revoke a release and show the request again; a refused reason is shown with what was typed."""
    try:
        with database.transaction() as session:
            revoker = login.within(session)
            item = find_request(session, revoker.person, number)
            actor = revoker.actor(revokes_as(revoker.person, item))
            revoke_release(session, actor, secrets, item, reason)
    except InvalidError as problem:
        with database.reading() as session:
            return _page(request, session, login, number, problem, reason)
    return RedirectResponse(f"/requests/{number}", status_code=303)


def _page(
    request: Request,
    session: Session,
    login: Login,
    number: str,
    problem: InvalidError | None = None,
    reason: str = "",
) -> HTMLResponse:
    person = login.within(session).person
    item = find_request(session, person, number)
    check_user_can_revoke(session, person, item)
    return page(
        request,
        "revocation.html",
        status=problem.status if problem else 200,
        item=item,
        problem=problem,
        reason=reason,
        longest=LONGEST_REASON,
    )
