"""OpenID Connect relying party: discovery, authorization code flow with PKCE, and a fully verified ID token.

OpenID Connect Core 1.0 section 3.1 (code flow, 3.1.3.7 token validation), RFC 7636 (PKCE, S256 only), RFC 9207 is left to
the provider: one hub trusts one issuer.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
SCOPE = "openid email profile"
CLOCK_SKEW_SECONDS = 10
# Unknown keys are asked for at most this often: a stream of forged tokens must not become one of requests.
REFETCH_SECONDS = 5.0
SUBJECT = re.compile(r"[a-z0-9-]{1,40}")


class LoginError(RuntimeError):
    """A login cannot be completed; `unavailable` when the provider did not answer, else its answer was not acceptable."""

    def __init__(self, why: str, unavailable: bool = False) -> None:
        super().__init__(why)
        self.unavailable = unavailable


@dataclass(frozen=True)
class Transaction:
    """One login under way, kept in a signed cookie of the browser that began it."""

    state: str
    nonce: str
    verifier: str
    next: str

    @classmethod
    def begin(cls, next_page: str) -> Transaction:
        """Return a new login with fresh random values."""
        return cls(generate_token(32), generate_token(32), generate_token(64), next_page)


@dataclass(frozen=True)
class Provider:
    """What discovery tells of an issuer."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


@dataclass
class RelyingParty:
    """The hub's side of a login at one issuer."""

    issuer: str
    client_id: str
    client_secret: str
    callback: str
    timeout: float = 10.0
    transport: httpx.AsyncBaseTransport | None = None
    subject_claim: str = "sub"
    _provider: Provider | None = field(default=None, init=False)
    _keys: KeySet | None = field(default=None, init=False)
    _keys_at: float = field(default=float("-inf"), init=False)

    async def address(self, transaction: Transaction) -> str:
        """Return the address at the provider to which a person is sent to log in.

        Raises LoginError.
        """
        provider = await self._discover()
        async with self._client() as client:
            address, _ = client.create_authorization_url(
                provider.authorization_endpoint,
                state=transaction.state,
                nonce=transaction.nonce,
                code_verifier=transaction.verifier,
            )
        return str(address)

    async def claims(self, code: str, transaction: Transaction) -> dict[str, Any]:
        """Exchange a code and return the verified claims of the ID token.

        Raises LoginError.
        """
        provider = await self._discover()
        try:
            async with self._client() as client:
                answer = await client.fetch_token(
                    provider.token_endpoint, code=code, code_verifier=transaction.verifier
                )
        except (httpx.HTTPError, ValueError) as error:
            raise LoginError(f"token: {type(error).__name__}", unavailable=True) from error
        except AuthlibBaseError as error:
            raise LoginError(f"token: {error.error}") from error
        if not isinstance(answer.get("id_token"), str):
            raise LoginError("no ID token")
        return await self._verified(answer["id_token"], transaction.nonce)

    def _client(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self.client_id, self.client_secret, scope=SCOPE, redirect_uri=self.callback,
            code_challenge_method="S256", token_endpoint_auth_method="client_secret_basic",  # noqa: S106
            timeout=self.timeout, transport=self.transport, trust_env=False,
        )  # fmt: skip

    async def _discover(self) -> Provider:
        if self._provider is None:
            found = await self._fetch(f"{self.issuer}/.well-known/openid-configuration")
            if found.get("issuer") != self.issuer:
                raise LoginError("the provider names another issuer")
            try:
                names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                self._provider = Provider(*(str(found[name]) for name in names))
            except KeyError as error:
                raise LoginError(f"discovery lacks {error}") from error
        return self._provider

    async def _verified(self, token: str, nonce: str) -> dict[str, Any]:
        try:
            keys = await self._keys_for(token)
            claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
            jwt.JWTClaimsRegistry(
                leeway=CLOCK_SKEW_SECONDS,
                iss={"essential": True, "value": self.issuer},
                sub={"essential": True},
                aud={"essential": True, "value": self.client_id},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(claims)
        except (JoseError, ValueError) as error:
            raise LoginError(f"ID token: {type(error).__name__}") from error
        return _acceptable(claims | {"sub": claims.get(self.subject_claim, "")}, self.client_id)

    async def _keys_for(self, token: str) -> KeySet:
        """The provider's keys, fetched again when the token names one that is not among them (keys rotate)."""
        name = jws.extract_compact(token.encode()).headers().get("kid")
        keys = self._keys
        if keys is None or not _holds(keys, name):
            if time.monotonic() - self._keys_at > REFETCH_SECONDS:
                provider = await self._discover()
                self._keys = KeySet.import_key_set(await self._fetch(provider.jwks_uri))  # type: ignore[arg-type]
                self._keys_at = time.monotonic()
            keys = self._keys
        if keys is None or not _holds(keys, name):
            raise LoginError("the ID token is signed by an unknown key")
        return keys

    async def _fetch(self, address: str) -> dict[str, Any]:
        try:
            async with httpx.AsyncClient(
                timeout=self.timeout, transport=self.transport, trust_env=False
            ) as client:
                answer = await client.get(address)
                answer.raise_for_status()
                found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise LoginError(f"{type(error).__name__} at the provider", unavailable=True) from error
        if not isinstance(found, dict):
            raise LoginError("the provider's answer is no object")
        return found


def _holds(keys: KeySet, name: str | None) -> bool:
    return name is None or any(key.kid == name for key in keys.keys)


def _acceptable(claims: Mapping[str, Any], client_id: str) -> dict[str, Any]:
    # Core 3.1.3.7: with several audiences the token must name us as the party it was issued to.
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != client_id:
        raise LoginError("ID token: issued to another party")
    if not SUBJECT.fullmatch(str(claims["sub"])):
        raise LoginError("ID token: not a subject of this environment")
    return dict(claims)
