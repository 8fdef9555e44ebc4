"""Logout at the provider, begun by a client (OpenID Connect RP-Initiated Logout 1.0)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.audit.service import Actor, record
from api.errors import EnclaveError
from api.identity.accounts import SELF
from api.identity.clients import LOGGED_OUT, Client, clients
from api.identity.ended import note_ended
from api.identity.id_tokens import InvalidIdTokenError, verify_signature
from api.identity.keys import signing_keys
from api.identity.provider_logins import end_login
from api.identity.sessions import end_sessions_of_login
from api.secrets import SecretStore
from api.settings import Settings
from output_checker.text import Text

_NO_HINT = Text(
    "Deze aanvraag om uit te loggen zegt niet geldig wiens login eindigt.",
    "This request to log out does not validly say whose login ends.",
)
_UNKNOWN_ADDRESS = Text(
    "Deze aanvraag om uit te loggen wil terug naar een adres dat niet is toegestaan.",
    "This request to log out wants to return to an address that is not allowed.",
)
_USE_BUTTON = Text("Gebruik de knop ‘Uitloggen’ in de pagina's.", "Use the button “Log out” in the pages.")


class LogoutFields(BaseModel):
    """What a client says with a logout; `id_token_hint` is an ID token we gave it, however old."""

    id_token_hint: str = ""
    client_id: str | None = None
    post_logout_redirect_uri: str | None = None
    state: str | None = None


def log_out(session: Session, settings: Settings, secrets: SecretStore, asked: LogoutFields) -> str:
    """End the login that `asked` names with every session of the pages that came of it; return where to go next.

    Without a valid hint nobody is logged out: else any page could do it to its visitors. Raises EnclaveError.
    """
    claims = _claims(asked.id_token_hint, secrets)
    client = clients(settings, secrets).get(str(claims.get("aud")))
    if (
        client is None
        or claims.get("iss") != settings.issuer_url
        or asked.client_id not in (None, client.client_id)
    ):
        raise _no_hint()
    address = _next_address(asked, client, settings)
    _end(session, str(claims.get("sid")), client)
    return address


def _claims(hint: str, secrets: SecretStore) -> dict[str, Any]:
    try:
        return verify_signature(hint, signing_keys(secrets).key_set())
    except InvalidIdTokenError as error:
        raise _no_hint() from error


def _no_hint() -> EnclaveError:
    return EnclaveError("logout_hint", _NO_HINT, field="id_token_hint", remedy=_USE_BUTTON)


def _next_address(asked: LogoutFields, client: Client, settings: Settings) -> str:
    address = asked.post_logout_redirect_uri
    if address is None:
        return f"{settings.api_url}{LOGGED_OUT}"
    if address not in client.post_logout_redirect_uris:
        raise EnclaveError(
            "unknown_post_logout_redirect_uri",
            _UNKNOWN_ADDRESS,
            field="post_logout_redirect_uri",
            remedy=_USE_BUTTON,
        )
    return address if asked.state is None else f"{address}?{urlencode({'state': asked.state})}"


def _end(session: Session, sid: str, client: Client) -> None:
    login = end_login(session, sid)
    note_ended(session, sid)
    ended = end_sessions_of_login(session, sid)
    if login is not None:
        actor = Actor(login.person, SELF)
        subject = f"person:{login.person.subject}"
        record(session, actor, "login.end", subject, "logout", client=client.client_id, sessions=ended)
