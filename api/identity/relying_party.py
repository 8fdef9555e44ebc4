"""The pages as a client of the issuer: code flow with PKCE, state and nonce; ID tokens are believed after verification.

The issuer is spoken to over HTTP, also when it is the embedded one. Never call this inside a database transaction:
the issuer needs the database too.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import OAuth2Client
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.errors import EnclaveError, UnavailableError
from api.identity.clients import AUTHENTICATION, LOGGED_OUT, SCOPES, api_callback
from api.identity.id_tokens import (
    Expected,
    InvalidIdTokenError,
    UnknownKeyError,
    verify_id_token,
    verify_logout_token,
)
from api.identity.tokens import new_token
from api.secrets import SecretStore
from api.settings import Settings
from output_checker.text import Text

_TIMEOUT_SECONDS = 10.0
_PLACES, _PLACE_SECONDS = 16, 1.0
# A logout is for anybody to send, so keys are asked for at most this often for one: a stream of forged ones must not
# become a stream of requests.
REFETCH_SECONDS = 5.0
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_FAILED = Text("Het inloggen is niet gelukt.", "Logging in did not succeed.")
_AGAIN = Text("Begin opnieuw met inloggen.", "Begin logging in again.")
_SILENT = Text("De inlogdienst antwoordt niet.", "The login service does not answer.")
_LATER = Text("Probeer het over een minuut opnieuw.", "Try again in a minute.")


@dataclass(frozen=True)
class Attempt:
    """A login under way, kept by the browser that began it: what the answer must fit.

    `strong` says that nothing but a strong login of now will do.
    """

    state: str
    nonce: str
    verifier: str
    next: str
    strong: bool = False

    @classmethod
    def begin(cls, next_page: str, *, strong: bool = False) -> Attempt:
        """Return an attempt with fresh random values; the verifier has 64 characters (RFC 7636, 4.1)."""
        return cls(new_token(), new_token(), generate_token(64), next_page, strong)


@dataclass
class RelyingParty:
    """What the pages know of the issuer, fetched when first needed; `transport` replaces the network in tests."""

    settings: Settings
    secrets: SecretStore
    transport: httpx.BaseTransport | None = None
    _issuer: dict[str, Any] | None = field(default=None, init=False)
    _keys: KeySet | None = field(default=None, init=False)
    _keys_at: float = field(default=0.0, init=False)
    # The embedded issuer answers from the same threads as the pages: who waits for it must not hold them all.
    _places: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(_PLACES), init=False
    )

    @property
    def client_id(self) -> str:
        """How the issuer knows the pages; the embedded one knows them by one name."""
        return self.settings.api_client_id if self._is_external else "api"

    @property
    def _is_external(self) -> bool:
        return self.settings.issuer_url != self.settings.api_url

    def subject(self, claims: dict[str, Any]) -> str:
        """Return the stable name of the person whom verified claims are about."""
        return str(claims.get(self.settings.subject_claim if self._is_external else "sub", ""))

    def address(self, attempt: Attempt) -> str:
        """Return the address at the issuer where the person logs in.

        Raises UnavailableError.
        """
        with self._client() as client:
            address, _ = client.create_authorization_url(
                self._described(client)["authorization_endpoint"],
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
                **self._wishes(attempt),
            )
        return str(address)

    def _wishes(self, attempt: Attempt) -> dict[str, str | int]:
        # max_age obliges the issuer to tell when the person logged in (OpenID Connect Core 1.0, 2: auth_time).
        if not attempt.strong:
            return {"max_age": self.settings.session_seconds}
        # Levels are only a wish, and issuers may answer from an earlier login: what comes back is tested.
        levels = {"acr_values": self.settings.strong_acr} if self.settings.strong_acr else {}
        return {"max_age": self.settings.strong_seconds, "prompt": "login", **levels}

    def claims(self, attempt: Attempt, code: str, issuer: str | None) -> tuple[dict[str, Any], str]:
        """Exchange `code` and return the verified claims with the ID token itself; `issuer` is who sent the answer.

        Raises EnclaveError (the answer does not hold) or UnavailableError.
        """
        with self._client() as client:
            self._check_sender(client, issuer)
            endpoint = self._described(client)["token_endpoint"]
            token = client.fetch_token(endpoint, code=code, code_verifier=attempt.verifier)
            id_token = token.get("id_token")
            if not isinstance(id_token, str):
                raise InvalidIdTokenError("no ID token was given")
            return self._verified(client, id_token, attempt), id_token

    def logout_claims(self, logout_token: str) -> dict[str, Any]:
        """Return the verified claims of a logout that the issuer tells of behind the browser's back.

        Raises InvalidIdTokenError or UnavailableError.
        """
        with self._client() as client:
            if time.monotonic() - self._keys_at > REFETCH_SECONDS:
                self._keys = None
            # The issuer tells each client by itself, and a login may have served the workplace only.
            ours = (self.client_id, self.settings.hub_client_id if self._is_external else "hub")
            return verify_logout_token(logout_token, self._key_set(client), self.settings.issuer_url, ours)

    def logout_address(self, id_token: str | None) -> str:
        """Return where the browser goes to end the login at the issuer, or our own page when that has no such place.

        Raises UnavailableError.
        """
        back = f"{self.settings.api_url}{LOGGED_OUT}"
        with self._client() as client:
            endpoint = self._described(client).get("end_session_endpoint")
        if not endpoint or not id_token:
            return back
        asked = {"id_token_hint": id_token, "client_id": self.client_id, "post_logout_redirect_uri": back}
        return f"{endpoint}?{urlencode(asked)}"

    def _check_sender(self, client: OAuth2Client, issuer: str | None) -> None:
        # RFC 9207: an answer of another issuer must not be taken to this one.
        promised = self._described(client).get("authorization_response_iss_parameter_supported") is True
        if issuer != self.settings.issuer_url and (promised or issuer is not None):
            raise InvalidIdTokenError("the answer came from another issuer")

    def _verified(self, client: OAuth2Client, id_token: str, attempt: Attempt) -> dict[str, Any]:
        oldest = self.settings.strong_seconds if attempt.strong else self.settings.session_seconds
        expected = Expected(self.settings.issuer_url, self.client_id, attempt.nonce, oldest)
        return self._with_keys(client, lambda keys: verify_id_token(id_token, keys, expected))

    def _with_keys(self, client: OAuth2Client, verify: Callable[[KeySet], dict[str, Any]]) -> dict[str, Any]:
        try:
            return verify(self._key_set(client))
        except UnknownKeyError:
            # The issuer may have changed keys since we asked: asked once more, then it counts.
            self._keys = None
            return verify(self._key_set(client))

    def _described(self, client: OAuth2Client) -> dict[str, Any]:
        if self._issuer is None:
            address = f"{self.settings.issuer_url}/.well-known/openid-configuration"
            described = _fetch(client, address)
            complete = all(isinstance(described.get(name), str) for name in _ENDPOINTS)
            if described.get("issuer") != self.settings.issuer_url or not complete:
                raise ValueError("the issuer describes another one")
            self._issuer = described
        return self._issuer

    def _key_set(self, client: OAuth2Client) -> KeySet:
        # Read once: another thread may ask anew for keys, and so forget these, at any moment.
        keys = self._keys
        if keys is None:
            found = _fetch(client, self._described(client)["jwks_uri"])
            keys = KeySet.import_key_set({"keys": found["keys"]})
            self._keys, self._keys_at = keys, time.monotonic()
        return keys

    @contextmanager
    def _client(self) -> Iterator[OAuth2Client]:
        if not self._places.acquire(timeout=_PLACE_SECONDS):
            raise _unavailable()
        try:
            with self._http_client() as client:
                yield client
        except AuthlibBaseError as error:
            raise login_failed() from error
        except (httpx.HTTPError, JoseError, ValueError, KeyError) as error:
            raise _unavailable() from error
        finally:
            self._places.release()

    def _http_client(self) -> OAuth2Client:
        return OAuth2Client(
            self.client_id,
            self.secrets.read("api_client_secret"),
            scope=" ".join(SCOPES),
            redirect_uri=api_callback(self.settings),
            code_challenge_method="S256",
            token_endpoint_auth_method=AUTHENTICATION,
            timeout=_TIMEOUT_SECONDS,
            transport=self.transport,
            # A proxy of the environment is for the outside world, never for our own address.
            trust_env=self._is_external,
        )


def _fetch(client: OAuth2Client, address: str) -> dict[str, Any]:
    answer = client.request("GET", address, withhold_token=True)
    answer.raise_for_status()
    document = answer.json()
    if not isinstance(document, dict):
        raise ValueError("the issuer's answer is no object")
    return document


def login_failed() -> EnclaveError:
    """Return the refusal of an answer that does not hold; why is for the log, not for who may be trying."""
    return EnclaveError("login_failed", _FAILED, remedy=_AGAIN)


def _unavailable() -> UnavailableError:
    return UnavailableError("issuer_unavailable", _SILENT, remedy=_LATER)
