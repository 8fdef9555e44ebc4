"""The pages as a client of an issuer that misbehaves, changes keys, or does not answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from api.errors import EnclaveError, UnavailableError
from api.identity import relying_party
from api.identity.id_tokens import InvalidIdTokenError
from api.identity.relying_party import Attempt, RelyingParty
from api.secrets import SecretStore
from api.settings import Settings
from tests.api.identity.browser import parameters

ISSUER = "https://issuer.example"


def new_key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


FIRST, SECOND = new_key("first"), new_key("second")


@dataclass
class Issuer:
    """An issuer elsewhere; each answer can be replaced."""

    key: RSAKey = field(default_factory=lambda: FIRST)
    nonce: str = ""
    published: list[RSAKey] = field(default_factory=lambda: [FIRST])
    replaced: dict[str, Callable[[], httpx.Response]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    description: dict[str, Any] = field(
        default_factory=lambda: {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "end_session_endpoint": f"{ISSUER}/logout",
        }
    )

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if path in self.replaced:
            return self.replaced[path]()
        if path == "/keys":
            return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.published]})
        if path == "/token":
            return httpx.Response(
                200, json={"access_token": "a", "token_type": "Bearer", "id_token": self.token()}
            )
        return httpx.Response(200, json=self.description)

    def token(self) -> str:
        moment = int(time.time())
        claims = {"iss": ISSUER, "sub": "anna", "aud": "api", "iat": moment, "exp": moment + 300}
        claims |= {"nonce": self.nonce, "auth_time": moment}
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def party(settings: Settings, secrets: SecretStore, issuer: Issuer) -> RelyingParty:
    elsewhere = settings.model_copy(update={"issuer": ISSUER})
    return RelyingParty(elsewhere, secrets, httpx.MockTransport(issuer))


@pytest.fixture
def attempt(issuer: Issuer) -> Attempt:
    attempt = Attempt.begin("/")
    issuer.nonce = attempt.nonce
    return attempt


def test_a_login_asks_for_all_that_protects_it(party: RelyingParty, attempt: Attempt) -> None:
    address = party.address(attempt)
    asked = parameters(address)
    assert address.startswith(f"{ISSUER}/authorize?")
    assert asked["state"] == attempt.state
    assert asked["nonce"] == attempt.nonce
    assert asked["code_challenge_method"] == "S256"
    assert attempt.verifier not in address
    assert asked["max_age"] == "28800"


def test_two_attempts_share_nothing() -> None:
    first, second = Attempt.begin("/"), Attempt.begin("/")
    assert not {first.state, first.nonce, first.verifier} & {second.state, second.nonce, second.verifier}


def test_a_good_answer_is_believed(party: RelyingParty, attempt: Attempt) -> None:
    claims, id_token = party.claims(attempt, "code", None)
    assert claims["sub"] == "anna"
    assert id_token.count(".") == 2


def test_an_answer_to_another_request_is_refused(
    party: RelyingParty, issuer: Issuer, attempt: Attempt
) -> None:
    issuer.nonce = "of another login"
    with pytest.raises(InvalidIdTokenError):
        party.claims(attempt, "code", None)


def test_an_answer_of_another_issuer_is_refused(
    party: RelyingParty, issuer: Issuer, attempt: Attempt
) -> None:
    with pytest.raises(InvalidIdTokenError):
        party.claims(attempt, "code", "https://evil.example")
    assert "/token" not in issuer.asked


def test_new_keys_are_asked_for_once_when_a_token_names_an_unknown_one(
    party: RelyingParty, issuer: Issuer, attempt: Attempt
) -> None:
    party.claims(attempt, "code", None)
    issuer.key, issuer.published = SECOND, [SECOND, FIRST]
    assert party.claims(attempt, "code", None)[0]["sub"] == "anna"
    issuer.key = new_key("third")
    with pytest.raises(InvalidIdTokenError):
        party.claims(attempt, "code", None)
    assert issuer.asked.count("/keys") == 3


def test_keys_that_another_thread_forgets_meanwhile_still_serve(
    party: RelyingParty, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody may send logouts that do not hold, for which keys are asked anew: no login fails for it."""

    known = [KeySet.import_key_set({"keys": [FIRST.as_dict(private=False)]})]
    forgetful = property(lambda _: known.pop() if known else None, lambda *_: None)
    monkeypatch.setattr(RelyingParty, "_keys", forgetful, raising=False)
    assert party.claims(attempt, "code", None)[0]["sub"] == "anna"
    assert party.claims(attempt, "code", None)[0]["sub"] == "anna"


