"""The auditor's pages: whether the chain of records holds, a search through everything that was done, and the export.

Who looked and who took an export is itself in the audit: which records were shown, never the words that were searched,
because these may be the name of a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, StreamingResponse

from api.access.permissions import check_user_can_audit
from api.audit.export import export_lines, keep_head, kept_heads
from api.audit.filtering import Filter, FilterDep
from api.audit.heads import SignedHead
from api.audit.queries import Page, search, state_of_chain
from api.audit.service import record, record_view
from api.db import LARGEST_INTEGER, Database
from api.dependencies import DatabaseDep, SecretsDep, SettingsDep
from api.errors import InvalidError
from api.identity.dependencies import CsrfDep, Login, LoginDep
from api.people.models import Role
from api.web.forms import refusal
from api.web.rendering import page
from api.web.viewer import RememberViewer

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)
BECAUSE = "auditor, appointed everywhere"
ACTIONS = (
    "access.",
    "audit.",
    "grant.",
    "login.",
    "person.",
    "release.",
    "request.",
    "review.",
    "sandbox.",
    "upload.",
    "view",
)
"""What the form offers to choose from: the beginnings of actions."""


@router.get("/audit")
def audit_page(
    request: Request,
    login: LoginDep,
    database: DatabaseDep,
    settings: SettingsDep,
    asked: FilterDep,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_INTEGER)] = None,
    after: Annotated[int | None, Query(ge=0, le=LARGEST_INTEGER)] = None,
) -> HTMLResponse:
    """Show the state of the chain and the records that match, newest first; a day that is none is said to be none."""
    with database.reading() as session:
        auditor = login.within(session)
        check_user_can_audit(auditor.person)
        try:
            found, problem = search(session, asked.search_for(), before=before, after=after), None
        except InvalidError as error:
            found, problem = Page([], None, None), error
        _record_looking(database, auditor, asked, found)
        return page(
            request,
            "audit.html",
            **refusal(problem),
            chain=state_of_chain(session, kept_heads(settings)),
            records=found.entries,
            asked=asked,
            actions=ACTIONS,
            older=found.older and _address(asked, before=found.older),
            newer=found.newer and _address(asked, after=found.newer),
        )


def _record_looking(database: Database, auditor: Login, asked: Filter, found: Page) -> None:
    numbers = [entry.seq for entry in found.entries]
    shown = {"newest": numbers[0], "oldest": numbers[-1]} if numbers else {}
    about = {"filters": sorted(asked.said), "records": len(numbers), **shown}
    record_view(database, auditor.actor(Role.AUDITOR.value), "audit", BECAUSE, **about)


def _address(asked: Filter, **bound: int) -> str:
    return f"/audit?{urlencode({**asked.said, **bound})}"


@router.post("/audit/export")
def export_chain(
    login: LoginDep, database: DatabaseDep, settings: SettingsDep, secrets: SecretsDep, _: CsrfDep
) -> StreamingResponse:
    """Hand out the whole chain with its signed head, which is kept too: `enclave audit verify` proves it offline."""
    with database.transaction() as session:
        auditor = login.within(session)
        check_user_can_audit(auditor.person)
        record(session, auditor.actor(Role.AUDITOR.value), "audit.export", "audit", BECAUSE)
    # Signed after the commit: a head must never speak of a record that was taken back.
    with database.reading() as session:
        head = keep_head(session, settings, secrets)
    return StreamingResponse(
        _streamed(database, head),
        media_type="application/x-ndjson",
        headers={"Content-Disposition": 'attachment; filename="audit.jsonl"', "Cache-Control": "no-store"},
    )


def _streamed(database: Database, head: SignedHead | None) -> Iterator[bytes]:
    with database.reading() as session:
        yield from export_lines(session, head)
