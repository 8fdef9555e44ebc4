"""Submitting: the query goes over the bridge to the service, which recomputes, judges and asks people."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from output_checker.noise.documents import NoisyAnswer
from output_checker.notebook import display
from output_checker.notebook.calling import attempts, call
from output_checker.notebook.filing import CheckedFile, file
from output_checker.notebook.noise import NoisyTable, frame_of, told_of
from output_checker.notebook.noise_plots import draw_answer
from output_checker.notebook.tables import CheckedTable
from output_checker.notebook.uploading import upload, upload_values
from output_checker.notebook.workplace import spoken, workplace
from output_checker.text import Language, Text
from output_checker.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

WAIT_SECONDS = 10
"""How long the service holds a question about a verdict that is not there yet, before it answers all the same."""

_WAITING = f"?wait={WAIT_SECONDS}"
_SECONDS = 2.0 * WAIT_SECONDS
TABLE_SECONDS = 120.0
"""How long a table may take to come: one of a whole country has tens of megabytes."""

Asked = CheckedTable | CheckedFile | NoisyTable
"""What can be asked for: its numbers are computed by the service, with noise or without, or it is a file."""

_UNDECIDED = frozenset({"submitted", "judging"})
_NOT_YET = Text(nl="Nog geen oordeel.", en="No verdict yet.")


@dataclass(frozen=True)
class SubmittedOutput:
    """One table of a request; without a verdict it is still being judged. ``noise`` is the answer with noise."""

    position: int
    title: str
    verdict: Verdict | None
    noise: NoisyAnswer | None = None

    @property
    def df(self) -> pd.DataFrame | None:
        """The noisy numbers: to read, raw, and where the truth lies; None where there is no noise, or no answer yet."""
        return frame_of(self.noise) if self.noise else None

    def plot(self) -> Figure | None:
        """The noisy numbers with where the truth lies; None where there is no noise, or no answer yet."""
        return draw_answer(self.noise, workplace().language) if self.noise else None


@dataclass(frozen=True)
class Submission:
    """A request as the service knows it: ``id`` is its public number, ``next`` what happens now.

    ``round`` counts how often it was submitted.
    """

    id: str
    state: str
    title: str
    round: int
    outputs: tuple[SubmittedOutput, ...]
    next: Text
    url: str
    language: Language

    @property
    def verdict(self) -> Verdict | None:
        """The verdict of the only table; None for several, which have one each in ``outputs``."""
        return self.outputs[0].verdict if len(self.outputs) == 1 else None

    @spoken
    def refresh(self) -> Submission:
        """How the request stands now.

        Raises:
            ServiceUnavailableError: the service does not answer.
        """
        return _read(call("GET", f"/sandbox/requests/{self.id}"), self.language)

    def _repr_html_(self) -> str:
        judged = "".join(
            f"<p>{escape(words)}</p><ol>{''.join(f'<li>{escape(note)}</li>' for note in notes)}</ol>"
            for words, notes in map(self._judged, self.outputs)
        )
        link = f'<a href="{escape(self.url)}" target="_blank" rel="noopener">{escape(self.url)}</a>'
        coming = escape(self.next.in_language(self.language))
        return f"<p><strong>{escape(self._heading)}</strong></p>{judged}<p>{coming}<br>{link}</p>"

    def __repr__(self) -> str:
        judged = [line for words, notes in map(self._judged, self.outputs) for line in (words, *notes)]
        return "\n".join([self._heading, *judged, self.next.in_language(self.language), self.url])

    @property
    def _heading(self) -> str:
        return f"{self.id}: {self.title}"

    def _judged(self, output: SubmittedOutput) -> tuple[str, list[str]]:
        """The verdict of one table in a line, and its notes."""
        title = f"{output.title}: " if output.title else ""
        name = f"{output.position}. {title}" if len(self.outputs) > 1 else title
        if output.verdict is None:
            return name + _NOT_YET.in_language(self.language), []
        words = display.OUTCOMES[output.verdict.outcome].in_language(self.language)
        if output.noise:
            return name + words, told_of(output.noise, self.language)
        return name + words, display.notes(output.verdict, self.language)


@spoken
def submit(
    outputs: Asked | Sequence[Asked] = (),
    title: str | None = None,
    purpose: str | None = None,
    *,
    population: str | None = None,
    question: str | None = None,
    audience: str | None = None,
    titles: Sequence[str] = (),
    files: Sequence[str | os.PathLike[str] | CheckedFile] = (),
    request: str | Submission | None = None,
) -> Submission:
    """Ask for the release of tables and files, and wait for the verdict of the service.

    ``purpose`` tells the checkers what they are for; ``population``, ``question`` and ``audience`` whom they are
    about, which research question they answer and for whom they are meant. ``titles`` name several outputs. ``files``
    are paths, or what ``oc.file`` gave: they go to people, after the outputs that are recomputed. With
    ``request`` (its number, or what submit gave) a request that came back is submitted again; words that you leave
    out stay as they were. Submitting the same tables again gives the same request. Values of own variables go with it.
    A table with noise (``table.noise``) is answered once, when the privacy budget allows it.

    Raises:
        SubmissionError: the service refused, with its reason.
        ServiceUnavailableError: the service did not answer within a minute; nothing is lost.
    """
    several = _several(outputs, files)
    words = {"title": title, "purpose": purpose, "population": population, "question": question}
    body = _said(words | {"audience": audience}) | _documents(several, titles)
    path, key = _place(several, request)
    _upload(several)
    answer = call("POST", path + _WAITING, _SECONDS, json=body | {"idempotency_key": key})
    return _decided(_read(answer, workplace().language))


@spoken
def draft(
    outputs: Asked | Sequence[Asked] = (),
    title: str = "",
    purpose: str | None = None,
    *,
    population: str | None = None,
    question: str | None = None,
    audience: str | None = None,
    titles: Sequence[str] = (),
    files: Sequence[str | os.PathLike[str] | CheckedFile] = (),
) -> Submission:
    """Save tables and files as a draft, to put words and order right on its page and to submit it there.

    The arguments are those of ``submit``; only ``title`` is needed. Nothing is judged yet, and nobody else sees it.
    Running this again makes another draft.

    Raises:
        SubmissionError: the service refused, with its reason.
        ServiceUnavailableError: the service did not answer within a minute; perhaps the draft was saved.
    """
    several = _several(outputs, files)
    words = {"title": title, "purpose": purpose, "population": population, "question": question}
    _upload(several)
    asked = _named([_document(output) for output in several], titles)
    body = _said(words | {"audience": audience}) | {"outputs": asked}
    return _read(call("POST", "/sandbox/drafts", json=body), workplace().language)


def _several(
    outputs: Asked | Sequence[Asked],
    files: Sequence[str | os.PathLike[str] | CheckedFile],
) -> list[Asked]:
    several = [outputs] if isinstance(outputs, Asked) else list(outputs)
    return several + [one if isinstance(one, CheckedFile) else file(one) for one in files]


def _said(words: Mapping[str, str | None]) -> dict[str, Any]:
    return {name: value for name, value in words.items() if value is not None}


def _upload(several: Sequence[Asked]) -> None:
    """Send what queries and files refer to, before they are asked for."""
    upload_values([output for output in several if isinstance(output, CheckedTable)])
    for output in several:
        if isinstance(output, CheckedFile):
            upload(output.content)


def _documents(outputs: Sequence[Asked], titles: Sequence[str]) -> dict[str, Any]:
    documents = [_document(output) for output in outputs]
    if len(documents) == 1 and not titles and "query" in documents[0]:
        return documents[0]
    return {"outputs": _named(documents, titles)}


def _named(documents: Sequence[dict[str, Any]], titles: Sequence[str]) -> list[dict[str, Any]]:
    named = zip_longest(titles, documents, fillvalue=None)
    return [{"title": title or "", **(document or {})} for title, document in named]


def _document(output: Asked) -> dict[str, Any]:
    """How a request names an output."""
    if isinstance(output, CheckedFile):
        return {"file": output.document}
    return {"query": output.query.model_dump(mode="json", exclude_defaults=True)}


def _place(tables: Sequence[Asked], request: str | Submission | None) -> tuple[str, str]:
    """Where to submit, and a key by which the same submission is known when this cell runs again."""
    keys = [table.key for table in tables]
    if request is None:
        return "/sandbox/requests", keys[0] if len(keys) == 1 else _digest(keys)
    path = f"/sandbox/requests/{request.id if isinstance(request, Submission) else request}"
    now = call("GET", path)
    # After the next round began, this cell asks for that same round again, not for one more.
    coming = now["round"] + (now["state"] == "returned")
    return f"{path}/rounds", _digest([now["id"], str(coming), *keys])


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _decided(submission: Submission) -> Submission:
    for _ in attempts():
        if submission.state in _UNDECIDED:
            path = f"/sandbox/requests/{submission.id}{_WAITING}"
            submission = _read(call("GET", path, _SECONDS), submission.language)
        if submission.state not in _UNDECIDED:
            break
    return submission


def _read(answer: dict[str, Any], language: Language) -> Submission:
    return Submission(
        id=answer["id"],
        state=answer["state"],
        title=answer["title"],
        round=answer["round"],
        outputs=tuple(_output(answer, output) for output in answer["outputs"]),
        next=Text(**answer["next"]),
        url=answer["url"],
        language=language,
    )


def _output(answer: dict[str, Any], output: dict[str, Any]) -> SubmittedOutput:
    """One output with its verdict; those of several are fetched one by one, and so is a large one."""
    judged = answer
    if answer["verdict"] is None and output["outcome"] is not None:
        path = f"/sandbox/requests/{answer['id']}/outputs/{output['position']}"
        judged = call("GET", path, seconds=TABLE_SECONDS)
    verdict, noise = judged["verdict"], judged.get("noise")
    return SubmittedOutput(
        output["position"],
        output["title"],
        Verdict.model_validate(verdict) if verdict else None,
        NoisyAnswer.model_validate(noise) if noise else None,
    )
