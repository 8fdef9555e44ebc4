"""Pages of applications for projects: ask, follow, decide, and ask for a change of a project that is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from api.applications import service
from api.applications.content import Content, assessed_at, last_moment
from api.applications.differences import NAMES, approved_before, differences
from api.applications.form import FORM, Offer, content_in, filled, offers, placed
from api.applications.models import Application, ApplicationVersion
from api.applications.permissions import cannot_apply, user_can_apply, user_can_decide, versions_for
from api.applications.queries import applications_of, find_application
from api.applications.routes import APPLICANT, DECISIONS, acting_as, centre_called
from api.applications.shown import STATES, approvals, listed, may_be_withdrawn, what_was_done
from api.applications.states import EDITABLE, FINAL, next_step_in
from api.audit.service import Actor
from api.db import LARGEST_INTEGER
from api.dependencies import DatabaseDep
from api.errors import EnclaveError, InvalidError
from api.identity.dependencies import Login, LoginDep
from api.paging import PAGE_SIZE, Offset
from api.people.models import Centre, Person
from api.people.queries import all_centres
from api.review.forms import FieldsDep
from api.web.forms import UNTOUCHED, Typed
from api.web.rendering import page
from api.web.sent import Sent, SentDep, StrongSentDep
from api.web.viewer import RememberViewer
from output_checker.text import Text

router = APIRouter(prefix="/applications", dependencies=[RememberViewer], include_in_schema=False)
Words = Annotated[str, Form()]
Seen = Annotated[int, Form(ge=1, le=LARGEST_INTEGER)]
Keep = Callable[[Session, Login, Application, Content], None]
"""Keeps what a form says about an application."""
HERE: Final = "/applications"


@router.get("")
def applications_page(
    request: Request, login: LoginDep, database: DatabaseDep, offset: Offset = 0
) -> HTMLResponse:
    """Show the applications that the reader may see, newest first, and whose turn each is."""
    with database.reading() as session:
        person = login.within(session).person
        part = applications_of(session, person, offset)
        return page(
            request,
            "applications/list.html",
            part=part,
            applications=[listed(session, person, one) for one in part.items],
            may_apply=bool(_centres(session, person)),
            size=PAGE_SIZE,
        )


@router.get("/new")
def new_page(request: Request, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show the form of a new application."""
    with database.reading() as session:
        return _new(request, session, login, UNTOUCHED)


@router.post("/new")
def begin(sent: SentDep, fields: FieldsDep) -> Response:
    """Keep a new application as a draft; what is refused is shown as it was typed."""

    def change(session: Session, login: Login) -> str:
        centre = centre_called(session, fields.get("centre", ""))
        content = content_in(fields, offers(session))
        slug = fields.get("slug", "")
        return _at(service.begin_application(session, _applicant(login), centre, slug, content))

    def again(session: Session, problem: EnclaveError) -> Response:
        return _new(sent.request, session, sent.login, Typed(FORM, fields, problem))

    return sent.carry_out(change, again)


@router.get("/{number}")
def application_page(
    request: Request,
    number: str,
    login: LoginDep,
    database: DatabaseDep,
    version: Annotated[int | None, Query(ge=1, le=LARGEST_INTEGER)] = None,
) -> HTMLResponse:
    """Show one application: its newest version, or an earlier one, and what the reader can do with it."""
    with database.reading() as session:
        return _application(request, session, login, number, chosen=version)


