"""Any order of steps by anybody: every application stays on the table, and each approval is another person's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from api.applications import service
from api.applications.models import ApplicationState, ApplicationStep, ApplicationVersion
from api.applications.permissions import approvals_of
from api.applications.states import APPROVAL, APPROVERS, EDITABLE, STATE_OWNERS, Party, is_lawful
from api.audit.service import Actor
from api.db import now
from api.errors import ConflictError, NotAllowedError
from api.people.models import Role
from api.people.roles import has_role
from tests.api.applications.asking import LATER, PEOPLE, begin, content
from tests.api.factories import World, acting, hold_role, make_grant

S = ApplicationState
CAST = ("researcher", "outsider", "second_administrator", "administrator", "steward", "privacy_officer")
whoever = st.sampled_from(CAST)
"""The second administrator is a steward too."""

TURNS = {
    Party.APPLICANT: "researcher",
    Party.ADMINISTRATOR: "second_administrator",
    Party.STEWARD: "steward",
    Party.PRIVACY_OFFICER: "privacy_officer",
}


class Life(RuleBasedStateMachine):
    """Everybody tries everything at any time; who may not, or comes too late, is told so and nothing else."""

    def __init__(self, session: Session, world: World) -> None:
        super().__init__()
        self.session, self.world = session, world
        self.example = session.begin_nested()

    def teardown(self) -> None:
        self.example.rollback()

    @initialize(ahead=st.integers(0, 4), back=st.booleans())
    def begin(self, ahead: int, back: bool) -> None:
        self.application = begin(self.session, self.world)
        for _ in range(ahead):
            self.forward(TURNS[STATE_OWNERS[self.application.newest.state]])
        if back:
            self.come_back_and_go_in_again()

    def forward(self, name: str) -> None:
        if self.application.newest.state in EDITABLE:
            service.submit(self.session, self.actor(name), self.application, self.seen)
        else:
            service.approve(self.session, self.actor(name), self.application, "In order.", self.seen)

    def actor(self, name: str) -> Actor:
        return acting(getattr(self.world, name), Role.RESEARCHER)

    @property
    def seen(self) -> int:
        return self.application.newest.row_version

    @contextlib.contextmanager
    def trying(self) -> Iterator[None]:
        """Refusals are no failures, and leave nothing behind."""
        with contextlib.suppress(ConflictError, NotAllowedError), self.session.begin_nested():
            yield

    @rule(steps=st.integers(1, 4))
    def go_on(self, steps: int) -> None:
        """Those whose turn it is do what brings a project nearer; so that every state is reached often."""
        for _ in range(steps):
            if name := TURNS.get(STATE_OWNERS[self.application.newest.state]):
                with self.trying():
                    self.forward(name)

    @rule()
    def come_back_and_go_in_again(self) -> None:
        """What was approved before it came back is asked anew."""
        name = TURNS.get(STATE_OWNERS[self.application.newest.state], "researcher")
        with self.trying():
            service.return_to_applicant(
                self.session, self.actor(name), self.application, "Unclear.", self.seen
            )
            service.submit(self.session, self.actor("researcher"), self.application, self.seen)

    @rule()
    def approve_twice_each(self) -> None:
        """Whoever may approve does, and at once tries the next approval too; the applicant is in office meanwhile."""
        self.let_the_applicant_into_office_or_out_of_it()
        for who in (*CAST[:-1], "researcher", CAST[-1]):
            for _ in range(2):
                with self.trying():
                    service.approve(self.session, self.actor(who), self.application, "In order.", self.seen)

    @rule(who=whoever)
    def submit(self, who: str) -> None:
        with self.trying():
            service.submit(self.session, self.actor(who), self.application, self.seen)

    @rule(who=whoever, stale=st.booleans())
    def approve(self, who: str, stale: bool) -> None:
        with self.trying():
            seen = self.seen - stale
            service.approve(self.session, self.actor(who), self.application, "In order.", seen)

    @rule(who=whoever, for_good=st.booleans())
    def refuse(self, who: str, for_good: bool) -> None:
        act = service.reject if for_good else service.return_to_applicant
        with self.trying():
            act(self.session, self.actor(who), self.application, "Not like this.", self.seen)

    @rule(who=whoever)
    def withdraw(self, who: str) -> None:
        with self.trying():
            service.withdraw(self.session, self.actor(who), self.application, "Not needed.")

    @rule(who=whoever, wanted=st.sampled_from([[PEOPLE], [LATER], [PEOPLE, LATER]]))
    def reword_or_change(self, who: str, wanted: list[Any]) -> None:
        said = content(wanted=wanted)
        with self.trying():
            service.reword(self.session, self.actor(who), self.application, said, self.seen)
        with self.trying():
            service.begin_change(self.session, self.actor(who), self.application, said, "More.")

    @rule()
    def let_the_applicant_into_office_or_out_of_it(self) -> None:
        """In office they may apply for nothing, and still decide nothing about what they applied for."""
        person, role = self.world.researcher, Role.PRIVACY_OFFICER
        if has_role(person, role, self.world.centre.id):
            person.appointments[-1].valid_until = now()
        elif self.application.newest.state not in EDITABLE:
            hold_role(self.session, person=person, role=role, centre=self.world.centre)

    @rule()
    def let_an_administrator_in(self) -> None:
        if self.application.project is not None:
            make_grant(self.session, person=self.world.administrator, project=self.application.project)

    @invariant()
    def every_step_stands_in_the_table(self) -> None:
        for version in self.application.versions:
            states = [S.DRAFT, *(step.after for step in version.steps)]
            assert [step.before for step in version.steps] == states[:-1]
            assert version.state is states[-1]
            assert all(is_lawful(step.before, step.after, self.party(step)) for step in version.steps)

    def party(self, step: Any) -> Party:
        """What the person was who took a step: the one the table asks for, when they hold that role."""
        if step.by_id == self.application.applicant_id:
            return Party.APPLICANT
        owner = STATE_OWNERS[step.before]
        assert has_role(step.by, APPROVERS[owner], self.world.centre.id)
        return owner

    @invariant()
    def approvals_are_of_three_people(self) -> None:
        for version in self.application.versions:
            approvals = since_submitted(version)
            assert approvals_of(version) == approvals
            people = {step.by_id for step in approvals}
            assert len(people) == len(approvals)
            assert self.application.applicant_id not in people
            if version.state is S.APPROVED:
                assert [step.before for step in approvals] == list(APPROVAL)
                assert len({step.digest for step in approvals}) == 1

    @invariant()
    def the_project_is_what_was_approved_last(self) -> None:
        done = [version for version in self.application.versions if version.state is S.APPROVED]
        assert (self.application.project is not None) is bool(done)
        if done:
            assert self.views() == self.asked(done[-1])

    def views(self) -> dict[int, tuple[list[str], str | None]]:
        return {
            view.dataset_version_id: (view.columns, view.row_filter)
            for view in self.application.project.views
        }

    def asked(self, version: ApplicationVersion) -> dict[int, tuple[list[str], str | None]]:
        return {one.dataset_version_id: (list(one.variables), one.row_filter) for one in version.wanted}

    @invariant()
    def one_version_at_a_time(self) -> None:
        assert all(STATE_OWNERS[one.state] is Party.NOBODY for one in self.application.versions[:-1])


def since_submitted(version: ApplicationVersion) -> list[ApplicationStep]:
    """The approvals since the words were submitted last, told from the steps alone."""
    submitted = [place for place, step in enumerate(version.steps) if step.after is S.AT_CENTRE]
    last = version.steps[submitted[-1] :] if submitted else []
    return [step for step in last if step.after in (S.AT_STEWARD, S.AT_PRIVACY_OFFICER, S.APPROVED)]


def test_whatever_anybody_tries(session: Session, world: World) -> None:
    """Making people takes longer than trying: there is one world, to which each example leaves nothing."""
    also, centre = world.second_administrator, world.centre
    hold_role(session, person=also, role=Role.STEWARD, centre=centre)
    run_state_machine_as_test(
        lambda: Life(session, world),
        settings=settings(
            max_examples=30,
            # Finding it is what matters: shrinking what was found takes minutes.
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            stateful_step_count=12,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        ),
    )
