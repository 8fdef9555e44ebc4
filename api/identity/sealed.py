"""Notes to ourselves that a browser carries: signed, for one purpose, for a limited time."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from api.secrets import SecretStore

ALGORITHM = "HS256"


def _key(secrets: SecretStore, purpose: str) -> OctKey:
    # A key for each purpose: a note of one kind never passes for another.
    return OctKey.import_key(
        hmac.digest(secrets.read("session_key").encode(), purpose.encode(), hashlib.sha256)
    )


def seal(secrets: SecretStore, purpose: str, document: dict[str, Any], seconds: int) -> str:
    """Return `document` (JSON) signed for `purpose`, good for `seconds`."""
    claims = {**document, "exp": int(time.time()) + seconds}
    return jwt.encode({"alg": ALGORITHM}, claims, _key(secrets, purpose), algorithms=[ALGORITHM])


def unseal(secrets: SecretStore, purpose: str, sealed: str) -> dict[str, Any] | None:
    """Return what was sealed for `purpose`; None when it is not ours, was changed, or is too old."""
    try:
        token = jwt.decode(sealed, _key(secrets, purpose), algorithms=[ALGORITHM])
        jwt.JWTClaimsRegistry(exp={"essential": True}).validate(token.claims)
    except (JoseError, ValueError):
        return None
    return token.claims


def mark(secrets: SecretStore, purpose: str, value: str) -> str:
    """Return a keyed hash (64 hex digits) of `value`: what a form must hold next to the cookie `value`."""
    return hmac.digest(_key(secrets, purpose).get_op_key("sign"), value.encode(), hashlib.sha256).hex()
