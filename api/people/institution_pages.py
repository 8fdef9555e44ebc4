"""Pages on which administrators register and authorise institutions, and say which municipalities a centre serves."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from api.dependencies import DatabaseDep
from api.identity.dependencies import CsrfDep, Login, LoginDep, StrongCsrfDep
from api.people import service
from api.people.authorisations import FIRST, Terms, authorise, end_authorisation
from api.people.people_pages import REFUSALS
from api.people.permissions import check_user_can_vet, user_can_appoint
from api.people.queries import all_centres, all_institutions, find_centre, find_institution
from api.people.shown import AUTHORISED, acting_administrator, standing_of
from api.people.validation import day, through
from api.web.forms import UNTOUCHED, Typed
from api.web.rendering import page
from api.web.viewer import RememberViewer

router = APIRouter(prefix="/admin/institutions", dependencies=[RememberViewer], include_in_schema=False)
centres_router = APIRouter(prefix="/admin/centres", dependencies=[RememberViewer], include_in_schema=False)
Field = Annotated[str, Form()]
HERE = "/admin/institutions"


@router.get("")
def institutions_page(request: Request, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show the institutions with their authorisation, and the centres with their municipalities."""
    with database.reading() as session:
        return _institutions(request, session, login)


@router.post("")
def register_institution(
    request: Request,
    login: LoginDep,
    database: DatabaseDep,
    _: StrongCsrfDep,
    name: Field = "",
    legal_basis: Field = "",
    authorised_from: Field = "",
    authorised_until: Field = "",
) -> Response:
    """Register an institution with its first authorisation; what is refused is shown as it was typed."""
    given = {"name": name, "legal_basis": legal_basis}
    days = {"authorised_from": authorised_from, "authorised_until": authorised_until}
    try:
        with database.transaction() as session:
            actor = acting_administrator(login, session)
            begin, end = (
                day(authorised_from, "authorised_from"),
                through(authorised_until, "authorised_until"),
            )
            service.add_institution(session, actor, **given, authorised_from=begin, authorised_until=end)
    except REFUSALS as problem:
        with database.reading() as session:
            return _institutions(request, session, login, Typed("institution", given | days, problem))
    return RedirectResponse(HERE, status_code=303)


@centres_router.post("")
def add_centre(
    request: Request,
    login: LoginDep,
    database: DatabaseDep,
    _: CsrfDep,
    name: Field = "",
    slug: Field = "",
) -> Response:
    """Add a centre; its municipalities follow one by one."""
    given = {"name": name, "slug": slug}
    try:
        with database.transaction() as session:
            service.add_centre(session, acting_administrator(login, session), **given, municipalities={})
    except REFUSALS as problem:
        with database.reading() as session:
            return _institutions(request, session, login, Typed("centre", given, problem))
    return RedirectResponse(f"{HERE}#centres", status_code=303)


@centres_router.post("/{slug}/municipalities")
def serve_municipality(
    request: Request,
    slug: str,
    login: LoginDep,
    database: DatabaseDep,
    _: CsrfDep,
    code: Field = "",
    name: Field = "",
) -> Response:
    """Let a centre serve one more municipality."""
    given = {"code": code, "name": name}
    try:
        with database.transaction() as session:
            actor = acting_administrator(login, session)
            check_user_can_vet(actor)
            service.serve_municipality(session, actor, find_centre(session, slug), code, name)
    except REFUSALS as problem:
        with database.reading() as session:
            return _institutions(request, session, login, Typed(f"serve-{slug}", given, problem))
    return RedirectResponse(f"{HERE}#centres", status_code=303)


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
    request: Request,
    institution_id: int,
    login: LoginDep,
    database: DatabaseDep,
    _: StrongCsrfDep,
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
    try:
        with database.transaction() as session:
            actor = acting_administrator(login, session)
            check_user_can_vet(actor)
            begin, end = (
                day(authorised_from, "authorised_from"),
                through(authorised_until, "authorised_until"),
            )
            institution = find_institution(session, institution_id)
            authorise(session, actor, institution, Terms(legal_basis, begin, end), reason)
    except REFUSALS as problem:
        with database.reading() as session:
            typed = Typed("authorise", given, problem)
            return _institution(request, session, login, institution_id, typed)
    return RedirectResponse(f"{HERE}/{institution_id}", status_code=303)


@router.post("/{institution_id}/end")
def end(
    request: Request,
    institution_id: int,
    login: LoginDep,
    database: DatabaseDep,
    _: CsrfDep,
    reason: Field = "",
) -> Response:
    """End the authorisation of an institution now."""
    try:
        with database.transaction() as session:
            actor = acting_administrator(login, session)
            check_user_can_vet(actor)
            end_authorisation(session, actor, find_institution(session, institution_id), reason)
    except REFUSALS as problem:
        with database.reading() as session:
            typed = Typed("end", {"reason": reason}, problem)
            return _institution(request, session, login, institution_id, typed)
    return RedirectResponse(f"{HERE}/{institution_id}", status_code=303)


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
