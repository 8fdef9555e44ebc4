"""ID tokens that must not be believed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from api.identity.id_tokens import (
    LOGOUT_EVENT,
    Expected,
    InvalidIdTokenError,
    UnknownKeyError,
    verify_id_token,
    verify_logout_token,
)

KEY = RSAKey.generate_key(2048, {"kid": "ours", "use": "sig", "alg": "RS256"})
KEYS = KeySet([KEY])
EXPECTED = Expected("https://issuer.example", "api", "the-nonce", max_age=3600)


class FromNow(int):
    """Seconds from when a token is made: cases are collected long before they are tried."""


def claims(**changes: Any) -> dict[str, Any]:
    moment = int(time.time())
    changes = {
        name: moment + value if isinstance(value, FromNow) else value for name, value in changes.items()
    }
    told = {
        "iss": "https://issuer.example",
        "sub": "anna",
        "aud": "api",
        "iat": moment,
        "exp": moment + 300,
        "auth_time": moment,
        "nonce": "the-nonce",
    } | changes
    return {name: value for name, value in told.items() if value is not None}


def signed(**changes: Any) -> str:
    return jwt.encode({"alg": "RS256", "kid": "ours"}, claims(**changes), KEY)


@pytest.mark.parametrize(
    "changes", [{}, {"aud": ["api"]}, {"aud": ["api", "hub"], "azp": "api"}, {"azp": "api"}]
)
def test_a_token_that_fits_is_believed(changes: dict[str, Any]) -> None:
    assert verify_id_token(signed(**changes), KEYS, EXPECTED)["sub"] == "anna"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"sub": None},
        {"aud": "hub"},
        {"aud": ["hub"]},
        {"aud": None},
        {"aud": ["api", "hub"]},
        {"aud": ["api", "hub"], "azp": "hub"},
        {"azp": "hub"},
        {"exp": FromNow(-60)},
        {"exp": None},
        {"iat": FromNow(600)},
        {"iat": None},
        {"nonce": "another"},
        {"nonce": None},
        {"auth_time": FromNow(-7200)},
        {"auth_time": FromNow(600)},
        {"auth_time": 2**60},
        {"auth_time": "yesterday"},
        {"auth_time": None},
    ],
)
def test_a_token_that_says_something_else_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidIdTokenError):
        verify_id_token(signed(**changes), KEYS, EXPECTED)


def segment(document: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def test_a_token_without_signature_is_refused() -> None:
    for name in ("none", "None", "NONE"):
        token = f"{segment({'alg': name, 'kid': 'ours'})}.{segment(claims())}."
        with pytest.raises(InvalidIdTokenError):
            verify_id_token(token, KEYS, EXPECTED)


def test_a_token_signed_with_our_public_key_as_a_secret_is_refused() -> None:
    pem = KEY.public_key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    body = f"{segment({'alg': 'HS256', 'kid': 'ours'})}.{segment(claims())}"
    signature = hmac.digest(pem, body.encode(), hashlib.sha256)
    token = f"{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
    with pytest.raises(InvalidIdTokenError):
        verify_id_token(token, KEYS, EXPECTED)


def test_a_changed_token_is_refused() -> None:
    head, _, signature = signed().split(".")
    with pytest.raises(InvalidIdTokenError):
        verify_id_token(f"{head}.{segment(claims(sub='ben'))}.{signature}", KEYS, EXPECTED)


@pytest.mark.parametrize("token", ["", "a.b.c", "...", "é.é.é"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidIdTokenError):
        verify_id_token(token, KEYS, EXPECTED)


def test_a_token_of_an_unknown_key_says_so() -> None:
    token = jwt.encode({"alg": "RS256", "kid": "theirs"}, claims(), RSAKey.generate_key(2048))
    with pytest.raises(UnknownKeyError):
        verify_id_token(token, KEYS, EXPECTED)


@pytest.mark.parametrize(
    "header", [{"alg": "RS256", "kid": "x\nforged"}, {"alg": "x\nforged", "kid": "ours"}]
)
def test_why_it_is_refused_repeats_nothing_of_a_token(header: dict[str, Any]) -> None:
    """It goes to the log, and anybody may send a token."""
    with pytest.raises(InvalidIdTokenError) as refused:
        verify_id_token(f"{segment(header)}.{segment(claims())}.c2lnbmVk", KEYS, EXPECTED)
    assert "forged" not in str(refused.value)
    assert str(refused.value)


LOGOUT = {"nonce": None, "exp": None, "auth_time": None, "jti": "1", "events": {LOGOUT_EVENT: {}}}


def logout_of(**changes: Any) -> dict[str, Any]:
    token = signed(**LOGOUT | changes)
    return verify_logout_token(token, KEYS, EXPECTED.issuer, (EXPECTED.client_id, "hub"))


@pytest.mark.parametrize("changes", [{}, {"sub": None, "sid": "s"}, {"aud": ["api"]}, {"aud": "hub"}])
def test_a_logout_of_somebody_is_believed(changes: dict[str, Any]) -> None:
    assert logout_of(**changes)["jti"] == "1"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": []},
        {"aud": None},
        {"jti": None},
        {"iat": None},
        {"iat": FromNow(-3600)},
        {"events": None},
        {"events": [LOGOUT_EVENT]},
        {"events": {"urn:other": {}}},
        {"nonce": "the-nonce"},
        {"sub": None},
    ],
)
def test_what_is_no_logout_of_now_is_not_believed(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidIdTokenError):
        logout_of(**changes)
