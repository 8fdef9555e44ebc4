"""Forms that wait while a person logs in again: nothing typed is lost, and nothing is sent without them."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import delete
from sqlalchemy.orm import Session

from api.db import Database, now
from api.dependencies import DatabaseDep
from api.errors import NotFoundError
from api.identity.dependencies import CSRF_FIELD, Login, StrongLoginDep
from api.identity.models import HeldForm
from api.identity.tokens import new_token
from api.web.rendering import page
from api.web.viewer import RememberViewer
from output_checker.text import Text

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)
PATH = "/confirmed"
KEPT_FOR = dt.timedelta(hours=1)
_GONE = Text("Dit formulier is er niet meer.", "This form is not there any more.")
_AGAIN = Text("Ga terug naar de pagina en vul het opnieuw in.", "Go back to the page and fill it in again.")


def hold(database: Database, login: Login, path: str, typed: list[tuple[str, str]]) -> str:
    """Keep a form of the person's that came from our own page, and return the page where they get it back."""
    fields = [[name, value] for name, value in typed if name != CSRF_FIELD]
    form = HeldForm(
        id=new_token(), person_id=login.person.id, path=path, fields=fields, expires_at=now() + KEPT_FOR
    )
    with database.transaction() as session:
        session.execute(delete(HeldForm).where(HeldForm.expires_at <= now()))
        session.add(form)
    return f"{PATH}/{form.id}"


def _held(session: Session, login: Login, form_id: str) -> HeldForm:
    form = session.get(HeldForm, form_id)
    if form is None or form.person_id != login.person.id or form.expires_at <= now():
        raise NotFoundError("form_gone", _GONE, remedy=_AGAIN)
    return form


@router.get(PATH + "/{form_id}")
def give_back(request: Request, form_id: str, login: StrongLoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show that the login succeeded, with the kept form and the button that sends it."""
    with database.reading() as session:
        form = _held(session, login, form_id)
        return page(
            request, "identity/held_form.html", form=form, csrf_token=login.csrf_token, field=CSRF_FIELD
        )
