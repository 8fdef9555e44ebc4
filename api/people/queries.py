"""Looking up people, institutions and centres, for pages and routes; nothing here decides."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from api.db import LARGEST_INTEGER
from api.errors import NotFoundError
from api.paging import PAGE_SIZE, Part
from api.people.models import Appointment, Authorisation, Centre, Evidence, Institution, Person
from output_checker.text import Text


def search_people(
    session: Session, search: str = "", offset: int = 0, limit: int = PAGE_SIZE
) -> Part[Person]:
    """Return the people whose name, login name, address or institution holds `search` (any case; empty: all)."""
    query = select(Person).join(Person.institution)
    if search:
        columns = (Person.name, Person.subject, Person.email, Institution.name)
        query = query.where(or_(*(column.icontains(search, autoescape=True) for column in columns)))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    loaded = query.options(
        joinedload(Person.institution), selectinload(Person.evidence), selectinload(Person.appointments)
    )
    page = loaded.order_by(Person.name, Person.id).offset(offset).limit(limit)
    return Part(session.scalars(page).all(), total, offset)


def find_person(session: Session, subject: str) -> Person:
    """Return the person called `subject`, with evidence and appointments and who asserted and made them.

    Raises NotFoundError.
    """
    person = session.scalar(
        select(Person)
        .where(Person.subject == subject)
        .options(
            joinedload(Person.institution),
            selectinload(Person.evidence).joinedload(Evidence.asserted_by),
            selectinload(Person.appointments).joinedload(Appointment.centre),
            selectinload(Person.appointments).joinedload(Appointment.appointed_by),
        )
    )
    if person is None:
        raise NotFoundError("no_person", Text("Deze persoon is er niet.", "There is no such person."))
    return person


def find_evidence(person: Person, evidence_id: int) -> Evidence:
    """Return one piece of evidence about `person`.

    Raises NotFoundError.
    """
    for item in person.evidence:
        if item.id == evidence_id:
            return item
    raise NotFoundError("no_evidence", Text("Dit bewijs is er niet.", "There is no such evidence."))


def find_appointment(person: Person, appointment_id: int) -> Appointment:
    """Return one appointment of `person`.

    Raises NotFoundError.
    """
    for item in person.appointments:
        if item.id == appointment_id:
            return item
    raise NotFoundError("no_appointment", Text("Deze rol is er niet.", "There is no such role."))


def all_institutions(session: Session) -> Sequence[Institution]:
    """Return the institutions, by name."""
    return session.scalars(select(Institution).order_by(Institution.name)).all()


def find_institution(session: Session, institution_id: int) -> Institution:
    """Return one institution, with what was decided about it and by whom.

    Raises NotFoundError.
    """
    query = (
        select(Institution)
        .where(Institution.id == institution_id)
        .options(selectinload(Institution.authorisations).joinedload(Authorisation.decided_by))
    )
    found = session.scalar(query) if 0 < institution_id <= LARGEST_INTEGER else None
    if found is None:
        message = Text("Deze instelling is er niet.", "There is no such institution.")
        raise NotFoundError("no_institution", message)
    return found


def all_centres(session: Session) -> Sequence[Centre]:
    """Return the centres, by name, with the municipalities that they serve."""
    query = select(Centre).options(selectinload(Centre.municipalities)).order_by(Centre.name, Centre.id)
    return session.scalars(query).all()


def find_centre(session: Session, slug: str) -> Centre:
    """Return the centre called `slug`.

    Raises NotFoundError.
    """
    centre = session.scalar(select(Centre).where(Centre.slug == slug))
    if centre is None:
        raise NotFoundError("no_centre", Text("Dit centrum is er niet.", "There is no such centre."))
    return centre
