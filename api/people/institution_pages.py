"""Pages on which administrators register and authorise institutions, and say which municipalities a centre serves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from api.audit.service import Actor
from api.dependencies import DatabaseDep
from api.errors import EnclaveError
from api.identity.dependencies import Login, LoginDep
from api.people import service
from api.people.authorisations import FIRST, Terms, authorise, end_authorisation
from api.people.people_pages import REFUSALS, ROLE
from api.people.permissions import check_user_can_vet, user_can_appoint
from api.people.queries import all_centres, all_institutions, find_centre, find_institution
from api.people.shown import AUTHORISED, acting_administrator, standing_of
from api.people.validation import day, through
from api.web.forms import UNTOUCHED, Typed
from api.web.rendering import page
from api.web.sent import Sent, SentDep, StrongSentDep
from api.web.viewer import RememberViewer

router = APIRouter(prefix="/admin/institutions", dependencies=[RememberViewer], include_in_schema=False)
centres_router = APIRouter(prefix="/admin/centres", dependencies=[RememberViewer], include_in_schema=False)
Field = Annotated[str, Form()]
Change = Callable[[Session, Actor], str]
Decide = Callable[[Session, Actor], None]
HERE = "/admin/institutions"


@router.get("")
def institutions_page(request: Request, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show the institutions with their authorisation, and the centres with their municipalities."""
    with database.reading() as session:
        return _institutions(request, session, login)


@router.post("")
def register_institution(
    sent: StrongSentDep,
    name: Field = "",
    legal_basis: Field = "",
    authorised_from: Field = "",
    authorised_until: Field = "",
) -> Response:
    """Register an institution with its first authorisation; what is refused is shown as it was typed."""
    given = {"name": name, "legal_basis": legal_basis}
    days = {"authorised_from": authorised_from, "authorised_until": authorised_until}

    def change(session: Session, actor: Actor) -> str:
        begin, end = _period(authorised_from, authorised_until)
        service.add_institution(session, actor, **given, authorised_from=begin, authorised_until=end)
        return HERE

    return _changed(sent, Typed("institution", given | days), change)


@centres_router.post("")
def add_centre(sent: SentDep, name: Field = "", slug: Field = "") -> Response:
    """Add a centre; its municipalities follow one by one."""
    given = {"name": name, "slug": slug}

    def change(session: Session, actor: Actor) -> str:
        service.add_centre(session, actor, **given, municipalities={})
        return f"{HERE}#centres"

    return _changed(sent, Typed("centre", given), change)


@centres_router.post("/{slug}/municipalities")
def serve_municipality(sent: SentDep, slug: str, code: Field = "", name: Field = "") -> Response:
    """Let a centre serve one more municipality."""

    def change(session: Session, actor: Actor) -> str:
        check_user_can_vet(actor)
        service.serve_municipality(session, actor, find_centre(session, slug), code, name)
        return f"{HERE}#centres"

    return _changed(sent, Typed(f"serve-{slug}", {"code": code, "name": name}), change)


def _changed(sent: Sent, typed: Typed, change: Change) -> Response:
    return sent.carry_out(
        lambda session, login: change(session, login.actor(ROLE)),
        lambda session, problem: _institutions(sent.request, session, sent.login, typed.refused(problem)),
        told=REFUSALS,
    )


def _period(first: str, last: str) -> tuple[dt.datetime, dt.datetime]:
    return day(first, "authorised_from"), through(last, "authorised_until")


def _institutions(request: Request, session: Session, login: Login, typed: Typed = UNTOUCHED) -> HTMLResponse:
    actor = acting_administrator(login, session)
    check_user_can_vet(actor)
    return page(
        request,
        "people/institutions.html",
        status=typed.status,
        institutions=[(one, standing_of(one)) for one in all_institutions(session)],
        centres=all_centres(session),
        may_change=user_can_appoint(actor, None),
        typed=typed,
    )


@router.get("/{institution_id}")
def institution_page(
    request: Request, institution_id: int, login: LoginDep, database: DatabaseDep
) -> HTMLResponse:
    """Show one institution: what was decided about it, by whom, and the forms to authorise it anew or stop it."""
    with database.reading() as session:
        return _institution(request, session, login, institution_id)


@router.post("/{institution_id}/authorise")
def authorise_anew(
    sent: StrongSentDep,
    institution_id: int,
    legal_basis: Field = "",
    authorised_from: Field = "",
    authorised_until: Field = "",
    reason: Field = "",
) -> Response:
    """Authorise an institution anew."""
    given = {
        "legal_basis": legal_basis,
        "authorised_from": authorised_from,
        "authorised_until": authorised_until,
        "reason": reason,
    }

    def decide(session: Session, actor: Actor) -> None:
        terms = Terms(legal_basis, *_period(authorised_from, authorised_until))
        authorise(session, actor, find_institution(session, institution_id), terms, reason)

    return _decided(sent, institution_id, Typed("authorise", given), decide)


@router.post("/{institution_id}/end")
def end(sent: SentDep, institution_id: int, reason: Field = "") -> Response:
    """End the authorisation of an institution now."""

    def decide(session: Session, actor: Actor) -> None:
        end_authorisation(session, actor, find_institution(session, institution_id), reason)

    return _decided(sent, institution_id, Typed("end", {"reason": reason}), decide)


def _decided(sent: Sent, institution_id: int, typed: Typed, decide: Decide) -> Response:
    def change(session: Session, login: Login) -> str:
        actor = login.actor(ROLE)
        check_user_can_vet(actor)
        decide(session, actor)
        return f"{HERE}/{institution_id}"

    def again(session: Session, problem: EnclaveError) -> Response:
        return _institution(sent.request, session, sent.login, institution_id, typed.refused(problem))

    return sent.carry_out(change, again, told=REFUSALS)


def _institution(
    request: Request, session: Session, login: Login, institution_id: int, typed: Typed = UNTOUCHED
) -> HTMLResponse:
    actor = acting_administrator(login, session)
    check_user_can_vet(actor)
    institution = find_institution(session, institution_id)
    label = standing_of(institution)
    return page(
        request,
        "people/institution.html",
        status=typed.status,
        institution=institution,
        first=FIRST,
        label=label,
        runs=label is AUTHORISED,
        may_change=user_can_appoint(actor, None),
        typed=typed,
    )
