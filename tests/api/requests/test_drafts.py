"""Drafts: kept for their author alone, and submitted by the same road as what comes from a sandbox."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from api.access.models import Grant
from api.audit.models import AuditRecord
from api.db import now
from api.errors import ConflictError, InvalidError, NotAllowedError, TooManyRequestsError
from api.people.models import Person, Role
from api.requests.drafts import (
    begin_draft,
    begin_next_round,
    draft_of,
    drafted_outputs,
    drop_draft,
    own_draft,
    save_draft,
    submission_key,
)
from api.requests.models import Draft, OutputRequest, RequestState
from api.requests.permissions import check_user_can_submit
from api.requests.queries import requests_of
from api.requests.service import withdraw
from api.requests.submission import prepare, submit_draft
from tests.api.factories import acting
from tests.api.flow import FINE, MEAN, Flow, find
from tests.api.inspection.files import Files

SAID = {"title": "Incomes by area", "purpose": "Policy on poverty."}


def drafted(flow: Flow, *queries: dict[str, Any], said: dict[str, str] | None = None) -> str:
    """The number of a draft of the researcher."""
    with flow.database.reading() as session:
        grant = session.get_one(Grant, flow.world.grant.id)
        sent = [{"title": f"Part {number}", "query": query} for number, query in enumerate(queries, 1)]
        outputs = drafted_outputs(session, flow.settings, grant, sent)
    with flow.database.transaction() as session:
        grant = session.get_one(Grant, flow.world.grant.id)
        actor = acting(grant.person, Role.RESEARCHER)
        return begin_draft(session, actor, flow.settings, grant, said or SAID, outputs).number


def sent(flow: Flow, number: str) -> RequestState:
    """Submit a draft as its author."""
    with flow.database.reading() as session:
        request = find(session, number)
        draft = draft_of(session, request)
        assert draft
        grant = check_user_can_submit(session, request.author, request.project)
        prepared = prepare(session, flow.settings, grant, draft.document, submission_key(draft), request)
    with flow.database.transaction() as session:
        request = find(session, number)
        grant = check_user_can_submit(session, request.author, request.project)
        actor = acting(request.author, Role.RESEARCHER)
        return submit_draft(session, actor, flow.settings, grant, request, prepared).state


def test_a_draft_goes_the_same_road_as_a_submission(flow: Flow) -> None:
    number = drafted(flow, FINE, MEAN)
    assert flow.state(number) is RequestState.DRAFT
    assert sent(flow, number) is RequestState.SUBMITTED
    assert flow.judge(number) is RequestState.UNDER_REVIEW
    with flow.database.reading() as session:
        request = find(session, number)
        assert [output.title for output in request.outputs] == ["Part 1", "Part 2"]
        assert request.rounds[0].context["purpose"] == SAID["purpose"]
        assert session.scalar(select(func.count()).select_from(Draft)) == 0


def test_nobody_else_sees_a_draft(flow: Flow) -> None:
    number = drafted(flow, FINE)
    with flow.database.reading() as session:
        for name in ("researcher", "analyst", "checker", "administrator", "auditor"):
            person = session.get_one(Person, getattr(flow.world, name).id)
            seen = [one.number for one in requests_of(session, person).items]
            assert seen == ([number] if name == "researcher" else [])


def test_only_a_title_is_needed_until_it_is_submitted(flow: Flow) -> None:
    number = drafted(flow, said={"title": "Only a title"})
    with pytest.raises(InvalidError) as refused:
        sent(flow, number)
    assert refused.value.field == "purpose"
    with pytest.raises(InvalidError) as untitled:
        drafted(flow, said={"title": " "})
    assert untitled.value.field == "title"


def test_what_is_saved_is_checked_kept_and_remembered(flow: Flow) -> None:
    number = drafted(flow, FINE, MEAN)
    with flow.database.transaction() as session:
        request = find(session, number)
        draft = own_draft(session, acting(request.author, Role.RESEARCHER), request, 1)
        outputs = list(reversed(draft.document["outputs"]))
        save_draft(session, acting(request.author, Role.RESEARCHER), draft, SAID | {"title": "New"}, outputs)
        assert (draft.version, request.title) == (2, "New")
        save_draft(session, acting(request.author, Role.RESEARCHER), draft, SAID | {"title": "New"}, outputs)
        assert draft.version == 2  # nothing changed
        for fields, again, field in (
            ({"title": "<b>x</b>"}, outputs, "title"),
            (SAID, [{**outputs[0], "title": "\u202ex"}], "outputs[0].title"),
            (SAID, [*outputs, outputs[0]], "outputs[2]"),
            (SAID, [{"title": "", "query": {"n": n}} for n in range(21)], "query"),
        ):
            with pytest.raises(InvalidError) as refused:
                save_draft(session, acting(request.author, Role.RESEARCHER), draft, fields, again)
            assert refused.value.field == field
        actions = select(AuditRecord.action).where(AuditRecord.subject == f"request:{number}")
        assert session.scalars(actions).all() == ["draft.save", "draft.save"]


def test_an_old_version_and_another_person_change_nothing(flow: Flow) -> None:
    number = drafted(flow, FINE)
    with flow.database.transaction() as session:
        request = find(session, number)
        with pytest.raises(ConflictError) as old:
            own_draft(session, acting(request.author, Role.RESEARCHER), request, 7)
        analyst = session.get_one(Person, flow.world.analyst.id)
        with pytest.raises(NotAllowedError):
            own_draft(session, acting(analyst, Role.RESEARCHER), request)
    assert (old.value.code, old.value.field) == ("draft_changed", "version")


def test_the_next_round_is_drafted_from_the_last(flow: Flow) -> None:
    number = flow.returned(FINE, MEAN)
    with flow.database.transaction() as session:
        request = find(session, number)
        actor = acting(request.author, Role.RESEARCHER)
        draft = begin_next_round(session, actor, request)
        assert begin_next_round(session, actor, request).id == draft.id
        changed = SAID | {"title": "Means by sex", "purpose": "Better."}
        save_draft(session, actor, draft, changed, draft.document["outputs"][1:])
        assert request.title == "Incomes by area"  # the request says what it said until it is submitted again
    assert sent(flow, number) is RequestState.SUBMITTED
    with flow.database.reading() as session:
        request = find(session, number)
        assert (request.round, request.title, len(request.outputs)) == (2, "Means by sex", 1)


def test_a_round_from_the_notebook_overtakes_a_draft(flow: Flow) -> None:
    number = flow.returned(FINE)
    with flow.database.transaction() as session:
        request = find(session, number)
        begin_next_round(session, acting(request.author, Role.RESEARCHER), request)
    flow.resubmit(number, {"query": MEAN})
    with flow.database.transaction() as session:
        request = find(session, number)
        actor = acting(request.author, Role.RESEARCHER)
        for late in (begin_next_round, own_draft):
            with pytest.raises(ConflictError) as refused:
                late(session, actor, request)
            assert refused.value.code == "no_draft"


def test_dropping_and_withdrawing(flow: Flow) -> None:
    first, again = drafted(flow, FINE), flow.returned(FINE)
    with flow.database.transaction() as session:
        new, returned = find(session, first), find(session, again)
        actor = acting(new.author, Role.RESEARCHER)
        begin_next_round(session, actor, returned)
        drop_draft(session, actor, returned)
        with pytest.raises(ConflictError):
            drop_draft(session, actor, new)
        withdraw(session, actor, new)
        assert session.scalars(select(Draft)).all() == []
    assert (flow.state(first), flow.state(again)) == (RequestState.WITHDRAWN, RequestState.RETURNED)


def test_files_are_drafted_by_name_and_content(flow: Flow) -> None:
    files = Files(flow)
    asked = files.asked("a.py", b"x = 1\n")
    with flow.database.reading() as session:
        grant = session.get_one(Grant, flow.world.grant.id)
        kept = drafted_outputs(session, flow.settings, grant, [asked])
    assert kept == [{"title": "", "file": asked["file"]}]
    number = files.submit(("a.py", b"x = 1\n"))
    flow.judge(number)
    for checker in (flow.world.checker, flow.world.second_checker):
        flow.review(number, checker, "return")  # type: ignore[arg-type]
    with flow.database.transaction() as session:
        request = find(session, number)
        draft = begin_next_round(session, acting(request.author, Role.RESEARCHER), request)
        assert [one["file"] for one in draft.document["outputs"]] == [asked["file"]]


@pytest.mark.parametrize(
    ("limits", "code"), [({"requests_per_day": 2}, "too_many_today"), ({}, "too_many_drafts")]
)
def test_drafts_are_no_pipe(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, limits: dict[str, int], code: str
) -> None:
    monkeypatch.setattr("api.requests.drafts.MOST_DRAFTS", 3 if limits else 2)
    flow.settings = flow.settings.model_copy(update=limits)
    for _ in range(2):
        drafted(flow)
    with pytest.raises(TooManyRequestsError) as refused:
        drafted(flow)
    assert refused.value.code == code


def test_without_access_nothing_is_drafted_or_submitted(flow: Flow) -> None:
    number = drafted(flow, FINE)
    with flow.database.transaction() as session:
        session.get_one(Person, flow.world.researcher.id).suspended_at = now()
    with pytest.raises(NotAllowedError):
        drafted(flow)
    with pytest.raises(NotAllowedError):
        sent(flow, number)
    with flow.database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(OutputRequest)) == 1


def test_every_round_can_be_drafted(flow: Flow) -> None:
    """The row of a draft that was submitted is gone, and its place in the database may be given to the next."""
    number = drafted(flow, FINE)
    sent(flow, number)
    for place in (2, 3):
        flow.judge(number)
        for checker in (flow.world.checker, flow.world.second_checker):
            flow.review(number, checker, "return")  # type: ignore[arg-type]
        with flow.database.transaction() as session:
            request = find(session, number)
            actor = acting(request.author, Role.RESEARCHER)
            draft = begin_next_round(session, actor, request)
            title = {"title": f"Round {place}"}
            save_draft(session, actor, draft, SAID | title, draft.document["outputs"])
        assert sent(flow, number) is RequestState.SUBMITTED
        with flow.database.reading() as session:
            assert find(session, number).round == place
