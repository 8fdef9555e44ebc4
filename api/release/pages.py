"""The page on which an output checker or administrator revokes a release."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from api.dependencies import DatabaseDep, SecretsDep
from api.errors import EnclaveError, InvalidError
from api.identity.dependencies import Login, LoginDep
from api.release.permissions import check_user_can_revoke, revokes_as
from api.release.revocation import LONGEST_REASON, revoke_release
from api.requests.queries import find_request
from api.web.rendering import page
from api.web.sent import SentDep
from api.web.viewer import RememberViewer

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)


@router.get("/requests/{number}/revocation")
def revocation_page(request: Request, number: str, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show what revoking means, and the form for it."""
    with database.reading() as session:
        return _page(request, session, login, number)


@router.post("/requests/{number}/revocation")
def revoke(sent: SentDep, number: str, secrets: SecretsDep, reason: Annotated[str, Form()] = "") -> Response:
    """Revoke a release and show the request again; a refused reason is shown with what was typed."""

    def change(session: Session, login: Login) -> str:
        item = find_request(session, login.person, number)
        revoke_release(session, login.actor(revokes_as(login.person, item)), secrets, item, reason)
        return f"/requests/{number}"

    return sent.carry_out(
        change,
        lambda session, problem: _page(sent.request, session, sent.login, number, problem, reason),
        told=(InvalidError,),
    )


def _page(
    request: Request,
    session: Session,
    login: Login,
    number: str,
    problem: EnclaveError | None = None,
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
