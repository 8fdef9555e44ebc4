"""A centre for programs: its figures, who must see its outputs, and saying so."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.access.queries import project_at
from api.audit.service import Actor
from api.centre.figures import Figures, Took, figures_of
from api.centre.pages import WeeksDep, today
from api.centre.permissions import find_centre
from api.db import LARGEST_INTEGER
from api.dependencies import DatabaseDep
from api.identity.dependencies import CsrfDep, Login, LoginDep, StrongCsrfDep
from api.people.models import Person, Role
from api.review.arrangements import arrange, arrangements_of, proposals_of
from api.review.loosening import confirm, decides_as, dismiss, find_proposal
from api.review.models import Arrangement, LooserArrangement

router = APIRouter(prefix="/api/centres", tags=["centres"])
Number = Annotated[int, Path(ge=1, le=LARGEST_INTEGER)]


class TookAnswer(BaseModel):
    """How often something happened, and how long it took in seconds."""

    times: int
    median: float
    p90: float


class WeekAnswer(BaseModel):
    """A week by its Monday: rounds submitted in it by ending, and how soon checkers decided on them."""

    monday: dt.date
    endings: dict[str, int]
    answer: TookAnswer | None


class ObjectedAnswer(BaseModel):
    """How many outputs a rule refused, and how many it sent to people."""

    rule: str
    refused: int
    sent: int


class ChecksAnswer(BaseModel):
    """What came of checking afterwards."""

    drawn: int
    waiting: int
    in_order: int
    not_in_order: int
    lapsed: int = Field(description="Revoked before anybody checked it.")


class FiguresAnswer(BaseModel):
    """How the requests of a centre go; nothing in it comes from microdata."""

    weeks: list[WeekAnswer]
    stages: dict[str, TookAnswer | None]
    settled_share: float | None
    objections: list[ObjectedAnswer]
    checks: ChecksAnswer


class NewArrangement(BaseModel):
    """Who must see outputs from now on."""

    project: str | None = Field(default=None, description="A project of the centre; null: the centre itself.")
    level: str = Field(description="two, one or none (for what passes every rule of a strict preset).")
    share: float | None = Field(
        default=None, description="0.01 to 1: what is checked afterwards; centres only."
    )
    reason: str
    version: int = Field(description="That of what is replaced, 0 when nothing was said yet.")


class ArrangementAnswer(BaseModel):
    """What was said once: for a project, or for the centre itself (null)."""

    proposal: int | None = Field(description="What to confirm or dismiss it by; null: it holds, or held.")
    project: str | None
    version: int
    level: str
    share: float | None
    reason: str
    by: str
    at: dt.datetime
    holds: bool = Field(description="False: it is looser, and waits for another administrator or a steward.")
    confirmed_by: str | None


@router.get("/{slug}/figures")
def read_figures(slug: str, login: LoginDep, database: DatabaseDep, weeks: WeeksDep = 13) -> FiguresAnswer:
    """Read how the requests of a centre go."""
    with database.reading() as session:
        centre = find_centre(session, login.within(session).person, slug)
        return _figures(figures_of(session, centre, weeks, today()))


@router.get("/{slug}/arrangements")
def read_arrangements(slug: str, login: LoginDep, database: DatabaseDep) -> list[ArrangementAnswer]:
    """Read who must see outputs: everything that was ever said, newest first."""
    with database.reading() as session:
        centre = find_centre(session, login.within(session).person, slug)
        return [_arrangement(one) for one in arrangements_of(session, centre)]


@router.post("/{slug}/arrangements", status_code=201)
def say_who_must_see(
    slug: str, new: NewArrangement, login: LoginDep, _: StrongCsrfDep, database: DatabaseDep
) -> ArrangementAnswer:
    """Say who must see outputs: as an administrator, never about your own work; what is looser is only proposed."""
    with database.transaction() as session:
        login = login.within(session)
        centre = find_centre(session, login.person, slug)
        project = project_at(session, centre, new.project) if new.project else None
        said = arrange(
            session,
            login.actor(Role.ADMINISTRATOR.value),
            centre,
            project,
            level=new.level,
            share=new.share,
            reason=new.reason,
            version=new.version,
        )
        return _arrangement(said) if isinstance(said, Arrangement) else _proposal(said)


@router.get("/{slug}/looser")
def read_proposals(slug: str, login: LoginDep, database: DatabaseDep) -> list[ArrangementAnswer]:
    """Read the looser arrangements that wait for another administrator or a steward."""
    with database.reading() as session:
        centre = find_centre(session, login.within(session).person, slug)
        return [_proposal(one) for one in proposals_of(session, centre)]


@router.post("/{slug}/looser/{number}/confirm", status_code=201)
def confirm_looser(
    slug: str, number: Number, login: LoginDep, _: StrongCsrfDep, database: DatabaseDep
) -> ArrangementAnswer:
    """Let hold what somebody else proposed: as another administrator or a steward, never about your own work."""
    with database.transaction() as session:
        actor, proposal = _deciding(session, login, slug, number)
        return _arrangement(confirm(session, actor, proposal))


@router.post("/{slug}/looser/{number}/dismiss", status_code=204)
def dismiss_looser(slug: str, number: Number, login: LoginDep, _: CsrfDep, database: DatabaseDep) -> None:
    """Turn a proposal down, or take your own back: everything stays as it is."""
    with database.transaction() as session:
        dismiss(session, *_deciding(session, login, slug, number))


def _deciding(session: Session, login: Login, slug: str, number: int) -> tuple[Actor, LooserArrangement]:
    login = login.within(session)
    centre = find_centre(session, login.person, slug)
    return login.actor(decides_as(login.person, centre)), find_proposal(session, centre, number)


def _figures(figures: Figures) -> FiguresAnswer:
    checks = figures.checks
    return FiguresAnswer(
        weeks=[
            WeekAnswer(
                monday=week.monday,
                endings={ending.value: times for ending, times in week.endings.items()},
                answer=_took(week.answer),
            )
            for week in figures.weeks
        ],
        stages={stage.value: _took(took) for stage, took in figures.stages.items()},
        settled_share=figures.settled_share,
        objections=[
            ObjectedAnswer(rule=one.rule, refused=one.refused, sent=one.sent) for one in figures.objections
        ],
        checks=ChecksAnswer(
            drawn=checks.drawn,
            waiting=checks.waiting,
            in_order=checks.in_order,
            not_in_order=checks.not_in_order,
            lapsed=checks.lapsed,
        ),
    )


def _took(took: Took | None) -> TookAnswer | None:
    if took is None:
        return None
    return TookAnswer(times=took.times, median=took.median.total_seconds(), p90=took.p90.total_seconds())


def _arrangement(one: Arrangement) -> ArrangementAnswer:
    return _answer(one, one.set_by, one.set_at, holds=True, confirmed_by=one.confirmed_by)


def _proposal(one: LooserArrangement) -> ArrangementAnswer:
    return _answer(one, one.proposed_by, one.proposed_at, holds=False)


def _answer(
    one: Arrangement | LooserArrangement,
    by: Person,
    at: dt.datetime,
    *,
    holds: bool,
    confirmed_by: Person | None = None,
) -> ArrangementAnswer:
    return ArrangementAnswer(
        proposal=None if holds else one.id,
        project=one.project.slug if one.project else None,
        version=one.version,
        level=one.level,
        share=one.share,
        reason=one.reason,
        by=by.subject,
        at=at,
        holds=holds,
        confirmed_by=confirmed_by.subject if confirmed_by else None,
    )
