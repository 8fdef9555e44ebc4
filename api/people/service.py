"""Changes to institutions, centres and people; each one writes its audit record in the same transaction."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.audit.service import Actor, record
from api.db import now
from api.errors import ConflictError, InvalidError
from api.people import validation
from api.people.models import (
    Appointment,
    Centre,
    Evidence,
    EvidenceKind,
    Institution,
    Municipality,
    Person,
    Role,
)
from api.people.permissions import check_user_can_appoint, check_user_can_vet
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
    validation.period(authorised_from, authorised_until)
    name = validation.line(name, "name")
    _check_free(session, Institution.name, name)
    institution = Institution(
        name=name,
        legal_basis=validation.line(legal_basis, "legal_basis"),
        authorised_from=authorised_from,
        authorised_until=authorised_until,
    )
    session.add(institution)
    session.flush()
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

    Raises NotAllowedError (also about oneself) or InvalidError.
    """
    check_user_can_vet(actor, person)
    validation.period(valid_from, valid_until)
    evidence = Evidence(
        kind=kind,
        source=validation.line(source, "source"),
        asserted_by_id=actor.person.id if actor.person else None,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    person.evidence.append(evidence)
    session.flush()
    until = valid_until.isoformat()
    record(
        session, actor, "evidence.assert", f"person:{person.subject}", "vetting", kind=kind, valid_until=until
    )
    return evidence


def appoint(
    session: Session,
    actor: Actor,
    person: Person,
    role: Role,
    centre: Centre | None,
    valid_until: dt.datetime | None = None,
) -> Appointment:
    """Give `person` a role at `centre` (None: everywhere) from now on, until `valid_until` when given.

    Raises NotAllowedError (also for oneself) or InvalidError (the end is past, or an auditor of one centre).
    """
    centre_id = centre.id if centre else None
    check_user_can_appoint(actor, centre_id, person)
    if role is Role.AUDITOR and centre is not None:
        # There is one chain of records for all centres: whoever reads it reads about all of them.
        message = Text(nl="Een auditor is dat overal.", en="An auditor is one everywhere.")
        raise InvalidError("bad_centre", message, field="centre")
    begin = now()
    if valid_until is not None:
        validation.period(begin, valid_until)
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


def reinstate(session: Session, actor: Actor, person: Person) -> None:
    """Take a suspension back.

    Raises NotAllowedError (also for oneself) or ConflictError (not suspended).
    """
    check_user_can_vet(actor, person)
    if not person.suspended_at:
        raise ConflictError(
            "not_suspended", Text(nl="Deze persoon is niet geschorst.", en="This person is not suspended.")
        )
    person.suspended_at = person.suspended_reason = None
    record(session, actor, "person.reinstate", f"person:{person.subject}", "vetting")


def person_by_subject(session: Session, subject: str) -> Person | None:
    """Return the person called `subject` in tokens, or None."""
    return session.scalar(select(Person).where(Person.subject == subject))


def _check_free(session: Session, column: InstrumentedAttribute[str], value: str) -> None:
    if session.scalar(select(column).where(column == value)) is not None:
        message = Text(nl=f"{value} bestaat al.", en=f"{value} exists already.")
        raise ConflictError("taken", message, field=column.key)
