"""Calling the service over the bridge: patient with restarts, and with every refusal in words."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from typing import Any

import httpx

from output_checker.errors import ServiceUnavailableError, SubmissionError
from output_checker.notebook.workplace import workplace
from output_checker.text import Text

RETRY_SECONDS = 60.0
"""How long a service that restarts is waited for, and how long a verdict."""

PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between attempts; the last repeats."""

_RESTARTING = frozenset({502, 503, 504})
_AGAIN = Text(
    nl="Er is niets verloren. Voer deze cel straks nog eens uit.",
    en="Nothing is lost. Run this cell again later.",
)


def attempts() -> Iterator[int]:
    """Attempts with growing pauses, until the time is up."""
    end = time.monotonic() + RETRY_SECONDS
    attempt = 0
    while time.monotonic() < end:
        yield attempt
        time.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
        attempt += 1


def call(method: str, path: str, seconds: float = 10.0, **sent: Any) -> dict[str, Any]:
    """One call that survives a restart of the service: it must be one that may be repeated.

    ``sent`` is the body, ``json`` or ``content``; ``seconds`` is how long one answer may take.

    Raises:
        SubmissionError: the service refused, with its reason.
        ServiceUnavailableError: it did not answer within a minute.
    """
    # A context that trusts nobody: nothing encrypted is spoken over this socket, and reading all authorities takes long.
    untrusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    transport = httpx.HTTPTransport(uds=str(workplace().socket), verify=untrusting)
    with httpx.Client(transport=transport, base_url="http://enclave", timeout=seconds) as client:
        for _ in attempts():
            answer = _tried(client, method, path, sent)
            if answer is not None and answer.status_code not in _RESTARTING:
                return _accepted(answer)
    message = Text(nl="De dienst antwoordt niet.", en="The service does not answer.")
    raise ServiceUnavailableError(message, remedy=_AGAIN)


def _tried(client: httpx.Client, method: str, path: str, sent: dict[str, Any]) -> httpx.Response | None:
    try:
        return client.request(method, path, **sent)
    except httpx.TransportError:
        return None


def _accepted(answer: httpx.Response) -> dict[str, Any]:
    try:
        content = answer.json()
        if answer.is_success:
            return dict(content)
        error = content["error"]
        remedy = Text(**error["remedy"]) if error.get("remedy") else None
        refusal = SubmissionError(Text(**error["message"]), field=error.get("field"), remedy=remedy)
    except (ValueError, TypeError, KeyError, AttributeError):
        refusal = SubmissionError(
            Text(
                nl=f"De dienst gaf een onbegrijpelijk antwoord ({answer.status_code}).",
                en=f"The service gave an answer that makes no sense ({answer.status_code}).",
            ),
            remedy=_AGAIN,
        )
    raise refusal
