"""What routes ask for about the person at the door: an optional login, a login, and proof that a form is ours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from api.access.circumstances import Login as Shown
from api.access.presence import present
from api.audit.service import Actor
from api.dependencies import DatabaseDep, SettingsDep
from api.errors import NotAllowedError, NotLoggedInError, StrongLoginNeededError
from api.identity.models import PageSession
from api.identity.sessions import cookie_name, find_session, needs_touch, touch
from api.identity.strength import counts_as_strong, is_strong
from api.identity.tokens import equal, hash_of
from api.people.models import Person
from api.settings import Settings
from output_checker.text import Text

CSRF_FIELD = "csrf_token"
CSRF_HEADER = "x-csrf-token"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_NOT_LOGGED_IN = Text(
    "U bent niet ingelogd, of uw login is verlopen.", "You are not logged in, or your login is over."
)
_LOG_IN = Text("Log in en probeer het opnieuw.", "Log in and try again.")
_FOREIGN_FORM = Text(
    "Dit verzoek kwam niet van onze eigen pagina, of de pagina is verouderd.",
    "This request did not come from our own page, or the page is out of date.",
)
_NOT_STRONG = Text(
    "Hiervoor moet u net met een tweede factor zijn ingelogd.",
    "This needs a login with a second factor, made just now.",
)
_CONFIRM = Text("Log opnieuw in, met uw tweede factor.", "Log in again, with your second factor.")
_RELOAD = Text("Laad de pagina opnieuw en probeer het nog eens.", "Reload the page and try again.")


@dataclass(frozen=True)
class Login:
    """A person whose session is in force; `person` has institution, appointments and evidence loaded.

    `address` is where the request came from, as the server itself saw it or a trusted proxy said.
    """

    person: Person
    session: PageSession
    settings: Settings
    address: str = ""

    @property
    def csrf_token(self) -> str:
        """What every form of this session must carry."""
        return self.session.csrf_token

    def actor(self, role: str) -> Actor:
        """Return this person acting as `role`."""
        return Actor(self.person, role)

    def within(self, session: Session) -> Login:
        """Return the same login with its rows in `session`, tested again there, so that nothing ends in between.

        Raises NotLoggedInError when the session ended or the person was suspended since.
        """
        row = find_session(session, self.session.id_hash, self.settings)
        if row is None:
            raise not_logged_in()
        present(session, row.person, self._shown(row))
        return replace(self, person=row.person, session=row)

    def _shown(self, row: PageSession) -> Shown:
        strong = counts_as_strong(row.acr, row.amr, self.settings)
        return Shown(row.acr, strong, row.auth_time, self.address)


def not_logged_in() -> NotLoggedInError:
    """Return the one answer to whoever has no session in force; why it is not in force is not told."""
    return NotLoggedInError("not_logged_in", _NOT_LOGGED_IN, remedy=_LOG_IN)


def find_login(request: Request, database: DatabaseDep, settings: SettingsDep) -> Login | None:
    """Return who is logged in, or None; a use of the session keeps it from going idle."""
    token = request.cookies.get(cookie_name(settings))
    if not token:
        return None
    with database.reading() as session:
        row = find_session(session, hash_of(token), settings)
    if row is None:
        return None
    if needs_touch(row):
        with database.transaction() as session:
            touch(session, row.id_hash)
    return Login(row.person, row, settings, request.client.host if request.client else "")


OptionalLoginDep = Annotated[Login | None, Depends(find_login)]


def require_login(login: OptionalLoginDep) -> Login:
    """Return who is logged in.

    Raises NotLoggedInError otherwise: pages are sent to the login, programs get a 401.
    """
    if login is None:
        raise not_logged_in()
    return login


LoginDep = Annotated[Login, Depends(require_login)]


async def check_csrf(request: Request, login: LoginDep, settings: SettingsDep) -> None:
    """Refuse a change that was not sent by a page of ours in this session.

    The token comes as form field ``csrf_token`` or as header ``X-CSRF-Token``. Raises NotAllowedError.
    """
    check_origin(request, settings)
    if not equal(await _sent_token(request), login.csrf_token):
        raise foreign_form()
    # What came from our own page may be kept while the person logs in again.
    request.state.typed = await _typed(request)


def check_origin(request: Request, settings: Settings) -> None:
    """Refuse what the browser says comes from elsewhere, such as a notebook on another host name of this machine.

    A client that sends neither header is no browser, and cannot be made to send a person's cookie by another page.
    Raises NotAllowedError.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site not in (None, "same-origin") or origin not in (None, _own_origin(settings)):
        raise foreign_form()


def _own_origin(settings: Settings) -> str:
    address = urlsplit(settings.api_url)
    return f"{address.scheme}://{address.netloc}"


def foreign_form() -> NotAllowedError:
    """Return the refusal of a form that is not ours."""
    return NotAllowedError("foreign_form", _FOREIGN_FORM, remedy=_RELOAD)


async def _sent_token(request: Request) -> str:
    if header := request.headers.get(CSRF_HEADER):
        return header
    return dict(await _typed(request)).get(CSRF_FIELD, "")


async def _typed(request: Request) -> list[tuple[str, str]]:
    """Return what stands in the fields of a form, in their order; nothing when no form was sent."""
    if not request.headers.get("content-type", "").startswith(_FORMS):
        return []
    # Starlette keeps the parsed form, so that the route reads the same one afterwards.
    fields = (await request.form()).multi_items()
    return [(name, value) for name, value in fields if isinstance(value, str)]


CsrfDep = Annotated[None, Depends(check_csrf)]


def check_strong_login(login: Login) -> None:
    """Refuse what needs a strong login of just now.

    Raises StrongLoginNeededError: a page sends the person to the issuer and keeps what they typed, a program gets 401
    ``insufficient_user_authentication`` with what is asked (RFC 9470).
    """
    if not is_strong(login.session, login.settings):
        raise StrongLoginNeededError("insufficient_user_authentication", _NOT_STRONG, remedy=_CONFIRM)


def require_strong_login(login: LoginDep) -> Login:
    """Return who is logged in strongly, since just now; for pages that may not even be looked at otherwise.

    Raises NotLoggedInError or StrongLoginNeededError.
    """
    check_strong_login(login)
    return login


def check_strong_form(login: LoginDep, _: CsrfDep) -> None:
    """Refuse a change that is not ours (as `check_csrf` does), then one without a strong login.

    In this order, so that nothing foreign is ever kept to be sent later. Raises NotAllowedError or
    StrongLoginNeededError.
    """
    check_strong_login(login)


StrongLoginDep = Annotated[Login, Depends(require_strong_login)]
StrongCsrfDep = Annotated[None, Depends(check_strong_form)]
