"""Secrets that people and clients carry around: made at random, kept only as a hash, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def new_token() -> str:
    """Return a token of 256 random bits, fit for cookies and addresses."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """Return sha256 (64 hex digits) of a random token; a stolen database holds no usable token."""
    return hashlib.sha256(token.encode()).hexdigest()


def equal(left: str, right: str) -> bool:
    """Compare without telling by the time taken where the first difference is."""
    return hmac.compare_digest(left.encode(), right.encode())
