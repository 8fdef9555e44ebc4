"""The queue of a checker: what waits for them, how risky and how old it is, who looks at it, and how to narrow it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from api.access.models import Project
from api.db import UtcDateTime, now
from api.paging import PAGE_SIZE
from api.people.models import Person
from api.requests.models import Output, OutputRequest, RequestRound
from api.requests.queries import count, waits_for
from api.requests.verdicts import OUTCOME
from api.review.models import Claim, Review
from api.review.requirements import asked_now, asked_of
from api.review.service import needed
from output_checker.verdict import Outcome


class Holder(StrEnum):
    """Who looks at a request."""

    ME = "me"
    OTHERS = "others"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Narrowing:
    """Which part of the queue to show; what is None or 0 narrows nothing. `days`: waiting at least so long."""

    project: str | None = None
    risk: Outcome | None = None
    held_by: Holder | None = None
    days: int = 0


EVERYTHING: Final = Narrowing()


@dataclass(frozen=True)
class Waiting:
    """A request in the queue: its risk, its claims, and how many of the wanted decisions are in."""

    request: OutputRequest
    outcome: Outcome | None
    decided: int
    required: int
    claims: Sequence[Claim]
    since: dt.datetime


@dataclass(frozen=True)
class Queue:
    """One page of what waits, oldest first; how many there are `total` and `found` in the part asked for.

    `projects` are those of everything that waits.
    """

    items: Sequence[Waiting]
    total: int
    found: int
    offset: int
    projects: Sequence[Project]

    @property
    def next_offset(self) -> int | None:
        """Where the next page begins, None on the last."""
        after = self.offset + len(self.items)
        return after if after < self.found else None


def queue_for(
    session: Session,
    person: Person,
    narrowing: Narrowing = EVERYTHING,
    offset: int = 0,
    size: int = PAGE_SIZE,
) -> Queue:
    """Return one page of what waits for a decision of `person`, in the part of the queue that is asked for."""
    waiting = waits_for(session, person)
    wanted = and_(waiting, *_conditions(narrowing, person))
    statement = select(OutputRequest, _since()).where(wanted).order_by(OutputRequest.id)
    shown = (
        selectinload(OutputRequest.project).joinedload(Project.centre),
        selectinload(OutputRequest.author),
        selectinload(OutputRequest.rounds),
        selectinload(OutputRequest.every_output),
    )
    cut = statement.options(*shown).offset(offset).limit(size)
    rows = [(request, since) for request, since in session.execute(cut)]
    projects = select(Project).where(Project.id.in_(select(OutputRequest.project_id).where(waiting)))
    return Queue(
        _waiting(session, rows),
        count(session, waiting),
        count(session, wanted),
        offset,
        session.scalars(projects.order_by(Project.id)).all(),
    )


def _waiting(session: Session, rows: Sequence[tuple[OutputRequest, dt.datetime]]) -> list[Waiting]:
    """What is shown of requests, asked for all of them at once."""
    ids = [request.id for request, _ in rows]
    projects = {request.project_id: request.project for request, _ in rows}
    asked = {number: asked_now(session, project) for number, project in projects.items()}
    outcomes, claims, decided = _outcomes(session, ids), _claims(session, ids), _decided(session, ids)
    return [
        Waiting(
            request,
            outcomes.get(request.id),
            decided.get(request.id, 0),
            needed(
                request,
                asked_of(session, request, asked[request.project_id]).reviewers,
                decided.get(request.id, 0),
            ),
            claims[request.id],
            since,
        )
        for request, since in rows
    ]


def _since() -> ColumnElement[dt.datetime]:
    submitted = select(RequestRound.submitted_at).where(
        RequestRound.request_id == OutputRequest.id, RequestRound.number == OutputRequest.round
    )
    return func.coalesce(submitted.scalar_subquery(), OutputRequest.created_at, type_=UtcDateTime())


def _conditions(narrowing: Narrowing, person: Person) -> Iterator[ColumnElement[bool]]:
    if narrowing.project is not None:
        yield OutputRequest.project.has(Project.slug == narrowing.project)
    if narrowing.days:
        yield _since() <= now() - dt.timedelta(days=narrowing.days)
    if narrowing.risk is not None:
        yield _has_risk(narrowing.risk)
    if narrowing.held_by is not None:
        yield _is_held(narrowing.held_by, person)


def _has_risk(risk: Outcome) -> ColumnElement[bool]:
    """The weightiest outcome of the outputs is `risk`: one has it, none a weightier one, and all were judged."""

    def some(condition: ColumnElement[bool]) -> ColumnElement[bool]:
        return select(Output.id).where(_of_round(), condition).exists()

    weightier = list(Outcome)[list(Outcome).index(risk) + 1 :]
    return and_(some(risk == OUTCOME), ~some(OUTCOME.in_(weightier)), ~some(OUTCOME.is_(None)))


def _is_held(holder: Holder, person: Person) -> ColumnElement[bool]:
    claimed = select(Claim.id).where(Claim.request_id == OutputRequest.id, *_in_force())
    mine = claimed.where(Claim.checker_id == person.id).exists()
    if holder is Holder.ME:
        return mine
    return and_(claimed.exists(), ~mine) if holder is Holder.OTHERS else ~claimed.exists()


def _of_round() -> ColumnElement[bool]:
    return and_(Output.request_id == OutputRequest.id, Output.round == OutputRequest.round)


def _in_force() -> tuple[ColumnElement[bool], ...]:
    """Claims that have not run out, whose checkers have not decided in this round (see `claims_of`)."""
    decided = select(Review.id).where(
        Review.request_id == OutputRequest.id,
        Review.round == OutputRequest.round,
        Review.checker_id == Claim.checker_id,
    )
    # Said aloud: by itself an inner question is tied to the one around it, not to the one around that.
    decided = decided.correlate(OutputRequest, Claim)
    return Claim.expires_at > now(), ~decided.exists()


def _outcomes(session: Session, ids: Sequence[int]) -> dict[int, Outcome]:
    """The weightiest outcome by request; a request with an output that was not judged has none."""
    statement = select(Output.request_id, OUTCOME).join(Output.request)
    found: dict[int, list[str | None]] = defaultdict(list)
    for request_id, outcome in session.execute(statement.where(_of_round(), OutputRequest.id.in_(ids))):
        found[request_id].append(outcome)
    return {
        request_id: max((Outcome(one) for one in said if one), key=list(Outcome).index)
        for request_id, said in found.items()
        if all(said)
    }


def _claims(session: Session, ids: Sequence[int]) -> dict[int, list[Claim]]:
    statement = select(Claim).join(Claim.request).where(OutputRequest.id.in_(ids), *_in_force())
    found: dict[int, list[Claim]] = defaultdict(list)
    in_order = statement.options(joinedload(Claim.checker)).order_by(Claim.claimed_at, Claim.id)
    for claim in session.scalars(in_order):
        found[claim.request_id].append(claim)
    return found


def _decided(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """How many decisions are in, by request."""
    statement = select(Review.request_id, func.count()).join(Review.request)
    this_round = Review.round == OutputRequest.round, OutputRequest.id.in_(ids)
    rows = session.execute(statement.where(*this_round).group_by(Review.request_id))
    return {row[0]: row[1] for row in rows}
