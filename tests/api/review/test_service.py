"""Deciding: once each, by the right people, about what was really judged."""

from __future__ import annotations

import json
import threading

import pytest
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.audit.service import SYSTEM
from api.db import now
from api.errors import ConflictError, EnclaveError, InvalidError, NotAllowedError, UnavailableError
from api.jobs.models import Job
from api.people.models import Person, Role
from api.people.service import suspend
from api.requests.models import RequestState
from api.requests.service import withdraw
from api.review.models import Decision, Review
from api.review.service import decide
from tests.api.factories import acting, make_grant, make_official
from tests.api.factories import withdraw as withdraw_grant
from tests.api.flow import FINE, MEAN, Flow, find

A, R, J = Decision.APPROVE, Decision.RETURN, Decision.REJECT


def jobs(flow: Flow) -> list[str]:
    with flow.database.reading() as session:
        return [job.kind for job in session.scalars(select(Job).order_by(Job.id))]


def decide_at(
    flow: Flow, number: str, person: Person, row_version: int, decision: Decision = A, comment: str = "Seen."
) -> None:
    with flow.database.transaction() as session:
        actor = acting(session.get_one(Person, person.id), Role.CHECKER)
        decide(session, actor, find(session, number), decision, comment, row_version)


def version_of(flow: Flow, number: str) -> int:
    with flow.database.reading() as session:
        return find(session, number).row_version


def test_two_approvals_approve_and_ask_for_the_release(flow: Flow) -> None:
    number = flow.under_review()
    flow.review(number, flow.world.checker)
    assert flow.state(number) is RequestState.ONE_REVIEW_IN
    assert jobs(flow) == ["judge"]
    flow.review(number, flow.world.second_checker)
    assert flow.state(number) is RequestState.APPROVED
    assert jobs(flow) == ["judge", "release"]
    with flow.database.reading() as session:
        told = session.scalars(select(AuditRecord).where(AuditRecord.action == "review.decide")).all()
        assert [record.actor for record in told] == ["checker", "second-checker"]
        assert json.loads(told[0].document)["details"]["decision"] == "approve"


@pytest.mark.parametrize(
    ("decisions", "state"),
    [
        ((A, R), RequestState.RETURNED),
        ((R, A), RequestState.RETURNED),
        ((R, R), RequestState.RETURNED),
        ((A, J), RequestState.RETURNED),
        ((J, A), RequestState.RETURNED),
        ((R, J), RequestState.REJECTED),
        ((J, J), RequestState.REJECTED),
    ],
)
def test_anything_but_two_approvals_keeps_the_output_inside(
    flow: Flow, decisions: tuple[Decision, Decision], state: RequestState
) -> None:
    number = flow.under_review()
    flow.review(number, flow.world.checker, decisions[0])
    assert flow.state(number) is RequestState.ONE_REVIEW_IN
    flow.review(number, flow.world.second_checker, decisions[1])
    assert flow.state(number) is state
    assert jobs(flow) == ["judge"]


@pytest.mark.parametrize(("decision", "state"), [(A, RequestState.APPROVED), (R, RequestState.RETURNED)])
def test_where_one_checker_is_enough_one_decides(flow: Flow, decision: Decision, state: RequestState) -> None:
    flow.ask_reviewers(of_project=1, of_policy=1)
    number = flow.under_review()
    flow.review(number, flow.world.checker, decision)
    assert flow.state(number) is state


@pytest.mark.parametrize(("of_project", "of_policy"), [(1, 2), (2, 1), (1, 3), (3, 1)])
def test_project_and_policy_both_get_as_many_checkers_as_they_ask(
    flow: Flow, of_project: int, of_policy: int
) -> None:
    flow.ask_reviewers(of_project=of_project, of_policy=of_policy)
    with flow.database.transaction() as session:
        third = make_official(session, role=Role.CHECKER, subject="third-checker")
    number = flow.under_review()
    people = [flow.world.checker, flow.world.second_checker, third][: max(of_project, of_policy)]
    for person in people[:-1]:
        flow.review(number, person)
        assert flow.state(number) is RequestState.ONE_REVIEW_IN
    flow.review(number, people[-1])
    assert flow.state(number) is RequestState.APPROVED


