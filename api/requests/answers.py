"""The shapes in which requests are answered to programs; OpenAPI is generated from them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.errors import NotFoundError
from api.paging import Part
from api.people.models import Person
from api.release.noise import Beside, beside_noise
from api.requests.differences import differences
from api.requests.documents import context_now
from api.requests.models import Output, OutputRequest
from api.requests.service import next_step
from api.requests.verdicts import gists_of, noisy_answer_of, outcome_of, verdict_of
from api.review.models import Vote
from api.review.visibility import findings_about, findings_for, verdicts_for, visible_reviews
from api.settings import Settings
from output_checker.noise.documents import NoisyAnswer, Selection
from output_checker.text import Text
from output_checker.verdict import Table, Verdict

MOST_CHARACTERS: Final = 2_000_000
"""Characters of a verdict that is told with its request: a larger one is read by itself, through a door that lets it pass."""


class NewFile(BaseModel):
    """A file that was uploaded: what it is called, and the sha256 of its content (64 hex digits)."""

    name: str
    sha256: str


class NewOutput(BaseModel):
    """One of several outputs: a query or a file."""

    query: dict[str, Any] | None = Field(default=None, description="A query document of output_checker.")
    file: NewFile | None = Field(default=None, description="Instead of `query`: a file that was uploaded.")
    title: str = ""


class Words(BaseModel):
    """What is said about outputs."""

    title: str | None = None
    purpose: str | None = None
    population: str | None = Field(default=None, description="Whom the outputs are about.")
    question: str | None = Field(default=None, description="The research question that they answer.")
    audience: str | None = Field(default=None, description="For whom they are meant.")


class NewDraft(Words):
    """What a sandbox saves as a draft: a title, and as many words and outputs as there are yet."""

    title: str
    outputs: list[NewOutput] = Field(default=[], description="0 to 20 outputs.")

    def words(self) -> dict[str, str]:
        """Return what was said."""
        return self.model_dump(exclude={"outputs"}, exclude_none=True)

    def asked(self) -> list[dict[str, Any]]:
        """Return the outputs as documents."""
        return [one.model_dump(exclude_none=True) for one in self.outputs]


class NewRound(Words):
    """What a sandbox submits again: one query or several outputs, and the words that change."""

    query: dict[str, Any] | None = Field(default=None, description="A query document of output_checker.")
    outputs: list[NewOutput] | None = Field(default=None, description="Instead of `query`: 1 to 20 outputs.")
    idempotency_key: str = Field(description="16 to 64 characters; the same key again changes nothing more.")

    def document(self) -> dict[str, Any]:
        """Return what was said, without what was left out."""
        return self.model_dump(exclude={"idempotency_key"}, exclude_none=True)


class NewRequest(NewRound):
    """What a sandbox submits: one query or several outputs, and what they are for."""

    title: str
    purpose: str


class RequestSummary(BaseModel):
    """A request in a list; `id` is its public number."""

    id: str
    state: str
    title: str
    next: Text
    url: str


class OutputSummary(BaseModel):
    """One output of a request; `outcome` is null until it is judged."""

    position: int
    title: str
    outcome: str | None


class OutputAnswer(OutputSummary):
    """One output as its author sees it in the sandbox, with the full verdict.

    `noise` is the answer with noise: the table stands there, and not in the verdict.
    """

    verdict: Verdict | None
    noise: NoisyAnswer | None


class RequestAnswer(RequestSummary):
    """A request as its author sees it in the sandbox.

    `verdict` and `noise` are those of its only output; several are read one by one, and so is a large table, because they
    may be too large.
    """

    round: int
    outputs: list[OutputSummary]
    verdict: Verdict | None
    noise: NoisyAnswer | None


class RequestList(BaseModel):
    """A page of requests, newest first; `next_offset` is null on the last page."""

    items: list[RequestSummary]
    total: int
    next_offset: int | None


class FindingOutside(BaseModel):
    """One rule that some cells do not satisfy, without evidence; `cells` is their number."""

    rule: str
    outcome: str
    cells: int
    reason: Text
    remedy: Text


class StepAnswer(BaseModel):
    """A step that the request took; `by` is a person's subject, null for the service itself."""

    at: dt.datetime
    before: str | None
    after: str
    by: str | None
    reason: Text


