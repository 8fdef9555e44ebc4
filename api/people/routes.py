"""People for programs: register, vet, appoint and suspend; the statement and one's signature under it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api.audit.service import Actor
from api.db import now
from api.dependencies import DatabaseDep, SettingsDep
from api.identity.dependencies import CsrfDep, LoginDep, StrongCsrfDep
from api.paging import PAGE_SIZE, Limit, Offset
from api.people import service, vetting
from api.people.choices import asked_centre, asked_institution, asked_role, ends_on
from api.people.emptying import empty_person
from api.people.evidence import why_not_counting
from api.people.leaving import leavers
from api.people.models import Appointment, Evidence, EvidenceKind, Person, Role
from api.people.own_pages import SIGNER
from api.people.permissions import check_user_can_vet
from api.people.queries import find_appointment, find_evidence, find_person, search_people
from api.people.shown import acting_administrator, opened_file
from api.people.statements import present_statement
from api.people.validation import day, through
from output_checker.text import Language, Text

router = APIRouter(prefix="/api", tags=["people"])
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
DAY = "As 2027-03-31."


class Sent(BaseModel):
    """What programs send: nothing that is not asked for."""

    model_config = ConfigDict(extra="forbid")


class NewPerson(Sent):
    """Somebody to register; `institution` is its number."""

    subject: str
    name: str
    email: str
    language: Language = "nl"
    institution: int


class NewEvidence(Sent):
    """What the administrator saw of a person.

    `source` is a kind of document (passport, identity_card, residence_permit, driving_licence), who confirmed the
    employment, or which certificate of a training; `issued` is the day of a certificate.
    """

    kind: Literal["identity_checked", "employment", "training_passed"]
    source: str
    issued: str = Field(default="", description=DAY)
    valid_through: str = Field(description=DAY)


class NewAppointment(Sent):
    """A role, at a centre (null: everywhere), through a day (null: until it is ended)."""

    role: Role
    centre: str | None = None
    valid_through: str | None = Field(default=None, description=DAY)


class Because(Sent):
    """Why something is done."""

    reason: str


class NewSignature(Sent):
    """The text that was read, and that it is agreed to."""

    version: int = Field(ge=0, le=2**31 - 1)
    language: Language
    agreed: bool


class EvidenceAnswer(BaseModel):
    """A piece of evidence; `discounted` says why it counts no longer, whatever its period."""

    id: int
    kind: EvidenceKind
    source: str
    version: int | None
    asserted_by: str | None
    valid_from: dt.datetime
    valid_until: dt.datetime
    discounted: Text | None


class AppointmentAnswer(BaseModel):
    """A role by appointment; `centre` is null where it holds everywhere."""

    id: int
    role: Role
    centre: str | None
    valid_from: dt.datetime
    valid_until: dt.datetime | None


class PersonSummary(BaseModel):
    """A person in a list."""

    subject: str
    name: str
    email: str
    institution: str
    suspended: bool
    emptied: bool


class PersonAnswer(PersonSummary):
    """A person with what is known of them."""

    suspended_reason: str | None
    evidence: list[EvidenceAnswer]
    appointments: list[AppointmentAnswer]


class LeaverAnswer(BaseModel):
    """Somebody who left: since when (null: nobody can tell), and when their personal data are emptied."""

    subject: str
    since: dt.datetime | None
    due_at: dt.datetime | None


class PeopleAnswer(BaseModel):
    """One page of people, by name."""

    people: list[PersonSummary]
    total: int
    next_offset: int | None


class StatementAnswer(BaseModel):
    """The statement as it reads now, the SHA-256 of its words, and whether the reader has signed it."""

    version: int
    text: Text
    sha256: Text
    signed: bool


@router.get("/people")
def read_people(
    login: LoginDep,
    database: DatabaseDep,
    search: Annotated[str, Query(max_length=100)] = "",
    offset: Offset = 0,
    limit: Limit = PAGE_SIZE,
) -> PeopleAnswer:
    """Return the people whose name, login name, address or institution holds what is searched."""
    with database.reading() as session:
        check_user_can_vet(acting_administrator(login, session))
        found = search_people(session, search, offset, limit)
        people = [_summary(person) for person in found.items]
        return PeopleAnswer(people=people, total=found.total, next_offset=found.next_offset)


@router.post("/people", status_code=201)
def register_person(new: NewPerson, login: LoginDep, database: DatabaseDep, _: CsrfDep) -> PersonAnswer:
    """Register somebody, who may do nothing yet."""
    with database.transaction() as session:
        actor = _vetting(login, session)
        institution = asked_institution(session, str(new.institution))
        fields = new.model_dump(exclude={"institution"})
        return _answer(service.add_person(session, actor, **fields, institution=institution))


@router.get("/people/{subject}")
def read_person(subject: str, login: LoginDep, database: DatabaseDep) -> PersonAnswer:
    """Return what is known of a person, and by whom."""
    with database.reading() as session:
        return _answer(opened_file(session, database, acting_administrator(login, session), subject))


@router.post("/people/{subject}/evidence", status_code=201)
def add_evidence(
    subject: str, new: NewEvidence, login: LoginDep, database: DatabaseDep, _: StrongCsrfDep
) -> EvidenceAnswer:
    """Assert what was seen of a person."""
    with database.transaction() as session:
        actor = _vetting(login, session)
        person, until = find_person(session, subject), through(new.valid_through, "valid_through")
        if new.kind == "identity_checked":
            return _evidence(vetting.check_identity(session, actor, person, new.source, until))
        if new.kind == "employment":
            return _evidence(vetting.confirm_employment(session, actor, person, new.source, until))
        issued = day(new.issued, "issued")
        return _evidence(vetting.accept_certificate(session, actor, person, new.source, issued, until))


@router.post("/people/{subject}/evidence/{number}/retraction", status_code=201)
def retract_evidence(
    subject: str, number: Number, because: Because, login: LoginDep, database: DatabaseDep, _: CsrfDep
) -> EvidenceAnswer:
    """State that evidence was wrong: it counts no longer."""
    with database.transaction() as session:
        actor = _vetting(login, session)
        person = find_person(session, subject)
        evidence = find_evidence(person, number)
        service.retract_evidence(session, actor, evidence, person, because.reason)
        return _evidence(evidence)


@router.post("/people/{subject}/appointments", status_code=201)
def appoint(
    subject: str, new: NewAppointment, login: LoginDep, database: DatabaseDep, _: StrongCsrfDep
) -> AppointmentAnswer:
    """Give a person a role."""
    with database.transaction() as session:
        actor = _vetting(login, session)
        person, where = find_person(session, subject), asked_centre(session, new.centre or "")
        until = ends_on(new.valid_through or "")
        return _appointment(service.appoint(session, actor, person, asked_role(new.role), where, until))


@router.post("/people/{subject}/appointments/{number}/end")
def end_appointment(
    subject: str, number: Number, login: LoginDep, database: DatabaseDep, _: CsrfDep
) -> AppointmentAnswer:
    """End a role of a person now."""
    with database.transaction() as session:
        actor = _vetting(login, session)
        person = find_person(session, subject)
        appointment = find_appointment(person, number)
        service.end_appointment(session, actor, appointment, person)
        return _appointment(appointment)


@router.post("/people/{subject}/suspension", status_code=201)
def suspend(
    subject: str, because: Because, login: LoginDep, database: DatabaseDep, _: CsrfDep
) -> PersonAnswer:
    """Shut every door for a person."""
    with database.transaction() as session:
        actor, person = _vetting(login, session), find_person(session, subject)
        service.suspend(session, actor, person, because.reason)
        return _answer(person)


@router.post("/people/{subject}/suspension/end")
def reinstate(
    subject: str, because: Because, login: LoginDep, database: DatabaseDep, _: StrongCsrfDep
) -> PersonAnswer:
    """End a suspension."""
    with database.transaction() as session:
        actor, person = _vetting(login, session), find_person(session, subject)
        service.reinstate(session, actor, person, because.reason)
        return _answer(person)


@router.post("/people/{subject}/emptying", status_code=201)
def empty(
    subject: str, because: Because, login: LoginDep, database: DatabaseDep, _: StrongCsrfDep
) -> PersonAnswer:
    """Empty the personal data of somebody who left, before their time; it cannot be taken back."""
    with database.transaction() as session:
        actor, person = _vetting(login, session), find_person(session, subject)
        empty_person(session, actor, person, because.reason)
        return _answer(person)


@router.get("/leavers")
def read_leavers(login: LoginDep, database: DatabaseDep, settings: SettingsDep) -> list[LeaverAnswer]:
    """Return who has no role and no access any more, and when their personal data are emptied."""
    with database.reading() as session:
        _vetting(login, session)
        return [
            LeaverAnswer(subject=one.person.subject, since=one.since, due_at=one.due_at(settings.person_days))
            for one in leavers(session)
        ]


@router.get("/statement")
def read_statement(login: LoginDep, database: DatabaseDep) -> StatementAnswer:
    """Return the confidentiality statement as it reads now, and whether one has signed it."""
    with database.reading() as session:
        return _statement(login.within(session).person)


@router.post("/statement/signature", status_code=201)
def sign_statement(
    new: NewSignature, login: LoginDep, database: DatabaseDep, _: StrongCsrfDep
) -> StatementAnswer:
    """Sign the statement as oneself, with a fresh strong login."""
    with database.transaction() as session:
        within = login.within(session)
        vetting.sign_statement(
            session,
            within.actor(SIGNER),
            version=new.version,
            language=new.language,
            agreed=new.agreed,
            acr=within.session.acr,
            auth_time=within.session.auth_time,
        )
        return _statement(within.person)


def _vetting(login: LoginDep, session: Session) -> Actor:
    actor = acting_administrator(login, session)
    check_user_can_vet(actor)
    return actor


def _statement(person: Person) -> StatementAnswer:
    statement = present_statement()
    digests = Text(nl=statement.sha256("nl"), en=statement.sha256("en"))
    signed = vetting.has_signed(person, now())
    return StatementAnswer(version=statement.version, text=statement.text, sha256=digests, signed=signed)


def _summary(person: Person) -> PersonSummary:
    return PersonSummary(
        subject=person.subject,
        name=person.name,
        email=person.email,
        institution=person.institution.name,
        suspended=person.suspended_at is not None,
        emptied=person.emptied_at is not None,
    )


def _answer(person: Person) -> PersonAnswer:
    return PersonAnswer(
        **_summary(person).model_dump(),
        suspended_reason=person.suspended_reason,
        evidence=[_evidence(item) for item in person.evidence],
        appointments=[_appointment(item) for item in person.appointments],
    )


def _evidence(item: Evidence) -> EvidenceAnswer:
    return EvidenceAnswer(
        id=item.id,
        kind=item.kind,
        source=item.source,
        version=item.version,
        asserted_by=item.asserted_by.subject if item.asserted_by else None,
        valid_from=item.valid_from,
        valid_until=item.valid_until,
        discounted=why_not_counting(item),
    )


def _appointment(item: Appointment) -> AppointmentAnswer:
    return AppointmentAnswer(
        id=item.id,
        role=item.role,
        centre=item.centre.slug if item.centre else None,
        valid_from=item.valid_from,
        valid_until=item.valid_until,
    )
