"""The keys that sign ID tokens: one signs, retired ones stay published until their last token is over.

Rotation: ``enclave rotate-login-key``, also while the environment runs; a retired key may be removed a day later.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from joserfc.jwk import KeySet, RSAKey

from api.db import now
from api.secrets import SecretStore

ALGORITHM = "RS256"
_CURRENT = "oidc_signing_key.pem"
_RETIRED = "oidc_retired_key*.pem"


@dataclass(frozen=True)
class SigningKeys:
    """The key that signs now and those whose signatures still count; each is named by its thumbprint (RFC 7638)."""

    current: RSAKey
    retired: tuple[RSAKey, ...]

    @property
    def header(self) -> dict[str, str]:
        """Header of a token signed now."""
        return {"alg": ALGORITHM, "kid": str(self.current.kid), "typ": "JWT"}

    def key_set(self) -> KeySet:
        """Return all keys, to verify with."""
        return KeySet([self.current, *self.retired])

    def published(self) -> dict[str, Any]:
        """Return the JSON Web Key Set for everybody: public halves only."""
        return {"keys": [key.as_dict(private=False) for key in (self.current, *self.retired)]}


def signing_keys(secrets: SecretStore) -> SigningKeys:
    """Return the signing keys of the installation.

    Raises MissingSecretError when it was not initialised.
    """
    retired = tuple(sorted(path.name for path in secrets.directory.glob(_RETIRED)))
    return _load(secrets.directory.resolve(), retired)


def rotate(secrets: SecretStore) -> None:
    """Sign with a new key from now on; the one of before still verifies what it signed."""
    secrets.replace(_CURRENT, f"oidc_retired_key_{now():%Y%m%dT%H%M%S%f}.pem")


@lru_cache(maxsize=4)
def _load(directory: Path, retired: tuple[str, ...]) -> SigningKeys:
    secrets = SecretStore(directory)
    current = _key(secrets.read(_CURRENT))
    return SigningKeys(current, tuple(_key(secrets.read(name)) for name in retired))


def _key(pem: str) -> RSAKey:
    key = RSAKey.import_key(pem, {"use": "sig", "alg": ALGORITHM})
    key.ensure_kid()
    return key
