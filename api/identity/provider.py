"""The embedded OpenID provider (OpenID Connect Core 1.0, code flow) on Authlib's server, with its gaps closed.

Own code, because Authlib leaves it open: PKCE S256 for every client (its extension skips confidential ones), a clean
answer for an unknown client or return address, codes used once, ``iss`` in the answer (RFC 9207), and no text of a
request in an error description (Authlib fails on characters that are not allowed there).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from fastapi import Response
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db import now
from api.errors import EnclaveError
from api.identity.authorization import Fields, Wishes, read_wishes
from api.identity.clients import Client, clients
from api.identity.grant import CodeGrant, IdToken, S256Required, claims_about
from api.identity.keys import signing_keys
from api.identity.models import AccessToken, ProviderLogin
from api.identity.provider_logins import in_force
from api.identity.tokens import hash_of, new_token
from api.secrets import SecretStore
from api.settings import Settings
from output_checker.text import Text

ACCESS_TOKEN_SECONDS = 300
_UNKNOWN_CLIENT = Text(
    "Deze aanvraag om in te loggen komt niet van een bekende toepassing.",
    "This request to log in does not come from a known application.",
)
_UNKNOWN_ADDRESS = Text(
    "Deze aanvraag om in te loggen wil terug naar een adres dat niet is toegestaan.",
    "This request to log in wants to return to an address that is not allowed.",
)
_BEGIN_AGAIN = Text(
    "Begin opnieuw bij de startpagina of in de werkplaats.",
    "Begin again at the start page or in the workplace.",
)


class ProviderRequest(OAuth2Request):  # type: ignore[misc] # Authlib has no types
    """A request in the shape that Authlib reads."""

    def __init__(self, method: str, uri: str, headers: Mapping[str, str], fields: Fields) -> None:
        super().__init__(method, uri, headers=headers)
        self.payload = BasicOAuth2Payload(dict(fields))

    @property
    def form(self) -> dict[str, str]:
        """Return the fields of the form."""
        return dict(self.payload.data)


class Provider(AuthorizationServer):  # type: ignore[misc] # Authlib has no types
    """The provider at work within one database transaction; the caller commits."""

    def __init__(self, session: Session, settings: Settings, secrets: SecretStore) -> None:
        super().__init__()
        self.session, self.settings = session, settings
        self.keys, self.clients = signing_keys(secrets), clients(settings, secrets)
        generator = BearerTokenGenerator(lambda **_: new_token(), expires_generator=ACCESS_TOKEN_SECONDS)
        self.register_token_generator("default", generator)
        self.register_grant(CodeGrant, [S256Required(), IdToken(settings.issuer_url, self.keys)])

    def client_of(self, fields: Fields) -> Client:
        """Return the client of an authorisation request.

        Raises EnclaveError (400) when the client or its return address is unknown or given twice: such a request
        is never answered by sending the browser to the address it names (RFC 6749, 4.1.2.1).
        """
        client = self.query_client(_only(fields, "client_id"))
        if client is None:
            raise EnclaveError("unknown_client", _UNKNOWN_CLIENT, field="client_id", remedy=_BEGIN_AGAIN)
        if not client.check_redirect_uri(_only(fields, "redirect_uri")):
            raise EnclaveError(
                "unknown_redirect_uri", _UNKNOWN_ADDRESS, field="redirect_uri", remedy=_BEGIN_AGAIN
            )
        return client

    def refusal(self, fields: Fields) -> Response | None:
        """Return the answer to an authorisation request that no login would help; None when logging in makes sense.

        Raises as `client_of` does.
        """
        try:
            self._read(fields, None)[1].check_may_ask()
        except OAuth2Error as error:
            return self._refuse(fields, error)
        return None

    def authorize(self, fields: Fields, login: ProviderLogin | None, *, fresh: bool = False) -> Response:
        """Return the answer to an authorisation request: to the client with a code or an error, or to the login.

        `fresh` says that `login` came about for this very request. Raises as `client_of` does.
        """
        try:
            grant, wishes = self._read(fields, login)
            if login is None or not (fresh or wishes.are_met_by(login)):
                wishes.check_may_ask()
                return RedirectResponse(f"/oidc/login?{urlencode(fields)}", status_code=303)
        except OAuth2Error as error:
            return self._refuse(fields, error)
        answer: Response = self.create_authorization_response(grant.request, grant_user=login, grant=grant)
        return answer

    def _read(self, fields: Fields, login: ProviderLogin | None) -> tuple[CodeGrant, Wishes]:
        self.client_of(fields)
        wishes = read_wishes(fields)
        request = ProviderRequest("GET", self.settings.api_url, {}, fields)
        return self.get_consent_grant(request, end_user=login), wishes

    def _refuse(self, fields: Fields, error: OAuth2Error) -> Response:
        # The return address was compared with the client's before anything else was read.
        given = dict(fields)
        error.redirect_uri, error.state = given["redirect_uri"], given.get("state")
        refusal: Response = self.handle_error_response(None, error)
        return refusal

    def token(self, headers: Mapping[str, str], fields: Fields) -> Response:
        """Return the answer to a token request; a refusal is an answer too, so that the caller commits it."""
        answer: Response = self.create_token_response(
            ProviderRequest("POST", self.settings.api_url, headers, fields)
        )
        return answer

    def userinfo(self, access_token: str) -> dict[str, str] | None:
        """Return the claims that an access token gives a right to; None when it is unknown, over or revoked."""
        row = self.session.scalar(select(AccessToken).where(AccessToken.token_hash == hash_of(access_token)))
        if (
            row is None
            or row.revoked_at is not None
            or row.expires_at <= now()
            or not in_force(row.code.login)
        ):
            return None
        return claims_about(row.code.login.person, row.code.request["scope"])

    def query_client(self, client_id: str) -> Client | None:
        """Return a client by its id."""
        return self.clients.get(client_id)

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        """Keep an access token with the code it came from."""
        row = AccessToken(
            token_hash=hash_of(token["access_token"]),
            code_hash=request.authorization_code.row.code_hash,
            expires_at=now() + dt.timedelta(seconds=ACCESS_TOKEN_SECONDS),
        )
        self.session.add(row)

    def create_oauth2_request(self, request: ProviderRequest) -> ProviderRequest:
        """Return the request, which is in Authlib's shape already."""
        return request

    def send_signal(self, name: str, *_: Any, **__: Any) -> None:
        """Tell nobody: what happened is in the audit."""

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Response:
        """Return Authlib's answer as ours; a redirect also says who answers."""
        location = dict(headers).get("Location")
        if location is None:
            return JSONResponse(body, status_code=status, headers=dict(headers))
        return RedirectResponse(f"{location}&{urlencode({'iss': self.settings.issuer_url})}", status_code=303)


def _only(fields: Fields, name: str) -> str:
    values = [value for field, value in fields if field == name]
    return values[0] if len(values) == 1 else ""
