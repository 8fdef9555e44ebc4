"""Pages on which administrators register people, vet them, appoint them and suspend them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from api.access.queries import grants_of
from api.audit.service import Actor
from api.dependencies import DatabaseDep
from api.errors import EnclaveError, NotAllowedError
from api.identity.dependencies import Login, LoginDep
from api.paging import PAGE_SIZE, Offset
from api.people import service, vetting
from api.people.choices import asked_centre, asked_institution, asked_role, ends_on
from api.people.emptying import empty_person
from api.people.evidence import DOCUMENT_NAMES
from api.people.leaving import leaver
from api.people.models import Person, Role
from api.people.permissions import (
    check_user_can_vet,
    may_give_role,
    user_can_appoint,
    user_can_vet_person,
)
from api.people.queries import (
    all_centres,
    all_institutions,
    find_appointment,
    find_evidence,
    find_person,
    search_people,
)
from api.people.roles import APPOINTABLE, ROLE_NAMES, centres_of
from api.people.shown import (
    acting_administrator,
    opened_file,
    shown_appointments,
    shown_evidence,
    standing,
)
from api.people.validation import day, through
from api.web.forms import UNTOUCHED, Typed
from api.web.rendering import page
from api.web.sent import MENDABLE, Sent, SentDep, StrongSentDep
from api.web.viewer import RememberViewer

router = APIRouter(prefix="/admin/people", dependencies=[RememberViewer], include_in_schema=False)
Field = Annotated[str, Form()]
Act = Callable[[Session, Actor, Person], None]
ROLE = Role.ADMINISTRATOR.value
REFUSALS = (*MENDABLE, NotAllowedError)
"""What a page shows beside the form that was refused."""


@router.get("")
def people_page(
    request: Request,
    login: LoginDep,
    database: DatabaseDep,
    search: Annotated[str, Query(max_length=100)] = "",
    offset: Offset = 0,
) -> HTMLResponse:
    """Show the people that match, and the form to register somebody."""
    with database.reading() as session:
        return _people(request, session, login, search, offset)


@router.post("")
def register(
    sent: SentDep,
    name: Field = "",
    subject: Field = "",
    email: Field = "",
    language: Field = "",
    institution: Field = "",
) -> Response:
    """Register somebody; what is refused is shown as it was typed."""
    given = {"name": name, "subject": subject, "email": email, "language": language}
    typed = Typed("register", given | {"institution": institution})

    def change(session: Session, login: Login) -> str:
        actor, employer = login.actor(ROLE), asked_institution(session, institution)
        service.add_person(session, actor, **given, institution=employer)
        return f"/admin/people/{subject}"

    def again(session: Session, problem: EnclaveError) -> Response:
        return _people(sent.request, session, sent.login, "", 0, typed.refused(problem))

    return sent.carry_out(change, again, told=REFUSALS)


def _people(
    request: Request, session: Session, login: Login, search: str, offset: int, typed: Typed = UNTOUCHED
) -> HTMLResponse:
    check_user_can_vet(acting_administrator(login, session))
    found = search_people(session, search, offset)
    return page(
        request,
        "people/people.html",
        status=typed.status,
        people=[(person, standing(person)) for person in found.items],
        found=found,
        size=PAGE_SIZE,
        search=search,
        institutions=all_institutions(session),
        typed=typed,
    )


@router.get("/{subject}")
def person_page(request: Request, subject: str, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show what is known of one person, by whom, and the forms to add to it."""
    with database.reading() as session:
        opened_file(session, database, acting_administrator(login, session), subject)
        return _person(request, session, login, subject)


@router.post("/{subject}/identity")
def check_identity(
    sent: StrongSentDep, subject: str, document: Field = "", valid_through: Field = ""
) -> Response:
    """Assert that the reader saw the person beside a document."""

    def act(session: Session, actor: Actor, person: Person) -> None:
        vetting.check_identity(session, actor, person, document, through(valid_through, "valid_through"))

    given = {"document": document, "valid_through": valid_through}
    return _act(sent, subject, Typed("identity", given), act)


@router.post("/{subject}/employment")
def confirm_employment(
    sent: StrongSentDep, subject: str, confirmed_by: Field = "", valid_through: Field = ""
) -> Response:
    """Assert that the institution confirmed that the person works there."""
    given = {"confirmed_by": confirmed_by, "valid_through": valid_through}

    def act(session: Session, actor: Actor, person: Person) -> None:
        until = through(valid_through, "valid_through")
        vetting.confirm_employment(session, actor, person, confirmed_by, until)

    return _act(sent, subject, Typed("employment", given), act)


