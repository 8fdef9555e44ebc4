"""Emptying what is known of people who left, but for what shows that decisions were right: the name goes, the row stays.

Votes, grants and records refer to the row and to its subject. From then on nothing leads from there to a person, unless
somebody else keeps whose subject it was.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy.orm import Session

from api.audit.service import SYSTEM, Actor, record
from api.db import now
from api.errors import ConflictError
from api.identity.retention import forget_logins_of
from api.notices.retention import forget_notices_of
from api.people import validation
from api.people.leaving import Leaver, leaver, leavers
from api.people.models import Person
from api.people.permissions import check_user_can_appoint, check_user_can_vet
from output_checker.text import Text

LONG_ENOUGH: Final = "kept for long enough"
_EMPTIED: Final = "Gegevens geleegd / data emptied"


def empty_person(session: Session, actor: Actor, person: Person, reason: str) -> None:
    """Empty the personal data of somebody who left, before their time; it cannot be taken back.

    Who takes a name out of what was decided does so for all centres. Raises NotAllowedError (no administrator of all
    centres, for oneself, or emptied before), ConflictError (there is a role or grant, or a decision to come) or
    InvalidError (reason).
    """
    check_user_can_vet(actor, person)
    check_user_can_appoint(actor, None, person)
    found = leaver(session, person)
    if found is None:
        raise ConflictError(
            "still_here",
            Text(
                "Deze persoon heeft nog een rol of toegang, of er wordt nog beslist over een uitvoerverzoek, aanvraag, "
                "toegang of noodtoegang.",
                "This person still has a role or access to a project, or a request, application, access or emergency access "
                "of theirs is still to be decided about.",
            ),
            remedy=Text("Beëindig of beslis dat eerst.", "End or decide that first."),
        )
    _empty(session, actor, found, validation.line(reason, "reason"))


def empty_people(session: Session, before: dt.datetime) -> dict[str, int]:
    """Empty the personal data of everybody who left `before`, each with a record, and return how many there were."""
    due = [one for one in leavers(session) if one.since is not None and one.since < before]
    for one in due:
        _empty(session, SYSTEM, one, LONG_ENOUGH)
    return {"people": len(due)}


def _empty(session: Session, actor: Actor, gone: Leaver, because: str) -> None:
    person, moment = gone.person, now()
    forget_logins_of(session, person)
    forget_notices_of(session, person)
    person.name, person.email = f"P-{person.id:05d}", f"p-{person.id}@emptied.invalid"
    # Every door asks whether somebody is suspended, that of the issuer of an organisation too.
    person.suspended_at, person.suspended_reason = person.suspended_at or moment, _EMPTIED
    person.emptied_at = moment
    session.flush()
    since = gone.since.isoformat() if gone.since else None
    record(session, actor, "person.empty", f"person:{person.subject}", because, since=since)
