"""What is known of people as pages and programs show it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from api.audit.service import Actor, record_view
from api.db import Database, now
from api.identity.dependencies import Login
from api.people.evidence import KIND_NAMES, source_in_words, why_not_counting
from api.people.models import Appointment, Evidence, Institution, Person, Role
from api.people.permissions import check_user_can_vet, user_can_appoint, user_can_vet_person
from api.people.queries import find_person
from api.web.labels import Label
from output_checker.text import Text

State = Literal["valid", "ended", "later"]
STATES: dict[State, Label] = {
    "valid": Label(Text("Geldig", "Valid"), "pass"),
    "ended": Label(Text("Verlopen", "Ended"), "neutral"),
    "later": Label(Text("Geldt nog niet", "Not valid yet"), "info"),
}
ACTIVE = Label(Text("Actief", "Active"), "pass")
SUSPENDED = Label(Text("Geschorst", "Suspended"), "fail")
EMPTIED = Label(Text("Geleegd", "Emptied"), "neutral")
AUTHORISED = Label(Text("Gemachtigd", "Authorised"), "pass")
NOT_AUTHORISED = Label(Text("Geen machtiging nu", "Not authorised now"), "fail")


@dataclass(frozen=True)
class ShownEvidence:
    """A piece of evidence, in words, and whether it counts now."""

    item: Evidence
    name: Text
    source: Text
    label: Label


@dataclass(frozen=True)
class ShownAppointment:
    """A role that somebody holds or held, and whether the reader may end it."""

    item: Appointment
    label: Label
    may_end: bool


def acting_administrator(login: Login, session: Session) -> Actor:
    """Return the reader as an administrator, within `session`; whether they are one is asked where something is done."""
    return login.within(session).actor(Role.ADMINISTRATOR.value)


def opened_file(session: Session, database: Database, actor: Actor, subject: str) -> Person:
    """Return the person called `subject`, of whom `actor` is about to read what is known: that stands in the audit.

    Raises NotAllowedError (no administrator, whether or not there is such a person) or NotFoundError.
    """
    check_user_can_vet(actor)
    person = find_person(session, subject)
    record_view(database, actor, f"person:{person.subject}", "administrator, who vets people")
    return person


def standing(person: Person) -> Label:
    """Return whether a person can be there at all."""
    if person.emptied_at:
        return EMPTIED
    return SUSPENDED if person.suspended_at else ACTIVE


def standing_of(institution: Institution) -> Label:
    """Return whether an institution may use microdata now."""
    return STANDING[institution.authorised_from <= now() < institution.authorised_until]


STANDING = {True: AUTHORISED, False: NOT_AUTHORISED}


def shown_evidence(person: Person) -> Sequence[ShownEvidence]:
    """Return the evidence about a person, by what it says, the newest first."""
    kinds = list(KIND_NAMES)
    items = sorted(person.evidence, key=lambda item: (kinds.index(item.kind), -item.id))
    return [
        ShownEvidence(item, KIND_NAMES[item.kind], source_in_words(item), label_of(item)) for item in items
    ]


def label_of(item: Evidence) -> Label:
    """Return whether a piece of evidence counts now, or why not."""
    if reason := why_not_counting(item):
        return Label(reason, "neutral")
    return STATES[_state(item.valid_from, item.valid_until)]


def shown_appointments(actor: Actor, person: Person) -> Sequence[ShownAppointment]:
    """Return the roles of a person, those in force first."""
    held = [_appointment(actor, person, item) for item in person.appointments]
    return sorted(held, key=lambda one: (one.label is not STATES["valid"], -one.item.id))


def _appointment(actor: Actor, person: Person, item: Appointment) -> ShownAppointment:
    state = _state(item.valid_from, item.valid_until)
    may = state == "valid" and user_can_appoint(actor, item.centre_id) and user_can_vet_person(actor, person)
    return ShownAppointment(item, STATES[state], may)


def _state(begin: dt.datetime, end: dt.datetime | None) -> State:
    moment = now()
    if moment < begin:
        return "later"
    return "valid" if end is None or moment < end else "ended"
