"""From a wish to a project: who may say what, what is kept of it, and what comes of it."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.decision import Door, decide
from api.access.models import Project, Sandbox
from api.access.sandboxes import start_sandbox
from api.applications import service
from api.applications.content import digest_of
from api.applications.models import Application, ApplicationState
from api.applications.permissions import approvals_of, user_can_apply, user_can_decide
from api.applications.queries import applications_of, find_application
from api.applications.states import STATE_OWNERS, TRANSITIONS, Party, next_step_in
from api.audit.models import AuditRecord
from api.audit.service import SYSTEM
from api.db import now
from api.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from api.people.models import Person, Role
from api.people.service import appoint, end_appointment, suspend
from api.settings import Settings
from tests.api.applications.asking import LATER, PEOPLE, approve, approved, begin, content, submit
from tests.api.factories import World, acting, make_grant, make_project

S = ApplicationState


def told(session: Session, action: str) -> list[dict[str, Any]]:
    query = select(AuditRecord.document).where(AuditRecord.action == action).order_by(AuditRecord.seq)
    return [json.loads(document) for document in session.scalars(query)]


def applicant(world: World) -> Any:
    return acting(world.researcher, Role.RESEARCHER)


def seen(application: Application) -> int:
    return application.newest.row_version


def test_the_last_approval_makes_the_project_and_what_it_sees(session: Session, world: World) -> None:
    application = approve(session, world, submit(session, world, begin(session, world)), 2)
    assert application.newest.state is S.AT_PRIVACY_OFFICER
    assert application.project is None
    service.approve(
        session,
        acting(world.privacy_officer, Role.PRIVACY_OFFICER),
        application,
        "Lawful.",
        seen(application),
    )
    project = application.project
    assert (project.slug, project.title_en, project.policy) == ("energy", "Energy poverty", "essnet")
    assert project.valid_until == dt.datetime(2099, 12, 31, 23, tzinfo=dt.UTC)
    (view,) = project.views
    assert (view.columns, view.approved_by_id) == (["sex", "income"], world.steward.id)
    assert told(session, "project.open")[0]["because"] == f"application {application.number} version 1"


def test_every_step_is_in_the_audit_with_a_digest_of_what_was_asked(session: Session, world: World) -> None:
    application = approved(session, world)
    digest = digest_of(application.newest)
    records = [told(session, f"application.{state}")[0] for state in (S.AT_CENTRE, S.AT_STEWARD, S.APPROVED)]
    assert {one["details"]["digest"] for one in records} == {digest}
    assert {step.digest for step in application.newest.steps} == {digest}
    assert [one["actor"] for one in records] == ["researcher", "second-administrator", "privacy-officer"]
    assert [step.by.subject for step in application.newest.steps] == [
        "researcher",
        "second-administrator",
        "steward",
        "privacy-officer",
    ]


def test_the_applicant_approves_nothing_whatever_they_become(session: Session, world: World) -> None:
    application = submit(session, world, begin(session, world))
    appoint(session, SYSTEM, world.researcher, Role.ADMINISTRATOR, world.centre)
    with pytest.raises(NotAllowedError) as refused:
        service.approve(
            session, acting(world.researcher, Role.ADMINISTRATOR), application, "Mine.", seen(application)
        )
    assert refused.value.code == "not_your_decision"


def test_nobody_approves_twice_and_nobody_without_the_role(session: Session, world: World) -> None:
    application = approve(session, world, submit(session, world, begin(session, world)), 1)
    end_appointment(session, SYSTEM, world.second_administrator.appointments[0], world.second_administrator)
    appoint(session, SYSTEM, world.second_administrator, Role.STEWARD, world.centre)
    for person in (world.second_administrator, world.administrator, world.checker, world.privacy_officer):
        assert not user_can_decide(session, person, application.newest)
    with pytest.raises(NotAllowedError):
        service.approve(session, SYSTEM, application, "By itself.", seen(application))
    assert user_can_decide(session, world.steward, application.newest)


def test_an_approval_of_somebody_who_left_office_does_not_count(session: Session, world: World) -> None:
    application = approve(session, world, submit(session, world, begin(session, world)), 2)
    suspend(session, SYSTEM, world.steward, "Under investigation.")
    officer = acting(world.privacy_officer, Role.PRIVACY_OFFICER)
    with pytest.raises(ConflictError) as refused:
        service.approve(session, officer, application, "Lawful.", seen(application))
    assert refused.value.code == "approver_left"
    service.return_to_applicant(session, officer, application, "Ask another steward.", seen(application))
    assert application.newest.state is S.RETURNED


def test_nothing_is_approved_of_who_may_apply_no_more(session: Session, world: World) -> None:
    application = approve(session, world, submit(session, world, begin(session, world)), 2)
    officer = acting(world.privacy_officer, Role.PRIVACY_OFFICER)
    suspend(session, SYSTEM, world.researcher, "Under investigation.")
    with pytest.raises(ConflictError) as refused:
        service.approve(session, officer, application, "Lawful.", seen(application))
    assert refused.value.code == "applicant_left"
    assert (application.newest.state, application.project) == (S.AT_PRIVACY_OFFICER, None)
    service.reject(session, officer, application, "Its applicant is gone.", seen(application))
    assert application.newest.state is S.REJECTED


def test_what_came_back_is_approved_anew(session: Session, world: World) -> None:
    application = approve(session, world, submit(session, world, begin(session, world)), 1)
    steward = acting(world.steward, Role.STEWARD)
    service.return_to_applicant(session, steward, application, "Why income?", seen(application))
    service.reword(session, applicant(world), application, content(purpose="To aim it."), seen(application))
    assert application.newest.purpose == "To aim it."
    approve(session, world, submit(session, world, application))
    assert application.newest.state is S.APPROVED


def test_approvals_of_an_earlier_round_neither_count_nor_stand_in_the_way(
    session: Session, world: World
) -> None:
    """Whoever approved words that were changed since may approve anew, in another office; those who left are no matter."""
    application = approve(session, world, submit(session, world, begin(session, world)), 2)
    version, also = application.newest, world.second_administrator
    officer = acting(world.privacy_officer, Role.PRIVACY_OFFICER)
    service.return_to_applicant(session, officer, application, "Unclear.", seen(application))
    assert [step.before for step in approvals_of(version)] == [S.AT_CENTRE, S.AT_STEWARD]
    submit(session, world, application)
    assert approvals_of(version) == []
    suspend(session, SYSTEM, world.steward, "Under investigation.")
    end_appointment(session, SYSTEM, also.appointments[0], also)
    appoint(session, SYSTEM, also, Role.STEWARD, world.centre)
    for person, role in ((world.administrator, Role.ADMINISTRATOR), (also, Role.STEWARD)):
        service.approve(session, acting(person, role), application, "In order.", seen(application))
    service.approve(session, officer, application, "Lawful.", seen(application))
    assert [step.by for step in approvals_of(version)] == [world.administrator, also, world.privacy_officer]
    assert application.project.views[0].approved_by_id == also.id


def test_nobody_decides_about_what_they_did_not_see(session: Session, world: World) -> None:
    application = submit(session, world, begin(session, world))
    administrator = acting(world.second_administrator, Role.ADMINISTRATOR)
    before = seen(application)
    service.return_to_applicant(session, administrator, application, "Unclear.", before)
    submit(session, world, application)
    for act in (service.approve, service.return_to_applicant, service.reject):
        with pytest.raises(ConflictError) as refused:
            act(session, administrator, application, "As I saw it.", before)
        assert refused.value.code == "changed_since"


def test_a_rejection_is_final(session: Session, world: World) -> None:
    application = submit(session, world, begin(session, world))
    administrator = acting(world.second_administrator, Role.ADMINISTRATOR)
    service.reject(session, administrator, application, "Not in the programme.", seen(application))
    assert application.newest.state is S.REJECTED
    with pytest.raises(ConflictError):
        submit(session, world, application)
    with pytest.raises(ConflictError):
        service.withdraw(session, applicant(world), application, "Then not.")
    with pytest.raises(ConflictError):
        service.begin_change(session, applicant(world), application, content(), "Once more.")


def test_only_the_applicant_words_submits_and_withdraws(session: Session, world: World) -> None:
    application = begin(session, world)
    for other in (acting(world.outsider, Role.RESEARCHER), SYSTEM):
        with pytest.raises(NotAllowedError):
            service.submit(session, other, application, 1)
    submit(session, world, application)
    with pytest.raises(ConflictError) as refused:
        service.reword(session, applicant(world), application, content(), seen(application))
    assert refused.value.code == "not_editable"
    service.withdraw(session, applicant(world), application, "No longer needed.")
    assert application.newest.state is S.WITHDRAWN


def test_who_may_apply(session: Session, world: World) -> None:
    assert user_can_apply(world.outsider, world.centre)
    for official in (world.administrator, world.steward, world.privacy_officer):
        assert not user_can_apply(official, world.centre)
    world.outsider.institution.authorised_until = now()
    assert not user_can_apply(world.outsider, world.centre)
    for actor in (SYSTEM, acting(world.steward, Role.STEWARD)):
        with pytest.raises(NotAllowedError):
            service.begin_application(session, actor, world.centre, "energy", content())


def test_a_change_takes_the_same_steps_and_changes_the_project(
    session: Session, world: World, settings: Settings
) -> None:
    application = approved(session, world)
    project = application.project
    grant = make_grant(session, person=world.analyst, project=project, role=Role.ANALYST)
    sandbox, _ = start_sandbox(session, decide(session, Door.OPEN_PROJECT, world.analyst, project), settings)
    changed = content(valid_until="2100-12-31", wanted=[LATER])
    service.begin_change(session, applicant(world), application, changed, "A year more.")
    with pytest.raises(ConflictError):
        service.begin_change(session, applicant(world), application, changed, "Twice.")
    approve(session, world, submit(session, world, application))
    assert application.project is project
    assert project.valid_until.year == 2100
    assert [(view.dataset_version.version, view.row_filter) for view in project.views] == [
        (2, "income >= 10000")
    ]
    assert session.get_one(Sandbox, sandbox.id).end_reason == "data_changed"
    assert told(session, "view.change")[0]["details"]["before"][0]["columns"] == ["sex", "income"]
    assert grant.withdrawal is None


def test_other_columns_of_the_same_data_replace_the_view_and_the_same_leave_it(
    session: Session, world: World
) -> None:
    application = approved(session, world)
    for wanted, records in ((PEOPLE, 0), (LATER.__class__("people", 1, "Less.", {"sex": "To compare."}), 1)):
        service.begin_change(session, applicant(world), application, content(wanted=[wanted]), "Less data.")
        approve(session, world, submit(session, world, application))
        assert len(told(session, "view.change")) == records
    assert [view.columns for view in application.project.views] == [["sex"]]


def test_whoever_worked_in_the_project_decides_nothing_about_it(session: Session, world: World) -> None:
    application = approved(session, world)
    make_grant(session, person=world.second_administrator, project=application.project)
    service.begin_change(session, applicant(world), application, content(), "More time.")
    submit(session, world, application)
    assert not user_can_decide(session, world.second_administrator, application.newest)
    assert user_can_decide(session, world.administrator, application.newest)


def test_a_project_that_was_closed_is_not_changed(session: Session, world: World) -> None:
    application = approved(session, world)
    service.begin_change(session, applicant(world), application, content(), "More time.")
    approve(session, world, submit(session, world, application), 2)
    application.project.closed_at = now()
    officer = acting(world.privacy_officer, Role.PRIVACY_OFFICER)
    with pytest.raises(ConflictError, match="closed"), session.begin_nested():
        service.approve(session, officer, application, "Lawful.", seen(application))
    service.reject(session, officer, application, "It was closed.", seen(application))
    with pytest.raises(ConflictError, match="closed"):
        service.begin_change(session, applicant(world), application, content(), "Again.")


def test_a_project_is_not_ended_by_a_change_whose_end_has_passed_meanwhile(
    session: Session, world: World
) -> None:
    application = approved(session, world)
    end = application.project.valid_until
    service.begin_change(session, applicant(world), application, content(), "Other words.")
    approve(session, world, submit(session, world, application), 2)
    application.newest.valid_until = now()
    officer = acting(world.privacy_officer, Role.PRIVACY_OFFICER)
    with pytest.raises(InvalidError) as refused:
        service.approve(session, officer, application, "Lawful.", seen(application))
    assert refused.value.field == "valid_until"
    assert application.project.valid_until == end


def test_a_name_that_was_taken_is_refused_when_it_matters(session: Session, world: World) -> None:
    with pytest.raises(ConflictError):
        begin(session, world, world.project.slug)
    application = begin(session, world)
    make_project(session, slug="energy")
    with pytest.raises(ConflictError) as refused:
        submit(session, world, application)
    assert refused.value.field == "slug"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"purpose": " "}, "purpose"),
        ({"assessment_date": "2099-01-01"}, "assessment_date"),
        ({"assessment_date": "soon"}, "assessment_date"),
        ({"valid_until": "2026-01-01"}, "valid_until"),
        ({"wanted": []}, "wanted"),
        ({"wanted": [PEOPLE, PEOPLE]}, "wanted"),
        ({"wanted": [LATER.__class__("people", 9, "Why not.", {"sex": "Yes."})]}, "wanted[0].dataset"),
        ({"wanted": [LATER.__class__("people", 1, "Why not.", {"sex": ""})]}, "wanted[0].variables.sex"),
        ({"wanted": [LATER.__class__("people", 1, " ", {"sex": "Yes."})]}, "wanted[0].reason"),
        ({"wanted": [LATER.__class__("people", 1, "Why not.", {})]}, "wanted[0].columns"),
        ({"wanted": [LATER.__class__("people", 1, "Why not.", {"shoe": "Yes."})]}, "wanted[0].columns"),
        (
            {"wanted": [PEOPLE, LATER.__class__("people", 2, "Why.", {"sex": "Yes."}, "age")]},
            "wanted[1].row_filter",
        ),
    ],
)
def test_what_does_not_hold_is_refused_and_the_field_named(
    session: Session, world: World, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidError) as refused, session.begin_nested():
        begin(session, world, **changes)
    assert refused.value.field == field
    assert session.scalars(select(Application)).all() == []


def test_who_sees_an_application(session: Session, world: World) -> None:
    application = begin(session, world)

    def readers() -> set[str]:
        people = session.scalars(select(Person)).all()
        return {one.subject for one in people if applications_of(session, one).items}

    assert readers() == {"researcher"}
    submit(session, world, application)
    officials = {"administrator", "second-administrator", "steward", "privacy-officer", "auditor"}
    assert readers() == {"researcher"} | officials
    assert find_application(session, world.steward, application.number) is application
    with pytest.raises(NotFoundError):
        find_application(session, world.outsider, application.number)


def test_the_table_leads_everywhere_and_out_of_no_end() -> None:
    assert set(STATE_OWNERS) == set(S)
    assert {step.after for step in TRANSITIONS} == set(S) - {S.DRAFT}
    assert {step.before for step in TRANSITIONS} == {
        state for state, owner in STATE_OWNERS.items() if owner is not Party.NOBODY
    }
    assert all(next_step_in(state).nl and next_step_in(state).en for state in S)


def test_no_project_comes_of_what_was_not_approved(session: Session, world: World) -> None:
    before = len(session.scalars(select(Project)).all())
    approve(session, world, submit(session, world, begin(session, world)), 2)
    assert len(session.scalars(select(Project)).all()) == before
