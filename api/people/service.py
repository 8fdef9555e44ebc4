"""Changes to institutions, centres and people; each one writes its audit record in the same transaction."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.audit.service import Actor, record
from api.db import now
from api.errors import ConflictError, InvalidError
from api.people import validation
from api.people.authorisations import FIRST, Terms, decide_authorisation
from api.people.models import (
    Appointment,
    Centre,
    Evidence,
    EvidenceKind,
    Institution,
    Municipality,
    Person,
    Retraction,
    Role,
)
from api.people.permissions import (
    check_may_give_role,
    check_separate_duties,
    check_user_can_appoint,
    check_user_can_vet,
)
from api.people.roles import appointed_roles
from api.people.statements import present_statement
from output_checker.text import Text


def add_institution(
    session: Session,
    actor: Actor,
    *,
    name: str,
    legal_basis: str,
    authorised_from: dt.datetime,
    authorised_until: dt.datetime,
) -> Institution:
    """Add an institution that may use microdata in the period given.

    Raises NotAllowedError, ConflictError (the name is taken) or InvalidError.
    """
    check_user_can_appoint(actor, None)
    name = validation.line(name, "name")
    _check_free(session, Institution.name, name)
    terms = Terms(validation.line(legal_basis, "legal_basis"), authorised_from, authorised_until)
    institution = Institution(name=name)
    decide_authorisation(session, actor, institution, terms, FIRST)
    record(session, actor, "institution.add", f"institution:{institution.id}", "vetting", name=name)
    return institution


def add_centre(
    session: Session, actor: Actor, *, slug: str, name: str, municipalities: dict[str, str]
) -> Centre:
    """Add a centre and the municipalities (national code: name) that it serves.

    Raises NotAllowedError, ConflictError (the slug is taken, or a municipality has a centre) or InvalidError.
    """
    check_user_can_appoint(actor, None)
    validation.slug(slug, "slug")
    _check_free(session, Centre.slug, slug)
    for code in municipalities:
        _check_free(session, Municipality.code, code)
    centre = Centre(slug=slug, name=validation.line(name, "name"))
    centre.municipalities = [
        Municipality(code=code, name=validation.line(label, "municipalities"))
        for code, label in municipalities.items()
    ]
    session.add(centre)
    session.flush()
    record(
        session, actor, "centre.add", f"centre:{slug}", "appointment", municipalities=sorted(municipalities)
    )
    return centre


def serve_municipality(session: Session, actor: Actor, centre: Centre, code: str, name: str) -> Municipality:
    """Let `centre` serve a municipality, by its national code such as GM0917.

    Raises NotAllowedError, ConflictError (the municipality has a centre) or InvalidError.
    """
    check_user_can_appoint(actor, None)
    code = validation.municipality(code)
    _check_free(session, Municipality.code, code)
    municipality = Municipality(code=code, name=validation.line(name, "name"))
    centre.municipalities.append(municipality)
    session.flush()
    record(session, actor, "centre.serve", f"centre:{centre.slug}", "appointment", municipality=code)
    return municipality


def add_person(
    session: Session,
    actor: Actor,
    *,
    subject: str,
    name: str,
    email: str,
    language: str,
    institution: Institution,
) -> Person:
    """Add somebody; without evidence, appointment or grant they may do nothing yet.

    Raises NotAllowedError, ConflictError (the subject or address is taken) or InvalidError.
    """
    check_user_can_vet(actor)
    validation.slug(subject, "subject")
    email = validation.email(email)
    _check_free(session, Person.subject, subject)
    _check_free(session, Person.email, email)
    person = Person(
        subject=subject,
        name=validation.line(name, "name"),
        email=email,
        language=validation.language(language),
        institution=institution,
    )
    session.add(person)
    session.flush()
    record(session, actor, "person.add", f"person:{subject}", "vetting", institution=institution.id)
    return person


def assert_evidence(
    session: Session,
    actor: Actor,
    person: Person,
    kind: EvidenceKind,
    source: str,
    valid_from: dt.datetime,
    valid_until: dt.datetime,
) -> Evidence:
    """Add evidence about `person`, valid from the first moment up to (not including) the last.

    Evidence that somebody signed is about the statement as it reads now. Raises NotAllowedError (also about oneself)
    or InvalidError.
    """
    check_user_can_vet(actor, person)
    return keep_evidence(session, actor, person, kind, source, valid_from, valid_until)


def keep_evidence(
    session: Session,
    actor: Actor,
    person: Person,
    kind: EvidenceKind,
    source: str,
    valid_from: dt.datetime,
    valid_until: dt.datetime,
) -> Evidence:
    """Keep evidence of which the caller knows that `actor` may assert it. Raises InvalidError."""
    validation.period(valid_from, valid_until)
    evidence = Evidence(
        kind=kind,
        source=validation.line(source, "source"),
        version=present_statement().version if kind is EvidenceKind.STATEMENT_SIGNED else None,
        asserted_by_id=actor.person.id if actor.person else None,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    person.evidence.append(evidence)
    session.flush()
    told = {"evidence": evidence.id, "kind": kind, "valid_until": valid_until.isoformat()}
    record(session, actor, "evidence.assert", f"person:{person.subject}", "vetting", **told)
    return evidence


def retract_evidence(session: Session, actor: Actor, evidence: Evidence, person: Person, reason: str) -> None:
    """State that evidence about `person` was wrong: from now on it counts no longer, and both are kept.

    Raises NotAllowedError (also about oneself), ConflictError (retracted already) or InvalidError.
    """
    check_user_can_vet(actor, person)
    if evidence.retraction is not None:
        message = Text(nl="Dit bewijs is al ingetrokken.", en="This evidence was retracted already.")
        raise ConflictError("already_retracted", message)
    why = validation.line(reason, "reason")
    by = actor.person.id if actor.person else None
    evidence.retraction = Retraction(reason=why, retracted_by_id=by)
    session.flush()
    record(session, actor, "evidence.retract", f"person:{person.subject}", why, evidence=evidence.id)


def appoint(
    session: Session,
    actor: Actor,
    person: Person,
    role: Role,
    centre: Centre | None,
    valid_until: dt.datetime | None = None,
) -> Appointment:
    """Give `person` a role at `centre` (None: everywhere) from now on, until `valid_until` when given.

    Raises NotAllowedError (also for oneself, or with a role that another person must have, or emptied), ConflictError (they hold
    it already) or InvalidError (the end is past, or an auditor of one centre).
    """
    centre_id = centre.id if centre else None
    check_user_can_appoint(actor, centre_id, person)
    check_may_give_role(actor, role)
    check_separate_duties(person, role, centre_id)
    if role is Role.AUDITOR and centre is not None:
        # There is one chain of records for all centres: whoever reads it reads about all of them.
        message = Text(nl="Een auditor is dat overal.", en="An auditor is one everywhere.")
        raise InvalidError("bad_centre", message, field="centre")
    begin = now()
    if valid_until is not None:
        validation.period(begin, valid_until)
    if (role, centre_id) in appointed_roles(person):
        message = Text(nl="Deze persoon heeft deze rol al.", en="This person holds this role already.")
        raise ConflictError("already_appointed", message)
    appointment = Appointment(
        role=role,
        centre_id=centre_id,
        appointed_by_id=actor.person.id if actor.person else None,
        valid_from=begin,
        valid_until=valid_until,
    )
    person.appointments.append(appointment)
    session.flush()
    where = centre.slug if centre else None
    record(
        session, actor, "person.appoint", f"person:{person.subject}", "appointment", role=role, centre=where
    )
    return appointment


def end_appointment(session: Session, actor: Actor, appointment: Appointment, person: Person) -> None:
    """End a role of `person` now.

    Raises NotAllowedError (also for oneself) or ConflictError (it ended before).
    """
    check_user_can_appoint(actor, appointment.centre_id, person)
    moment = now()
    if appointment.valid_until is not None and appointment.valid_until <= moment:
        raise ConflictError("role_over", Text(nl="Deze rol is al beëindigd.", en="This role ended already."))
    appointment.valid_until = moment
    told = {"role": appointment.role, "appointment": appointment.id}
    record(session, actor, "person.dismiss", f"person:{person.subject}", "appointment", **told)


def suspend(session: Session, actor: Actor, person: Person, reason: str) -> None:
    """Shut every door for `person` from now on; running sandboxes end at their next check, within a second.

    Raises NotAllowedError, ConflictError (suspended already) or InvalidError.
    """
    check_user_can_vet(actor, person)
    if person.suspended_at:
        raise ConflictError(
            "already_suspended",
            Text(nl="Deze persoon is al geschorst.", en="This person is suspended already."),
        )
    person.suspended_reason = validation.line(reason, "reason")
    person.suspended_at = now()
    record(session, actor, "person.suspend", f"person:{person.subject}", person.suspended_reason)


def reinstate(session: Session, actor: Actor, person: Person, reason: str = "the suspension is over") -> None:
    """Take a suspension back.

    Raises NotAllowedError (also for oneself), ConflictError (not suspended) or InvalidError.
    """
    check_user_can_vet(actor, person)
    if not person.suspended_at:
        raise ConflictError(
            "not_suspended", Text(nl="Deze persoon is niet geschorst.", en="This person is not suspended.")
        )
    why = validation.line(reason, "reason")
    person.suspended_at = person.suspended_reason = None
    record(session, actor, "person.reinstate", f"person:{person.subject}", why)


def person_by_subject(session: Session, subject: str) -> Person | None:
    """Return the person called `subject` in tokens, or None."""
    return session.scalar(select(Person).where(Person.subject == subject))


def _check_free(session: Session, column: InstrumentedAttribute[str], value: str) -> None:
    if session.scalar(select(column).where(column == value)) is not None:
        message = Text(nl=f"{value} bestaat al.", en=f"{value} exists already.")
        raise ConflictError("taken", message, field=column.key)
