"""What a logged-in person can ask a program to do about access: who am I, and narrow or withdraw a grant."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api.access.decision import Door, decide
from api.access.models import Project
from api.access.permissions import administered_grant
from api.access.queries import projects_of
from api.access.routes import UnmetAnswer, answers
from api.access.scope import datasets_under
from api.access.service import LONGEST_REASON, narrow_access, withdraw_access
from api.dependencies import DatabaseDep
from api.identity.dependencies import CsrfDep, LoginDep
from api.people.models import Centre, Person, Role
from api.people.roles import roles_of
from output_checker.text import Text

router = APIRouter(prefix="/api", tags=["access"])
GrantId = Annotated[int, Path(ge=1, le=2**31 - 1)]
MOST_DATASETS = 1000


class RoleAnswer(BaseModel):
    """A role in force; `centre` is null where it holds everywhere."""

    role: Role
    centre: str | None


class ProjectAnswer(BaseModel):
    """A project of the person, and whether its door opens now; `unmet` names every reason why not.

    `datasets` are those that the person's access is for, of what the project sees.
    """

    slug: str
    title: Text
    centre: str
    allowed: bool
    unmet: list[UnmetAnswer]
    datasets: list[str]


class MeAnswer(BaseModel):
    """Who is logged in, in which roles, and in which projects."""

    subject: str
    name: str
    language: str
    institution: str
    roles: list[RoleAnswer]
    projects: list[ProjectAnswer]


class WithdrawalQuestion(BaseModel):
    """Why access ends; the person is told."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, Field(min_length=1, max_length=LONGEST_REASON)]


class NarrowingQuestion(WithdrawalQuestion):
    """For which datasets access goes on, and why for no more."""

    datasets: Annotated[
        list[Annotated[str, Field(max_length=100)]], Field(min_length=1, max_length=MOST_DATASETS)
    ]


class NarrowingAnswer(BaseModel):
    """The version of a grant that counts from now on."""

    grant: int
    version: int
    datasets: list[str]


class WithdrawalAnswer(BaseModel):
    """A grant that was withdrawn."""

    grant: int
    withdrawn_at: str


@router.get("/me")
def me(login: LoginDep, database: DatabaseDep) -> MeAnswer:
    """Tell who is logged in, and for each project every condition that is not met now."""
    with database.reading() as session:
        person = login.within(session).person
        return MeAnswer(
            subject=person.subject,
            name=person.name,
            language=person.language,
            institution=person.institution.name,
            roles=_roles(session, person),
            projects=[_project(session, person, project) for project in projects_of(session, person)],
        )


def _roles(session: Session, person: Person) -> list[RoleAnswer]:
    held = [
        RoleAnswer(role=role, centre=session.get_one(Centre, centre_id).slug if centre_id else None)
        for role, centre_id in roles_of(person)
    ]
    return sorted(held, key=lambda one: (one.role, one.centre or ""))


def _project(session: Session, person: Person, project: Project) -> ProjectAnswer:
    decision = decide(session, Door.OPEN_PROJECT, person, project)
    return ProjectAnswer(
        slug=project.slug,
        title=Text(nl=project.title_nl, en=project.title_en),
        centre=project.centre.slug,
        allowed=decision.allowed,
        unmet=answers(decision.unmet),
        datasets=datasets_under(decision.grant) if decision.grant else [],
    )


@router.post("/grants/{grant_id}/withdraw")
def withdraw(
    grant_id: GrantId, question: WithdrawalQuestion, login: LoginDep, database: DatabaseDep, _: CsrfDep
) -> WithdrawalAnswer:
    """Withdraw a grant at a centre that the person administers; running sandboxes end with it."""
    with database.transaction() as session:
        administrator = login.within(session)
        grant = administered_grant(session, administrator.person, grant_id)
        actor = administrator.actor(Role.ADMINISTRATOR.value)
        withdrawal = withdraw_access(session, actor, grant, question.reason)
        return WithdrawalAnswer(grant=grant.id, withdrawn_at=withdrawal.withdrawn_at.isoformat())


@router.post("/grants/{grant_id}/narrowing")
def narrow(
    grant_id: GrantId, question: NarrowingQuestion, login: LoginDep, database: DatabaseDep, _: CsrfDep
) -> NarrowingAnswer:
    """Let a grant at a centre that the person administers go on for fewer datasets; sandboxes that show more end."""
    with database.transaction() as session:
        administrator = login.within(session)
        grant = administered_grant(session, administrator.person, grant_id)
        actor = administrator.actor(Role.ADMINISTRATOR.value)
        narrowed = narrow_access(session, actor, grant, question.datasets, question.reason)
        return NarrowingAnswer(grant=narrowed.id, version=narrowed.version, datasets=datasets_under(narrowed))
