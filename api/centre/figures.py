"""Figures about the work of a centre: how many requests went how, how long they took, and what the rules objected to.

Everything is counted from the history of requests; no figure of any microdata is read for it, and nobody is named.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.access.models import Project
from api.centre.courses import courses_since
from api.people.models import Centre
from api.release.models import Release
from api.requests.models import Objection, Output, OutputRequest, RequestState
from api.requests.turnaround import Course
from api.review.models import AfterCheck, AfterCheckResult
from output_checker.verdict import Outcome

ZONE: Final = ZoneInfo("Europe/Amsterdam")
PERIODS: Final = (4, 13, 26, 52)
"""Weeks to choose from."""


class Ending(StrEnum):
    """What became of a round, and who said so."""

    APPROVED_BY_PEOPLE = "approved_by_people"
    APPROVED_BY_POLICY = "approved_by_policy"
    RETURNED_BY_RULES = "returned_by_rules"
    RETURNED_BY_PEOPLE = "returned_by_people"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    UNDER_WAY = "under_way"


class Stage(StrEnum):
    """A part of the way of a round that takes time."""

    VERDICT = "verdict"
    FIRST_REVIEW = "first_review"
    DECISION_BY_PEOPLE = "decision_by_people"
    DECISION_BY_MACHINE = "decision_by_machine"
    RELEASE = "release"


_ENDINGS: Final[dict[tuple[RequestState | None, bool], Ending]] = {
    (RequestState.APPROVED, True): Ending.APPROVED_BY_PEOPLE,
    (RequestState.APPROVED, False): Ending.APPROVED_BY_POLICY,
    (RequestState.RETURNED, True): Ending.RETURNED_BY_PEOPLE,
    (RequestState.RETURNED, False): Ending.RETURNED_BY_RULES,
    (RequestState.REJECTED, True): Ending.REJECTED,
    (RequestState.WITHDRAWN, False): Ending.WITHDRAWN,
}
"""What became of a round by its decision, and by whether people took it."""


@dataclass(frozen=True)
class Took:
    """How long something took: how often it happened, the median and the 90th percentile."""

    times: int
    median: dt.timedelta
    p90: dt.timedelta


@dataclass(frozen=True)
class Week:
    """A week from its Monday (Dutch time): rounds submitted in it by ending, and how long people took to decide."""

    monday: dt.date
    endings: Counter[Ending]
    answer: Took | None

    @property
    def total(self) -> int:
        """How many rounds were submitted."""
        return self.endings.total()


@dataclass(frozen=True)
class Objected:
    """How many outputs a rule refused, and how many it sent to people."""

    rule: str
    refused: int
    sent: int

    @property
    def total(self) -> int:
        """How many outputs it objected to."""
        return self.refused + self.sent


@dataclass(frozen=True)
class Checks:
    """How many releases were drawn to be checked afterwards, and what came of it.

    `lapsed` are those that were revoked before anybody checked them.
    """

    drawn: int
    in_order: int
    not_in_order: int
    lapsed: int

    @property
    def waiting(self) -> int:
        """How many are not checked yet."""
        return self.drawn - self.in_order - self.not_in_order - self.lapsed


@dataclass(frozen=True)
class Figures:
    """The figures of one centre over whole weeks, the present one last."""

    weeks: tuple[Week, ...]
    stages: dict[Stage, Took | None]
    objections: tuple[Objected, ...]
    checks: Checks

    @property
    def endings(self) -> Counter[Ending]:
        """Rounds by ending over the whole period."""
        return sum((week.endings for week in self.weeks), Counter[Ending]())

    @property
    def total(self) -> int:
        """Rounds that were submitted in the period."""
        return self.endings.total()

    @property
    def settled(self) -> int:
        """Rounds that the rules or a policy decided, without people."""
        return self.endings[Ending.RETURNED_BY_RULES] + self.endings[Ending.APPROVED_BY_POLICY]

    @property
    def decided(self) -> int:
        """Rounds of which it is clear what becomes of them; a withdrawn one was decided by nobody."""
        return self.total - self.endings[Ending.UNDER_WAY] - self.endings[Ending.WITHDRAWN]

    @property
    def settled_share(self) -> float | None:
        """Which part (0 to 1) of the decided rounds took no people; None while nothing is decided."""
        return self.settled / self.decided if self.decided else None


def figures_of(session: Session, centre: Centre, weeks: int, today: dt.date) -> Figures:
    """Return the figures of `centre` over so many weeks, of which the last one holds `today`."""
    monday = today - dt.timedelta(days=today.weekday())
    mondays = [monday - dt.timedelta(weeks=back) for back in reversed(range(weeks))]
    since = dt.datetime.combine(mondays[0], dt.time(), ZONE)
    courses = courses_since(session, centre, since)
    by_week: dict[dt.date, list[Course]] = defaultdict(list)
    for course in courses:
        by_week[_monday_of(course.submitted)].append(course)
    return Figures(
        tuple(_week(monday, by_week[monday]) for monday in mondays),
        {stage: took(durations) for stage, durations in _durations(courses).items()},
        tuple(_objections(session, centre, since)),
        _checks(session, centre, since),
    )


def ending_of(course: Course) -> Ending:
    """Return what became of a round."""
    return _ENDINGS.get((course.decision, course.by_people), Ending.UNDER_WAY)


def took(durations: Iterable[dt.timedelta]) -> Took | None:
    """Return median and 90th percentile by nearest rank (a duration that occurred); None of nothing."""
    ranked = sorted(durations)
    if not ranked:
        return None
    return Took(len(ranked), _ranked(ranked, 0.5), _ranked(ranked, 0.9))


def _ranked(ranked: Sequence[dt.timedelta], part: float) -> dt.timedelta:
    return ranked[math.ceil(part * len(ranked)) - 1]


def _monday_of(moment: dt.datetime) -> dt.date:
    day = moment.astimezone(ZONE).date()
    return day - dt.timedelta(days=day.weekday())


def _week(monday: dt.date, courses: Sequence[Course]) -> Week:
    answers = (course.until_decision for course in courses if course.by_people)
    endings = Counter(map(ending_of, courses))
    return Week(monday, endings, took(answer for answer in answers if answer is not None))


def _durations(courses: Iterable[Course]) -> dict[Stage, list[dt.timedelta]]:
    """All durations by stage, in one pass: a year holds tens of thousands."""
    found: dict[Stage, list[dt.timedelta]] = {stage: [] for stage in Stage}
    for course in courses:
        decision: Stage | None = Stage.DECISION_BY_PEOPLE if course.by_people else Stage.DECISION_BY_MACHINE
        if course.decision is RequestState.WITHDRAWN:
            decision = None
        for stage, duration in (
            (Stage.VERDICT, course.until_verdict),
            (Stage.FIRST_REVIEW, course.until_review),
            (decision, course.until_decision),
            (Stage.RELEASE, course.until_release),
        ):
            if stage and duration is not None:
                found[stage].append(duration)
    return found


def _objections(session: Session, centre: Centre, since: dt.datetime) -> list[Objected]:
    statement = (
        select(Objection.rule, Objection.outcome, func.count())
        .join(Objection.output)
        .join(Output.request)
        .join(OutputRequest.project)
        .where(Project.centre_id == centre.id, Output.judged_at >= since)
        .group_by(Objection.rule, Objection.outcome)
    )
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for rule, outcome, times in session.execute(statement):
        counted[rule][outcome] += times
    found = [Objected(rule, told[Outcome.FAIL], told[Outcome.REVIEW]) for rule, told in counted.items()]
    return sorted(found, key=lambda one: (-one.total, one.rule))


def _checks(session: Session, centre: Centre, since: dt.datetime) -> Checks:
    statement = (
        select(AfterCheck.result, func.count())
        .join(AfterCheck.release)
        .join(Release.request)
        .join(OutputRequest.project)
        .where(Project.centre_id == centre.id, AfterCheck.drawn_at >= since)
    )
    results = dict(session.execute(statement.group_by(AfterCheck.result)).all())
    unseen = AfterCheck.result.is_(None), Release.revocation.has()
    lapsed = dict(session.execute(statement.where(*unseen).group_by(AfterCheck.result)).all())
    return Checks(
        sum(results.values()),
        results.get(AfterCheckResult.IN_ORDER, 0),
        results.get(AfterCheckResult.NOT_IN_ORDER, 0),
        lapsed.get(None, 0),
    )