@router.post("/{subject}/certificate")
def accept_certificate(
    sent: StrongSentDep, subject: str, certificate: Field = "", issued: Field = "", valid_through: Field = ""
) -> Response:
    """Accept a certificate of a training elsewhere."""
    given = {"certificate": certificate, "issued": issued, "valid_through": valid_through}

    def act(session: Session, actor: Actor, person: Person) -> None:
        begin, until = day(issued, "issued"), through(valid_through, "valid_through")
        vetting.accept_certificate(session, actor, person, certificate, begin, until)

    return _act(sent, subject, Typed("certificate", given), act)


@router.post("/{subject}/evidence/{evidence_id}/retract")
def retract(sent: SentDep, subject: str, evidence_id: int, reason: Field = "") -> Response:
    """State that evidence was wrong."""

    def act(session: Session, actor: Actor, person: Person) -> None:
        evidence = find_evidence(person, evidence_id)
        service.retract_evidence(session, actor, evidence, person, reason)

    return _act(sent, subject, Typed(f"retract-{evidence_id}", {"reason": reason}), act)


@router.post("/{subject}/appointments")
def appoint(
    sent: StrongSentDep, subject: str, role: Field = "", centre: Field = "", valid_through: Field = ""
) -> Response:
    """Give the person a role at a centre (empty: everywhere), through a day or (empty) until it is ended."""
    given = {"role": role, "centre": centre, "valid_through": valid_through}

    def act(session: Session, actor: Actor, person: Person) -> None:
        where = asked_centre(session, centre)
        service.appoint(session, actor, person, asked_role(role), where, ends_on(valid_through))

    return _act(sent, subject, Typed("appoint", given), act)


@router.post("/{subject}/appointments/{appointment_id}/end")
def end_appointment(sent: SentDep, subject: str, appointment_id: int) -> Response:
    """End a role of the person now."""

    def act(session: Session, actor: Actor, person: Person) -> None:
        appointment = find_appointment(person, appointment_id)
        service.end_appointment(session, actor, appointment, person)

    return _act(sent, subject, Typed(f"end-{appointment_id}"), act)


@router.post("/{subject}/suspend")
def suspend(sent: SentDep, subject: str, reason: Field = "") -> Response:
    """Shut every door for the person."""

    def act(session: Session, actor: Actor, person: Person) -> None:
        service.suspend(session, actor, person, reason)

    return _act(sent, subject, Typed("suspend", {"reason": reason}), act)


@router.post("/{subject}/reinstate")
def reinstate(sent: StrongSentDep, subject: str, reason: Field = "") -> Response:
    """Take the suspension back."""

    def act(session: Session, actor: Actor, person: Person) -> None:
        service.reinstate(session, actor, person, reason)

    return _act(sent, subject, Typed("reinstate", {"reason": reason}), act)


@router.post("/{subject}/empty")
def empty(sent: StrongSentDep, subject: str, reason: Field = "") -> Response:
    """Empty the personal data of somebody who left, before their time."""

    def act(session: Session, actor: Actor, person: Person) -> None:
        empty_person(session, actor, person, reason)

    # Who may not is offered no form, and is shown nothing beside the refusal.
    return _act(sent, subject, Typed("empty", {"reason": reason}), act, told=MENDABLE)


def _act(
    sent: Sent,
    subject: str,
    typed: Typed,
    act: Act,
    told: tuple[type[EnclaveError], ...] = REFUSALS,
) -> Response:
    """Do it and show the person again; what is `told` of refusals is shown beside what was typed."""

    def change(session: Session, login: Login) -> str:
        actor = login.actor(ROLE)
        check_user_can_vet(actor)
        act(session, actor, find_person(session, subject))
        return f"/admin/people/{subject}"

    def again(session: Session, problem: EnclaveError) -> Response:
        return _person(sent.request, session, sent.login, subject, typed.refused(problem))

    return sent.carry_out(change, again, told=told)


def _own_centres(actor: Actor) -> set[int] | None:
    return centres_of(actor.person, Role.ADMINISTRATOR) if actor.person else set()


def _person(
    request: Request, session: Session, login: Login, subject: str, typed: Typed = UNTOUCHED
) -> HTMLResponse:
    actor = acting_administrator(login, session)
    check_user_can_vet(actor)
    person = find_person(session, subject)
    context: Mapping[str, Any] = {
        "person": person,
        "standing": standing(person),
        "evidence": shown_evidence(person),
        "appointments": shown_appointments(actor, person),
        # What a project of another centre is called is none of the reader's business.
        "grants": grants_of(session, person=person, centre_ids=_own_centres(actor)),
        "may_vet": user_can_vet_person(actor, person),
        "everywhere": user_can_appoint(actor, None),
        "centres": [one for one in all_centres(session) if user_can_appoint(actor, one.id)],
        "roles": [(role.value, ROLE_NAMES[role]) for role in APPOINTABLE if may_give_role(actor, role)],
        "documents": [(kind.value, words) for kind, words in DOCUMENT_NAMES.items()],
        "gone": leaver(session, person),
        "typed": typed,
    }
    return page(request, "people/person.html", status=typed.status, **context)
