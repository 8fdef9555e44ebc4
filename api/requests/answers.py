"""The shapes in which requests are answered to programs; OpenAPI is generated from them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.people.models import Person
from api.requests.models import OutputRequest
from api.requests.queries import Page
from api.requests.service import next_step
from api.requests.verdicts import verdict_of
from api.review.visibility import findings_for, verdict_for, visible_reviews
from api.settings import Settings
from output_checker.text import Text
from output_checker.verdict import Verdict


class NewRequest(BaseModel):
    """What a sandbox submits: one query, and what the result is for."""

    title: str
    purpose: str
    query: dict[str, Any] = Field(description="A query document of output_checker.")
    idempotency_key: str = Field(description="16 to 64 characters; the same key again is the same request.")


class RequestSummary(BaseModel):
    """A request in a list; `id` is its public number."""

    id: str
    state: str
    title: str
    next: Text
    url: str


class RequestAnswer(RequestSummary):
    """A request as its author sees it in the sandbox, with the full verdict."""

    verdict: Verdict | None


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


class ReviewAnswer(BaseModel):
    """One checker's decision, once the reader may see it."""

    by: str
    round: int
    decision: str
    comment: str
    at: dt.datetime


class RequestDetail(RequestSummary):
    """A request outside the enclave: `verdict` only for who may review it, `reviews` once nobody is blind any more."""

    project: str
    author: str
    purpose: str
    row_version: int
    outcome: str | None
    findings: list[FindingOutside]
    verdict: Verdict | None
    history: list[StepAnswer]
    reviews: list[ReviewAnswer]


def summary_of(settings: Settings, request: OutputRequest) -> RequestSummary:
    """Return a request for a list."""
    return RequestSummary(**_basics(settings, request))


def answer_of(settings: Settings, request: OutputRequest) -> RequestAnswer:
    """Return a request for its author inside the sandbox."""
    return RequestAnswer(**_basics(settings, request), verdict=verdict_of(request.outputs[0]))


def list_of(settings: Settings, page: Page) -> RequestList:
    """Return a page of requests."""
    items = [summary_of(settings, request) for request in page.requests]
    return RequestList(items=items, total=page.total, next_offset=page.next_offset)


def detail_of(session: Session, settings: Settings, person: Person, request: OutputRequest) -> RequestDetail:
    """Return a request for `person` outside the enclave, with what they may see of it."""
    judged = verdict_of(request.outputs[0])
    return RequestDetail(
        **_basics(settings, request),
        project=request.project.slug,
        author=request.author.subject,
        purpose=request.purpose,
        row_version=request.row_version,
        outcome=judged.outcome if judged else None,
        findings=[FindingOutside(**finding) for finding in findings_for(request)],
        verdict=verdict_for(session, person, request),
        history=_history(request),
        reviews=_reviews(session, person, request),
    )


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
            at=review.created_at,
        )
        for review in visible_reviews(session, person, request)
    ]


def _basics(settings: Settings, request: OutputRequest) -> dict[str, Any]:
    return {
        "id": request.number,
        "state": request.state.value,
        "title": request.title,
        "next": next_step(request),
        "url": f"{settings.api_url}/requests/{request.number}",
    }
