"""Any order of steps by anybody: every request stays on the table, and duties stay apart."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.models import Disagreement, Project
from api.audit.service import Actor
from api.db import Database
from api.errors import ConflictError, InvalidError, NotAllowedError
from api.people.models import Person, Role
from api.release.models import LedgerEntry, Release, ReleasedFile, Revocation
from api.release.revocation import revoke_release
from api.requests.models import OutputRequest, RequestState
from api.requests.service import party_of, withdraw
from api.requests.states import IN_REVIEW, is_lawful
from api.requests.verdicts import verdict_of
from api.review.afterwards import check_afterwards
from api.review.claims import claim_request, claims_of
from api.review.models import AfterCheck, AfterCheckResult, Decision, Review, Vote
from api.review.service import reviews_needed, reviews_of_round, vote
from api.review.settling import is_approved_by_policy
from api.review.votes import Ballot
from api.settings import Settings
from output_checker.verdict import Outcome
from tests.api.factories import acting, make_official
from tests.api.flow import FINE, MEAN, SMALL, Flow, Prepared, find

PEOPLE = (
    "researcher",
    "analyst",
    "checker",
    "second_checker",
    "third_checker",
    "foreign_checker",
    "administrator",
    "outsider",
)
REVIEWERS = {"checker", "second-checker", "third-checker"}
OTHER = {**FINE, "where": "income > 20000"}
whoever = st.sampled_from(PEOPLE)
levels = st.sampled_from(["two", "one", "none", "none", "a level of later"])
whichever = st.integers(0, 1)


@dataclass(frozen=True)
class Story:
    """How the first request came where it is when everybody begins to try everything."""

    state: RequestState
    steps: tuple[Callable[[Life], object], ...] = ()


class Life(RuleBasedStateMachine):
    """Everybody tries everything at any time; who may not, or comes too late, is told so and nothing else."""

    def __init__(self, flow: Flow, story: Story) -> None:
        super().__init__()
        self.flow, self.story, self.numbers = flow, story, list[str]()
        with flow.database.transaction() as session:
            self.third = make_official(session, role=Role.CHECKER, subject="third-checker")

    def teardown(self) -> None:
        self.flow.database.dispose()

    def number(self, which: int) -> str:
        return self.numbers[which % len(self.numbers)]

    @initialize()
    def begin(self) -> None:
        self.numbers.append(self.flow.submit_several(FINE, MEAN))
        for step in self.story.steps:
            step(self)
        assert self.flow.state(self.numbers[0]) is self.story.state

    @rule(queries=st.sampled_from([[FINE], [SMALL], [FINE, MEAN], [FINE, SMALL]]))
    def submit(self, queries: list[dict[str, Any]]) -> None:
        if len(self.numbers) < 2:
            self.numbers.append(self.flow.submit_several(*queries))

    @rule(which=whichever, queries=st.sampled_from([[FINE], [OTHER], [FINE, MEAN], [MEAN, OTHER]]))
    def submit_again(self, which: int, queries: list[dict[str, Any]]) -> None:
        number = self.number(which)
        outputs = [{"query": query} for query in queries]
        self.attempt(self.flow.resubmit, number, {"outputs": outputs})

    @rule(rule=st.sampled_from(Disagreement))
    def choose_what_disagreement_means(self, rule: Disagreement) -> None:
        with self.flow.database.transaction() as session:
            session.get_one(Project, self.flow.world.project.id).on_disagreement = rule

    @rule(centre=levels, project=levels)
    def choose_who_must_see(self, centre: str, project: str) -> None:
        self.flow.arrange(centre)
        self.flow.arrange(project, project=True)

    @rule(which=whichever, who=whoever, result=st.sampled_from(AfterCheckResult))
    def check_afterwards(self, which: int, who: str, result: AfterCheckResult) -> None:
        self.attempt(self.check_afterwards_as, self.number(which), self.person(who), result)

    def check_afterwards_as(self, number: str, person: Person, result: AfterCheckResult) -> None:
        with self.flow.database.transaction() as session:
            actor = acting(session.get_one(Person, person.id), Role.CHECKER)
            check_afterwards(session, actor, self.flow.secrets, find(session, number), result, "Seen.")

    @rule(which=whichever, who=whoever)
    def claim(self, which: int, who: str) -> None:
        self.attempt(self.claim_as, self.number(which), self.person(who))

    def claim_as(self, number: str, person: Person) -> None:
        with self.flow.database.transaction() as session:
            actor = acting(session.get_one(Person, person.id), Role.CHECKER)
            claim_request(session, actor, self.flow.settings, find(session, number))

    @rule(which=whichever, who=whoever, decisions=st.lists(st.sampled_from(Decision), max_size=2))
    def vote(self, which: int, who: str, decisions: list[Decision]) -> None:
        self.attempt(self.vote_as, self.number(which), self.person(who), decisions)

    def vote_as(self, number: str, person: Person, decisions: list[Decision]) -> None:
        ballots = {place: Ballot(decision, "Seen.") for place, decision in enumerate(decisions, start=1)}
        with self.flow.database.transaction() as session:
            request = find(session, number)
            actor = acting(session.get_one(Person, person.id), Role.CHECKER)
            vote(session, actor, request, ballots, "", request.row_version)

    def person(self, who: str) -> Person:
        return self.third if who == "third_checker" else getattr(self.flow.world, who)

    @rule(which=whichever)
    def judge(self, which: int) -> None:
        self.flow.judge(self.number(which))

    @rule(which=whichever)
    def release(self, which: int) -> None:
        self.flow.release(self.number(which))

    @rule(which=whichever, who=whoever, decision=st.sampled_from(Decision))
    def review(self, which: int, who: str, decision: Decision) -> None:
        self.attempt(self.flow.review, self.number(which), self.person(who), decision)

    @rule(which=whichever, who=whoever)
    def revoke(self, which: int, who: str) -> None:
        self.flow.release(self.number(which))
        self.attempt(self.revoke_as, self.number(which), self.person(who))

    def revoke_as(self, number: str, person: Person) -> None:
        with self.flow.database.transaction() as session:
            actor = acting(session.get_one(Person, person.id), Role.ADMINISTRATOR)
            revoke_release(session, actor, self.flow.secrets, find(session, number), "Wrong weights.")

    @rule(which=whichever, who=whoever)
    def withdraw(self, which: int, who: str) -> None:
        self.attempt(self.withdraw_as, self.number(which), self.person(who))

    def withdraw_as(self, number: str, person: Person) -> None:
        with self.flow.database.transaction() as session:
            request = session.scalars(select(OutputRequest).where(OutputRequest.number == number)).one()
            withdraw(session, acting(session.get_one(Person, person.id), Role.RESEARCHER), request)

    def attempt(self, step: Any, *arguments: Any) -> None:
        with contextlib.suppress(NotAllowedError, ConflictError, InvalidError):
            step(*arguments)

    @invariant()
    def every_history_is_a_path_through_the_table(self) -> None:
        with self.flow.database.reading() as session:
            for request in session.scalars(select(OutputRequest)):
                states = [RequestState.DRAFT, *(step.after for step in request.history)]
                assert states[-1] is request.state
                for step, before in zip(request.history, states, strict=False):
                    assert step.before is before
                    revoked = step.after is RequestState.REVOKED
                    actor = Actor(step.by, (Role.ADMINISTRATOR if revoked else Role.CHECKER).value)
                    assert is_lawful(before, step.after, party_of(actor, request))

    @invariant()
    def duties_are_apart(self) -> None:
        with self.flow.database.reading() as session:
            for review in session.scalars(select(Review)):
                assert review.checker_id != review.request.author_id
                assert review.checker.subject in REVIEWERS
            for release in session.scalars(select(Release)):
                assert (release.request.state is RequestState.REVOKED) == (release.revocation is not None)
                assert release.request.state in (RequestState.RELEASED, RequestState.REVOKED)
                reviews = reviews_of_round(session, release.request)
                assert release.request.author_id not in {review.checker_id for review in reviews}
                if is_approved_by_policy(release.request):
                    self.nobody_need_see(session, release.request)
                    continue
                for output in release.request.outputs:
                    votes = [one for review in reviews for one in review.votes if one.output is output]
                    assert len(votes) == len(reviews)
                    approving = {one.review.checker_id for one in votes if one.decision is Decision.APPROVE}
                    assert len(approving) >= max(1, release.request.rounds[-1].reviewers)

    def nobody_need_see(self, session: Session, request: OutputRequest) -> None:
        """What left unseen passes everything, was arranged so when it was submitted, and was never reviewed."""
        assert request.rounds[-1].machine
        assert session.scalars(select(Review).where(Review.request_id == request.id)).all() == []
        for output in request.outputs:
            verdict = verdict_of(output)
            assert verdict
            assert (verdict.outcome, verdict.findings) == (Outcome.PASS, ())

    @invariant()
    def checks_afterwards_are_of_what_nobody_saw_by_somebody_else(self) -> None:
        with self.flow.database.reading() as session:
            for one in session.scalars(select(AfterCheck)):
                request = one.release.request
                assert is_approved_by_policy(request)
                if one.result is None:
                    assert one.checker is None
                    continue
                assert one.checker
                assert one.checker.subject in REVIEWERS
                revoked = request.state is RequestState.REVOKED
                assert revoked or one.result is AfterCheckResult.IN_ORDER

    @invariant()
    def who_revokes_never_worked_on_it(self) -> None:
        """A checker may take back what they approved: stopping a wrong number needs no second person."""
        with self.flow.database.reading() as session:
            for revocation in session.scalars(select(Revocation)):
                request = revocation.release.request
                assert revocation.revoked_by_id != request.author_id
                assert revocation.revoked_by.subject in REVIEWERS | {"administrator"}

    @invariant()
    def no_more_claim_than_are_wanted(self) -> None:
        with self.flow.database.reading() as session:
            for request in session.scalars(select(OutputRequest).where(OutputRequest.state.in_(IN_REVIEW))):
                claims = {claim.checker.subject for claim in claims_of(session, request)}
                assert claims <= REVIEWERS
                wanted = reviews_needed(session, request) - len(reviews_of_round(session, request))
                assert len(claims) <= max(wanted, 1)

    @invariant()
    def a_kept_vote_is_the_checkers_own_about_the_same_question(self) -> None:
        with self.flow.database.reading() as session:
            for one in session.scalars(select(Vote).where(Vote.kept_from_id.is_not(None))):
                before = session.get_one(Vote, one.kept_from_id)
                assert before.review.checker_id == one.review.checker_id
                assert before.review.round == one.review.round - 1
                assert before.output.query_digest == one.output.query_digest
                assert (before.decision, before.comment) == (one.decision, one.comment)

    @invariant()
    def what_left_is_in_the_ledger_and_nothing_else(self) -> None:
        with self.flow.database.reading() as session:
            released = set(session.scalars(select(Release.id)))
            assert released == set(session.scalars(select(LedgerEntry.release_id)))
            kept = len(set(self.flow.settings.directory("releases").iterdir()))
            # Equal files of two releases are one file.
            assert kept <= len(set(session.scalars(select(ReleasedFile.sha256))))


def by(who: str, decision: Decision = Decision.APPROVE) -> Callable[[Life], object]:
    return lambda life: life.flow.review(life.numbers[0], life.person(who), decision)


JUDGED: tuple[Callable[[Life], object], ...] = (lambda life: life.flow.judge(life.numbers[0]),)
DISPUTED = (
    lambda life: life.choose_what_disagreement_means(Disagreement.THIRD),
    *JUDGED,
    by("checker"),
    by("second_checker", Decision.REJECT),
)
RETURNED = (*JUDGED, by("checker"), by("second_checker", Decision.RETURN))
RELEASED = (*JUDGED, by("checker"), by("second_checker"), lambda life: life.flow.release(life.numbers[0]))
STORIES = {
    "asked": Story(RequestState.SUBMITTED),
    "claimed": Story(
        RequestState.UNDER_REVIEW,
        (*JUDGED, lambda life: life.claim_as(life.numbers[0], life.person("checker"))),
    ),
    "disputed": Story(RequestState.ONE_REVIEW_IN, DISPUTED),
    "left to a third": Story(RequestState.APPROVED, (*DISPUTED, by("third_checker"))),
    "in its second round": Story(
        RequestState.UNDER_REVIEW,
        (
            *RETURNED,
            lambda life: life.flow.resubmit(
                life.numbers[0], {"outputs": [{"query": FINE}, {"query": {**MEAN, "index": "area"}}]}
            ),
            *JUDGED,
        ),
    ),
    "released": Story(RequestState.RELEASED, RELEASED),
    "revoked": Story(RequestState.REVOKED, (*RELEASED, lambda life: life.flow.revoke(life.numbers[0]))),
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_the_life_of_requests(
    prepared: Prepared, tmp_path: Path, secrets_directory: Path, story: Story
) -> None:
    scenes = itertools.count()

    def begin() -> Life:
        directory = tmp_path / str(next(scenes))
        directory.mkdir()
        (directory / "secrets").symlink_to(secrets_directory)
        scene = Settings(state_dir=directory)
        return Life(prepared.copy_to(Database(scene.database), scene), story)

    run_state_machine_as_test(
        begin,
        settings=settings(
            max_examples=3, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
