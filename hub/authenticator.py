"""Login of the hub: sends people to the OpenID provider and lets in who comes back with a valid ID token.

Who may do what is not decided here: the api decides at every start of a sandbox. Nor does a cookie of the hub prove by
itself that its login still stands: the api, which hears of every logout, is asked again each second.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from jupyterhub import orm
from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler
from jupyterhub.handlers.login import LogoutHandler
from jupyterhub.utils import url_path_join
from traitlets import Dict, Float, Instance

from hub import words
from hub.access import AccessClient, ApiSilentError, login_named
from hub.oidc import LoginError, RelyingParty, Transaction
from hub.pages import LoginProblem
from output_checker.text import Text

KEPT_CLAIMS = ("acr", "amr", "auth_time", "iat", "sid", "locale")
COOKIE_DAYS = 0.5
MOST_LOGINS = 50
# What JupyterHub calls itself: the tokens of servers, which end with their server.
OWN_CLIENT = "jupyterhub"
# Long enough to find one's telephone, short enough not to leave a login half open.
LOGIN_DAYS = 15 / (24 * 60)


class _LoginHandler(BaseHandler):  # type: ignore[misc]  # JupyterHub has no types
    """What both steps of a login share: the relying party, the cookie, and errors as pages."""

    @property
    def party(self) -> RelyingParty:
        party: RelyingParty = self.authenticator.party
        return party

    def cookie_of(self, state: str) -> str:
        """A cookie per login, so that two windows do not disturb each other."""
        return f"enclave-login-{state[:12]}"

    def fail(self, error: LoginError) -> LoginProblem:
        self.log.warning("Login failed: %s", error)
        if error.unavailable:
            return self.problem(503, words.LOGIN_UNAVAILABLE)
        return self.problem(403, words.LOGIN_REFUSED)

    def problem(self, status: int, message: Text) -> LoginProblem:
        language = words.language_of(self.request.headers.get("Accept-Language"))
        return LoginProblem(status, message, language, self.authenticator.login_url(self.hub.base_url))


class BeginLogin(_LoginHandler):
    """/hub/oauth_login: off to the provider."""

    async def get(self) -> None:
        """Redirect to the provider with state, nonce and a PKCE challenge."""
        transaction = Transaction.begin(self.get_argument("next", ""))
        try:
            address = await self.party.address(transaction)
        except LoginError as error:
            raise self.fail(error) from error
        self.set_secure_cookie(
            self.cookie_of(transaction.state), json.dumps(asdict(transaction)), expires_days=LOGIN_DAYS,
            httponly=True, samesite="Lax", path=self.hub.base_url, secure=self.request.protocol == "https",
        )  # fmt: skip
        self.redirect(address)


class FinishLogin(_LoginHandler):
    """/hub/oauth_callback: back from the provider."""

    async def get(self) -> None:
        """Check that this browser began the login, exchange the code, and go on to the page that was asked for."""
        transaction = self._transaction(self.get_argument("state", ""))
        code = self.get_argument("code", "")
        if not code:
            raise self.problem(403, words.LOGIN_REFUSED)
        try:
            claims = await self.party.claims(code, transaction)
        except LoginError as error:
            raise self.fail(error) from error
        user = await self.login_user(claims)
        if user is None:
            raise self.problem(403, words.LOGIN_REFUSED)
        self._next_page = transaction.next
        self.redirect(self.get_next_url(user))

    def get_argument(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """The page to go on to comes from our cookie, never from the address that the provider redirected to."""
        if name == "next":
            return getattr(self, "_next_page", "")
        return super().get_argument(name, *args, **kwargs)

    def _transaction(self, state: str) -> Transaction:
        name = self.cookie_of(state)
        kept = self.get_secure_cookie(name, max_age_days=LOGIN_DAYS)
        self.clear_cookie(name, path=self.hub.base_url)
        if not kept:
            raise self.problem(400, words.LOGIN_EXPIRED)
        transaction = Transaction(**json.loads(kept))
        if not secrets.compare_digest(state.encode(), transaction.state.encode()):
            raise self.problem(400, words.LOGIN_EXPIRED)
        return transaction


class EndLogin(LogoutHandler):  # type: ignore[misc]  # JupyterHub has no types
    """/hub/logout: not only this browser forgets the cookie, nobody can use a copy of it any more."""

    async def handle_logout(self) -> None:
        """Make the person's cookies worthless."""
        if self.current_user is not None:
            await self.authenticator.forget(self.current_user)