class VoteAnswer(BaseModel):
    """What a checker said of one output; `kept` when it is what they said in the round before."""

    output: int
    decision: str
    comment: str
    kept: bool


class ReviewAnswer(BaseModel):
    """One checker's decision with the votes it is made of, once the reader may see it."""

    by: str
    round: int
    decision: str
    comment: str
    votes: list[VoteAnswer]
    at: dt.datetime


class AskedAnswer(BaseModel):
    """A question of the project that was answered with noise, and whether the answer left."""

    request: str
    output: int
    question: Text
    released: bool


class ChoiceAnswer(Selection):
    """From how many answers about a population the project could choose, and what the newest of them were asked."""

    newest: list[AskedAnswer]


class BesideAnswer(BaseModel):
    """What there is beside an answer with noise: releases without any, and other answers of the same project."""

    exact_releases: int
    choices: list[ChoiceAnswer]


class OutputOutside(OutputSummary):
    """One output outside the enclave: `verdict`, and where there is noise `noise` and `beside`, for who may review it.

    `change` tells checkers how it relates to the last round (null in the first round, and for others).
    """

    findings: list[FindingOutside]
    verdict: Verdict | None
    noise: NoisyAnswer | None
    beside: BesideAnswer | None
    change: str | None


class RequestDetail(RequestSummary):
    """A request outside the enclave: `verdict` (of its only output) only for who may review it.

    `outcome` is the weightiest of all outputs, `findings` are those of all, `reviews` come once nobody is blind.
    """

    project: str
    author: str
    purpose: str
    population: str
    question: str
    audience: str
    round: int
    row_version: int
    outputs: list[OutputOutside]
    outcome: str | None
    findings: list[FindingOutside]
    verdict: Verdict | None
    history: list[StepAnswer]
    reviews: list[ReviewAnswer]


def summary_of(settings: Settings, request: OutputRequest) -> RequestSummary:
    """Return a request for a list."""
    return RequestSummary(**_basics(settings, request))


def answer_of(session: Session, settings: Settings, request: OutputRequest) -> RequestAnswer:
    """Return a request for its author inside the sandbox; no large verdict is read: it is asked for often, also by who writes."""
    outputs, gists = request.outputs, gists_of(session, request.outputs)
    is_told = len(outputs) == 1 and gists[outputs[0].id].characters <= MOST_CHARACTERS
    inside = _inside(outputs[0]) if is_told else {"verdict": None, "noise": None}
    return RequestAnswer(
        **_basics(settings, request),
        round=request.round,
        outputs=[_summary(output, gists[output.id].outcome) for output in outputs],
        **inside,
    )


def _summary(output: Output, outcome: str | None) -> OutputSummary:
    return OutputSummary(position=output.position, title=output.title, outcome=outcome)


def output_answer(request: OutputRequest, position: int) -> OutputAnswer:
    """Return one output for its author inside the sandbox.

    Raises NotFoundError when the request has none at `position` in its present round.
    """
    for output in request.outputs:
        if output.position == position:
            return OutputAnswer(**_output(output), **_inside(output))
    raise NotFoundError(
        "no_output", Text("Deze aanvraag heeft die tabel niet.", "This request does not have that table.")
    )


def _inside(output: Output) -> dict[str, Any]:
    """What the author of an output reads of it in the sandbox; of one with noise the numbers stand in `noise` alone."""
    verdict, noise = verdict_of(output), noisy_answer_of(output)
    if verdict is not None and noise is not None:
        verdict = verdict.model_copy(update={"table": _NO_TABLE, "intervals": ()})
    return {"verdict": verdict, "noise": noise}


