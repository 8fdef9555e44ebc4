"""A database as it is after years: thousands of requests in every state, written as rows, with all that belongs to them."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from api.access.models import Project
from api.db import Base, now
from api.notices.models import Notice, NoticeKind
from api.people.models import Person
from api.requests.models import Output, OutputRequest, RequestRound, RequestState, StateChange
from api.review.models import Decision, Review
from output_checker.text import Text

S = RequestState
LIVES: tuple[tuple[RequestState, ...], ...] = (
    (S.SUBMITTED, S.JUDGING, S.UNDER_REVIEW, S.ONE_REVIEW_IN, S.REVIEWED, S.APPROVED, S.RELEASED),
    (S.SUBMITTED, S.JUDGING, S.RETURNED),
    (S.SUBMITTED, S.JUDGING, S.UNDER_REVIEW, S.ONE_REVIEW_IN, S.REVIEWED, S.REJECTED),
    (S.SUBMITTED, S.JUDGING, S.UNDER_REVIEW, S.WITHDRAWN),
)
"""The lives of requests that are over, in turn."""

WAITING = (
    (S.SUBMITTED, S.JUDGING, S.UNDER_REVIEW),
    (S.SUBMITTED, S.JUDGING, S.UNDER_REVIEW, S.ONE_REVIEW_IN),
)
REASON = Text("Een stap.", "A step.")
MINUTES = 7


def write(
    session: Session,
    pattern: OutputRequest,
    projects: list[Project],
    authors: list[Person],
    checkers: list[Person],
    requests: int,
    waiting: int,
) -> None:
    """Add `requests` requests, of which `waiting` wait for checkers, each with the outputs of `pattern`."""
    first = pattern.id + 1
    lives = itertools.cycle(LIVES)
    rows: dict[type[Base], list[dict[str, Any]]] = {}
    for number in range(first, first + requests):
        left = first + requests - number
        life = WAITING[number % len(WAITING)] if left <= waiting else next(lives)
        project, author = projects[number % len(projects)], authors[number % len(authors)]
        began = now() - dt.timedelta(minutes=MINUTES * left)
        for table, row in _rows(pattern, number, life, project, author, checkers, began):
            rows.setdefault(table, []).append(row)
    for table, of_table in rows.items():
        session.execute(insert(table), of_table)


def _rows(
    pattern: OutputRequest,
    number: int,
    life: tuple[RequestState, ...],
    project: Project,
    author: Person,
    checkers: list[Person],
    began: dt.datetime,
) -> Iterator[tuple[type[Base], dict[str, Any]]]:
    key = f"archive-{number:012d}"
    about = {"idempotency_key": key, "body_digest": "0" * 64}
    yield (
        OutputRequest,
        {
            **about,
            "id": number,
            "number": f"R-2026-{number:04d}",
            "project_id": project.id,
            "author_id": author.id,
            "title": f"Turnover by neighbourhood, version {number}",
            "purpose": pattern.purpose,
            "state": life[-1],
            "row_version": len(life),
            "round": 1,
            "created_at": began,
        },
    )
    yield RequestRound, {**about, "request_id": number, "number": 1, "context": {}, "submitted_at": began}
    yield from ((Output, _output(one, number)) for one in pattern.outputs)
    for place, (before, after) in enumerate(itertools.pairwise((S.DRAFT, *life))):
        at = began + dt.timedelta(minutes=place)
        yield (
            StateChange,
            {"request_id": number, "at": at, "before": before, "after": after, "reason": REASON},
        )
    for checker in checkers[: sum(one in (S.ONE_REVIEW_IN, S.REVIEWED) for one in life)]:
        decision = Decision.REJECT if life[-1] is S.REJECTED else Decision.APPROVE
        yield (
            Review,
            {"request_id": number, "round": 1, "checker_id": checker.id, "decision": decision, "comment": ""},
        )
    for kind in (NoticeKind.JUDGED, NoticeKind.RELEASED):
        yield (
            Notice,
            {
                "person_id": author.id,
                "kind": kind,
                "request_id": number,
                "created_at": began,
                "read_at": began,
            },
        )


def _output(one: Output, number: int) -> dict[str, Any]:
    kept = (
        "round",
        "position",
        "title",
        "query",
        "query_digest",
        "dataset_version_id",
        "verdict",
        "judged_at",
    )
    return {name: getattr(one, name) for name in kept} | {"request_id": number}
