"""Logins as administrators see them: who can log in and how, and the ways to invite people and to end their logins."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from api.audit.service import Actor
from api.dependencies import DatabaseDep, SettingsDep
from api.errors import NotFoundError
from api.identity.dependencies import CsrfDep, Login, LoginDep, StrongCsrfDep
from api.identity.ending import end_all_logins
from api.identity.invitations import LASTS, PATH, invite, why_not_invite
from api.identity.models import Account, Authenticator
from api.identity.sessions import open_sessions
from api.paging import PAGE_SIZE, Offset, Part
from api.people.models import Person, Role
from api.people.permissions import check_user_can_vet
from api.people.service import person_by_subject
from api.settings import Settings
from api.web.rendering import page
from api.web.viewer import RememberViewer
from output_checker.text import Text

router = APIRouter(dependencies=[RememberViewer], include_in_schema=False)
_UNKNOWN = Text("Deze persoon is er niet.", "There is no such person.")


@dataclass(frozen=True)
class ShownLogins:
    """A person, with what they log in with and how often they are logged in now."""

    person: Person
    account: Account | None
    second_factor: bool
    sessions: int


@router.get("/admin/logins")
def logins_page(
    request: Request,
    login: LoginDep,
    database: DatabaseDep,
    settings: SettingsDep,
    offset: Offset = 0,
) -> HTMLResponse:
    """List the people with how they log in."""
    with database.reading() as session:
        check_user_can_vet(_actor(login.within(session)))
        wanted = select(Person).options(joinedload(Person.institution)).order_by(Person.name, Person.id)
        people = session.scalars(wanted.offset(offset).limit(PAGE_SIZE)).all()
        total = session.scalar(select(func.count()).select_from(Person)) or 0
        shown = Part([_shown(session, settings, person) for person in people], total, offset)
        embedded = _is_embedded(settings)
        return page(request, "identity/logins.html", people=shown, size=PAGE_SIZE, embedded=embedded)


@router.get("/admin/logins/{subject}")
def login_page(
    request: Request, subject: str, login: LoginDep, database: DatabaseDep, settings: SettingsDep
) -> HTMLResponse:
    """Show how one person logs in, with the forms to invite them and to end their logins."""
    return _page(request, database, settings, login, subject, "")


@router.post("/admin/logins/{subject}/invitation")
def invite_person(
    request: Request,
    subject: str,
    login: LoginDep,
    database: DatabaseDep,
    settings: SettingsDep,
    _: StrongCsrfDep,
) -> HTMLResponse:
    """Make an invitation and show its address, this once."""
    if not _is_embedded(settings):
        raise _unknown()
    with database.transaction() as session:
        within = login.within(session)
        token = invite(session, _actor(within), _person(session, within, subject))
    return _page(request, database, settings, login, subject, f"{settings.api_url}{PATH}/{token}")


@router.post("/admin/logins/{subject}/end")
def end_them(subject: str, login: LoginDep, database: DatabaseDep, _: CsrfDep) -> Response:
    """End every login of a person; taking back is never slowed by asking for a strong login."""
    with database.transaction() as session:
        within = login.within(session)
        end_all_logins(session, _actor(within), _person(session, within, subject))
    return RedirectResponse(f"/admin/logins/{subject}", status_code=303)


def _page(
    request: Request, database: DatabaseDep, settings: Settings, login: Login, subject: str, address: str
) -> HTMLResponse:
    with database.reading() as session:
        within = login.within(session)
        person = _person(session, within, subject)
        return page(
            request,
            "identity/person_logins.html",
            shown=_shown(session, settings, person),
            sessions=open_sessions(session, person.id, settings),
            address=address,
            embedded=_is_embedded(settings),
            why_not=why_not_invite(session, _actor(within), person),
            days=LASTS.days,
        )


def _person(session: Session, login: Login, subject: str) -> Person:
    check_user_can_vet(_actor(login))
    person = person_by_subject(session, subject)
    if person is None:
        raise _unknown()
    check_user_can_vet(_actor(login), person)
    return person


def _shown(session: Session, settings: Settings, person: Person) -> ShownLogins:
    account = session.get(Account, person.id)
    factor = session.get(Authenticator, person.id) is not None
    return ShownLogins(person, account, factor, len(open_sessions(session, person.id, settings)))


def _is_embedded(settings: Settings) -> bool:
    return settings.issuer_url == settings.api_url


def _actor(login: Login) -> Actor:
    return login.actor(Role.ADMINISTRATOR.value)


def _unknown() -> NotFoundError:
    return NotFoundError("no_person", _UNKNOWN)
