"""Requests of the past, written straight into the database: histories as they could have been, thousands at once."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from api.access.models import Project
from api.people.models import Person
from api.requests.models import Objection, Output, OutputRequest, RequestRound, RequestState, StateChange
from output_checker.text import Text

S = RequestState
PEOPLE_APPROVE = (S.SUBMITTED, S.JUDGING, S.UNDER_REVIEW, S.ONE_REVIEW_IN, S.REVIEWED, S.APPROVED, S.RELEASED)
PEOPLE_RETURN = (*PEOPLE_APPROVE[:5], S.RETURNED)
PEOPLE_REJECT = (*PEOPLE_APPROVE[:5], S.REJECTED)
POLICY_APPROVES = (S.SUBMITTED, S.JUDGING, S.APPROVED, S.RELEASED)
POLICY_TAKES_BACK = (S.SUBMITTED, S.JUDGING, S.APPROVED, S.UNDER_REVIEW)
RULES_RETURN = (S.SUBMITTED, S.JUDGING, S.RETURNED)
NOT_JUDGED = (S.SUBMITTED, S.RETURNED)
NOT_WRITTEN = (*PEOPLE_APPROVE[:6], S.RETURNED)
WITHDRAWN = (S.SUBMITTED, S.JUDGING, S.UNDER_REVIEW, S.WITHDRAWN)
ENDS = (
    PEOPLE_APPROVE,
    PEOPLE_RETURN,
    PEOPLE_REJECT,
    POLICY_APPROVES,
    POLICY_TAKES_BACK,
    RULES_RETURN,
    NOT_JUDGED,
    NOT_WRITTEN,
    WITHDRAWN,
    PEOPLE_APPROVE[:3],
    PEOPLE_APPROVE[:4],
    (*POLICY_APPROVES, S.REVOKED),
)
RULES = ("threshold", "dominance", "group_disclosure", "differencing")
HOUR = dt.timedelta(hours=1)
History = Sequence[tuple[dt.datetime, Sequence[RequestState]]]
_numbers = itertools.count(1)
_WHY = Text("Verleden tijd.", "Past tense.")


def write_past(
    session: Session,
    project: Project,
    author: Person,
    histories: Iterable[History],
    step: dt.timedelta = HOUR,
    version: int | None = None,
    seed: int = 1,
) -> None:
    """Write requests, each with rounds of (moment of submission, states); steps take `step` each.

    With `version` (the id of a dataset version) each round has an output that some rule objected to.
    """
    chance = random.Random(seed)
    rows: dict[type, list[dict[str, Any]]] = {
        kind: [] for kind in (OutputRequest, RequestRound, StateChange, Output, Objection)
    }
    for request_id, rounds in zip(
        itertools.count(1_000_000 + next(_numbers) * 100_000), histories, strict=False
    ):
        rows[OutputRequest].append(_request(request_id, project, author, rounds))
        before = S.DRAFT
        for number, (at, states) in enumerate(rounds, start=1):
            rows[RequestRound].append(_round(request_id, number, at))
            for place, after in enumerate(states):
                rows[StateChange].append(
                    {
                        "request_id": request_id,
                        "round": number,
                        "at": at + place * step,
                        "before": before,
                        "after": after,
                        "by_id": None,
                        "reason": _WHY,
                    }
                )
                before = after
            if version:
                output_id = request_id * 10 + number
                rows[Output].append(_output(output_id, request_id, number, version, at))
                rows[Objection].append(
                    {
                        "output_id": output_id,
                        "rule": chance.choice(RULES),
                        "outcome": chance.choice(["fail", "fail", "review"]),
                    }
                )
    for kind, entries in rows.items():
        if entries:
            session.execute(insert(kind), entries)


def _request(request_id: int, project: Project, author: Person, rounds: History) -> dict[str, Any]:
    return {
        "id": request_id,
        "number": f"R-2026-{request_id}",
        "project_id": project.id,
        "author_id": author.id,
        "title": "Incomes by area",
        "purpose": "Policy on poverty.",
        "state": rounds[-1][1][-1],
        "round": len(rounds),
        "idempotency_key": f"past-{request_id}",
        "body_digest": "",
        "created_at": rounds[0][0],
    }


def _round(request_id: int, number: int, at: dt.datetime) -> dict[str, Any]:
    return {
        "request_id": request_id,
        "number": number,
        "idempotency_key": f"past-{request_id}-{number}",
        "body_digest": "",
        "context": {},
        "submitted_at": at,
    }


def _output(output_id: int, request_id: int, number: int, version: int, at: dt.datetime) -> dict[str, Any]:
    return {
        "id": output_id,
        "request_id": request_id,
        "round": number,
        "position": 1,
        "query": {},
        "query_digest": "0" * 64,
        "dataset_version_id": version,
        "verdict": None,
        "judged_at": at,
    }


def random_past(weeks: int, many: int, until: dt.datetime, seed: int = 1) -> list[History]:
    """Return histories of `many` requests over so many weeks, most of one round."""
    chance = random.Random(seed)
    made = list[History]()
    for _ in range(many):
        at = until - dt.timedelta(weeks=weeks) * chance.random()
        rounds = [(at, chance.choice(ENDS))]
        if rounds[0][1][-1] is S.RETURNED and chance.random() < 0.7:
            rounds.append((at + 9 * HOUR + HOUR * 100 * chance.random(), chance.choice(ENDS)))
        made.append(rounds)
    return made


def as_histories() -> list[list[StateChange]]:
    """Return a history of one round for each of the ends."""
    at = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    return [
        [
            StateChange(round=1, at=at + place * HOUR, before=before, after=after)
            for place, (before, after) in enumerate(itertools.pairwise((S.DRAFT, *states)))
        ]
        for states in ENDS
    ]
