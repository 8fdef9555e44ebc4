"""Any order of steps by anybody: every request stays on the table, and duties stay apart."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from api.audit.service import Actor
from api.db import Database
from api.errors import ConflictError, NotAllowedError
from api.people.models import Person, Role
from api.release.models import LedgerEntry, Release
from api.requests.models import OutputRequest, RequestState
from api.requests.service import party_of, withdraw
from api.requests.states import is_lawful
from api.review.models import Decision, Review
from api.settings import Settings
from tests.api.factories import acting
from tests.api.flow import FINE, SMALL, Flow, Prepared

PEOPLE = (
    "researcher",
    "analyst",
    "checker",
    "second_checker",
    "foreign_checker",
    "administrator",
    "outsider",
)
REVIEWERS = {"checker", "second-checker"}
whoever = st.sampled_from(PEOPLE)
whichever = st.integers(0, 5)


class Life(RuleBasedStateMachine):
    """Everybody tries everything at any time; who may not, or comes too late, is told so and nothing else."""

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        self.flow, self.numbers = flow, list[str]()

    def teardown(self) -> None:
        self.flow.database.dispose()

    def number(self, which: int) -> str | None:
        return self.numbers[which % len(self.numbers)] if self.numbers else None

    @rule(query=st.sampled_from([FINE, SMALL]))
    def submit(self, query: dict[str, Any]) -> None:
        if len(self.numbers) < 3:
            self.numbers.append(self.flow.submit(query))

    @rule(which=whichever)
    def judge(self, which: int) -> None:
        if number := self.number(which):
            self.flow.judge(number)

    @rule(which=whichever)
    def release(self, which: int) -> None:
        if number := self.number(which):
            self.flow.release(number)

    @rule(which=whichever, who=whoever, decision=st.sampled_from(Decision))
    def review(self, which: int, who: str, decision: Decision) -> None:
        if number := self.number(which):
            self.attempt(self.flow.review, number, getattr(self.flow.world, who), decision)

    @rule(which=whichever)
    def both_approve(self, which: int) -> None:
        if number := self.number(which):
            self.flow.judge(number)
            for who in (self.flow.world.checker, self.flow.world.second_checker):
                self.attempt(self.flow.review, number, who)

    @rule(which=whichever, who=whoever)
    def withdraw(self, which: int, who: str) -> None:
        if number := self.number(which):
            self.attempt(self.withdraw_as, number, getattr(self.flow.world, who))

    def withdraw_as(self, number: str, person: Person) -> None:
        with self.flow.database.transaction() as session:
            request = session.scalars(select(OutputRequest).where(OutputRequest.number == number)).one()
            withdraw(session, acting(session.get_one(Person, person.id), Role.RESEARCHER), request)

    def attempt(self, step: Any, *arguments: Any) -> None:
        with contextlib.suppress(NotAllowedError, ConflictError):
            step(*arguments)

    @invariant()
    def every_history_is_a_path_through_the_table(self) -> None:
        with self.flow.database.reading() as session:
            for request in session.scalars(select(OutputRequest)):
                states = [RequestState.DRAFT, *(step.after for step in request.history)]
                assert states[-1] is request.state
                for step, before in zip(request.history, states, strict=False):
                    assert step.before is before
                    actor = Actor(step.by, Role.CHECKER.value)
                    assert is_lawful(before, step.after, party_of(actor, request))

    @invariant()
    def duties_are_apart(self) -> None:
        with self.flow.database.reading() as session:
            for review in session.scalars(select(Review)):
                assert review.checker_id != review.request.author_id
                assert review.checker.subject in REVIEWERS
            for release in session.scalars(select(Release)):
                reviews = session.scalars(select(Review).where(Review.request_id == release.request_id)).all()
                approving = {review.checker_id for review in reviews if review.decision is Decision.APPROVE}
                assert len(approving) == release.request.project.reviewers_required == len(reviews)
                assert release.request.state is RequestState.RELEASED

    @invariant()
    def what_left_is_in_the_ledger_and_nothing_else(self) -> None:
        with self.flow.database.reading() as session:
            released = set(session.scalars(select(Release.id)))
            assert released == set(session.scalars(select(LedgerEntry.release_id)))
            kept = len(set(self.flow.settings.directory("releases").iterdir()))
            assert kept <= len(released)


def test_the_life_of_requests(prepared: Prepared, tmp_path: Path, secrets_directory: Path) -> None:
    scenes = itertools.count()

    def begin() -> Life:
        directory = tmp_path / str(next(scenes))
        directory.mkdir()
        (directory / "secrets").symlink_to(secrets_directory)
        scene = Settings(state_dir=directory)
        return Life(prepared.copy_to(Database(scene.database), scene))

    run_state_machine_as_test(
        begin,
        settings=settings(
            max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
