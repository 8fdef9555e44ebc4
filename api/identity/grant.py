"""How a code is given out, bound to its request, and exchanged once: the parts that Authlib's server asks us for."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import RSAKey
from sqlalchemy import update

from api.audit.service import SYSTEM, record
from api.db import now
from api.identity.clients import AUTHENTICATION, Client
from api.identity.keys import ALGORITHM, SigningKeys
from api.identity.models import AccessToken, AuthorizationCode, ProviderLogin
from api.identity.provider_logins import in_force
from api.identity.tokens import hash_of, new_token
from api.people.models import Person

CODE_SECONDS = 60
ID_TOKEN_SECONDS = 300
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_KEPT = ("redirect_uri", "nonce", "code_challenge")


def claims_about(person: Person, scope: str) -> dict[str, str]:
    """Return what a client may know of a person (OpenID Connect Core 1.0, 5.4)."""
    claims = {"sub": person.subject}
    if "profile" in scope.split():
        claims |= {"name": person.name, "locale": person.language}
    if "email" in scope.split():
        claims |= {"email": person.email}
    return claims


@dataclass(frozen=True)
class IssuedCode:
    """A code from the table, with the questions that Authlib asks of one."""

    row: AuthorizationCode

    def get_redirect_uri(self) -> str:
        """Return where the code was sent to."""
        return str(self.row.request["redirect_uri"])

    def get_scope(self) -> str:
        """Return the scopes that were given."""
        return str(self.row.request["scope"])

    def get_nonce(self) -> str:
        """Return what ties the ID token to the browser that asked for it."""
        return str(self.row.request["nonce"])

    def get_auth_time(self) -> int:
        """Return when the person logged in, in seconds since 1970."""
        return int(self.row.login.auth_time.timestamp())

    def get_acr(self) -> str:
        """Return how strong the login was."""
        return self.row.login.acr

    def get_amr(self) -> list[str]:
        """Return what was proven at the login."""
        return self.row.login.amr


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc] # Authlib has no types
    """The authorisation code grant: a code lives a minute and is exchanged once, whatever comes of it."""

    TOKEN_ENDPOINT_AUTH_METHODS = (AUTHENTICATION,)

    def generate_authorization_code(self) -> str:
        """Return a new code."""
        return new_token()

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        """Keep the code with the request it answers."""
        asked = {name: request.payload.data[name] for name in _KEPT} | {"scope": request.scope}
        row = AuthorizationCode(
            code_hash=hash_of(code),
            client_id=request.client.client_id,
            login_id=request.user.id_hash,
            request=asked,
            expires_at=now() + dt.timedelta(seconds=CODE_SECONDS),
        )
        self.server.session.add(row)

    def query_authorization_code(self, code: str, client: Client) -> IssuedCode | None:
        """Return the code and use it up; None when it is another client's, was used before, or is too old.

        The caller's transaction lets one of two simultaneous exchanges through. Who comes second may be the thief
        or the robbed one: the tokens of the first are revoked too (RFC 6749, 4.1.2).
        """
        row = self.server.session.get(AuthorizationCode, hash_of(code), with_for_update=True)
        if row is None or row.client_id != client.client_id:
            return None
        if row.used_at is not None:
            self._revoke(row)
            return None
        row.used_at = now()
        return IssuedCode(row) if row.expires_at > now() else None

    def _revoke(self, row: AuthorizationCode) -> None:
        session = self.server.session
        theirs = update(AccessToken).where(
            AccessToken.code_hash == row.code_hash, AccessToken.revoked_at.is_(None)
        )
        session.execute(theirs.values(revoked_at=now()))
        subject = f"person:{row.login.person.subject}"
        record(session, SYSTEM, "code.replay", subject, "a code was used twice", client=row.client_id)

    def delete_authorization_code(self, authorization_code: IssuedCode) -> None:
        """Leave the code: that it was used must stay known."""

    def authenticate_user(self, authorization_code: IssuedCode) -> ProviderLogin | None:
        """Return the login behind the code; None when it ended or the person was suspended since."""
        login = authorization_code.row.login
        return login if in_force(login) else None


class S256Required(CodeChallenge):  # type: ignore[misc] # Authlib has no types
    """PKCE with S256 for every client; neither "plain" nor nothing will do (RFC 9700, 2.1.1)."""

    def validate_code_challenge(self, grant: CodeGrant, _result: object) -> None:
        """Refuse a request without an S256 challenge."""
        asked = grant.request.payload.data
        challenge = asked.get("code_challenge", "")
        if asked.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
            raise InvalidRequestError("PKCE with S256 is required.")

    def get_authorization_code_challenge(self, authorization_code: IssuedCode) -> str:
        """Return the challenge that the verifier must answer."""
        return str(authorization_code.row.request["code_challenge"])

    def get_authorization_code_challenge_method(self, authorization_code: IssuedCode) -> str:
        """Return the only method there is."""
        return "S256"


class IdToken(OpenIDCode):  # type: ignore[misc] # Authlib has no types
    """The signed statement about who logged in, when and how; a nonce is required."""

    def __init__(self, issuer: str, keys: SigningKeys) -> None:
        super().__init__(require_nonce=True)
        self.issuer, self.keys = issuer, keys

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        """Return False: that a nonce is new is for the client to see, which made it."""
        return False

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        """Return who says it, to whom, and until when."""
        until = int(now().timestamp()) + ID_TOKEN_SECONDS
        return {"iss": self.issuer, "aud": client.client_id, "exp": until}

    def get_client_algorithm(self, client: Client) -> str:
        """Return the algorithm of the signature."""
        return ALGORITHM

    def get_encode_header(self, client: Client) -> dict[str, str]:
        """Return the header, which names the key."""
        return self.keys.header

    def resolve_client_private_key(self, client: Client) -> RSAKey:
        """Return the key that signs."""
        return self.keys.current

    def generate_user_info(self, user: ProviderLogin, scope: str) -> dict[str, str]:
        """Return the claims about the person and the login (`sid` lets the client end what came of it)."""
        return claims_about(user.person, scope) | {"sid": user.sid}
