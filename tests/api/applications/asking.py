"""Applications for tests: what one asks for, and everybody who has to approve it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from api.applications import service
from api.applications.content import Content, Wanted
from api.applications.models import Application
from api.catalogue.models import Dataset, DatasetVersion
from api.db import Base
from api.people.models import Person, Role
from tests.api.factories import World, acting
from tests.api.flow import people_metadata

PEOPLE = Wanted(
    "people", 1, "There is no other register.", {"sex": "To compare.", "income": "It is the subject."}
)
LATER = Wanted("people", 2, "The next year.", {"area": "Per neighbourhood."}, "income >= 10000")
APPROVALS = (
    ("second_administrator", Role.ADMINISTRATOR),
    ("steward", Role.STEWARD),
    ("privacy_officer", Role.PRIVACY_OFFICER),
)


def register(session: Session, steward: Person) -> None:
    """Two versions of one dataset; nothing is computed here, so that no file is needed."""
    dataset = Dataset(name="people")
    for version in (1, 2):
        document = people_metadata(str(version)).model_dump(mode="json")
        dataset.versions.append(
            DatasetVersion(
                version=version,
                sha256=str(version) * 64,
                rows=1,
                document=document,
                registered_by_id=steward.id,
            )
        )
    session.add(dataset)
    session.flush()


def within(session: Session, world: World) -> World:
    """The world as `session` knows it, for what happens there."""
    rows = {name: session.merge(one) for name, one in vars(world).items() if isinstance(one, Base)}
    return replace(world, **rows)


def content(**changes: Any) -> Content:
    fields = {
        "title_nl": "Energiearmoede",
        "title_en": "Energy poverty",
        "purpose": "To aim the support.",
        "research_question": "Where can households not pay for energy?",
        "work_programme": "2027, line 3",
        "theme": "poverty",
        "legal_basis": "Wet op het CBS, artikel 41",
        "assessment_reference": "DPIA 2026-14",
        "assessment_date": "2026-01-31",
        "intended_outputs": "A table per neighbourhood.",
        "valid_until": "2099-12-31",
        "wanted": [PEOPLE],
    }
    return Content(**(fields | changes))


def begin(session: Session, world: World, slug: str = "energy", **changes: Any) -> Application:
    actor = acting(world.researcher, Role.RESEARCHER)
    return service.begin_application(session, actor, world.centre, slug, content(**changes))


def submit(session: Session, world: World, application: Application) -> Application:
    actor = acting(world.researcher, Role.RESEARCHER)
    service.submit(session, actor, application, application.newest.row_version)
    return application


def approve(session: Session, world: World, application: Application, times: int = 3) -> Application:
    for name, role in APPROVALS[:times]:
        actor = acting(getattr(world, name), role)
        service.approve(session, actor, application, "In order.", application.newest.row_version)
    return application


def approved(session: Session, world: World, **changes: Any) -> Application:
    return approve(session, world, submit(session, world, begin(session, world, **changes)))
