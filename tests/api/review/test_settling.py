"""What passes every rule of a strict policy may leave unseen; nobody can get more than that out of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.access.models import Project
from api.audit.models import AuditRecord
from api.errors import ConflictError, InvalidError, NotAllowedError
from api.jobs.models import Job
from api.jobs.service import JobKind, key_of
from api.notices.models import Notice, NoticeKind
from api.people.models import Person, Role
from api.release.models import Release
from api.release.service import write_release
from api.requests import earlier
from api.requests.judging import judge_request
from api.requests.models import RequestState
from api.review.afterwards import check_afterwards, waiting_for
from api.review.models import AfterCheck, AfterCheckResult, Decision
from api.review.requirements import reviewers_required, why_people
from api.review.settling import is_approved_by_policy
from api.web.progress import shown_steps
from output_checker.policy import load_policy
from tests.api.factories import acting
from tests.api.flow import FINE, MEAN, Flow, find
from tests.api.identity.browser import log_in

NARROWER = {**FINE, "where": "income > 10100"}
STRICTER = 'name = "{name}"\nversion = "1"\nextends = "essnet"\n[title]\nnl = "E"\nen = "E"\n{rules}'
FAKE = 'name = "essnet"\nversion = "1"\nreviewers = 2\n[title]\nnl = "E"\nen = "E"\n[rules.threshold]\nminimum_units = 3\n'


def use_policy(flow: Flow, path: Path, text: str) -> None:
    path.write_text(text)
    with flow.database.transaction() as session:
        session.get_one(Project, flow.world.project.id).policy = str(path)


def audited(flow: Flow, action: str) -> list[dict[str, Any]]:
    with flow.database.reading() as session:
        told = session.scalars(select(AuditRecord).where(AuditRecord.action == action))
        return [json.loads(record.document) for record in told]


def unseen(flow: Flow) -> str:
    """The number of a request that the policy let out."""
    number = flow.submit(FINE)
    assert flow.judge(number) is RequestState.APPROVED
    assert flow.release(number) is RequestState.RELEASED
    return number


def afterwards(
    flow: Flow, number: str, result: AfterCheckResult, comment: str = "", person: Person | None = None
) -> None:
    with flow.database.transaction() as session:
        checker = session.get_one(Person, (person or flow.world.checker).id)
        actor = acting(checker, Role.CHECKER)
        check_afterwards(session, actor, flow.secrets, find(session, number), result, comment)


def test_the_policy_decides_and_is_named_everywhere(flow: Flow) -> None:
    flow.let_policy_decide()
    number = unseen(flow)
    (approved,) = audited(flow, "request.approved")
    policy = load_policy("essnet")
    assert approved["actor"] is None
    assert approved["because"].startswith("Approved by the policy essnet")
    assert approved["details"]["policy"]["digest"] == policy.digest
    assert approved["details"]["strict_preset"] == "essnet"
    assert approved["details"]["arrangements"] == {"centre": 1, "project": 1}
    with flow.database.reading() as session:
        release = session.scalars(select(Release)).one()
        document = json.loads(release.record)
        assert document["reviews"] == []
        assert document["decided_by"]["policy"]["name"] == "essnet"
        told = session.scalars(select(Notice.kind).where(Notice.person_id == flow.world.researcher.id))
        assert list(told) == [NoticeKind.APPROVED, NoticeKind.RELEASED]
        steps = shown_steps(RequestState.RELEASED, find(session, number).history)
        assert [step.name.en for step in steps][2] == "Approved by the policy"
        assert all(step.at for step in steps)


def test_nothing_is_settled_unless_centre_and_project_say_so(flow: Flow) -> None:
    for centre, project in (("two", "none"), ("none", "two"), ("one", "none"), ("none", "of later")):
        flow.arrange(centre)
        flow.arrange(project, project=True)
        assert flow.judge(flow.submit(FINE)) is RequestState.UNDER_REVIEW


def test_a_request_is_judged_by_what_was_arranged_when_it_was_submitted(flow: Flow) -> None:
    number = flow.submit(FINE)
    flow.let_policy_decide()
    assert flow.judge(number) is RequestState.UNDER_REVIEW
    stricter = flow.submit(FINE)
    flow.arrange("two")
    assert flow.judge(stricter) is RequestState.UNDER_REVIEW


def test_fewer_people_are_asked_of_later_requests_only(flow: Flow) -> None:
    number = flow.submit(FINE)
    flow.ask_reviewers(of_project=1, of_policy=1)
    later = flow.submit(FINE)
    for one in (number, later):
        assert flow.judge(one) is RequestState.UNDER_REVIEW
        flow.review(one, flow.world.checker)
    assert flow.state(number) is RequestState.ONE_REVIEW_IN
    assert flow.state(later) is RequestState.APPROVED


def test_a_policy_that_changes_between_submission_and_verdict_leaves_it_to_people(
    flow: Flow, tmp_path: Path
) -> None:
    flow.let_policy_decide()
    path = tmp_path / "own.toml"
    use_policy(flow, path, STRICTER.format(name="own", rules="[rules.threshold]\nminimum_units = 30\n"))
    number = flow.submit(FINE)
    use_policy(flow, path, STRICTER.format(name="own", rules=""))
    assert flow.judge(number) is RequestState.UNDER_REVIEW
    assert flow.judge(flow.submit(FINE)) is RequestState.APPROVED


def test_a_strict_name_makes_no_strict_policy(flow: Flow, tmp_path: Path) -> None:
    flow.let_policy_decide()
    use_policy(flow, tmp_path / "essnet.toml", FAKE)
    assert flow.judge(flow.submit(FINE)) is RequestState.UNDER_REVIEW


def test_an_unreadable_policy_decides_nothing(flow: Flow, tmp_path: Path) -> None:
    flow.let_policy_decide()
    number = flow.submit(FINE)
    with flow.database.transaction() as session:
        session.get_one(Project, flow.world.project.id).policy = "gone"
    assert flow.judge(number) is not RequestState.APPROVED


def test_one_output_that_needs_people_takes_all_of_them_there(flow: Flow) -> None:
    flow.let_policy_decide()
    number = flow.submit_several(FINE, NARROWER)
    assert flow.judge(number) is RequestState.UNDER_REVIEW
    with flow.database.reading() as session:
        request = find(session, number)
        assert [reason.en for reason in why_people(session, request)] == [
            "Not every output passes each rule without objection."
        ]


def test_what_people_gave_back_goes_to_people_again(flow: Flow) -> None:
    number = flow.returned()
    flow.let_policy_decide()
    flow.resubmit(number, {"query": NARROWER})
    assert flow.judge(number) is RequestState.UNDER_REVIEW


def refused_by_people(flow: Flow, decision: Decision) -> None:
    number = flow.under_review()
    for checker in (flow.world.checker, flow.world.second_checker):
        flow.review(number, checker, decision)


@pytest.mark.parametrize("decision", [Decision.REJECT, Decision.RETURN])
def test_what_people_did_not_approve_goes_to_people_as_a_new_request_too(
    flow: Flow, decision: Decision
) -> None:
    refused_by_people(flow, decision)
    flow.let_policy_decide()
    again, other = flow.submit_several(MEAN, FINE), flow.submit(MEAN)
    assert flow.judge(again) is RequestState.UNDER_REVIEW
    assert flow.judge(other) is RequestState.APPROVED


def test_what_people_refuse_meanwhile_stops_what_a_policy_approved(flow: Flow) -> None:
    seen = flow.under_review()
    flow.let_policy_decide()
    number = flow.submit(FINE)
    assert flow.judge(number) is RequestState.APPROVED
    flow.review(seen, flow.world.checker, Decision.REJECT)
    assert flow.release(number) is RequestState.UNDER_REVIEW


def test_what_only_the_rules_gave_back_may_be_settled_in_its_next_round(flow: Flow) -> None:
    flow.let_policy_decide()
    number = flow.submit({**FINE, "where": "income < 10050"})
    assert flow.judge(number) is RequestState.RETURNED
    flow.resubmit(number, {"query": FINE})
    assert flow.judge(number) is RequestState.APPROVED


def test_what_can_be_subtracted_from_what_left_goes_to_people(flow: Flow) -> None:
    flow.let_policy_decide()
    unseen(flow)
    assert flow.judge(flow.submit(FINE)) is RequestState.APPROVED
    assert flow.judge(flow.submit(NARROWER)) is RequestState.UNDER_REVIEW
    assert audited(flow, "request.under_review")[0]["details"]["people"] == [earlier.SUBTRACTABLE.en]


def test_two_at_once_are_compared_with_each_other_before_either_leaves(flow: Flow) -> None:
    flow.let_policy_decide()
    first, second = flow.submit(FINE), flow.submit(NARROWER)
    assert flow.judge(first) is RequestState.APPROVED
    with flow.database.transaction() as session:
        # As if the second were judged while the verdict of the first was not in yet.
        find(session, first).state = RequestState.JUDGING
    assert flow.judge(second) is RequestState.APPROVED
    with flow.database.transaction() as session:
        find(session, first).state = RequestState.APPROVED
    states = [flow.release(first), flow.release(second)]
    assert states == [RequestState.UNDER_REVIEW, RequestState.RELEASED]
    for checker in (flow.world.checker, flow.world.second_checker):
        flow.review(first, checker)
    with flow.database.reading() as session:
        key = key_of(JobKind.RELEASE, find(session, first).id, 1)
        assert session.scalars(select(Job).where(Job.key == key)).one()
        assert not is_approved_by_policy(find(session, first))
    assert flow.release(first) is RequestState.RELEASED


def test_what_left_between_comparison_and_commit_is_compared_too(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow.let_policy_decide()
    number = flow.submit(FINE)
    assert flow.judge(number) is RequestState.APPROVED
    compare, times = earlier.compare_with_earlier, list[object]()

    def meanwhile(*given: Any) -> Any:
        compared = compare(*given)
        if not times:
            flow.arrange("two")
            flow.released({**FINE, "where": "income > 10100"})
            flow.let_policy_decide()
        times.append(compared)
        return compared

    monkeypatch.setattr("api.release.service.compare_with_earlier", meanwhile)
    # The other one is released by people inside the first comparison.
    assert flow.release(number) is RequestState.UNDER_REVIEW
    assert len(times) >= 2
    with flow.database.reading() as session:
        assert len(session.scalars(select(Release)).all()) == 1


def test_an_arrangement_that_gets_stricter_stops_what_has_not_left(flow: Flow) -> None:
    flow.let_policy_decide()
    number = flow.submit(FINE)
    assert flow.judge(number) is RequestState.APPROVED
    flow.arrange("two")
    assert flow.release(number) is RequestState.UNDER_REVIEW
    with flow.database.reading() as session:
        assert session.scalars(select(Release)).all() == []
        assert session.scalars(select(Notice).where(Notice.kind == NoticeKind.NEEDS_REVIEW)).all()


def test_an_own_variable_always_goes_to_people(flow: Flow) -> None:
    flow.let_policy_decide()
    number = flow.submit(FINE)
    assert flow.judge(number) is RequestState.APPROVED
    own = {
        "mine": {
            "type": "boolean",
            "label": {"nl": "Eigen", "en": "Own"},
            "code": "mine = income > 1",
            "sha256": "0" * 64,
        }
    }
    with flow.database.transaction() as session:
        output = find(session, number).outputs[0]
        output.query = {**output.query, "own": own}
    with flow.database.reading() as session:
        reasons = why_people(session, find(session, number))
        assert "A variable of the author's own was used." in [reason.en for reason in reasons]


def test_what_is_no_query_always_takes_two_people(flow: Flow) -> None:
    flow.ask_reviewers(of_project=1, of_policy=1)
    number = flow.submit(FINE)
    assert flow.judge(number) is RequestState.UNDER_REVIEW
    with flow.database.transaction() as session:
        find(session, number).outputs[0].query = {"file": "0" * 64}
    with flow.database.reading() as session:
        assert reviewers_required(session, find(session, number)) == 2


def test_two_workers_at_once_decide_once_and_release_once(flow: Flow) -> None:
    flow.let_policy_decide()
    number = flow.submit(FINE)
    request_id = flow.id_of(number)

    def at_once(work: Callable[[], None]) -> None:
        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    at_once(lambda: judge_request(flow.database, flow.settings, request_id))
    assert flow.state(number) is RequestState.APPROVED
    at_once(lambda: write_release(flow.database, flow.settings, flow.secrets, request_id))
    with flow.database.reading() as session:
        assert find(session, number).state is RequestState.RELEASED
        assert len(session.scalars(select(Release)).all()) == 1
        assert len(session.scalars(select(AfterCheck)).all()) == 1
        kinds = session.scalars(select(Job.kind).order_by(Job.id)).all()
        assert kinds == ["judge", "release_unseen"]
    assert len(audited(flow, "request.approved")) == 1
    assert len(audited(flow, "release.draw")) == 1


@pytest.mark.parametrize(("entropy", "drawn"), [(99_999, 1), (100_000, 0)])
def test_the_share_of_the_centre_is_drawn(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, entropy: int, drawn: int
) -> None:
    flow.let_policy_decide(share=0.1)
    monkeypatch.setattr("secrets.randbelow", lambda _: entropy)
    number = unseen(flow)
    (told,) = audited(flow, "release.draw")
    assert told["details"] == {"drawn": bool(drawn), "share": 0.1}
    with flow.database.reading() as session:
        assert len(session.scalars(select(AfterCheck)).all()) == drawn
        assert len(waiting_for(session, session.get_one(Person, flow.world.checker.id))) == drawn
        assert waiting_for(session, session.get_one(Person, flow.world.foreign_checker.id)) == []
        # Nothing that the author can read tells of it: neither record nor state nor notice.
        release = session.scalars(select(Release)).one()
        assert "draw" not in release.record
        assert find(session, number).history[-1].after is RequestState.RELEASED
        kinds = {notice.kind for notice in session.scalars(select(Notice))}
        assert kinds == {NoticeKind.APPROVED, NoticeKind.RELEASED}


def test_what_people_approved_is_not_drawn(flow: Flow) -> None:
    flow.released()
    assert audited(flow, "release.draw") == []


def test_in_order_ends_the_check(flow: Flow) -> None:
    flow.let_policy_decide()
    number = unseen(flow)
    afterwards(flow, number, AfterCheckResult.IN_ORDER)
    assert flow.state(number) is RequestState.RELEASED
    with pytest.raises(ConflictError):
        afterwards(flow, number, AfterCheckResult.NOT_IN_ORDER, "Too late.", flow.world.second_checker)
    with flow.database.reading() as session:
        assert waiting_for(session, session.get_one(Person, flow.world.checker.id)) == []


def test_not_in_order_revokes_and_tells_the_administrators(flow: Flow) -> None:
    flow.let_policy_decide()
    number = unseen(flow)
    with pytest.raises(InvalidError):
        afterwards(flow, number, AfterCheckResult.NOT_IN_ORDER, " ")
    afterwards(flow, number, AfterCheckResult.NOT_IN_ORDER, "The population is too small.")
    assert flow.state(number) is RequestState.REVOKED
    with flow.database.reading() as session:
        told = select(Notice).where(Notice.kind == NoticeKind.NOT_IN_ORDER)
        administrators = {notice.person.subject for notice in session.scalars(told)}
        assert administrators == {"administrator", "second-administrator"}
        one = session.scalars(select(AfterCheck)).one()
        assert (one.result, one.checker_id) == (AfterCheckResult.NOT_IN_ORDER, flow.world.checker.id)
    (record,) = audited(flow, "review.after_check")
    assert (record["actor"], record["details"]) == ("checker", {"result": "not_in_order"})


@pytest.mark.parametrize("who", ["researcher", "analyst", "foreign_checker", "administrator", "outsider"])
def test_only_a_checker_outside_the_project_checks_afterwards(flow: Flow, who: str) -> None:
    flow.let_policy_decide()
    number = unseen(flow)
    with pytest.raises(NotAllowedError):
        afterwards(flow, number, AfterCheckResult.IN_ORDER, person=getattr(flow.world, who))


def test_what_was_revoked_meanwhile_waits_for_nobody(flow: Flow, client: TestClient) -> None:
    flow.let_policy_decide()
    number = unseen(flow)
    flow.revoke(number)
    with flow.database.reading() as session:
        assert waiting_for(session, session.get_one(Person, flow.world.checker.id)) == []
    with pytest.raises(ConflictError):
        afterwards(flow, number, AfterCheckResult.IN_ORDER)
    log_in(client, flow.database, flow.settings, flow.world.checker)
    shown = client.get(f"/review/{number}?lang=en").text
    assert "revoked before anybody checked it" in shown
    assert f"/review/{number}/after-check" not in shown


def test_a_release_that_was_not_drawn_is_not_checked(flow: Flow) -> None:
    number = flow.released()
    with pytest.raises(ConflictError):
        afterwards(flow, number, AfterCheckResult.IN_ORDER)
