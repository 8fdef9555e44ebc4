"""Closing a project, by people and by its date; opening it again by two; and who may."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from api.access.decision import AccessRefusedError, Door, decide
from api.access.models import Project, Sandbox
from api.access.sandboxes import still_allowed
from api.audit.queries import Search, search
from api.closing import service
from api.closing.deletion import tend_closings
from api.closing.models import Cause, Closing
from api.closing.permissions import find_project, projects_for
from api.closing.service import (
    close_project,
    confirm_reopening,
    decline_reopening,
    propose_reopening,
    standing_closing,
)
from api.closing.shown import CLOSED, NOT_BEGUN, RUNNING, ending_of, undecided_in
from api.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from api.notices.models import Notice, NoticeKind
from api.people.models import Person, Role
from tests.api.closing.conftest import Office
from tests.api.factories import acting, days, make_project

REASON = "The question was answered."


def told(office: Office, kind: NoticeKind) -> set[str]:
    with office.database.reading() as session:
        return set(session.scalars(select(Person.subject).join(Notice).where(Notice.kind == kind)))


def propose(office: Office, until: float = 10, **who: bool) -> None:
    with office.database.transaction() as session:
        actor, project = office.administrator(session, **who), office.project(session)
        propose_reopening(session, actor, project, "One figure was wrong.", days(until))


def proposal(office: Office) -> int:
    with office.database.reading() as session:
        closing = standing_closing(session, office.project(session))
        return closing.open_proposal.id if closing and closing.open_proposal else 0


def confirm(office: Office, seen: int | None = None, **who: bool) -> None:
    seen = proposal(office) if seen is None else seen
    with office.database.transaction() as session:
        confirm_reopening(session, office.administrator(session, **who), office.project(session), seen)


def test_closing_ends_what_runs_and_shuts_every_door_of_members_at_once(office: Office) -> None:
    office.close()
    closing = office.closing()
    assert closing is not None
    assert (closing.delete_after - closing.closed_at).days == office.settings.retention_days
    with office.database.reading() as session:
        sandbox = session.get_one(Sandbox, office.flow.sandbox_id)
        assert (sandbox.end_reason, sandbox.ended_at is not None) == ("project_running", True)
        assert [stop.id for stop in still_allowed(session, [sandbox.id])] == [sandbox.id]
        member, project = sandbox.grant.person, office.project(session)
        for door in (Door.OPEN_PROJECT, Door.SUBMIT, Door.DOWNLOAD):
            assert [one.condition for one in decide(session, door, member, project).unmet] == [
                "project_running"
            ]
        (entry,) = search(session, Search(action="project.close")).entries
        assert entry.because == REASON
        assert entry.details["sandboxes"] == [sandbox.id]
        assert ending_of(session, project).label is CLOSED
    assert {"researcher", "analyst", "administrator"} <= told(office, NoticeKind.PROJECT_CLOSED)


def test_who_does_not_administer_the_centre_closes_nothing(office: Office) -> None:
    world = office.flow.world
    with office.database.transaction() as session:
        for person in (world.researcher, world.steward, world.checker, world.auditor):
            actor = acting(session.get_one(Person, person.id), Role.ADMINISTRATOR)
            with pytest.raises(AccessRefusedError):
                close_project(session, actor, office.settings, office.project(session), REASON)
    assert office.closing() is None


def test_a_project_is_closed_once_and_with_a_reason(office: Office) -> None:
    with office.database.transaction() as session:
        actor, project = office.administrator(session), office.project(session)
        with pytest.raises(InvalidError):
            close_project(session, actor, office.settings, project, " ")
    office.close()
    with pytest.raises(ConflictError, match="closed already"):
        office.close()


def test_the_database_holds_one_closing_that_stands(office: Office) -> None:
    office.close()
    with office.database.transaction() as session:
        one = standing_closing(session, office.project(session))
        assert one is not None
        moments = {"closed_at": one.closed_at, "delete_after": one.delete_after}
        session.add(Closing(project=one.project, cause=one.cause, reason="", **moments))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_the_end_date_closes_by_itself_and_says_so_once(office: Office) -> None:
    office.end(1)
    for _ in range(2):
        tend_closings(office.database, office.settings)
    closing = office.closing()
    assert closing is not None
    assert (closing.cause, closing.closed_by_id) == (Cause.END_DATE, None)
    with office.database.reading() as session:
        assert closing.closed_at == office.project(session).valid_until
        assert len(search(session, Search(action="project.close")).entries) == 1
        assert session.get_one(Sandbox, office.flow.sandbox_id).ended_at


def test_an_extension_lifts_what_the_end_date_closed(office: Office) -> None:
    office.end(1)
    tend_closings(office.database, office.settings)
    office.end(-30)
    tend_closings(office.database, office.settings)
    assert office.closing() is None
    with office.database.reading() as session:
        assert search(session, Search(action="project.reopen")).entries[0].because == service.EXTENDED
        assert ending_of(session, office.project(session)).label is RUNNING


def test_an_end_that_was_put_off_and_came_while_nobody_looked_has_its_own_time(office: Office) -> None:
    """What is kept for some days after the end must not go by the days after an earlier end."""
    office.end(30)
    tend_closings(office.database, office.settings)
    with office.database.transaction() as session:
        first = standing_closing(session, office.project(session))
        assert first is not None
        first.delete_after = days(-0.1)
    office.end(1)
    for _ in range(2):
        tend_closings(office.database, office.settings)
    second = office.closing()
    assert second is not None
    assert (second.id != first.id, second.deletion) == (True, None)
    assert second.delete_after > days(office.settings.retention_days - 1)


def test_a_project_that_runs_is_left_alone(office: Office) -> None:
    tend_closings(office.database, office.settings)
    assert office.closing() is None
    with office.database.transaction() as session:
        later = make_project(session, valid_from=days(1))
        assert ending_of(session, later).label is NOT_BEGUN


def test_two_administrators_open_it_again(office: Office) -> None:
    office.close()
    propose(office)
    assert "second-administrator" in told(office, NoticeKind.REOPENING_PROPOSED)
    assert "administrator" not in told(office, NoticeKind.REOPENING_PROPOSED)
    with pytest.raises(NotAllowedError, match="own proposal"):
        confirm(office)
    confirm(office, second=True)
    assert office.closing() is None
    with office.database.reading() as session:
        project, member = office.project(session), office.flow.world.researcher
        person = session.get_one(Person, member.id)
        assert decide(session, Door.OPEN_PROJECT, person, project).allowed
        assert project.closed_at is None
        entry = search(session, Search(action="project.reopen")).entries[0]
        assert (entry.actor, entry.details["proposed_by"]) == ("second-administrator", "administrator")
    assert "researcher" in told(office, NoticeKind.PROJECT_REOPENED)
    office.close()  # And it can be closed again.


def test_nobody_confirms_what_they_did_not_read(office: Office) -> None:
    office.close()
    propose(office, 1)
    read = proposal(office)
    decline(office)
    propose(office, 300)
    with pytest.raises(ConflictError, match="Something else was proposed"):
        confirm(office, read, second=True)
    assert office.closing() is not None


def test_what_is_proposed_can_be_declined_and_proposed_anew(office: Office) -> None:
    office.close()
    propose(office)
    with pytest.raises(ConflictError, match="proposed already"):
        propose(office)
    decline(office)
    with pytest.raises(ConflictError, match="Nothing is proposed"):
        confirm(office, second=True)
    propose(office)
    assert office.closing() is not None


def test_it_opens_for_no_longer_than_was_approved(office: Office) -> None:
    office.close()
    for until in (-1, 366):
        with pytest.raises(InvalidError):
            propose(office, until)
    propose(office, 364)


def test_closing_before_the_end_is_no_way_to_open_beyond_it(office: Office) -> None:
    """Who approved that end are others than who close and open."""
    office.end(-5)
    office.close()
    with pytest.raises(InvalidError):
        propose(office, 6)
    propose(office, 4)


def test_after_its_end_date_it_opens_for_as_long_as_the_work_is_kept(office: Office) -> None:
    office.end(10)
    tend_closings(office.database, office.settings)
    with pytest.raises(InvalidError):
        propose(office, 91)
    propose(office, 89)
    confirm(office, second=True)
    with office.database.reading() as session:
        project = office.project(session)
        assert project.valid_until > days(88)
        assert ending_of(session, project).label is RUNNING


def test_who_proposed_must_still_be_in_office(office: Office) -> None:
    office.close()
    propose(office, second=True)
    with office.database.transaction() as session:
        second = session.get_one(Person, office.flow.world.second_administrator.id)
        second.appointments[0].valid_until = days(-0.01)
    with pytest.raises(AccessRefusedError):
        confirm(office)


def decline(office: Office) -> None:
    with office.database.transaction() as session:
        decline_reopening(session, office.administrator(session), office.project(session))


@pytest.mark.parametrize("step", [propose, confirm, decline])
def test_what_is_not_closed_is_not_opened(office: Office, step: Callable[[Office], None]) -> None:
    with pytest.raises(ConflictError, match="not closed"):
        step(office)


def test_nobody_opens_it_once_the_deletion_has_begun(office: Office) -> None:
    office.close()
    propose(office)
    office.let_time_pass()
    with pytest.raises(ConflictError, match="deletion has begun"):
        confirm(office, second=True)
    with office.database.reading() as session:
        assert office.project(session).closed_at


def test_who_may_read_how_a_project_stands(office: Office) -> None:
    world = office.flow.world
    with office.database.reading() as session:
        slug = office.project(session).slug
        for person in (world.administrator, world.second_administrator, world.auditor):
            assert find_project(session, session.get_one(Person, person.id), slug).slug == slug
        for person in (world.researcher, world.steward, world.checker):
            with pytest.raises(NotFoundError):
                find_project(session, session.get_one(Person, person.id), slug)
        with pytest.raises(NotFoundError):
            find_project(session, session.get_one(Person, world.auditor.id), "nothing")
        seen = {
            person.subject: {one.slug for one in projects_for(session, session.get_one(Person, person.id))}
            for person in (world.second_administrator, world.auditor)
        }
        assert seen == {
            "second-administrator": {"minimum-incomes"},
            "auditor": {one.slug for one in session.scalars(select(Project))},
        }
        with pytest.raises(NotAllowedError):
            projects_for(session, session.get_one(Person, world.checker.id))


def test_requests_without_a_decision_are_counted(office: Office) -> None:
    office.flow.under_review()
    with office.database.reading() as session:
        assert undecided_in(session, office.project(session)) == 1
