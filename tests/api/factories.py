"""People, centres, projects and grants for tests: everything has a default, say only what your test is about::

with database.transaction() as session:
    world = make_world(session)          # two centres, everybody who works there, one grant each
    anna = make_person(session, subject="anna", vetted=False)
    make_grant(session, person=anna, project=world.project, valid_until=days(-1))
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.access.models import DatasetView, Grant, Project, Withdrawal
from api.audit.service import SYSTEM, Actor
from api.catalogue.models import Dataset, DatasetVersion
from api.db import now
from api.people import service as people
from api.people.models import Appointment, Centre, EvidenceKind, Institution, Person, Role

DAY = dt.timedelta(days=1)
CONDITIONS = [
    {"condition": "identity_checked"},
    {"condition": "statement_signed"},
    {"condition": "training_valid"},
    {"condition": "employed"},
    {"condition": "institution_authorised"},
]
_numbers = itertools.count(1)


def days(number: float) -> dt.datetime:
    """The moment `number` days from now (negative: ago)."""
    return now() + number * DAY


def make_institution(session: Session, *, name: str = "", **changes: Any) -> Institution:
    fields = {
        "name": name or f"Municipality {next(_numbers)}",
        "legal_basis": "Wet op het CBS, artikel 41",
        "authorised_from": days(-30),
        "authorised_until": days(365),
    }
    return people.add_institution(session, SYSTEM, **(fields | changes))


def make_centre(
    session: Session,
    *,
    slug: str = "",
    name: str = "Urban Data Center",
    municipalities: dict[str, str] | None = None,
) -> Centre:
    slug = slug or f"centre-{next(_numbers)}"
    return people.add_centre(session, SYSTEM, slug=slug, name=name, municipalities=municipalities or {})


def make_person(
    session: Session,
    *,
    subject: str = "",
    vetted: bool = True,
    institution: Institution | None = None,
    **changes: Any,
) -> Person:
    """A person; `vetted` adds all evidence, valid from 30 days ago for a year."""
    subject = subject or f"person-{next(_numbers)}"
    fields = {"name": subject.title(), "email": f"{subject}@example.org", "language": "nl"} | changes
    institution = institution or make_institution(session)
    person = people.add_person(session, SYSTEM, subject=subject, institution=institution, **fields)
    for kind in EvidenceKind if vetted else ():
        people.assert_evidence(session, SYSTEM, person, kind, "seen at the desk", days(-30), days(335))
    return person


def make_official(
    session: Session, *, role: Role, centre: Centre | None = None, subject: str = "", **changes: Any
) -> Person:
    """A vetted person appointed in `role` at `centre` (None: everywhere)."""
    person = make_person(session, subject=subject or f"{role.value}-{next(_numbers)}", **changes)
    people.appoint(session, SYSTEM, person, role, centre)
    return person


def hold_role(session: Session, *, person: Person, role: Role, centre: Centre | None = None) -> Appointment:
    """An appointment as it stands in the database, also one that nobody could make today."""
    appointment = Appointment(role=role, centre_id=centre.id if centre else None)
    person.appointments.append(appointment)
    session.flush()
    return appointment


def make_project(
    session: Session, *, slug: str = "", centre: Centre | None = None, **changes: Any
) -> Project:
    fields = {
        "number": (session.scalar(select(func.max(Project.number))) or 0) + 1,
        "slug": slug or f"project-{next(_numbers)}",
        "title_nl": "Minimuminkomens per buurt",
        "title_en": "Minimum incomes per neighbourhood",
        "purpose": "Neighbourhood policy on poverty.",
        "research_question": "Where do households with a minimum income live?",
        "theme": "poverty",
        "legal_basis": "Wet op het CBS, artikel 41",
        "valid_from": days(-30),
        "valid_until": days(365),
    }
    project = Project(centre=centre or make_centre(session), **(fields | changes))
    session.add(project)
    session.flush()
    return project


def make_grant(
    session: Session,
    *,
    person: Person | None = None,
    project: Project | None = None,
    granted_by: Person | None = None,
    **changes: Any,
) -> Grant:
    """A grant as it stands in the database: the next version for this person and project, whatever it says."""
    person = person or make_person(session)
    project = project or make_project(session)
    granted_by = granted_by or make_official(session, role=Role.ADMINISTRATOR, centre=project.centre)
    newest = select(func.max(Grant.version)).where(Grant.person == person, Grant.project == project)
    fields = {
        "version": (session.scalar(newest) or 0) + 1,
        "role": Role.RESEARCHER,
        "conditions": CONDITIONS,
        "valid_from": days(-30),
        "valid_until": days(180),
    }
    grant = Grant(person=person, project=project, granted_by=granted_by, **(fields | changes))
    session.add(grant)
    session.flush()
    return grant


def withdraw(session: Session, *, grant: Grant, reason: str = "The contract ended.") -> Withdrawal:
    """Withdraw `grant` in the database only: running sandboxes stay, as if nobody had looked yet."""
    withdrawal = Withdrawal(grant=grant, withdrawn_by=grant.granted_by, reason=reason)
    session.add(withdrawal)
    session.flush()
    return withdrawal


def make_view(session: Session, *, project: Project, name: str = "people") -> DatasetView:
    """A view of a dataset that is only known by its name: there are no microdata, and nothing to compute with."""
    steward = make_official(session, role=Role.STEWARD, centre=project.centre)
    dataset = session.scalar(select(Dataset).where(Dataset.name == name)) or Dataset(name=name)
    version = DatasetVersion(
        dataset=dataset,
        version=1 + len(dataset.versions),
        sha256="0" * 64,
        rows=1,
        document={"title": {"nl": f"Over {name}", "en": f"About {name}"}},
        registered_by_id=steward.id,
    )
    view = DatasetView(
        project=project,
        dataset_version=version,
        columns=["sex"],
        row_filter=None,
        approved_by_id=steward.id,
    )
    session.add(view)
    session.flush()
    return view


def acting(person: Person, role: Role) -> Actor:
    """`person` at work in `role`."""
    return Actor(person, role.value)


@dataclass(frozen=True)
class World:
    """Two centres with a project each, and everybody who works at the first one.

    `researcher` and `analyst` have a running grant in `project`; `outsider` has one in `foreign_project` only.
    """

    centre: Centre
    foreign_centre: Centre
    project: Project
    foreign_project: Project
    administrator: Person
    second_administrator: Person
    steward: Person
    auditor: Person
    checker: Person
    second_checker: Person
    foreign_checker: Person
    privacy_officer: Person
    researcher: Person
    analyst: Person
    outsider: Person
    grant: Grant


def make_world(session: Session) -> World:
    """The cast that most tests need; subjects are the names of the fields with hyphens."""
    centre = make_centre(
        session, slug="heerlen", name="Urban Data Center Heerlen", municipalities={"GM0917": "Heerlen"}
    )
    foreign_centre = make_centre(
        session, slug="den-haag", name="Urban Data Center Den Haag", municipalities={"GM0518": "Den Haag"}
    )
    officials = _officials(session, centre, foreign_centre)
    members = {name: make_person(session, subject=name) for name in ("researcher", "analyst", "outsider")}
    project = make_project(session, slug="minimum-incomes", centre=centre)
    foreign_project = make_project(session, slug="housing", centre=foreign_centre)
    grant = _grants(session, officials["administrator"], members, project, foreign_project)
    return World(
        centre=centre,
        foreign_centre=foreign_centre,
        project=project,
        foreign_project=foreign_project,
        grant=grant,
        **officials,
        **members,
    )


def _officials(session: Session, centre: Centre, foreign_centre: Centre) -> dict[str, Person]:
    cast: dict[str, tuple[Role, Centre | None]] = {
        "administrator": (Role.ADMINISTRATOR, None),
        "second_administrator": (Role.ADMINISTRATOR, centre),
        "steward": (Role.STEWARD, centre),
        "auditor": (Role.AUDITOR, None),
        "checker": (Role.CHECKER, centre),
        "second_checker": (Role.CHECKER, centre),
        "foreign_checker": (Role.CHECKER, foreign_centre),
        "privacy_officer": (Role.PRIVACY_OFFICER, centre),
    }
    return {
        name: make_official(session, role=role, centre=where, subject=name.replace("_", "-"))
        for name, (role, where) in cast.items()
    }


def _grants(
    session: Session, granted_by: Person, members: dict[str, Person], project: Project, foreign: Project
) -> Grant:
    make_grant(
        session,
        person=members["analyst"],
        project=project,
        granted_by=granted_by,
        role=Role.ANALYST,
    )
    make_grant(session, person=members["outsider"], project=foreign, granted_by=granted_by)
    return make_grant(session, person=members["researcher"], project=project, granted_by=granted_by)
