"""The page on which administrators say who must see outputs; checkers and auditors read there what was said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from api.access.models import Project
from api.access.policies import policy_of
from api.access.queries import project_at, projects_at
from api.audit.service import Actor
from api.centre.permissions import find_centre
from api.centre.words import LEVELS
from api.db import LARGEST_INTEGER
from api.dependencies import DatabaseDep
from api.errors import EnclaveError
from api.identity.dependencies import Login, LoginDep
from api.people.models import Centre, Person, Role
from api.review.arrangements import arrange, arrangements_of, proposals_of, share_of, user_can_arrange
from api.review.loosening import (
    confirm,
    decides_as,
    dismiss,
    find_proposal,
    user_can_confirm,
    user_can_dismiss,
)
from api.review.models import Arrangement, LooserArrangement
from api.review.requirements import (
    ASKED,
    Asked,
    Level,
    arrangement_of,
    asked_by_centre,
    asked_where_known,
    strict_preset,
)
from api.web.forms import refusal
from api.web.rendering import page
from api.web.sent import Sent, SentDep, StrongSentDep
from api.web.viewer import RememberViewer
from output_checker.text import Text

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)
LevelField = Annotated[str, Form()]
OTHER = "-"
"""What a problem is about that is neither the centre nor a project (whose names have no hyphen at the edge)."""
ProposalId = Annotated[int, Path(ge=1, le=LARGEST_INTEGER)]
ReasonField = Annotated[str, Form()]
VersionField = Annotated[int, Form()]


@dataclass(frozen=True)
class Choices:
    """What is said now, what may be chosen instead (by level: its name and meaning), and what was typed."""

    said: Arrangement | None
    levels: Mapping[Level, tuple[Text, Text]]
    may_change: bool
    given: Mapping[str, str]

    @property
    def version(self) -> int:
        """The version that a choice replaces."""
        return self.said.version if self.said else 0

    @property
    def chosen(self) -> str:
        """The level to show as chosen."""
        return self.given.get("level") or (self.said.level if self.said else Level.TWO)


@dataclass(frozen=True)
class ShownProject:
    """A project with its choices and what holds in effect; `asked` is None when its policy cannot be read."""

    project: Project
    choices: Choices
    asked: Asked | None
    is_strict: bool


@dataclass(frozen=True)
class ShownProposal:
    """A proposal that waits, with what the reader may do: confirm it, or only dismiss it."""

    said: LooserArrangement
    may_confirm: bool
    may_dismiss: bool


@router.get("/centre/{slug}/review")
def arrangements_page(request: Request, slug: str, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show who must see the outputs of a centre and of its projects."""
    with database.reading() as session:
        return _page(request, session, login, slug)


@router.post("/centre/{slug}/review")
def say_for_centre(
    sent: StrongSentDep,
    slug: str,
    version: VersionField,
    level: LevelField = "",
    share: Annotated[str, Form()] = "",
    reason: ReasonField = "",
) -> Response:
    """Say who must see the outputs of a centre; what is refused is shown as it was typed."""
    return _said(sent, slug, None, version, {"level": level, "share": share, "reason": reason})


@router.post("/centre/{slug}/review/{project}")
def say_for_project(
    sent: StrongSentDep,
    slug: str,
    project: str,
    version: VersionField,
    level: LevelField = "",
    reason: ReasonField = "",
) -> Response:
    """Say who must see the outputs of a project; what is refused is shown as it was typed."""
    return _said(sent, slug, project, version, {"level": level, "reason": reason})


@router.post("/centre/{slug}/looser/{proposal_id}/confirm")
def confirm_it(sent: StrongSentDep, slug: str, proposal_id: ProposalId) -> Response:
    """Let hold what somebody else proposed."""
    return _decided(sent, slug, proposal_id, confirm)


@router.post("/centre/{slug}/looser/{proposal_id}/dismiss")
def dismiss_it(sent: SentDep, slug: str, proposal_id: ProposalId) -> Response:
    """Turn a proposal down, or take one's own back."""
    return _decided(sent, slug, proposal_id, dismiss)


def _decided(
    sent: Sent,
    slug: str,
    proposal_id: int,
    decision: Callable[[Session, Actor, LooserArrangement], object],
) -> Response:
    def change(session: Session, login: Login) -> str:
        centre = find_centre(session, login.person, slug)
        actor = login.actor(decides_as(login.person, centre))
        decision(session, actor, find_proposal(session, centre, proposal_id))
        return f"/centre/{slug}/review"

    return sent.carry_out(
        change, lambda session, problem: _page(sent.request, session, sent.login, slug, problem, OTHER)
    )


def _said(sent: Sent, slug: str, project: str | None, version: int, given: Mapping[str, str]) -> Response:
    def change(session: Session, login: Login) -> str:
        centre = find_centre(session, login.person, slug)
        arrange(
            session,
            login.actor(Role.ADMINISTRATOR.value),
            centre,
            project_at(session, centre, project) if project else None,
            level=given["level"],
            share=None if project else _percentage(given["share"]),
            reason=given["reason"],
            version=version,
        )
        return f"/centre/{slug}/review"

    def again(session: Session, problem: EnclaveError) -> Response:
        return _page(sent.request, session, sent.login, slug, problem, project or "", given)

    return sent.carry_out(change, again)


def _page(
    request: Request,
    session: Session,
    login: Login,
    slug: str,
    problem: EnclaveError | None = None,
    about: str = "",
    given: Mapping[str, str] | None = None,
) -> HTMLResponse:
    person = login.within(session).person
    centre = find_centre(session, person, slug)
    typed = {about: given} if given is not None else {}
    return page(
        request,
        "arrangements.html",
        **refusal(problem),
        centre=centre,
        choices=_choices(session, person, centre, None, typed.get("", {})),
        share=(given or {}).get("share") or f"{share_of(session, centre) * 100:g}",
        proposals=[_proposal(session, person, one) for one in proposals_of(session, centre)],
        projects=[_shown(session, person, one, typed) for one in projects_at(session, {centre.id})],
        history=arrangements_of(session, centre),
        level_names={level: name for level, (name, _) in LEVELS.items()},
        about=about,
    )


def _proposal(session: Session, person: Person, one: LooserArrangement) -> ShownProposal:
    return ShownProposal(one, user_can_confirm(session, person, one), user_can_dismiss(session, person, one))


def _shown(
    session: Session, person: Person, project: Project, typed: Mapping[str, Mapping[str, str]]
) -> ShownProject:
    choices = _choices(session, person, project.centre, project, typed.get(project.slug, {}))
    asked = asked_where_known(session, project)
    is_strict = asked is not None and strict_preset(policy_of(project)) is not None
    return ShownProject(project, choices, asked, is_strict)


def _choices(
    session: Session, person: Person, centre: Centre, project: Project | None, given: Mapping[str, str]
) -> Choices:
    of_centre = asked_by_centre(session, centre)
    lawful = {
        level: words
        for level, words in LEVELS.items()
        if project is None or ASKED[level].is_at_least_as_strict_as(of_centre)
    }
    may_change = user_can_arrange(session, person, centre, project)
    return Choices(arrangement_of(session, centre, project), lawful, may_change, given)


def _percentage(said: str) -> float | None:
    """The share that a form says in percent, also with a decimal comma; None when it is no number."""
    try:
        return float(said.replace(",", ".")) / 100
    except ValueError:
        return None
