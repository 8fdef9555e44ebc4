"""The queue of background work: a table in the same database, so that work and its cause commit together.

A job is leased to a worker, which keeps the lease alive while it works. A worker that dies loses its lease, and the
job is taken again; `attempts` tells the two apart, so that the first can no longer finish what the second has.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from api.db import now
from api.jobs.models import Job, JobState

MAX_ATTEMPTS = 5
LONGEST_PAUSE = 60.0
"""Seconds between two attempts at most; the first pause is one second and each next one doubles."""
RELEASE_ATTEMPTS = 20
"""About a quarter of an hour in all: giving up costs people their decisions, and a full disk is emptied by people."""
PROPOSE_ATTEMPTS = 2
"""Nobody waits for it, and what took too long once takes too long again."""
MAIL_ATTEMPTS = 13
LONGEST_MAIL_PAUSE = 3600.0
"""About three hours in all: mail servers ask strangers to come back later, and are away for longer than we are."""


MOST_LOST = 20
"""Attempts that may end with their worker (a crash, a power cut) before it is not tried any more."""

DISK_FULL = "disk full"
"""The error of a job for which there was no room."""


class JobKind(StrEnum):
    """What can be done in the background.

    What a policy approved has a kind of its own: if people look after all and approve it, that asks for a second job.
    """

    JUDGE = "judge"
    PROPOSE = "propose"
    RELEASE = "release"
    RELEASE_UNSEEN = "release_unseen"
    MAIL = "mail"
    TIDY = "tidy"
    DELETE = "delete"


ALL_KINDS: Final = frozenset(JobKind)


@dataclass(frozen=True)
class Patience:
    """How often work is tried, and the longest pause between two attempts in seconds."""

    attempts: int
    longest_pause: float


PATIENCE: Final[dict[JobKind, Patience]] = {
    JobKind.JUDGE: Patience(MAX_ATTEMPTS, LONGEST_PAUSE),
    JobKind.PROPOSE: Patience(PROPOSE_ATTEMPTS, LONGEST_PAUSE),
    JobKind.RELEASE: Patience(RELEASE_ATTEMPTS, LONGEST_PAUSE),
    JobKind.RELEASE_UNSEEN: Patience(RELEASE_ATTEMPTS, LONGEST_PAUSE),
    JobKind.MAIL: Patience(MAIL_ATTEMPTS, LONGEST_MAIL_PAUSE),
    JobKind.TIDY: Patience(MAX_ATTEMPTS, LONGEST_PAUSE),
    JobKind.DELETE: Patience(MAX_ATTEMPTS, LONGEST_PAUSE),
}


def enqueue(session: Session, kind: JobKind, subject_id: int, round_number: int) -> None:
    """Ask for work on a request or notice, once a round: asking again changes nothing."""
    key = key_of(kind, subject_id, round_number)
    if session.scalar(select(Job.id).where(Job.key == key)) is None:
        session.add(Job(key=key, kind=kind.value, subject_id=subject_id))
        session.flush()


def key_of(kind: JobKind, subject_id: int, round_number: int) -> str:
    """Return the key under which this work exists once."""
    return f"{kind.value}:{subject_id}:{round_number}"


def is_work_waiting(session: Session, kinds: Collection[JobKind] = ALL_KINDS) -> bool:
    """Tell whether a job of these kinds is due, without taking it: an idle worker needs no write lock."""
    return session.scalar(select(Job.id).where(_due(kinds)).limit(1)) is not None


def take(session: Session, lease_seconds: float, kinds: Collection[JobKind] = ALL_KINDS) -> Job | None:
    """Lease the job of these kinds that is due longest, or return None; two workers never get the same one."""
    chosen = (
        select(Job.id)
        .where(_due(kinds))
        .order_by(Job.run_after, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(Job)
        .where(Job.id == chosen.scalar_subquery())
        .values(state=JobState.RUNNING, attempts=Job.attempts + 1, leased_until=_in(lease_seconds))
        .returning(Job)
        .execution_options(synchronize_session=False)
    )
    return session.scalars(statement).one_or_none()


def is_exhausted(job: Job) -> bool:
    """Tell whether a job that was taken was lost so often that it is the job that ends its workers."""
    return job.attempts > PATIENCE[JobKind(job.kind)].attempts + MOST_LOST


def keep(session: Session, job: Job, lease_seconds: float) -> bool:
    """Renew the lease of a job; False when another worker has it by now."""
    return _change(session, job, leased_until=_in(lease_seconds))


def finish(session: Session, job: Job) -> bool:
    """Mark a job as done; False when another worker has it by now."""
    return _change(session, job, state=JobState.DONE, leased_until=None)


def fail(session: Session, job: Job, error: str) -> bool:
    """Put a job back for a later attempt, or to rest after the last one; True when it was put to rest now."""
    patience = PATIENCE[JobKind(job.kind)]
    if job.attempts >= patience.attempts:
        return _change(session, job, state=JobState.FAILED, leased_until=None, last_error=error)
    pause = min(2.0 ** (job.attempts - 1), patience.longest_pause)
    _change(session, job, state=JobState.QUEUED, leased_until=None, last_error=error, run_after=_in(pause))
    return False


def _change(session: Session, job: Job, **values: object) -> bool:
    statement = (
        update(Job)
        .where(Job.id == job.id, Job.state == JobState.RUNNING, Job.attempts == job.attempts)
        .values(**values)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(statement) is not None


def _due(kinds: Collection[JobKind]) -> ColumnElement[bool]:
    moment = now()
    due = or_(
        and_(Job.state == JobState.QUEUED, Job.run_after <= moment),
        and_(Job.state == JobState.RUNNING, Job.leased_until < moment),
    )
    return and_(Job.kind.in_([kind.value for kind in kinds]), due)


def _in(seconds: float) -> dt.datetime:
    return now() + dt.timedelta(seconds=seconds)
