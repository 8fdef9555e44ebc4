"""Login tokens that must not be believed, against a real (small) provider."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from hub import oidc
from hub.oidc import LoginError, RelyingParty, Transaction
from tests.hub.fakes import SUBJECT, FakeInstitution


@pytest.fixture
def provider() -> Iterator[FakeInstitution]:
    with FakeInstitution("", "") as started:
        yield started


def party(provider: FakeInstitution) -> RelyingParty:
    return RelyingParty(provider.url, "hub", "secret", "http://127.0.0.1:1/hub/oauth_callback")


def login(relying: RelyingParty, transaction: Transaction | None = None) -> dict[str, Any]:
    begun = transaction or Transaction.begin("")
    address = asyncio.run(relying.address(begun))
    sent_back = httpx.get(address, trust_env=False).headers["Location"]
    code = parse_qs(urlsplit(sent_back).query)["code"][0]
    return asyncio.run(relying.claims(code, begun))


def test_a_good_login_gives_the_claims(provider: FakeInstitution) -> None:
    claims = login(party(provider))
    assert (claims["sub"], claims["acr"]) == (SUBJECT, "pwd")


def test_another_claim_may_hold_the_name_of_a_person(provider: FakeInstitution) -> None:
    relying = party(provider)
    relying.subject_claim = "acr"
    assert login(relying)["sub"] == "pwd"
    relying.subject_claim = "absent"
    with pytest.raises(LoginError):
        login(relying)


def test_the_request_binds_browser_token_and_code(provider: FakeInstitution) -> None:
    begun = Transaction.begin("")
    query = parse_qs(urlsplit(asyncio.run(party(provider).address(begun))).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["state"] == [begun.state]
    assert query["nonce"] == [begun.nonce]
    assert begun.verifier not in str(query)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://elsewhere"},
        {"aud": "api"},
        {"aud": ["hub", "api"]},
        {"aud": ["hub", "api"], "azp": "api"},
        {"exp": 1},
        {"exp": None},
        {"iat": time.time() + 3600},
        {"nonce": "another"},
        {"sub": "Root"},
        {"sub": "../../etc"},
        {"sub": ""},
        {"sub": None},
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(provider: FakeInstitution, claims: dict[str, Any]) -> None:
    provider.claims = claims
    with pytest.raises(LoginError) as refused:
        login(party(provider))
    assert not refused.value.unavailable


def test_several_audiences_pass_when_the_token_was_issued_to_us(provider: FakeInstitution) -> None:
    provider.claims = {"aud": ["hub", "api"], "azp": "hub"}
    assert login(party(provider))["sub"] == SUBJECT


def test_a_verifier_of_another_login_is_refused(provider: FakeInstitution) -> None:
    relying, begun = party(provider), Transaction.begin("")
    sent_back = httpx.get(asyncio.run(relying.address(begun)), trust_env=False).headers["Location"]
    code = parse_qs(urlsplit(sent_back).query)["code"][0]
    with pytest.raises(LoginError):
        asyncio.run(relying.claims(code, Transaction.begin("")))


def test_a_rotated_key_is_fetched(provider: FakeInstitution, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc, "REFETCH_SECONDS", 0.0)
    relying = party(provider)
    login(relying)
    provider.key = RSAKey.generate_key(2048, parameters={"kid": "two"})
    assert login(relying)["sub"] == SUBJECT


def test_unknown_keys_do_not_make_a_stream_of_requests(provider: FakeInstitution) -> None:
    relying = party(provider)
    login(relying)
    provider.key = RSAKey.generate_key(2048, parameters={"kid": "two"})
    with pytest.raises(LoginError, match="unknown key"):
        login(relying)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_without_a_real_signature_is_refused(provider: FakeInstitution, algorithm: str) -> None:
    """The two classic forgeries: no signature, and the public key used as a shared secret."""
    relying = party(provider)
    login(relying)
    now = time.time()
    claims = {"iss": provider.url, "sub": SUBJECT, "aud": "hub", "exp": now + 60, "iat": now, "nonce": "n"}
    # By hand: no library would make these.
    signed = f"{_part({'alg': algorithm, 'kid': 'one'})}.{_part(claims)}"
    key = provider.key.as_pem(private=False)
    signature = b"" if algorithm == "none" else hmac.digest(key, signed.encode(), "sha256")
    forged = f"{signed}.{_base64(signature)}"
    with pytest.raises(LoginError):
        asyncio.run(relying._verified(forged, "n"))


def test_a_silent_provider_is_unavailable_and_not_a_refusal(provider: FakeInstitution) -> None:
    provider.silent = True
    with pytest.raises(LoginError) as failed:
        login(party(provider))
    assert failed.value.unavailable


def test_a_provider_that_names_another_issuer_is_not_used(provider: FakeInstitution) -> None:
    relying = party(provider)
    relying.issuer = provider.url.replace("localhost", "127.0.0.1")
    with pytest.raises(LoginError, match="another issuer"):
        asyncio.run(relying.address(Transaction.begin("")))


def _part(content: dict[str, Any]) -> str:
    return _base64(json.dumps(content).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
