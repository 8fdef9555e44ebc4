"""Institutions and centres for programs: register, authorise, and say which municipalities are served."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api.dependencies import DatabaseDep
from api.identity.dependencies import CsrfDep, LoginDep, StrongCsrfDep
from api.people import service
from api.people.authorisations import Terms, authorise, end_authorisation
from api.people.models import Centre, Institution
from api.people.permissions import check_user_can_vet
from api.people.queries import all_centres, all_institutions, find_centre, find_institution
from api.people.routes import DAY, Because, Sent
from api.people.shown import acting_administrator
from api.people.validation import day, through

router = APIRouter(prefix="/api", tags=["people"])
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


class NewAuthorisation(Sent):
    """On what basis an institution may use microdata, from one day through another."""

    legal_basis: str
    authorised_from: str = Field(description=DAY)
    authorised_until: str = Field(description=DAY)
    reason: str = "first authorisation"


class NewInstitution(NewAuthorisation):
    """An institution with its first authorisation."""

    name: str


class NewCentre(Sent):
    """A centre; its municipalities follow."""

    slug: str
    name: str


class NewMunicipality(Sent):
    """A municipality that a centre serves, by its national code such as GM0917."""

    code: str
    name: str


class InstitutionAnswer(BaseModel):
    """An institution, and what its authorisations add up to."""

    id: int
    name: str
    legal_basis: str
    authorised_from: dt.datetime
    authorised_until: dt.datetime


class CentreAnswer(BaseModel):
    """A centre and the municipalities (national code: name) that it serves."""

    slug: str
    name: str
    municipalities: dict[str, str]


@router.get("/institutions")
def read_institutions(login: LoginDep, database: DatabaseDep) -> list[InstitutionAnswer]:
    """Return the institutions, by name."""
    with database.reading() as session:
        check_user_can_vet(acting_administrator(login, session))
        return [_institution(one) for one in all_institutions(session)]


@router.post("/institutions", status_code=201)
def register_institution(
    new: NewInstitution, login: LoginDep, database: DatabaseDep, _: StrongCsrfDep
) -> InstitutionAnswer:
    """Register an institution with its first authorisation."""
    begin, end = _days(new)
    with database.transaction() as session:
        actor = acting_administrator(login, session)
        words = {"name": new.name, "legal_basis": new.legal_basis}
        return _institution(
            service.add_institution(session, actor, **words, authorised_from=begin, authorised_until=end)
        )


@router.post("/institutions/{number}/authorisations", status_code=201)
def authorise_anew(
    number: Number, new: NewAuthorisation, login: LoginDep, database: DatabaseDep, _: StrongCsrfDep
) -> InstitutionAnswer:
    """Authorise an institution anew; one that begins before the present one ends prolongs it."""
    begin, end = _days(new)
    with database.transaction() as session:
        actor = acting_administrator(login, session)
        check_user_can_vet(actor)
        institution = find_institution(session, number)
        authorise(session, actor, institution, Terms(new.legal_basis, begin, end), new.reason)
        return _institution(institution)


@router.post("/institutions/{number}/authorisations/end")
def end(
    number: Number, because: Because, login: LoginDep, database: DatabaseDep, _: CsrfDep
) -> InstitutionAnswer:
    """End the authorisation of an institution now."""
    with database.transaction() as session:
        actor = acting_administrator(login, session)
        check_user_can_vet(actor)
        institution = find_institution(session, number)
        end_authorisation(session, actor, institution, because.reason)
        return _institution(institution)


@router.get("/centres")
def read_centres(login: LoginDep, database: DatabaseDep) -> list[CentreAnswer]:
    """Return the centres, by name."""
    with database.reading() as session:
        check_user_can_vet(acting_administrator(login, session))
        return [_centre(one) for one in all_centres(session)]


@router.post("/centres", status_code=201)
def add_centre(new: NewCentre, login: LoginDep, database: DatabaseDep, _: CsrfDep) -> CentreAnswer:
    """Add a centre."""
    with database.transaction() as session:
        actor = acting_administrator(login, session)
        return _centre(service.add_centre(session, actor, slug=new.slug, name=new.name, municipalities={}))


@router.post("/centres/{slug}/municipalities", status_code=201)
def serve_municipality(
    slug: str, new: NewMunicipality, login: LoginDep, database: DatabaseDep, _: CsrfDep
) -> CentreAnswer:
    """Let a centre serve one more municipality."""
    with database.transaction() as session:
        actor = acting_administrator(login, session)
        check_user_can_vet(actor)
        centre = find_centre(session, slug)
        service.serve_municipality(session, actor, centre, new.code, new.name)
        return _centre(centre)


def _days(new: NewAuthorisation) -> tuple[dt.datetime, dt.datetime]:
    return day(new.authorised_from, "authorised_from"), through(new.authorised_until, "authorised_until")


def _institution(one: Institution) -> InstitutionAnswer:
    return InstitutionAnswer(
        id=one.id,
        name=one.name,
        legal_basis=one.legal_basis,
        authorised_from=one.authorised_from,
        authorised_until=one.authorised_until,
    )


def _centre(one: Centre) -> CentreAnswer:
    municipalities = {municipality.code: municipality.name for municipality in one.municipalities}
    return CentreAnswer(slug=one.slug, name=one.name, municipalities=municipalities)
