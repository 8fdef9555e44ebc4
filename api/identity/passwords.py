"""Passwords: hashed with argon2id (RFC 9106), and long enough to be worth it (NIST SP 800-63B, 5.1.1.2)."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from api.errors import InvalidError, UnavailableError
from output_checker.text import Text

SHORTEST, LONGEST = 12, 256
_FEWEST_CHARACTERS = 6
HASHER = PasswordHasher()
# One hash takes 64 MiB, so few are made at once; the line for them is short, so that it never holds all the
# threads that the pages are served from.
_PLACES = threading.BoundedSemaphore(4)
_LINE = threading.BoundedSemaphore(16)
_WEAK = Text(
    f"Kies een wachtwoord van minstens {SHORTEST} tekens, zonder uw naam en met genoeg verschillende tekens.",
    f"Choose a password of at least {SHORTEST} characters, without your name and with enough different ones.",
)
_WEAK_REMEDY = Text(
    "Een zin van vier of vijf woorden is sterk en goed te onthouden.",
    "A sentence of four or five words is strong and easy to remember.",
)
_BUSY = Text("Er loggen nu te veel mensen tegelijk in.", "Too many people are logging in at the same moment.")
_BUSY_REMEDY = Text("Probeer het over een minuut opnieuw.", "Try again in a minute.")


def check_strength(password: str, names: tuple[str, ...]) -> None:
    """Refuse a password that is short, repeats few characters, or holds one of `names`.

    Raises InvalidError (field ``password``).
    """
    plain = password.casefold()
    # Parts of one or two letters, such as initials, occur in any sentence.
    known = {part for name in names for part in name.casefold().split() if len(part) > 2}
    weak = (
        not SHORTEST <= len(password) <= LONGEST
        or len(set(plain)) < _FEWEST_CHARACTERS
        or any(part in plain for part in known)
    )
    if weak:
        raise InvalidError("weak_password", _WEAK, field="password", remedy=_WEAK_REMEDY)


def hash_password(password: str) -> str:
    """Return the argon2id hash, with its parameters and salt in it.

    Raises UnavailableError when too many are being made.
    """
    with _place():
        return HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Tell whether `password` is the one; without a hash the same work is done in vain, so that time tells nothing.

    Raises UnavailableError when too many are being tried.
    """
    with _place():
        try:
            return HASHER.verify(password_hash or _decoy(), password) and password_hash is not None
        except (Argon2Error, InvalidHashError):
            return False


def is_outdated(password_hash: str) -> bool:
    """Tell whether the hash was made with other parameters than those of now."""
    return HASHER.check_needs_rehash(password_hash)


@cache
def _decoy() -> str:
    return HASHER.hash(secrets.token_urlsafe(32))


@contextmanager
def _place() -> Iterator[None]:
    if not _LINE.acquire(blocking=False):
        raise UnavailableError("busy", _BUSY, remedy=_BUSY_REMEDY)
    try:
        with _PLACES:
            yield
    finally:
        _LINE.release()
