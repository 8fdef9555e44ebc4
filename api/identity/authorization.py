"""What a client wishes of an authorisation request (OpenID Connect Core 1.0, 3.1.2.1), read strictly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from authlib.oauth2.rfc6749 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oidc.core.errors import LoginRequiredError

from api.db import now
from api.identity.clients import RESPONSE_TYPE
from api.identity.models import ProviderLogin

Fields = Sequence[tuple[str, str]]
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
# Who may be somebody else than the browser remembers has to say so by logging in.
_NEW_LOGIN = frozenset({"login", "select_account"})
_LONGEST_VALUE = 1024
_NOT_SUPPORTED = ("request", "request_uri", "registration")


@dataclass(frozen=True)
class Wishes:
    """How the person must have logged in; `max_age` in seconds, None when any login will do.

    `levels` (acr) are a wish: an earlier login of another level is not enough, but a new one of another is answered
    with the level that it had (OpenID Connect Core 1.0, 3.1.2.1), for the client to judge.
    """

    prompts: frozenset[str]
    max_age: int | None
    levels: frozenset[str] = frozenset()

    def are_met_by(self, login: ProviderLogin) -> bool:
        """Tell whether an earlier login will do."""
        age = (now() - login.auth_time).total_seconds()
        strong_enough = not self.levels or login.acr in self.levels
        recent = self.max_age is None or age <= self.max_age
        return strong_enough and recent and not self.prompts & _NEW_LOGIN

    def check_may_ask(self) -> None:
        """Raise LoginRequiredError when the client does not want the person to be asked anything."""
        if "none" in self.prompts:
            raise LoginRequiredError


def read_wishes(fields: Fields) -> Wishes:
    """Return the wishes of a request.

    Raises OAuth2Error when it is not one we answer: something is given twice or far too long, another response
    than a code in the query is asked for, or the wishes contradict each other.
    """
    given = dict(fields)
    if len(given) != len(fields) or any(len(value) > _LONGEST_VALUE for value in given.values()):
        raise InvalidRequestError("A parameter is given twice or too long.")
    _check_response(given)
    levels = frozenset(given.get("acr_values", "").split())
    return Wishes(_prompts(given.get("prompt", "")), _max_age(given.get("max_age")), levels)


def _check_response(given: dict[str, str]) -> None:
    for name in _NOT_SUPPORTED:
        if name in given:
            raise OAuth2Error(error=f"{name}_not_supported")
    if given.get("response_type") != RESPONSE_TYPE:
        raise OAuth2Error(error="unsupported_response_type")
    if given.get("response_mode", "query") != "query":
        raise InvalidRequestError("Answers are given in the query only.")


def _prompts(value: str) -> frozenset[str]:
    prompts = frozenset(value.split())
    if not prompts <= PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise InvalidRequestError("The prompt cannot be understood.")
    return prompts


def _max_age(value: str | None) -> int | None:
    if value is None:
        return None
    if not (value.isascii() and value.isdigit()):
        raise InvalidRequestError("The max_age is no number of seconds.")
    return int(value)