@router.get("/{number}/words")
def words_page(request: Request, number: str, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show the form with what the applicant may still change."""
    with database.reading() as session:
        return _form(request, session, login, number, None, changing=False)


@router.post("/{number}/words")
def reword(sent: SentDep, number: str, fields: FieldsDep) -> Response:
    """Keep other words, while nobody else looks at them."""

    def keep(session: Session, login: Login, application: Application, content: Content) -> None:
        service.reword(session, _applicant(login), application, content, _row_version(fields))

    return _kept(sent, number, fields, keep, changing=False)


@router.get("/{number}/change")
def change_page(request: Request, number: str, login: LoginDep, database: DatabaseDep) -> HTMLResponse:
    """Show the form for a change or an extension, filled with what was approved."""
    with database.reading() as session:
        return _form(request, session, login, number, None, changing=True)


@router.post("/{number}/change")
def begin_change(sent: SentDep, number: str, fields: FieldsDep) -> Response:
    """Keep a change as the draft of a next version."""

    def keep(session: Session, login: Login, application: Application, content: Content) -> None:
        because = fields.get("because", "")
        service.begin_change(session, _applicant(login), application, content, because)

    return _kept(sent, number, fields, keep, changing=True)


@router.post("/{number}/submission")
def submit(sent: SentDep, number: str, row_version: Seen) -> Response:
    """Submit the newest version to the centre."""

    def act(session: Session, login: Login, application: Application) -> None:
        service.submit(session, _applicant(login), application, row_version)

    return _act(sent, number, Typed("submit"), act)


@router.post("/{number}/withdrawal")
def withdraw(sent: SentDep, number: str, reason: Words = "") -> Response:
    """Withdraw the newest version."""

    def act(session: Session, login: Login, application: Application) -> None:
        service.withdraw(session, _applicant(login), application, reason)

    return _act(sent, number, Typed("withdraw", {"reason": reason}), act)


@router.post("/{number}/decision")
def decide(
    sent: StrongSentDep, number: str, row_version: Seen, decision: Words = "", reason: Words = ""
) -> Response:
    """Approve, return or reject the newest version, as it was read."""

    def act(session: Session, login: Login, application: Application) -> None:
        if decision not in DECISIONS:
            message = Text("Kies een beslissing.", "Choose a decision.")
            raise InvalidError("no_decision", message, field="decision")
        actor = Actor(login.person, acting_as(application))
        DECISIONS[decision](session, actor, application, reason, row_version)

    return _act(sent, number, Typed("decide", {"decision": decision, "reason": reason}), act)


def _act(
    sent: Sent, number: str, typed: Typed, act: Callable[[Session, Login, Application], None]
) -> Response:
    """Take one step and show the application again; a refusal is shown beside what was typed."""

    def change(session: Session, login: Login) -> str:
        application = find_application(session, login.person, number)
        act(session, login, application)
        return _at(application)

    def again(session: Session, problem: EnclaveError) -> Response:
        return _application(sent.request, session, sent.login, number, typed.refused(problem))

    return sent.carry_out(change, again)


def _kept(sent: Sent, number: str, fields: Mapping[str, str], keep: Keep, *, changing: bool) -> Response:
    """Keep what the form says, and show the application; a refusal is shown beside what was typed."""

    def change(session: Session, login: Login) -> str:
        application = find_application(session, login.person, number)
        keep(session, login, application, content_in(fields, offers(session)))
        return _at(application)

    def again(session: Session, problem: EnclaveError) -> Response:
        typed = Typed(FORM, fields, problem)
        return _form(sent.request, session, sent.login, number, typed, changing=changing)

    return sent.carry_out(change, again)


def _new(request: Request, session: Session, login: Login, typed: Typed) -> HTMLResponse:
    centres = _centres(session, login.within(session).person)
    if not centres:
        raise cannot_apply()
    return _form_page(request, typed, offers(session), centres=centres, application=None, version=None)


def _form(
    request: Request, session: Session, login: Login, number: str, typed: Typed | None, *, changing: bool
) -> HTMLResponse:
    """The form of an application that is there: filled as it is, or as it was typed and refused."""
    actor = _applicant(login.within(session))
    application = find_application(session, login.person, number)
    check = service.check_change if changing else service.check_wording
    version = check(actor, application)
    filled_in = typed or Typed(FORM, filled(version))
    return _form_page(
        request,
        filled_in,
        offers(session),
        centres=[],
        application=application,
        version=None if changing else version,
    )


def _form_page(request: Request, typed: Typed, offered: Sequence[Offer], **context: Any) -> HTMLResponse:
    if typed.problem:
        typed = typed.refused(placed(typed.problem, typed.given, offered))
    return page(
        request,
        "applications/form.html",
        status=typed.status,
        typed=typed,
        form=FORM,
        offers=offered,
        names=NAMES,
        **context,
    )


def _application(
    request: Request,
    session: Session,
    login: Login,
    number: str,
    typed: Typed = UNTOUCHED,
    chosen: int | None = None,
) -> HTMLResponse:
    person = login.within(session).person
    application = find_application(session, person, number)
    versions = versions_for(person, application)
    version = next((one for one in versions if one.version == chosen), versions[-1])
    before = approved_before(version)
    return page(
        request,
        "applications/application.html",
        status=typed.status,
        application=application,
        version=version,
        versions=versions,
        state_labels=STATES,
        names=NAMES,
        approvals=approvals(version),
        what_was_done=what_was_done,
        differences=differences(before, version) if before else [],
        before=before,
        next=next_step_in(version.state),
        last=last_moment(version),
        assessed=assessed_at(version),
        typed=typed,
        **_possible(session, person, version),
    )


def _possible(session: Session, person: Person, version: ApplicationVersion) -> dict[str, bool]:
    """What the reader can do with this version."""
    application = version.application
    own = person.id == application.applicant_id and version is application.newest
    runs = application.project is not None and application.project.closed_at is None
    return {
        "may_decide": version is application.newest and user_can_decide(session, person, version),
        "may_word": own and version.state in EDITABLE,
        "may_withdraw": own and may_be_withdrawn(version),
        "may_change": own and runs and version.state in FINAL,
    }


def _centres(session: Session, person: Person) -> list[Centre]:
    return [centre for centre in all_centres(session) if user_can_apply(person, centre)]


def _applicant(login: Login) -> Actor:
    return login.actor(APPLICANT)


def _row_version(fields: Mapping[str, str]) -> int:
    said = fields.get("row_version", "")
    return int(said) if said.isdecimal() and len(said) < 10 else 0


def _at(application: Application) -> str:
    return f"{HERE}/{application.number}"
