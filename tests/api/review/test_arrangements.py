"""Saying who must see outputs: administrators only, with a reason, never about their own work, never looser."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from api.access.models import Project
from api.audit.models import AuditRecord
from api.audit.service import SYSTEM
from api.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from api.people.models import Centre, Person, Role
from api.people.service import suspend
from api.review.arrangements import (
    DEFAULT_SHARE,
    arrange,
    arrangements_of,
    proposals_of,
    share_of,
    user_can_arrange,
)
from api.review.loosening import confirm, dismiss, find_proposal, user_can_confirm, user_can_dismiss
from api.review.models import Arrangement, LooserArrangement
from tests.api.factories import acting, make_grant
from tests.api.flow import Flow


def say(
    flow: Flow, who: str = "administrator", *, project: bool = False, **changes: Any
) -> Arrangement | LooserArrangement:
    """Say something for the centre, or for its project; what is looser is confirmed by the steward."""
    said = propose(flow, who, project=project, **changes)
    return decide(flow, said) if isinstance(said, LooserArrangement) else said


def decide(
    flow: Flow, said: LooserArrangement, who: str = "steward", how: Callable[..., Any] = confirm
) -> Arrangement:
    """Confirm a proposal, or dismiss it."""
    with flow.database.transaction() as session:
        centre = session.get_one(Centre, flow.world.centre.id)
        person = session.get_one(Person, getattr(flow.world, who).id)
        one: Arrangement = how(session, acting(person, Role.STEWARD), find_proposal(session, centre, said.id))
        return one


def propose(
    flow: Flow, who: str = "administrator", *, project: bool = False, **changes: Any
) -> Arrangement | LooserArrangement:
    """Say something for the centre, or for its project."""
    said = {"level": "none", "share": None if project else 0.2, "reason": "Tried for a year.", "version": 0}
    with flow.database.transaction() as session:
        person = session.get_one(Person, getattr(flow.world, who).id)
        of_project = session.get_one(Project, flow.world.project.id) if project else None
        centre = session.get_one(Centre, flow.world.centre.id)
        return arrange(session, acting(person, Role.ADMINISTRATOR), centre, of_project, **(said | changes))


def test_an_administrator_says_it_with_a_reason_and_it_is_audited(flow: Flow) -> None:
    say(flow)
    say(flow, project=True)
    say(flow, "second_administrator", level="one", share=1, version=1, reason="Back to people.")
    with flow.database.reading() as session:
        centre = session.get_one(Centre, flow.world.centre.id)
        assert [(one.version, one.level) for one in arrangements_of(session, centre)] == [
            (2, "one"),
            (1, "none"),
            (1, "none"),
        ]
        records = session.scalars(select(AuditRecord).where(AuditRecord.action == "review.arrange")).all()
        assert [record.subject for record in records] == [
            "centre:heerlen",
            "project:minimum-incomes",
            "centre:heerlen",
        ]
        told = json.loads(records[-1].document)
        assert (told["actor"], told["because"]) == ("steward", "Back to people.")
        facts = {"before": "none", "level": "one", "share": 1, "version": 2}
        assert told["details"] == facts | {"proposed_by": "second-administrator"}
        assert share_of(session, centre) == 1


@pytest.mark.parametrize("who", ["researcher", "analyst", "checker", "steward", "auditor", "outsider"])
@pytest.mark.parametrize("project", [False, True])
def test_nobody_else_may(flow: Flow, who: str, project: bool) -> None:
    with pytest.raises(NotAllowedError):
        say(flow, who, project=project)


def test_the_service_and_nobody_may_not(flow: Flow) -> None:
    with flow.database.transaction() as session:
        centre = session.get_one(Centre, flow.world.centre.id)
        assert not user_can_arrange(session, None, centre)
        with pytest.raises(NotAllowedError):
            arrange(session, SYSTEM, centre, None, level="two", share=1, reason="Because.", version=0)


def test_who_ever_worked_in_it_may_not_and_a_suspended_one_neither(flow: Flow) -> None:
    with flow.database.transaction() as session:
        administrator = session.get_one(Person, flow.world.second_administrator.id)
        project = session.get_one(Project, flow.world.project.id)
        make_grant(session, person=administrator, project=project)
        assert not user_can_arrange(session, administrator, project.centre)
    for project in (False, True):
        with pytest.raises(NotAllowedError) as refused:
            say(flow, "second_administrator", project=project)
        assert refused.value.code == "own_work"
    with flow.database.transaction() as session:
        suspend(session, SYSTEM, session.get_one(Person, flow.world.administrator.id), "Under inquiry.")
    with pytest.raises(NotAllowedError):
        say(flow)


@pytest.mark.parametrize(
    ("of_centre", "of_project"), [("two", "one"), ("two", "none"), ("one", "none"), ("none", "one")]
)
def test_a_project_is_not_looser_than_its_centre(flow: Flow, of_centre: str, of_project: str) -> None:
    say(flow, level=of_centre)
    with pytest.raises(InvalidError) as refused:
        say(flow, project=True, level=of_project)
    assert (refused.value.code, refused.value.field) == ("looser_than_centre", "level")
    assert say(flow, project=True, level="two").share is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"level": "nobody"}, "level"),
        ({"level": ""}, "level"),
        ({"share": None}, "share"),
        ({"share": 0.0}, "share"),
        ({"share": 1.01}, "share"),
        ({"share": float("nan")}, "share"),
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 2001}, "reason"),
    ],
)
def test_what_makes_no_sense_is_refused(flow: Flow, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        say(flow, **changes)
    assert refused.value.field == field


def test_two_administrators_do_not_overwrite_each_other(flow: Flow) -> None:
    say(flow)
    with pytest.raises(ConflictError):
        say(flow, "second_administrator", level="two")


@pytest.mark.parametrize(
    ("stored", "share"), [(None, DEFAULT_SHARE), (0.0, 1.0), (-1.0, 1.0), (2.0, 1.0), (0.5, 0.5)]
)
def test_a_share_that_makes_no_sense_means_everything(flow: Flow, stored: float | None, share: float) -> None:
    say(flow)
    with flow.database.transaction() as session:
        session.scalars(select(Arrangement)).one().share = stored
    with flow.database.reading() as session:
        assert share_of(session, session.get_one(Centre, flow.world.centre.id)) == share
        assert share_of(session, session.get_one(Centre, flow.world.foreign_centre.id)) == DEFAULT_SHARE


def test_what_is_looser_is_only_proposed_and_what_is_stricter_holds_at_once(flow: Flow) -> None:
    proposed = propose(flow)
    assert isinstance(proposed, LooserArrangement)
    with flow.database.reading() as session:
        centre = session.get_one(Centre, flow.world.centre.id)
        assert arrangements_of(session, centre) == []
        assert [one.id for one in proposals_of(session, centre)] == [proposed.id]
        last = session.scalars(select(AuditRecord).order_by(AuditRecord.seq.desc()).limit(1)).one()
        assert (last.action, last.subject) == ("review.propose", "centre:heerlen")
    assert isinstance(propose(flow, level="two", share=1), Arrangement)
    with flow.database.reading() as session:
        # It was about what held before.
        assert proposals_of(session, session.get_one(Centre, flow.world.centre.id)) == []
    with pytest.raises(ConflictError) as late:
        decide(flow, proposed)
    assert late.value.code == "changed_meanwhile"


@pytest.mark.parametrize(
    ("held", "said", "looser"),
    [
        (("two", 0.2), ("two", 0.3), False),
        (("two", 0.2), ("two", 0.1), True),
        (("two", 0.2), ("one", 0.2), True),
        (("one", 0.2), ("none", 0.2), True),
        (("none", 0.2), ("one", 0.2), True),
        (("none", 0.2), ("two", 0.2), False),
    ],
)
def test_looser_is_less_in_any_part(
    flow: Flow, held: tuple[str, float], said: tuple[str, float], looser: bool
) -> None:
    flow.arrange(held[0], share=held[1])
    new = propose(flow, level=said[0], share=said[1], version=1)
    assert isinstance(new, LooserArrangement) == looser


def test_nobody_confirms_alone_and_nobody_without_the_role(flow: Flow) -> None:
    proposed = propose(flow)
    assert isinstance(proposed, LooserArrangement)
    codes = {"administrator": "own_proposal", "checker": "no_role", "foreign_checker": "no_role"}
    for who, code in codes.items():
        with pytest.raises(NotAllowedError) as refused:
            decide(flow, proposed, who)
        assert refused.value.code == code
    with flow.database.transaction() as session:
        steward = session.get_one(Person, flow.world.steward.id)
        one = session.get_one(LooserArrangement, proposed.id)
        make_grant(session, person=steward, project=session.get_one(Project, flow.world.project.id))
        assert not user_can_confirm(session, steward, one)
        assert not user_can_dismiss(session, steward, one)
        with pytest.raises(NotAllowedError):
            confirm(session, SYSTEM, one)
        administrator = session.get_one(Person, flow.world.administrator.id)
        assert not user_can_confirm(session, administrator, one)
        assert user_can_dismiss(session, administrator, one)
    with pytest.raises(NotAllowedError) as own:
        decide(flow, proposed)
    assert own.value.code == "own_work"
    assert decide(flow, proposed, "second_administrator").confirmed_by
    with pytest.raises(ConflictError):
        decide(flow, proposed, "second_administrator")


def test_a_proposal_is_taken_back_by_who_made_it_and_another_may_come(flow: Flow) -> None:
    proposed = propose(flow)
    assert isinstance(proposed, LooserArrangement)
    with pytest.raises(ConflictError) as twice:
        propose(flow, "second_administrator", level="one")
    assert twice.value.code == "proposed_already"
    decide(flow, proposed, "administrator", dismiss)
    with pytest.raises(ConflictError):
        decide(flow, proposed, "steward", dismiss)
    assert isinstance(propose(flow, "second_administrator", level="one"), LooserArrangement)


def test_a_proposer_who_may_not_any_more_proposes_nothing(flow: Flow) -> None:
    proposed = propose(flow)
    assert isinstance(proposed, LooserArrangement)
    with flow.database.transaction() as session:
        suspend(session, SYSTEM, session.get_one(Person, flow.world.administrator.id), "Under inquiry.")
    with pytest.raises(NotAllowedError):
        decide(flow, proposed)
    with flow.database.reading() as session, pytest.raises(NotFoundError):
        find_proposal(session, session.get_one(Centre, flow.world.foreign_centre.id), proposed.id)