class OpenIDAuthenticator(Authenticator):  # type: ignore[misc]  # JupyterHub has no types
    """User name = ``sub`` of the verified ID token; how and when the person logged in is kept with the user."""

    party = Instance(RelyingParty, help="The hub's side of the login.").tag(config=True)
    access = Instance(AccessClient, help="Knows which logins still stand.").tag(config=True)
    silence_seconds = Float(help="How long the api's last answer is believed when it is silent.").tag(
        config=True
    )
    heard = Dict(help="When the api last told of a person.")
    login_service = "OpenID Connect"

    def login_url(self, base_url: str) -> str:
        """Return where a login begins."""
        return str(url_path_join(base_url, "oauth_login"))

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:
        """Return the pages of a login."""
        return [(r"/oauth_login", BeginLogin), (r"/oauth_callback", FinishLogin), (r"/logout", EndLogin)]

    async def authenticate(self, handler: Any, data: dict[str, Any]) -> dict[str, Any]:
        """Return the JupyterHub user for verified claims, with their other logins as long as these stand."""
        kept = {name: data[name] for name in KEPT_CLAIMS if name in data}
        user = handler.find_user(data["sub"])
        earlier = _logins(await user.get_auth_state()) if user is not None else []
        try:
            stand = len(earlier) < MOST_LOGINS and await self.access.logins_stand(data["sub"], earlier)
        except ApiSilentError as error:
            raise self._unavailable(handler) from error
        self.heard[data["sub"]] = time.monotonic()
        if user is not None and not stand:
            await self.forget(user)
        return {"name": data["sub"], "auth_state": kept | {"others": earlier if stand else []}}

    async def refresh_user(self, user: Any, handler: Any = None) -> bool:
        """Tell whether every login that the person's cookies came of still stands; else all of these are worthless."""
        logins = _logins(await user.get_auth_state())
        try:
            stands = bool(logins) and await self.access.logins_stand(user.name, logins)
        except ApiSilentError as error:
            if self._was_heard(user.name):
                return True
            self.log.error("Whether %s is logged in cannot be checked: %s", user.name, error)
            raise self._unavailable(handler) from error
        self.heard[user.name] = time.monotonic()
        if not stands:
            await self.forget(user)
        return stands

    def _was_heard(self, name: str) -> bool:
        """Whether the last answer is believed still: for as long as the watch believes its own."""
        return bool(time.monotonic() - self.heard.get(name, float("-inf")) < self.silence_seconds)

    def _unavailable(self, handler: Any) -> LoginProblem:
        language = words.language_of(handler.request.headers.get("Accept-Language") if handler else None)
        return LoginProblem(503, words.LOGIN_UNAVAILABLE, language, self.login_url("/hub/"))

    async def forget(self, user: Any) -> None:
        """Make every cookie of a person worthless, and the tokens that their pages got with one."""
        tokens = user.db.query(orm.APIToken).filter(orm.APIToken.user_id == user.id)
        for token in tokens.filter(orm.APIToken.client_id != OWN_CLIENT):
            user.db.delete(token)
        user.orm_user.cookie_id = orm.new_token()
        await user.save_auth_state(None)


def _logins(state: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The logins that a person's cookies came of, the newest first; older ones gave cookies that are over by now."""
    known = [login_named(state), *state.get("others", [])] if state else []
    return [one for one in known if _is_recent(one)]


def _is_recent(login: Mapping[str, Any]) -> bool:
    return bool(time.time() - login["began"] < COOKIE_DAYS * 24 * 3600)
