"""What the login pages of the provider share: the request that stands in their address, their form, the way on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request, Response

from api.db import Database
from api.dependencies import DatabaseDep, SecretsDep, SettingsDep
from api.identity.authorization import Fields
from api.identity.clients import Client
from api.identity.dependencies import check_origin, foreign_form
from api.identity.passkeys import begin_login
from api.identity.provider import Provider
from api.identity.provider_logins import (
    COOKIE_PATH,
    Level,
    cookie_name,
    end_login,
    find_login,
    set_cookie,
    start_login,
)
from api.identity.sealed import mark
from api.identity.sessions import is_https
from api.identity.tokens import equal, new_token
from api.people.models import Person
from api.secrets import SecretStore
from api.settings import Settings
from api.web.rendering import page
from output_checker.text import Text

_COOKIE = "enclave_login_form"
_PURPOSE = "login form"


@dataclass(frozen=True)
class LoginForm:
    """One login page: `request` carries the authorisation request of a client in its address."""

    request: Request
    database: Database
    settings: Settings
    secrets: SecretStore

    @property
    def asked(self) -> Fields:
        """The authorisation request."""
        return self.request.query_params.multi_items()

    def check(self, csrf_token: str) -> None:
        """Refuse a form that is not ours.

        Without this, another site could log its visitors in as somebody else, and read what they then write. Raises
        NotAllowedError.
        """
        check_origin(self.request, self.settings)
        browser = self.request.cookies.get(_COOKIE)
        if not browser or not equal(mark(self.secrets, _PURPOSE, browser), csrf_token):
            raise foreign_form()

    def refusal(self) -> Response | None:
        """Return the answer to a request that no login would help; None when logging in makes sense.

        Raises EnclaveError when it is not a known client's.
        """
        with self.database.reading() as session:
            return Provider(session, self.settings, self.secrets).refusal(self.asked)

    def show(self, *, error: Text | None = None, login_name: str = "") -> Response:
        """Show the form for name and password."""
        passkey = begin_login(self.settings, self.secrets)
        return self._page(
            "identity/login.html", "", error, login_name=login_name, client=self._client(), passkey=passkey
        )

    def show_code(self, proven: str, *, error: Text | None = None) -> Response:
        """Show the form for the code, with our note that the password was proven."""
        return self._page("identity/code.html", "/code", error, proven=proven)

    def enter(self, person: Person, level: Level) -> Response:
        """Begin a login of `person`, who has proven what `level` says, and send the browser on to the client."""
        with self.database.transaction() as session:
            if earlier := find_login(session, self.request.cookies.get(cookie_name(self.settings))):
                end_login(session, earlier.sid)
            login, token = start_login(session, person, self.settings, level)
            provider = Provider(session, self.settings, self.secrets)
            response = provider.authorize(self.asked, login, fresh=True)
        set_cookie(response, self.settings, token)
        return response

    def _client(self) -> Client:
        with self.database.reading() as session:
            return Provider(session, self.settings, self.secrets).client_of(self.asked)

    def _page(self, template: str, step: str, error: Text | None, **context: object) -> Response:
        browser = self.request.cookies.get(_COOKIE) or new_token()
        response = page(
            self.request,
            template,
            status=401 if error else 200,
            action=f"/oidc/login{step}?{urlencode(self.asked)}",
            csrf_token=mark(self.secrets, _PURPOSE, browser),
            error=error,
            **context,
        )
        secure = is_https(self.settings)
        response.set_cookie(_COOKIE, browser, path=COOKIE_PATH, secure=secure, httponly=True, samesite="lax")
        return response


def _login_form(
    request: Request, database: DatabaseDep, settings: SettingsDep, secrets: SecretsDep
) -> LoginForm:
    return LoginForm(request, database, settings, secrets)


LoginFormDep = Annotated[LoginForm, Depends(_login_form)]
