"""Which language a reader gets: the path says it, else the query, else the cookie, else the browser, else Dutch."""

from __future__ import annotations

import re
from typing import Final

from starlette.requests import Request

from output_checker.text import LANGUAGES, Language

DEFAULT: Final[Language] = "nl"
COOKIE: Final = "enclave_language"
_PREFERENCE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[\w-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$")


def language_of(request: Request) -> Language:
    """Return the language of a request; what is not Dutch or English counts as not said."""
    in_path = request.path_params.get("language")
    for said in (in_path, request.query_params.get("lang"), request.cookies.get(COOKIE)):
        for language in LANGUAGES:
            if said == language:
                return language
    return preferred(request.headers.get("accept-language", ""))


def preferred(accept_language: str) -> Language:
    """Return the best of our languages for an Accept-Language header (RFC 9110, 12.5.4)."""
    wishes: dict[str, float] = {}
    for part in accept_language.split(","):
        if match := _PREFERENCE.match(part):
            wishes.setdefault(match[1].lower(), float(match[2] or 1))
    ranked = sorted(LANGUAGES, key=lambda language: (-wishes.get(language, 0), language != DEFAULT))
    return ranked[0]


def chosen_now(request: Request) -> bool:
    """Tell whether the reader chose a language with this very request, so that it must be remembered."""
    return request.query_params.get("lang") in LANGUAGES