@pytest.mark.parametrize("decision", Decision)
def test_without_a_readable_policy_nothing_is_decided(flow: Flow, decision: Decision) -> None:
    policy = flow.ask_reviewers(of_project=2, of_policy=2)
    number = flow.under_review()
    policy.write_text("reviewers = 0")
    with pytest.raises(UnavailableError) as refused:
        flow.review(number, flow.world.checker, decision)
    assert refused.value.code == "no_policy"
    assert flow.state(number) is RequestState.UNDER_REVIEW


@pytest.mark.parametrize("loss", ["suspended", "dismissed", "member"])
def test_who_lost_the_right_to_review_no_longer_vouches(flow: Flow, loss: str) -> None:
    number = flow.under_review()
    flow.review(number, flow.world.checker)
    with flow.database.transaction() as session:
        person = session.get_one(Person, flow.world.checker.id)
        third = make_official(session, role=Role.CHECKER, subject="third-checker")
        if loss == "suspended":
            suspend(session, SYSTEM, person, "An inquiry.")
        elif loss == "dismissed":
            person.appointments[0].valid_until = now()
        else:
            make_grant(session, person=person, project=find(session, number).project)
    flow.review(number, flow.world.second_checker)
    assert (flow.state(number), jobs(flow)) == (RequestState.ONE_REVIEW_IN, ["judge"])
    flow.review(number, third)
    assert flow.state(number) is RequestState.APPROVED


def test_a_second_click_says_so_and_counts_once(flow: Flow) -> None:
    number = flow.under_review()
    version = version_of(flow, number)
    decide_at(flow, number, flow.world.checker, version)
    for again in (version, version + 1):
        with pytest.raises(ConflictError) as refused:
            decide_at(flow, number, flow.world.checker, again)
        assert refused.value.code == "already_decided"
        assert refused.value.message.en == "You already approved this."
    assert flow.state(number) is RequestState.ONE_REVIEW_IN


@pytest.mark.parametrize("decision", Decision)
def test_a_click_after_the_end_says_what_was_decided(flow: Flow, decision: Decision) -> None:
    number = flow.under_review()
    flow.review(number, flow.world.checker, decision)
    flow.review(number, flow.world.second_checker)
    with pytest.raises(ConflictError) as refused:
        flow.review(number, flow.world.checker, A)
    assert refused.value.code == "already_decided"


