"""A person's own file: what is known of them, and the statement that they sign."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from api.db import now
from api.dependencies import DatabaseDep
from api.errors import EnclaveError
from api.identity.dependencies import Login, LoginDep
from api.people.queries import find_person
from api.people.shown import shown_appointments, shown_evidence
from api.people.statements import present_statement
from api.people.validation import language as known_language
from api.people.vetting import has_signed, sign_statement
from api.web.forms import UNTOUCHED, Typed
from api.web.language import language_of
from api.web.prose import blocks_of
from api.web.rendering import page
from api.web.sent import StrongSentDep
from api.web.viewer import RememberViewer
from output_checker.text import Language

router = APIRouter(prefix="/me", dependencies=[RememberViewer], include_in_schema=False)
SIGNER = "signer"


@router.get("")
def own_page(request: Request, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show the reader what is known of them, by whom, and what they can do about what is missing."""
    with database.reading() as session:
        actor = login.within(session).actor(SIGNER)
        person = find_person(session, login.person.subject)
        return page(
            request,
            "people/own.html",
            person=person,
            evidence=shown_evidence(person),
            appointments=shown_appointments(actor, person),
            signed=has_signed(person, now()),
            statement=present_statement(),
        )


@router.get("/statement")
def statement_page(request: Request, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show the confidentiality statement, and the form to sign it."""
    with database.reading() as session:
        return _statement(request, session, login)


@router.post("/statement")
def sign(
    sent: StrongSentDep,
    version: Annotated[int, Form(ge=0, le=10**6)] = 0,
    language: Annotated[str, Form()] = "",
    agreed: Annotated[str, Form()] = "",
) -> Response:
    """Sign the statement with a fresh strong login, in the language that was read."""

    def change(session: Session, login: Login) -> str:
        sign_statement(
            session,
            login.actor(SIGNER),
            version=version,
            language=_read_in(language),
            agreed=agreed == "yes",
            acr=login.session.acr,
            auth_time=login.session.auth_time,
        )
        return "/me"

    def again(session: Session, problem: EnclaveError) -> Response:
        return _statement(sent.request, session, sent.login, Typed("sign", {}, problem))

    return sent.carry_out(change, again)


def _read_in(language: str) -> Language:
    return "nl" if known_language(language) == "nl" else "en"


def _statement(request: Request, session: Session, login: Login, typed: Typed = UNTOUCHED) -> HTMLResponse:
    person = login.within(session).person
    statement = present_statement()
    return page(
        request,
        "people/statement.html",
        status=typed.status,
        statement=statement,
        blocks=blocks_of(statement.text.in_language(language_of(request))),
        sha256=statement.sha256(language_of(request)),
        signed=has_signed(person, now()),
        typed=typed,
    )
