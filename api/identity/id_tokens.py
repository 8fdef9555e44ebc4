"""Verifying ID tokens (OpenID Connect Core 1.0, 3.1.3.7): nothing in one is believed before all of it holds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

# Public-key signatures only: a symmetric one could be made with the issuer's public key, "none" by anybody.
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_TOKEN_SECONDS = 300
_LEEWAY_SECONDS = 30


class InvalidIdTokenError(Exception):
    """An ID token that proves nothing; the message says why, for the log and the audit."""


class UnknownKeyError(InvalidIdTokenError):
    """Signed with a key we do not know, perhaps because the issuer changed keys."""


@dataclass(frozen=True)
class Expected:
    """What an ID token must say: from whom, to whom, for which request, and how old the login may be (seconds)."""

    issuer: str
    client_id: str
    nonce: str
    max_age: int


def verify_id_token(id_token: str, keys: KeySet, expected: Expected) -> dict[str, Any]:
    """Return the claims of an ID token that holds.

    Raises UnknownKeyError or another InvalidIdTokenError.
    """
    claims = verify_signature(id_token, keys)
    registry = jwt.JWTClaimsRegistry(
        leeway=_LEEWAY_SECONDS,
        iss={"essential": True, "value": expected.issuer},
        sub={"essential": True},
        aud={"essential": True, "value": expected.client_id},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": expected.nonce},
        auth_time={"essential": True},
    )
    try:
        registry.validate(claims)
    except JoseError as error:
        raise InvalidIdTokenError(str(error)) from error
    _check_party(claims, expected.client_id)
    _check_age(claims["auth_time"], expected.max_age)
    return claims


def verify_logout_token(
    logout_token: str, keys: KeySet, issuer: str, client_ids: Sequence[str]
) -> dict[str, Any]:
    """Return the claims of a logout token that holds (OpenID Connect Back-Channel Logout 1.0, 2.6) for one of the clients.

    Raises UnknownKeyError or another InvalidIdTokenError, also for an ID token that is passed off as one.
    """
    claims = verify_signature(logout_token, keys)
    registry = jwt.JWTClaimsRegistry(
        leeway=_LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "values": list(client_ids)},
        iat={"essential": True},
        jti={"essential": True},
    )
    try:
        registry.validate(claims)
    except JoseError as error:
        raise InvalidIdTokenError(str(error)) from error
    events, age = claims.get("events"), time.time() - claims["iat"]
    if not isinstance(events, dict) or LOGOUT_EVENT not in events or "nonce" in claims:
        raise InvalidIdTokenError("no logout token")
    if not (claims.get("sid") or claims.get("sub")) or age > LOGOUT_TOKEN_SECONDS:
        raise InvalidIdTokenError("a logout of nobody, or of long ago")
    return claims


def verify_signature(id_token: str, keys: KeySet) -> dict[str, Any]:
    """Return the claims of a token with a good signature, whatever they say and however old they are.

    Raises UnknownKeyError or another InvalidIdTokenError.
    """
    try:
        return jwt.decode(id_token, keys, algorithms=list(ALGORITHMS)).claims
    except InvalidKeyIdError as error:
        # Never in the token's own words: anybody may send one, and what they write must not stand in the log.
        raise UnknownKeyError(error.error) from error
    except (JoseError, ValueError) as error:
        raise InvalidIdTokenError(getattr(error, "error", "malformed")) from error


def _check_party(claims: dict[str, Any], client_id: str) -> None:
    # A token for several parties says for whom it was made; for us alone, it may stay silent.
    shared = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if shared else client_id) != client_id:
        raise InvalidIdTokenError("made for another party")


def _check_age(auth_time: object, max_age: int) -> None:
    # A login of later than now would stay recent for as long as the issuer's clock, or a mistake there, is ahead.
    age = time.time() - auth_time if isinstance(auth_time, int) else None
    if age is None or not -_LEEWAY_SECONDS <= age <= max_age + _LEEWAY_SECONDS:
        raise InvalidIdTokenError("the login is too old or still to come, or its time is not told")
