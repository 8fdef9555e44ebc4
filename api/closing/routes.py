"""The end of projects for programs: how one stands, closing it, opening it again by two, and the signed statement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api.access.models import Project
from api.access.service import LONGEST_REASON
from api.audit.service import Actor
from api.closing import service
from api.closing.deletion import statement_document
from api.closing.models import Cause, Closing, Deletion, ReopeningProposal
from api.closing.permissions import find_project
from api.db import LARGEST_INTEGER, Database
from api.dependencies import DatabaseDep, SecretsDep, SettingsDep
from api.errors import NotFoundError
from api.identity.dependencies import CsrfDep, Login, LoginDep, StrongCsrfDep
from api.people.models import Role
from api.people.validation import through
from api.secrets import SecretStore
from output_checker.text import Text

router = APIRouter(prefix="/api/projects/{project}", tags=["closing"])
Slug = Annotated[str, Path(alias="project", description="The project, as in addresses.")]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, Field(min_length=1, max_length=LONGEST_REASON)]


class ClosingQuestion(_Sent):
    """Why a project is closed; its members are told that it was."""


class ReopeningQuestion(_Sent):
    """Why a project is to open again, and through which day."""

    last_day: str = Field(description="As 2027-03-31.")


class Confirmation(BaseModel):
    """What is confirmed: the id of the proposal that was read."""

    model_config = ConfigDict(extra="forbid")
    proposal: Annotated[int, Field(ge=1, le=LARGEST_INTEGER)]


class ProposalAnswer(BaseModel):
    """What is proposed, and waits for another administrator: why a project is to open again, and until when."""

    id: int
    proposed_by: str
    reason: str
    valid_until: dt.datetime


class DeletionAnswer(BaseModel):
    """How far the deletion is; `problem` is why the last try failed, and `kept` how many entries that concerned."""

    begun_at: dt.datetime
    finished_at: dt.datetime | None
    problem: str | None
    kept: int


class ClosingAnswer(BaseModel):
    """How a project stands: closed or not, why, until when its work is kept, and what became of that.

    `statement` is the signed statement of the deletion, there when all is gone.
    """

    project: str
    valid_until: dt.datetime
    closed: bool
    cause: Cause | None = None
    reason: str | None = None
    closed_by: str | None = None
    closed_at: dt.datetime | None = None
    delete_after: dt.datetime | None = None
    reopening: ProposalAnswer | None = None
    deletion: DeletionAnswer | None = None
    statement: dict[str, Any] | None = None


@router.get("/closing")
def read_closing(slug: Slug, login: LoginDep, database: DatabaseDep, secrets: SecretsDep) -> ClosingAnswer:
    """Return how a project stands, for its administrators and for auditors."""
    with database.reading() as session:
        return _answer(session, find_project(session, login.within(session).person, slug), secrets)


@router.get("/deletion")
def read_statement(slug: Slug, login: LoginDep, database: DatabaseDep, secrets: SecretsDep) -> dict[str, Any]:
    """Return the signed statement that the work in a project was deleted."""
    with database.reading() as session:
        project = find_project(session, login.within(session).person, slug)
        closing = service.standing_closing(session, project)
        deletion = closing.deletion if closing else None
        document = statement_document(deletion, secrets) if deletion else None
    if document is None:
        raise NotFoundError(
            "no_statement",
            Text("Er is (nog) geen verklaring.", "There is no statement (yet)."),
            remedy=Text(
                "Die komt er als al het werk is verwijderd.", "It comes when all the work was deleted."
            ),
        )
    return document


@router.post("/closing", status_code=201)
def close(
    slug: Slug,
    question: ClosingQuestion,
    login: LoginDep,
    database: DatabaseDep,
    settings: SettingsDep,
    secrets: SecretsDep,
    _: StrongCsrfDep,
) -> ClosingAnswer:
    """Close a project now; its workplaces end within seconds."""

    def act(session: Session, actor: Actor, project: Project) -> None:
        service.close_project(session, actor, settings, project, question.reason)

    return _changed(database, login, slug, secrets, act)


@router.post("/reopening", status_code=201)
def propose(
    slug: Slug,
    question: ReopeningQuestion,
    login: LoginDep,
    database: DatabaseDep,
    secrets: SecretsDep,
    _: StrongCsrfDep,
) -> ClosingAnswer:
    """Propose that a closed project opens again."""

    def act(session: Session, actor: Actor, project: Project) -> None:
        until = through(question.last_day, "last_day")
        service.propose_reopening(session, actor, project, question.reason, until)

    return _changed(database, login, slug, secrets, act)


@router.post("/reopening/confirm")
def confirm(
    slug: Slug,
    confirmed: Confirmation,
    login: LoginDep,
    database: DatabaseDep,
    secrets: SecretsDep,
    _: StrongCsrfDep,
) -> ClosingAnswer:
    """Open a project again, as another administrator proposed."""

    def act(session: Session, actor: Actor, project: Project) -> None:
        service.confirm_reopening(session, actor, project, confirmed.proposal)

    return _changed(database, login, slug, secrets, act)


@router.post("/reopening/decline")
def decline(
    slug: Slug, login: LoginDep, database: DatabaseDep, secrets: SecretsDep, _: CsrfDep
) -> ClosingAnswer:
    """Decline that a project opens again, or take one's own proposal back."""
    return _changed(database, login, slug, secrets, service.decline_reopening)


def _changed(
    database: Database,
    login: Login,
    slug: str,
    secrets: SecretStore,
    act: Callable[[Session, Actor, Project], object],
) -> ClosingAnswer:
    """Do it as an administrator, in one transaction, and return how the project stands then."""
    with database.transaction() as session:
        administrator = login.within(session)
        project = find_project(session, administrator.person, slug)
        act(session, administrator.actor(Role.ADMINISTRATOR.value), project)
        return _answer(session, project, secrets)


def _answer(session: Session, project: Project, secrets: SecretStore) -> ClosingAnswer:
    closing = service.standing_closing(session, project)
    standing: dict[str, Any] = {"project": project.slug, "valid_until": project.valid_until}
    if closing is None:
        return ClosingAnswer(**standing, closed=False)
    deletion, proposal = closing.deletion, closing.open_proposal
    return ClosingAnswer(
        **standing,
        closed=True,
        **_facts(closing),
        reopening=_proposal(proposal) if proposal else None,
        deletion=_deletion(deletion) if deletion else None,
        statement=statement_document(deletion, secrets) if deletion else None,
    )


def _facts(closing: Closing) -> dict[str, Any]:
    return {
        "cause": closing.cause,
        "reason": closing.reason,
        "closed_by": closing.closed_by.subject if closing.closed_by else None,
        "closed_at": closing.closed_at,
        "delete_after": closing.delete_after,
    }


def _proposal(proposal: ReopeningProposal) -> ProposalAnswer:
    return ProposalAnswer(
        id=proposal.id,
        proposed_by=proposal.proposed_by.subject,
        reason=proposal.reason,
        valid_until=proposal.valid_until,
    )


def _deletion(deletion: Deletion) -> DeletionAnswer:
    return DeletionAnswer(
        begun_at=deletion.begun_at,
        finished_at=deletion.finished_at,
        problem=deletion.problem,
        kept=deletion.kept,
    )