def test_two_checkers_at_once_both_count(flow: Flow) -> None:
    number = flow.under_review()
    version = version_of(flow, number)
    problems: list[EnclaveError] = []

    def click(person: Person) -> None:
        try:
            decide_at(flow, number, person, version)
        except EnclaveError as error:
            problems.append(error)

    people = [flow.world.checker, flow.world.second_checker] * 3
    threads = [threading.Thread(target=click, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [problem.code for problem in problems] == ["already_decided"] * 4
    assert flow.state(number) is RequestState.APPROVED
    assert jobs(flow) == ["judge", "release"]
    with flow.database.reading() as session:
        assert len(session.scalars(select(Review)).all()) == 2


@pytest.mark.parametrize("off", [-1, 1, 100])
def test_who_saw_another_version_looks_again(flow: Flow, off: int) -> None:
    number = flow.under_review()
    with pytest.raises(ConflictError) as refused:
        decide_at(flow, number, flow.world.checker, version_of(flow, number) + off)
    assert refused.value.code == "changed_meanwhile"


def test_a_request_that_is_not_under_review_is_not_decided(flow: Flow) -> None:
    number = flow.submit(FINE)
    with pytest.raises(ConflictError) as refused:
        flow.review(number, flow.world.checker)
    assert refused.value.code == "not_under_review"


def test_a_request_withdrawn_under_review_is_not_decided(flow: Flow) -> None:
    number = flow.under_review()
    flow.review(number, flow.world.checker)
    with flow.database.transaction() as session:
        withdraw(session, acting(flow.world.researcher, Role.RESEARCHER), find(session, number))
    with pytest.raises(ConflictError):
        flow.review(number, flow.world.second_checker)
    assert flow.state(number) is RequestState.WITHDRAWN


@pytest.mark.parametrize("decision", [R, J])
@pytest.mark.parametrize("comment", ["", "  \n "])
def test_a_return_or_rejection_is_explained(flow: Flow, decision: Decision, comment: str) -> None:
    number = flow.under_review()
    version = version_of(flow, number)
    with pytest.raises(InvalidError) as refused:
        decide_at(flow, number, flow.world.checker, version, decision, comment)
    assert refused.value.field == "comment"
    assert flow.state(number) is RequestState.UNDER_REVIEW


def test_an_approval_may_go_without_words(flow: Flow) -> None:
    number = flow.under_review()
    with flow.database.transaction() as session:
        request = find(session, number)
        actor = acting(session.get_one(Person, flow.world.checker.id), Role.CHECKER)
        assert decide(session, actor, request, A, " ", request.row_version).comment == ""


def test_a_hostile_comment_is_refused(flow: Flow) -> None:
    number = flow.under_review()
    with pytest.raises(InvalidError):
        flow.review(number, flow.world.checker, R, "<script>alert(1)</script>")


@pytest.mark.parametrize(
    "name", ["researcher", "analyst", "outsider", "foreign_checker", "steward", "administrator", "auditor"]
)
def test_others_do_not_decide(flow: Flow, name: str) -> None:
    number = flow.under_review()
    with pytest.raises(NotAllowedError):
        flow.review(number, getattr(flow.world, name))
    assert flow.state(number) is RequestState.UNDER_REVIEW


def test_the_service_does_not_review(flow: Flow) -> None:
    number = flow.under_review()
    with flow.database.transaction() as session, pytest.raises(NotAllowedError):
        decide(session, SYSTEM, find(session, number), A, "", 4)


def test_an_author_who_became_a_checker_does_not_review_their_own(flow: Flow) -> None:
    number = flow.under_review()
    with flow.database.transaction() as session:
        person = session.get_one(Person, flow.world.checker.id)
        find(session, number).author = person
    with pytest.raises(NotAllowedError) as refused:
        flow.review(number, flow.world.checker)
    assert refused.value.code == "own_request"


def test_who_worked_in_the_project_before_does_not_review(flow: Flow) -> None:
    number = flow.under_review()
    with flow.database.transaction() as session:
        person = session.get_one(Person, flow.world.checker.id)
        withdraw_grant(
            session, grant=make_grant(session, person=person, project=find(session, number).project)
        )
    with pytest.raises(NotAllowedError) as refused:
        flow.review(number, flow.world.checker)
    assert refused.value.code == "outside_project"


def test_a_checker_suspended_half_way_does_not_decide(flow: Flow) -> None:
    number = flow.under_review()
    with flow.database.transaction() as session:
        suspend(session, SYSTEM, session.get_one(Person, flow.world.checker.id), "An inquiry.")
    with pytest.raises(NotAllowedError) as refused:
        flow.review(number, flow.world.checker)
    assert "An inquiry." in refused.value.message.en


def test_what_was_altered_since_the_verdict_is_not_approved_but_can_be_returned(flow: Flow) -> None:
    number = flow.under_review()
    with flow.database.transaction() as session:
        output = find(session, number).outputs[0]
        output.query = {**output.query, **MEAN}
    with pytest.raises(ConflictError) as refused:
        flow.review(number, flow.world.checker)
    assert refused.value.code == "altered_since_judged"
    assert flow.state(number) is RequestState.UNDER_REVIEW
    flow.review(number, flow.world.checker, R)
    flow.review(number, flow.world.second_checker, R)
    assert flow.state(number) is RequestState.RETURNED
