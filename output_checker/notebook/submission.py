"""Submitting: the query goes over the bridge to the service, which recomputes, judges and asks people."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import httpx

from output_checker.errors import ServiceUnavailableError, SubmissionError
from output_checker.notebook import display
from output_checker.notebook.tables import CheckedTable
from output_checker.notebook.workplace import spoken, workplace
from output_checker.text import Language, Text
from output_checker.verdict import Verdict

RETRY_SECONDS = 60.0
"""How long a service that restarts is waited for, and how long a verdict."""

PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between attempts; the last repeats."""

_RESTARTING = frozenset({502, 503, 504})
_UNDECIDED = frozenset({"submitted", "judging"})
_AGAIN = Text(
    nl="Er is niets verloren. Voer deze cel straks nog eens uit.",
    en="Nothing is lost. Run this cell again later.",
)


@dataclass(frozen=True)
class Submission:
    """A request as the service knows it: ``id`` is its public number, ``next`` what happens now."""

    id: str
    state: str
    title: str
    verdict: Verdict | None
    next: Text
    url: str
    language: Language

    @spoken
    def refresh(self) -> Submission:
        """How the request stands now.

        Raises:
            ServiceUnavailableError: the service does not answer.
        """
        return _read(_asked("GET", f"/sandbox/requests/{self.id}"), self.language)

    def _repr_html_(self) -> str:
        heading, judged, coming = (escape(words) for words in self._words())
        notes = "".join(f"<li>{escape(note)}</li>" for note in self._notes())
        link = f'<a href="{escape(self.url)}" target="_blank" rel="noopener">{escape(self.url)}</a>'
        return f"<p><strong>{heading}</strong><br>{judged}</p><ol>{notes}</ol><p>{coming}<br>{link}</p>"

    def __repr__(self) -> str:
        heading, judged, coming = self._words()
        return "\n".join([heading, judged, *self._notes(), coming, self.url])

    def _words(self) -> tuple[str, str, str]:
        waiting = Text(nl="Nog geen oordeel.", en="No verdict yet.")
        judged = display.OUTCOMES[self.verdict.outcome] if self.verdict else waiting
        return (
            f"{self.id}: {self.title}",
            judged.in_language(self.language),
            self.next.in_language(self.language),
        )

    def _notes(self) -> list[str]:
        return display.notes(self.verdict, self.language) if self.verdict else []


@spoken
def submit(table: CheckedTable, title: str, purpose: str) -> Submission:
    """Ask for the release of a table, and wait for the verdict of the service.

    Submitting the same table again gives the same request. ``purpose`` tells the checkers what it is for.

    Raises:
        SubmissionError: the service refused, with its reason.
        ServiceUnavailableError: the service did not answer within a minute; nothing is lost.
    """
    body = {
        "title": title,
        "purpose": purpose,
        "query": table.query.model_dump(mode="json", exclude_defaults=True),
        "idempotency_key": table.key,
    }
    submission = _read(_asked("POST", "/sandbox/requests", body), table.language)
    return _decided(submission)


def _decided(submission: Submission) -> Submission:
    for _ in _attempts():
        if submission.state not in _UNDECIDED:
            break
        submission = submission.refresh()
    return submission


def _attempts() -> Iterator[int]:
    """Attempts with growing pauses, until the time is up."""
    end = time.monotonic() + RETRY_SECONDS
    attempt = 0
    while time.monotonic() < end:
        yield attempt
        time.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
        attempt += 1


def _asked(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One call that survives a restart of the service: the idempotency key makes repeating safe."""
    transport = httpx.HTTPTransport(uds=str(workplace().socket))
    with httpx.Client(transport=transport, base_url="http://enclave", timeout=10.0) as client:
        for _ in _attempts():
            answer = _tried(client, method, path, body)
            if answer is not None and answer.status_code not in _RESTARTING:
                return _accepted(answer)
    message = Text(nl="De dienst antwoordt niet.", en="The service does not answer.")
    raise ServiceUnavailableError(message, remedy=_AGAIN)


def _tried(
    client: httpx.Client, method: str, path: str, body: dict[str, Any] | None
) -> httpx.Response | None:
    try:
        return client.request(method, path, json=body)
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


def _read(answer: dict[str, Any], language: Language) -> Submission:
    verdict = answer.get("verdict")
    return Submission(
        id=answer["id"],
        state=answer["state"],
        title=answer["title"],
        verdict=Verdict.model_validate(verdict) if verdict else None,
        next=Text(**answer["next"]),
        url=answer["url"],
        language=language,
    )
