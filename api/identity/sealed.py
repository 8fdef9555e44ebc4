"""Notes to ourselves: signed, when a browser carries them for a while; encrypted, when nobody may read them.

Each purpose has a key of its own, so that a note of one kind never passes for another.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry
from joserfc.jwk import OctKey

from api.secrets import SecretStore

ALGORITHM = "HS256"
_ENCRYPTED = {"alg": "dir", "enc": "A256GCM"}
_ENCRYPTION = JWERegistry(algorithms=list(_ENCRYPTED.values()))


def _key(secrets: SecretStore, purpose: str, name: str = "session_key") -> OctKey:
    return OctKey.import_key(hmac.digest(secrets.read(name).encode(), purpose.encode(), hashlib.sha256))


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


def mark(secrets: SecretStore, purpose: str, value: str, name: str = "session_key") -> str:
    """Return a keyed hash (64 hex digits) of `value`, by the secret called `name`."""
    return hmac.digest(_key(secrets, purpose, name).get_op_key("sign"), value.encode(), hashlib.sha256).hex()


def conceal(secrets: SecretStore, purpose: str, document: dict[str, Any], seconds: int | None = None) -> str:
    """Return `document` (JSON) encrypted (JWE, A256GCM) for `purpose`, good for `seconds` (None: for ever)."""
    until = {} if seconds is None else {"exp": int(time.time()) + seconds}
    return jwt.encode(
        _ENCRYPTED, {**document, **until}, _key(secrets, purpose, "factor_key"), registry=_ENCRYPTION
    )


def reveal(secrets: SecretStore, purpose: str, concealed: str) -> dict[str, Any] | None:
    """Return what was concealed for `purpose`; None when it is not ours, was changed, or is too old."""
    try:
        token = jwt.decode(concealed, _key(secrets, purpose, "factor_key"), registry=_ENCRYPTION)
        jwt.JWTClaimsRegistry().validate(token.claims)
    except (JoseError, ValueError):
        return None
    return token.claims
