"""Claims: a courtesy between checkers that ends by itself."""

from __future__ import annotations

import threading

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from api.audit.models import AuditRecord
from api.errors import ConflictError, EnclaveError, NotAllowedError
from api.people.models import Person, Role
from api.requests.models import RequestState
from api.requests.service import withdraw
from api.review.claims import claim_request, claims_of, give_back, is_stale
from api.review.models import Claim
from api.review.queue import Holder, Narrowing, queue_for
from output_checker.verdict import Outcome
from tests.api.factories import acting, days, make_official
from tests.api.flow import FINE, Flow, find
from tests.api.identity.browser import log_in


def claim(flow: Flow, number: str, person: Person) -> int:
    with flow.database.transaction() as session:
        actor = acting(session.get_one(Person, person.id), Role.CHECKER)
        return claim_request(session, actor, flow.settings, find(session, number)).version


def end(flow: Flow, number: str, person: Person, version: int) -> None:
    with flow.database.transaction() as session:
        actor = acting(session.get_one(Person, person.id), Role.CHECKER)
        give_back(session, actor, find(session, number), version)


def holders(flow: Flow, number: str) -> list[str]:
    with flow.database.reading() as session:
        return [one.checker.subject for one in claims_of(session, find(session, number))]


def third(flow: Flow) -> Person:
    with flow.database.transaction() as session:
        return make_official(session, role=Role.CHECKER, subject="third-checker")


def test_as_many_claim_as_decisions_are_wanted(flow: Flow) -> None:
    number, extra = flow.under_review(), third(flow)
    claim(flow, number, flow.world.checker)
    claim(flow, number, flow.world.second_checker)
    with pytest.raises(ConflictError) as refused:
        claim(flow, number, extra)
    assert refused.value.code == "claimed_by_others"
    assert "Checker, Second-Checker" in refused.value.message.nl
    assert refused.value.remedy
    assert "30 minutes" in refused.value.remedy.en
    flow.review(number, flow.world.checker)
    assert holders(flow, number) == ["second-checker"]
    with pytest.raises(ConflictError):
        claim(flow, number, extra)