def test_what_the_issuer_said_is_remembered(party: RelyingParty, issuer: Issuer, attempt: Attempt) -> None:
    for _ in range(3):
        party.claims(attempt, "code", None)
    assert issuer.asked.count("/.well-known/openid-configuration") == 1
    assert issuer.asked.count("/keys") == 1


def test_an_answer_without_id_token_is_refused(party: RelyingParty, issuer: Issuer, attempt: Attempt) -> None:
    issuer.replaced["/token"] = lambda: httpx.Response(
        200, json={"access_token": "a", "token_type": "Bearer"}
    )
    with pytest.raises(InvalidIdTokenError):
        party.claims(attempt, "code", None)


def test_a_refused_code_is_a_failed_login(party: RelyingParty, issuer: Issuer, attempt: Attempt) -> None:
    issuer.replaced["/token"] = lambda: httpx.Response(400, json={"error": "invalid_grant"})
    with pytest.raises(EnclaveError) as caught:
        party.claims(attempt, "code", None)
    assert (caught.value.code, caught.value.status) == ("login_failed", 400)


def broken() -> httpx.Response:
    raise httpx.ConnectError("nobody answers")


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
@pytest.mark.parametrize(
    "answer",
    [
        broken,
        lambda: httpx.Response(500),
        lambda: httpx.Response(200, text="<html>"),
        lambda: httpx.Response(200, json=["a list"]),
    ],
)
def test_an_issuer_out_of_order_is_told_as_such(
    party: RelyingParty, issuer: Issuer, attempt: Attempt, path: str, answer: Callable[[], httpx.Response]
) -> None:
    issuer.replaced[path] = answer
    with pytest.raises(UnavailableError):
        party.claims(attempt, "code", None)
    issuer.replaced.clear()
    assert party.claims(attempt, "code", None)[0]["sub"] == "anna"


@pytest.mark.parametrize(
    "changes", [{"issuer": "https://evil.example"}, {"token_endpoint": None}, {"jwks_uri": 1}]
)
def test_a_description_that_does_not_fit_is_refused(
    party: RelyingParty, issuer: Issuer, attempt: Attempt, changes: dict[str, Any]
) -> None:
    issuer.description |= changes
    with pytest.raises(UnavailableError):
        party.address(attempt)


def test_keys_that_are_none_are_refused(party: RelyingParty, issuer: Issuer, attempt: Attempt) -> None:
    issuer.replaced["/keys"] = lambda: httpx.Response(200, json={"keys": [{"kty": "RSA"}]})
    with pytest.raises(UnavailableError):
        party.claims(attempt, "code", None)


def test_logout_goes_to_the_issuer_when_it_has_a_place_for_it(party: RelyingParty, issuer: Issuer) -> None:
    asked = parameters(party.logout_address("the-token"))
    assert asked["id_token_hint"] == "the-token"
    assert asked["post_logout_redirect_uri"] == "http://localhost:8001/auth/logged-out"


def test_logout_ends_here_when_the_issuer_has_no_place_for_it(party: RelyingParty, issuer: Issuer) -> None:
    issuer.description.pop("end_session_endpoint")
    assert party.logout_address("the-token") == "http://localhost:8001/auth/logged-out"


def test_when_too_many_ask_at_once_the_next_is_told_to_wait(
    party: RelyingParty, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relying_party, "_PLACE_SECONDS", 0.01)
    for _ in range(16):
        assert party._places.acquire(blocking=False)
    with pytest.raises(UnavailableError):
        party.address(attempt)
