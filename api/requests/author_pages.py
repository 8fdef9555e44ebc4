"""What an author does with their own request on its page: take it back."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from api.dependencies import DatabaseDep
from api.identity.dependencies import CsrfDep, LoginDep
from api.requests.queries import find_request
from api.requests.service import withdraw
from api.web.viewer import RememberViewer

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)


@router.post("/requests/{number}/withdrawal")
def withdraw_it(number: str, login: LoginDep, database: DatabaseDep, _: CsrfDep) -> Response:
    """Take one's own request back, for good, and show how it ended."""
    with database.transaction() as session:
        author = login.within(session)
        withdraw(session, author.actor("author"), find_request(session, author.person, number))
    return RedirectResponse(f"/requests/{number}", status_code=303)
