"""The secrets of an installation: made once, kept in files that only the service user can read."""

from __future__ import annotations

import os
import secrets as random_source
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa


def _token() -> bytes:
    return random_source.token_urlsafe(48).encode()


def _cookie_secret() -> bytes:
    return random_source.token_hex(32).encode()


def _pem(key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


MAKERS: dict[str, Callable[[], bytes]] = {
    "session_key": _token,
    "factor_key": _token,
    "oidc_signing_key.pem": lambda: _pem(rsa.generate_private_key(public_exponent=65537, key_size=3072)),
    "audit_signing_key.pem": lambda: _pem(ed25519.Ed25519PrivateKey.generate()),
    "api_client_secret": _token,
    "hub_client_secret": _token,
    "hub_service_token": _token,
    "hub_cookie_secret": _cookie_secret,
    "proxy_auth_token": _token,
    "watch_token": _token,
}


class MissingSecretError(RuntimeError):
    """A secret has no file: the installation was not initialised (run ``enclave init``)."""


@dataclass(frozen=True)
class SecretStore:
    """Named secrets in one directory (mode 0700, files 0600)."""

    directory: Path

    def ensure(self) -> list[str]:
        """Make every secret that is absent and return the names made; existing ones are never changed."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.directory.chmod(0o700)
        return [name for name, make in MAKERS.items() if self._make_once(name, make)]

    def _make_once(self, name: str, make: Callable[[], bytes]) -> bool:
        path = self.directory / name
        if path.exists():
            return False
        # Written aside and linked into place: two processes that start together agree on one secret.
        descriptor, aside = tempfile.mkstemp(dir=self.directory, prefix=".")
        with os.fdopen(descriptor, "wb") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(aside)
        except FileExistsError:
            return False
        finally:
            Path(aside).unlink()
        return True

    def replace(self, name: str, kept_as: str) -> None:
        """Make the secret called `name` anew and keep the old one as `kept_as`.

        The old one gets its new name last: who looks for retired secrets sees it only when the new one is in place.

        Raises MissingSecretError when it was never made.
        """
        old, aside, fresh = (self.directory / part for part in (name, f".old-{kept_as}", f".new-{name}"))
        self.read(name)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(MAKERS[name]())
            file.flush()
            os.fsync(file.fileno())
        aside.hardlink_to(old)
        fresh.replace(old)
        aside.replace(self.directory / kept_as)

    def read(self, name: str) -> str:
        """Return the secret called `name`.

        Raises MissingSecretError when it was never made.
        """
        try:
            return (self.directory / name).read_text().strip()
        except FileNotFoundError as error:
            raise MissingSecretError(f"{name} is missing in {self.directory}: run `enclave init`") from error

    def audit_key(self) -> ed25519.Ed25519PrivateKey:
        """Return the Ed25519 key that signs audit heads and releases."""
        key = serialization.load_pem_private_key(self.read("audit_signing_key.pem").encode(), password=None)
        if not isinstance(key, ed25519.Ed25519PrivateKey):
            raise MissingSecretError("audit_signing_key.pem is not an Ed25519 key")
        return key