_NO_TABLE: Final = Table(row_names=(), column_names=(), rows=(), columns=(), cells=())


def list_of(settings: Settings, page: Part[OutputRequest]) -> RequestList:
    """Return a page of requests."""
    items = [summary_of(settings, request) for request in page.items]
    return RequestList(items=items, total=page.total, next_offset=page.next_offset)


def detail_of(session: Session, settings: Settings, person: Person, request: OutputRequest) -> RequestDetail:
    """Return a request for `person` outside the enclave, with what they may see of it."""
    outcome, verdicts = outcome_of(request), verdicts_for(session, person, request)
    return RequestDetail(
        **_basics(settings, request),
        project=request.project.slug,
        author=request.author.subject,
        **_context(request),
        round=request.round,
        row_version=request.row_version,
        outputs=_outputs_outside(session, request, verdicts),
        outcome=outcome.value if outcome else None,
        findings=[FindingOutside(**finding) for finding in findings_for(request)],
        verdict=next(iter(verdicts.values())) if len(verdicts) == 1 else None,
        history=_history(request),
        reviews=_reviews(session, person, request),
    )


def _context(request: OutputRequest) -> dict[str, Any]:
    return {name: words for name, words in context_now(request).items() if name != "title"}


def _output(output: Output) -> dict[str, Any]:
    verdict = verdict_of(output)
    outcome = verdict.outcome.value if verdict else None
    return {"position": output.position, "title": output.title, "outcome": outcome}


def _outputs_outside(
    session: Session, request: OutputRequest, verdicts: dict[int, Verdict]
) -> list[OutputOutside]:
    """Return the outputs; `verdicts` holds those that the reader may see, by position."""
    beside = beside_noise(session, request) if verdicts else {}
    changes = {one.output.id: one.change.value for one in differences(request) if one.output}
    return [
        OutputOutside(
            **_output(output),
            findings=[FindingOutside(**finding) for finding in findings_about(output)],
            verdict=verdicts.get(output.position),
            noise=noisy_answer_of(output) if output.position in verdicts else None,
            beside=_beside(beside[output.position]) if output.position in beside else None,
            change=changes.get(output.id) if verdicts else None,
        )
        for output in request.outputs
    ]


def _beside(one: Beside) -> BesideAnswer:
    choices = [
        ChoiceAnswer(
            **choice.selection.model_dump(),
            newest=[
                AskedAnswer(
                    request=asked.output.request.number,
                    output=asked.output.position,
                    question=asked.question,
                    released=asked.is_out,
                )
                for asked in choice.newest
            ],
        )
        for choice in one.choices
    ]
    return BesideAnswer(exact_releases=one.exact, choices=choices)


def _history(request: OutputRequest) -> list[StepAnswer]:
    return [
        StepAnswer(
            at=step.at,
            before=step.before,
            after=step.after,
            by=step.by.subject if step.by else None,
            reason=step.reason,
        )
        for step in request.history
    ]


def _reviews(session: Session, person: Person, request: OutputRequest) -> list[ReviewAnswer]:
    return [
        ReviewAnswer(
            by=review.checker.subject,
            round=review.round,
            decision=review.decision,
            comment=review.comment,
            votes=[_vote(one) for one in review.votes],
            at=review.created_at,
        )
        for review in visible_reviews(session, person, request)
    ]


def _vote(one: Vote) -> VoteAnswer:
    kept = one.kept_from_id is not None
    return VoteAnswer(output=one.output.position, decision=one.decision, comment=one.comment, kept=kept)


def _basics(settings: Settings, request: OutputRequest) -> dict[str, Any]:
    return {
        "id": request.number,
        "state": request.state.value,
        "title": request.title,
        "next": next_step(request),
        "url": f"{settings.api_url}/requests/{request.number}",
    }
