"""The page of people who left, and when what is known of them is emptied."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.dependencies import DatabaseDep, SettingsDep
from api.identity.dependencies import LoginDep
from api.people.leaving import leavers
from api.people.permissions import check_user_can_vet
from api.people.shown import acting_administrator
from api.web.rendering import page
from api.web.viewer import RememberViewer

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)


@router.get("/admin/leavers")
def leavers_page(
    request: Request, login: LoginDep, database: DatabaseDep, settings: SettingsDep
) -> HTMLResponse:
    """Show who has no role and no access any more, the longest gone first."""
    with database.reading() as session:
        check_user_can_vet(acting_administrator(login, session))
        return page(request, "people/leavers.html", leavers=leavers(session), days=settings.person_days)
