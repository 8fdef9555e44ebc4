"""Grants for some of the datasets of a project: what is seen, asked and mounted, and what a narrower one ends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access import proposals
from api.access.decision import AccessRefusedError, Door, current_grant, decide
from api.access.explaining import explain_to
from api.access.models import Grant, Sandbox
from api.access.sandboxes import (
    end_refused,
    running_sandboxes,
    sandbox_by_token,
    start_sandbox,
    still_allowed,
)
from api.access.scope import datasets_under, is_within
from api.access.service import Terms, narrow_access, withdraw_access
from api.audit.models import AuditRecord
from api.audit.service import Actor
from api.errors import ConflictError, InvalidError, NotLoggedInError
from api.notices.models import Notice, NoticeKind
from api.people.models import Role
from api.settings import Settings
from tests.api.factories import World, acting, days, make_grant, make_project, make_view
from tests.api.flow import FINE

WHY = "No longer needed."
WEALTH: dict[str, Any] = FINE | {"dataset": "wealth"}


@pytest.fixture
def seeing(session: Session, world: World) -> World:
    """The world, whose project sees the datasets people, schools and wealth."""
    for name in ("people", "schools", "wealth"):
        make_view(session, project=world.project, name=name)
    return world


def administrator(world: World) -> Actor:
    return acting(world.second_administrator, Role.ADMINISTRATOR)


def narrowed(session: Session, world: World, *datasets: str) -> Grant:
    grant = current_grant(session, world.researcher, world.project)
    assert grant is not None
    return narrow_access(session, administrator(world), grant, datasets, WHY)


def unmet(session: Session, world: World, *datasets: str) -> list[str]:
    decision = decide(session, Door.SUBMIT, world.researcher, world.project, datasets=datasets)
    return [one.condition for one in decision.unmet]


def told(session: Session, action: str) -> dict[str, Any]:
    query = select(AuditRecord.document).where(AuditRecord.action == action).order_by(AuditRecord.seq.desc())
    return dict(json.loads(session.scalars(query).first() or "{}"))


class TestDeciding:
    def test_a_grant_that_names_nothing_is_for_all_in_view_now_and_later(
        self, session: Session, seeing: World
    ) -> None:
        assert unmet(session, seeing, "people", "wealth") == []
        make_view(session, project=seeing.project, name="later")
        assert unmet(session, seeing, "later") == []
        assert unmet(session, seeing, "people", "nowhere") == ["datasets_granted"]

    def test_a_grant_that_names_some_is_for_these_in_every_version(
        self, session: Session, seeing: World
    ) -> None:
        narrowed(session, seeing, "people", "schools")
        make_view(session, project=seeing.project, name="later")
        newer = make_view(session, project=seeing.project, name="people")
        assert newer.dataset_version.version == 2
        assert unmet(session, seeing, "people", "schools") == unmet(session, seeing) == []
        for name in ("wealth", "later", "nowhere", "People", "people "):
            assert unmet(session, seeing, "people", name) == ["datasets_granted"]

    def test_a_refusal_says_what_one_can_do(self, session: Session, seeing: World) -> None:
        narrowed(session, seeing, "schools", "people")
        decision = decide(session, Door.SUBMIT, seeing.researcher, seeing.project, datasets=["wealth"])
        (refusal,) = decision.unmet
        assert refusal.reason.en == "Your access is not for wealth."
        assert refusal.remedy.en.startswith("Use people, schools. Do you need more? Ask an administrator of")
        assert refusal.remedy.nl.startswith(
            "Gebruik people, schools. Heeft u meer nodig? Vraag een beheerder"
        )

    @pytest.mark.parametrize(
        ("datasets", "said"),
        [
            (None, "Your access is for all data that the project sees."),
            (["people"], "Your access is for people only."),
            (["gone"], "Of the datasets that your access is for, the project sees none now."),
        ],
    )
    def test_an_open_door_says_what_is_seen(
        self, session: Session, seeing: World, datasets: list[str] | None, said: str
    ) -> None:
        make_grant(session, person=seeing.researcher, project=seeing.project, datasets=datasets)
        decision = decide(session, Door.OPEN_PROJECT, seeing.researcher, seeing.project)
        assert said in [words.en for one in decision.tested for words in one.words]

    def test_without_anything_in_view_a_refusal_leads_to_an_administrator(
        self, session: Session, world: World
    ) -> None:
        decision = decide(session, Door.SUBMIT, world.researcher, world.project, datasets=["wealth"])
        (refusal,) = decision.unmet
        assert refusal.reason.en == "This project does not see wealth."
        assert refusal.remedy.en.startswith("Do you need more? Ask an administrator")

    def test_why_somebody_cannot_is_explained(self, session: Session, seeing: World) -> None:
        narrowed(session, seeing, "people")
        for dataset, allowed in (("", True), ("people", True), ("wealth", False)):
            found = explain_to(
                session,
                seeing.administrator,
                "researcher",
                Door.SUBMIT,
                "minimum-incomes",
                dataset=dataset,
            )
            assert (found.dataset, found.decision.allowed) == (dataset, allowed)

    @pytest.mark.parametrize(
        ("one", "other", "within"),
        [
            (None, None, True),
            (["people"], None, True),
            (None, ["people", "schools", "wealth"], False),
            (["people"], ["people", "wealth"], True),
            (["people", "wealth"], ["people"], False),
            (["people"], ["wealth"], False),
        ],
    )
    def test_one_grant_is_within_another(
        self, one: list[str] | None, other: list[str] | None, within: bool
    ) -> None:
        assert is_within(Grant(datasets=one), Grant(datasets=other)) is within


class TestGranting:
    def terms(self, world: World, datasets: Sequence[str] | None) -> Terms:
        return Terms(world.outsider, world.project, Role.RESEARCHER, [], days(0), days(30), datasets)

    def test_both_administrators_decide_about_the_same_datasets(
        self, session: Session, seeing: World
    ) -> None:
        first = acting(seeing.administrator, Role.ADMINISTRATOR)
        terms = self.terms(seeing, ["wealth", "people", "wealth"])
        proposal = proposals.propose_grant(session, first, Settings(), terms, WHY)
        assert proposal.datasets == ["people", "wealth"]
        assert told(session, "grant.propose")["details"]["datasets"] == ["people", "wealth"]
        grant = proposals.confirm_grant(session, administrator(seeing), proposal)
        assert datasets_under(grant) == grant.datasets == ["people", "wealth"]
        details = told(session, "grant.give")["details"]
        assert (details["datasets"], len(details["views"])) == (["people", "wealth"], 2)

    @pytest.mark.parametrize("datasets", [[], ["people", "nowhere"], [""], ["PEOPLE"]])
    def test_only_what_the_project_sees_can_be_granted(
        self, session: Session, seeing: World, datasets: list[str]
    ) -> None:
        first = acting(seeing.administrator, Role.ADMINISTRATOR)
        with pytest.raises(InvalidError) as refused:
            proposals.propose_grant(session, first, Settings(), self.terms(seeing, datasets), WHY)
        assert refused.value.field == "datasets"

    def test_of_a_project_without_data_no_part_can_be_granted(self, session: Session, world: World) -> None:
        first = acting(world.administrator, Role.ADMINISTRATOR)
        with pytest.raises(InvalidError) as refused:
            proposals.propose_grant(session, first, Settings(), self.terms(world, ["people"]), WHY)
        assert (refused.value.field, refused.value.remedy) == ("datasets", None)

    def test_data_that_went_out_of_view_since_stop_a_confirmation(
        self, session: Session, seeing: World
    ) -> None:
        first = acting(seeing.administrator, Role.ADMINISTRATOR)
        proposal = proposals.propose_grant(session, first, Settings(), self.terms(seeing, ["people"]), WHY)
        session.delete(seeing.project.views[0])
        session.flush()
        session.refresh(seeing.project, ["views"])
        with pytest.raises(ConflictError, match="changed since"):
            proposals.confirm_grant(session, administrator(seeing), proposal)


class TestNarrowing:
    def test_a_narrower_version_keeps_everything_else(self, session: Session, seeing: World) -> None:
        grant = narrowed(session, seeing, "people")
        before = seeing.grant
        assert (grant.version, grant.datasets) == (before.version + 1, ["people"])
        assert (grant.role, grant.conditions) == (before.role, before.conditions)
        assert (grant.valid_from, grant.valid_until) == (before.valid_from, before.valid_until)
        record = told(session, "grant.give")
        assert (record["actor"], record["because"]) == ("second-administrator", WHY)
        assert record["details"]["narrowed_from"] == before.version
        notices = session.scalars(select(Notice).where(Notice.kind == NoticeKind.ACCESS_NARROWED))
        assert [one.person_id for one in notices] == [seeing.researcher.id]

    @pytest.mark.parametrize(
        "datasets",
        [[], ["people", "schools", "wealth"], ["people", "schools", "wealth", "nowhere"], ["nowhere"]],
    )
    def test_narrowing_is_to_less_and_never_to_nothing(
        self, session: Session, seeing: World, datasets: list[str]
    ) -> None:
        with pytest.raises(InvalidError) as refused:
            narrowed(session, seeing, *datasets)
        assert refused.value.field == "datasets"

    def test_narrowing_never_gives_back_what_was_taken(self, session: Session, seeing: World) -> None:
        narrowed(session, seeing, "people", "schools")
        for datasets in (["people", "wealth"], ["wealth"], ["people", "schools"]):
            with pytest.raises(InvalidError):
                narrowed(session, seeing, *datasets)
        assert narrowed(session, seeing, "schools").datasets == ["schools"]

    def test_what_is_over_cannot_be_narrowed(self, session: Session, seeing: World) -> None:
        old = seeing.grant
        newer = narrowed(session, seeing, "people", "wealth")
        with pytest.raises(ConflictError, match="replaced already"):
            narrow_access(session, administrator(seeing), old, ["people"], WHY)
        withdraw_access(session, administrator(seeing), newer, WHY)
        with pytest.raises(ConflictError, match="withdrawn"):
            narrow_access(session, administrator(seeing), newer, ["people"], WHY)

    @pytest.mark.parametrize(
        "name", ["researcher", "analyst", "steward", "auditor", "checker", "foreign_checker"]
    )
    def test_only_administrators_of_the_centre_narrow(
        self, session: Session, seeing: World, name: str
    ) -> None:
        actor = acting(getattr(seeing, name), Role.ADMINISTRATOR)
        with pytest.raises(AccessRefusedError):
            narrow_access(session, actor, seeing.grant, ["people"], WHY)

    def test_a_proposal_that_was_made_before_is_stale(self, session: Session, seeing: World) -> None:
        first = acting(seeing.administrator, Role.ADMINISTRATOR)
        wide = Terms(seeing.researcher, seeing.project, Role.RESEARCHER, [], days(0), days(30))
        proposal = proposals.propose_grant(session, first, Settings(), wide, WHY)
        narrowed(session, seeing, "people")
        with pytest.raises(ConflictError, match="access of the person changed"):
            proposals.confirm_grant(session, administrator(seeing), proposal)


class TestWorkplaces:
    def start(self, session: Session, settings: Settings, world: World) -> tuple[Sandbox, str]:
        decision = decide(session, Door.OPEN_PROJECT, world.researcher, world.project)
        return start_sandbox(session, decision, settings)

    def test_narrowing_ends_what_shows_more_with_its_token(
        self, session: Session, seeing: World, settings: Settings
    ) -> None:
        sandbox, token = self.start(session, settings, seeing)
        narrowed(session, seeing, "people", "schools")
        assert sandbox.end_reason == "datasets_granted"
        assert told(session, "grant.give")["details"]["sandboxes"] == [sandbox.id]
        assert [stop.id for stop in still_allowed(session, [sandbox.id])] == [sandbox.id]
        with pytest.raises(NotLoggedInError):
            sandbox_by_token(session, token)

    def test_who_sees_no_more_than_before_works_on(
        self, session: Session, seeing: World, settings: Settings
    ) -> None:
        narrowed(session, seeing, "people")
        sandbox, token = self.start(session, settings, seeing)
        wider = {"person": seeing.researcher, "project": seeing.project}
        for datasets in (["people"], ["people", "wealth"], None):
            make_grant(session, **wider, datasets=datasets)
            assert still_allowed(session, [sandbox.id]) == []
            assert sandbox_by_token(session, token) is sandbox

    def test_a_workplace_that_opened_while_access_was_narrowed_is_found_by_the_watch(
        self, session: Session, seeing: World, settings: Settings
    ) -> None:
        sandbox, token = self.start(session, settings, seeing)
        # As if the narrower version was written by who did not see this workplace yet.
        make_grant(session, person=seeing.researcher, project=seeing.project, datasets=["people", "wealth"])
        with pytest.raises(AccessRefusedError) as refused:
            sandbox_by_token(session, token)
        assert refused.value.code == "datasets_granted"
        stops = still_allowed(session, [sandbox.id])
        assert [one.condition for one in stops[0].unmet] == ["datasets_granted"]
        end_refused(session, stops)
        assert sandbox.end_reason == "datasets_granted"
        assert running_sandboxes(session, seeing.researcher, seeing.project) == []

    def test_access_to_other_datasets_ends_a_workplace_too(
        self, session: Session, seeing: World, settings: Settings
    ) -> None:
        narrowed(session, seeing, "people")
        sandbox, _ = self.start(session, settings, seeing)
        make_grant(session, person=seeing.researcher, project=seeing.project, datasets=["wealth"])
        assert [stop.id for stop in still_allowed(session, [sandbox.id])] == [sandbox.id]

    def test_colleagues_work_on(self, session: Session, seeing: World, settings: Settings) -> None:
        other = decide(session, Door.OPEN_PROJECT, seeing.analyst, seeing.project)
        sandbox, _ = start_sandbox(session, other, settings)
        narrowed(session, seeing, "people")
        assert still_allowed(session, [sandbox.id]) == []

    def test_the_same_datasets_elsewhere_are_another_project(
        self, session: Session, seeing: World, settings: Settings
    ) -> None:
        elsewhere = make_project(session, slug="elsewhere", centre=seeing.centre)
        make_view(session, project=elsewhere, name="wealth")
        make_grant(session, person=seeing.researcher, project=elsewhere)
        decision = decide(session, Door.OPEN_PROJECT, seeing.researcher, elsewhere)
        sandbox, _ = start_sandbox(session, decision, settings)
        narrowed(session, seeing, "people")
        assert still_allowed(session, [sandbox.id]) == []
