"""Why somebody can, or cannot, do something: each condition with its answer, for themselves and for who oversees them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.decision import AccessDecision, Door, decide
from api.access.models import Project
from api.access.permissions import user_can_audit
from api.access.queries import projects_at, projects_of
from api.db import now
from api.errors import NotFoundError
from api.people.models import Person, Role
from api.people.roles import centres_of
from api.people.service import person_by_subject
from output_checker.text import Text

DOOR_NAMES: Final[dict[Door, Text]] = {
    Door.OPEN_PROJECT: Text("de werkplek openen", "open the workplace"),
    Door.SUBMIT: Text("uitvoer indienen", "submit output"),
    Door.DOWNLOAD: Text("vrijgegeven bestanden ophalen", "download released files"),
    Door.REVIEW: Text("uitvoer beoordelen", "review output"),
    Door.RELEASE: Text("uitvoer vrijgeven", "release output"),
    Door.APPROVE_VIEW: Text("gegevens tonen aan het project", "let the project see data"),
    Door.ADMINISTER: Text("toegang verlenen en intrekken", "grant and withdraw access"),
    Door.REVOKE: Text("een vrijgave terugnemen", "revoke a release"),
    Door.REVIEW_EMERGENCY: Text("noodtoegang achteraf beoordelen", "look at emergency access afterwards"),
    Door.AUDIT: Text("het logboek lezen", "read the audit"),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer about one person before one door, at one moment; `dataset` names the one that it is about, if any."""

    person: Person
    project: Project
    at: dt.datetime
    decision: AccessDecision
    dataset: str = ""


def explain(
    session: Session,
    subject: str,
    door: Door,
    slug: str,
    at: dt.datetime | None = None,
    dataset: str = "",
) -> Explanation:
    """Return the decision about the person called `subject` before `door` of the project called `slug`.

    `dataset` names the one that they come for; "": whichever.

    Raises NotFoundError when there is no such person or project.
    """
    person = person_by_subject(session, subject)
    project = session.scalar(select(Project).where(Project.slug == slug))
    if person is None or project is None:
        raise nothing_to_explain()
    moment = at or now()
    about = {dataset} if dataset else ()
    decision = decide(session, door, person, project, moment, datasets=about)
    return Explanation(person, project, moment, decision, dataset)


def explain_to(
    session: Session,
    reader: Person,
    subject: str,
    door: Door,
    slug: str,
    at: dt.datetime | None = None,
    dataset: str = "",
) -> Explanation:
    """As `explain`, to somebody who may know it.

    Everybody may ask about themselves in projects that they work in or check, administrators about everybody in the
    projects of their centre, auditors about all. Raises NotFoundError for anything else, whether or not it exists.
    """
    found = explain(session, subject, door, slug, at, dataset)
    if found.project not in explained_to(session, reader, about_self=found.person.id == reader.id):
        raise nothing_to_explain()
    return found


def explained_to(session: Session, reader: Person, *, about_self: bool) -> Sequence[Project]:
    """Return the projects about which `reader` may ask, newest first: others' access, or their own."""
    if user_can_audit(reader):
        return projects_at(session, None)
    administered = centres_of(reader, Role.ADMINISTRATOR)
    overseen = list(projects_at(session, administered))
    if not about_self:
        return overseen
    checked = projects_at(session, centres_of(reader, Role.CHECKER))
    return list(dict.fromkeys([*overseen, *checked, *projects_of(session, reader)]))


def nothing_to_explain() -> NotFoundError:
    """Return the one answer to a question about what is not there, or not for this reader."""
    return NotFoundError(
        "nothing_to_explain",
        Text(
            "Deze persoon of dit project is er niet, of u mag er niet naar vragen.",
            "There is no such person or project, or you may not ask about them.",
        ),
        remedy=Text(
            "Vraag naar uzelf, of naar een project van een centrum dat u beheert.",
            "Ask about yourself, or about a project of a centre that you administer.",
        ),
    )
