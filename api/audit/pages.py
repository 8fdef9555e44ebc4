"""The auditor's page: whether the chain of records holds, and a search through everything that was done."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.access.permissions import check_user_can_audit
from api.audit.export import kept_heads
from api.audit.queries import Search, search, state_of_chain
from api.db import LARGEST_INTEGER
from api.dependencies import DatabaseDep, SettingsDep
from api.identity.dependencies import LoginDep
from api.web.rendering import page
from api.web.viewer import RememberViewer

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)


@router.get("/audit")
def audit_page(
    request: Request,
    login: LoginDep,
    database: DatabaseDep,
    settings: SettingsDep,
    words: Annotated[str, Query(alias="search", max_length=100)] = "",
    before: Annotated[int | None, Query(ge=1)] = None,
    after: Annotated[int | None, Query(ge=0, le=LARGEST_INTEGER)] = None,
) -> HTMLResponse:
    """Show the state of the chain and the records that match, newest first."""
    with database.reading() as session:
        check_user_can_audit(login.within(session).person)
        found = search(session, Search(words=words.strip()), before=before, after=after)
        return page(
            request,
            "audit.html",
            chain=state_of_chain(session, kept_heads(settings)),
            records=found.entries,
            search=words,
            older=found.older and _address(words, before=found.older),
            newer=found.newer and _address(words, after=found.newer),
        )


def _address(words: str, **bound: int) -> str:
    return f"/audit?{urlencode({'search': words, **bound})}"
