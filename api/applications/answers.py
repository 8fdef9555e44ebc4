"""What programs send and get about applications for projects."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api.applications.content import Content, Wanted, digest_of, document_of
from api.applications.models import Application, ApplicationState, ApplicationStep, ApplicationVersion
from api.applications.permissions import user_can_decide, versions_for
from api.applications.states import STATE_OWNERS, Party, next_step_in
from api.people.models import Person
from output_checker.text import Text

DAY = "As 2027-03-31."
LARGEST = 2**31 - 1


class Sent(BaseModel):
    """What programs send: nothing that is not asked for."""

    model_config = ConfigDict(extra="forbid")


class WantedDocument(Sent):
    """A dataset version by name and number, which rows (null: all), and each variable with the reason for it."""

    dataset: str
    version: int = Field(ge=1, le=LARGEST)
    reason: str
    variables: dict[str, str]
    row_filter: str | None = None


class NewContent(Sent):
    """What is asked for."""

    title_nl: str
    title_en: str
    purpose: str
    research_question: str
    work_programme: str = Field(description="Where the question stands in the work programme of the centre.")
    theme: str
    legal_basis: str
    assessment_reference: str = Field(description="Of the data protection assessment.")
    assessment_date: str = Field(description=DAY)
    intended_outputs: str
    valid_until: str = Field(description=f"The last day. {DAY}")
    wanted: list[WantedDocument]

    def content(self) -> Content:
        """Return what is asked for, without what is around it."""
        said = {name: getattr(self, name) for name in NewContent.model_fields if name != "wanted"}
        return Content(**said, wanted=[Wanted(**one.model_dump()) for one in self.wanted])


class NewApplication(NewContent):
    """An application for a project at a centre; `slug` is the short name that the project will have in addresses."""

    centre: str
    slug: str


class Rewording(NewContent):
    """Other words for a draft, or for an application that came back; `row_version` is of what was read."""

    row_version: int = Field(ge=1, le=LARGEST)


class NewVersion(NewContent):
    """A change or an extension of a project, and why."""

    because: str


class Seen(Sent):
    """Of what was read: nobody submits or decides about what they did not see."""

    row_version: int = Field(ge=1, le=LARGEST)


class NewDecision(Seen):
    """What is decided, and why."""

    decision: Literal["approve", "return", "reject"]
    reason: str


class WantedAnswer(WantedDocument):
    """What is wanted; `sha256` names the content of the dataset version."""

    sha256: str


class StepAnswer(BaseModel):
    """A step that was taken; `digest` (SHA-256) is of what was asked then."""

    before: ApplicationState
    after: ApplicationState
    by: str
    at: dt.datetime
    reason: str
    digest: str


class VersionAnswer(BaseModel):
    """One version: what it asks, where it is, and the steps it took."""

    version: int
    state: ApplicationState
    row_version: int
    because: str
    title_nl: str
    title_en: str
    purpose: str
    research_question: str
    work_programme: str
    theme: str
    legal_basis: str
    assessment_reference: str
    assessment_date: dt.date
    intended_outputs: str
    valid_until: dt.datetime
    wanted: list[WantedAnswer]
    digest: str
    steps: list[StepAnswer]


class ApplicationSummary(BaseModel):
    """An application in a list; `project` is null until it is there."""

    number: str
    slug: str
    centre: str
    applicant: str
    project: str | None
    title: Text
    version: int
    state: ApplicationState
    whose_turn: Party
    next_step: Text


class ApplicationAnswer(ApplicationSummary):
    """An application with its versions, oldest first, and whether the reader may decide about the newest."""

    versions: list[VersionAnswer]
    may_decide: bool


class ApplicationList(BaseModel):
    """One page of applications, newest first."""

    applications: list[ApplicationSummary]
    total: int
    next_offset: int | None


def summary_of(reader: Person, application: Application) -> ApplicationSummary:
    """Return an application as it stands in a list, by the newest version that `reader` may read."""
    newest = versions_for(reader, application)[-1]
    return ApplicationSummary(
        number=application.number,
        slug=application.slug,
        centre=application.centre.slug,
        applicant=application.applicant.name,
        project=application.project.slug if application.project else None,
        title=Text(newest.title_nl, newest.title_en),
        version=newest.version,
        state=newest.state,
        whose_turn=STATE_OWNERS[newest.state],
        next_step=next_step_in(newest.state),
    )


def answer_of(session: Session, reader: Person, application: Application) -> ApplicationAnswer:
    """Return an application with the versions that `reader` may read."""
    return ApplicationAnswer(
        **summary_of(reader, application).model_dump(),
        versions=[_version(one) for one in versions_for(reader, application)],
        may_decide=user_can_decide(session, reader, application.newest),
    )


def _version(one: ApplicationVersion) -> VersionAnswer:
    return VersionAnswer(
        version=one.version,
        state=one.state,
        row_version=one.row_version,
        digest=digest_of(one),
        steps=[_step(step) for step in one.steps],
        **document_of(one),
    )


def _step(step: ApplicationStep) -> StepAnswer:
    return StepAnswer(
        before=step.before,
        after=step.after,
        by=step.by.name,
        at=step.at,
        reason=step.reason,
        digest=step.digest,
    )