def test_two_checkers_at_once_get_one_claim_and_one_message(flow: Flow) -> None:
    flow.ask_reviewers(of_project=1, of_policy=1)
    number = flow.under_review()
    problems: list[EnclaveError] = []

    def click(person: Person) -> None:
        try:
            claim(flow, number, person)
        except EnclaveError as error:
            problems.append(error)

    people = (flow.world.checker, flow.world.second_checker)
    threads = [threading.Thread(target=click, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [problem.code for problem in problems] == ["claimed_by_others"]
    assert len(holders(flow, number)) == 1


def test_claiming_again_renews_and_is_told_once(flow: Flow) -> None:
    number = flow.under_review()
    assert [claim(flow, number, flow.world.checker) for _ in range(2)] == [1, 2]
    with flow.database.reading() as session:
        told = session.scalars(select(AuditRecord.action).where(AuditRecord.action == "review.claim")).all()
    assert len(told) == 1


def test_a_claim_runs_out_and_another_takes_over(flow: Flow) -> None:
    flow.ask_reviewers(of_project=1, of_policy=1)
    number = flow.under_review()
    claim(flow, number, flow.world.checker)
    with flow.database.transaction() as session:
        session.execute(update(Claim).values(expires_at=days(-1)))
    claim(flow, number, flow.world.second_checker)
    assert holders(flow, number) == ["second-checker"]
    with pytest.raises(ConflictError):
        claim(flow, number, flow.world.checker)


def test_a_claim_is_given_back_as_it_was_seen(flow: Flow) -> None:
    number = flow.under_review()
    version = claim(flow, number, flow.world.checker)
    for person, seen in ((flow.world.checker, version + 1), (flow.world.second_checker, version)):
        with pytest.raises(ConflictError) as refused:
            end(flow, number, person, seen)
        assert refused.value.code == "no_claim"
    end(flow, number, flow.world.checker, version)
    assert holders(flow, number) == []
    assert claim(flow, number, flow.world.checker) == version + 2


def test_a_claim_decides_nothing(flow: Flow) -> None:
    flow.ask_reviewers(of_project=1, of_policy=1)
    number = flow.under_review()
    claim(flow, number, flow.world.checker)
    flow.review(number, flow.world.second_checker)
    assert flow.state(number) is RequestState.APPROVED


def test_what_is_not_under_review_or_was_decided_is_not_claimed(flow: Flow) -> None:
    number = flow.submit(FINE)
    with pytest.raises(ConflictError) as refused:
        claim(flow, number, flow.world.checker)
    assert refused.value.code == "not_under_review"
    flow.judge(number)
    flow.review(number, flow.world.checker)
    with pytest.raises(ConflictError) as refused:
        claim(flow, number, flow.world.checker)
    assert refused.value.code == "already_decided"


@pytest.mark.parametrize("name", ["researcher", "analyst", "administrator", "foreign_checker"])
def test_only_those_who_may_review_claim(flow: Flow, name: str) -> None:
    number = flow.under_review()
    with pytest.raises(NotAllowedError):
        claim(flow, number, getattr(flow.world, name))


def test_activity_renews_only_an_own_claim_that_is_older(flow: Flow) -> None:
    number = flow.under_review()
    claim(flow, number, flow.world.checker)
    longer = flow.settings.model_copy(update={"claim_seconds": 7200})
    with flow.database.reading() as session:
        request = find(session, number)
        assert not is_stale(session, flow.settings, request, flow.world.checker)
        assert is_stale(session, longer, request, flow.world.checker)
        assert not is_stale(session, longer, request, flow.world.second_checker)


def test_a_withdrawn_request_is_in_nobodys_queue(flow: Flow) -> None:
    number = flow.under_review()
    claim(flow, number, flow.world.checker)
    with flow.database.transaction() as session:
        withdraw(session, acting(flow.world.researcher, Role.RESEARCHER), find(session, number))
    with flow.database.reading() as session:
        assert queue_for(session, session.get_one(Person, flow.world.checker.id)).total == 0


def test_the_queue_is_narrowed(flow: Flow) -> None:
    mine, free, theirs = (flow.under_review() for _ in range(3))
    claim(flow, mine, flow.world.checker)
    claim(flow, theirs, flow.world.second_checker)

    def shown(narrowing: Narrowing) -> list[str]:
        with flow.database.reading() as session:
            queue = queue_for(session, session.get_one(Person, flow.world.checker.id), narrowing)
            assert queue.found == len(queue.items)
            return [item.request.number for item in queue.items]

    assert shown(Narrowing()) == [mine, free, theirs]
    assert shown(Narrowing(held_by=Holder.ME)) == [mine]
    assert shown(Narrowing(held_by=Holder.OTHERS)) == [theirs]
    assert shown(Narrowing(held_by=Holder.NOBODY)) == [free]
    assert shown(Narrowing(risk=Outcome.REVIEW)) == []
    assert shown(Narrowing(risk=Outcome.PASS, project=flow.world.project.slug)) == [mine, free, theirs]
    assert shown(Narrowing(project="elsewhere")) == []
    assert shown(Narrowing(days=1)) == []
    with flow.database.transaction() as session:
        find(session, free).rounds[0].submitted_at = days(-2)
    assert shown(Narrowing(days=1)) == [free]


def test_programs_claim_and_give_back(flow: Flow, client: TestClient) -> None:
    number = flow.under_review()
    csrf = {"X-CSRF-Token": log_in(client, flow.database, flow.settings, flow.world.checker)}
    held = client.post(f"/api/requests/{number}/claim", headers=csrf)
    assert (held.status_code, held.json()["by"], held.json()["version"]) == (201, "checker", 1)
    path = f"/api/requests/{number}/claim/end"
    assert client.post(path, json={"version": 9}, headers=csrf).status_code == 409
    assert client.post(path, json={"version": 1}, headers=csrf).status_code == 204
    assert client.post(path, json={"version": 1}).status_code == 403
