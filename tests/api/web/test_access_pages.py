from __future__ import annotations

from api.access.decision import Door, decide
from api.access.models import Grant, Sandbox
from api.people.models import Person
from tests.api.factories import make_grant, make_person, make_project, make_view
from tests.api.flow import Flow
from tests.api.web.reader import Reader, words


def test_a_researcher_sees_the_open_door_of_their_project(reader: Reader, flow: Flow) -> None:
    page = reader.be(flow.world.researcher).open("/projects")
    assert f'href="{flow.settings.hub_url}/hub/open/minimum-incomes"' in page.text
    assert "12 conditions are met" in words(page)
    assert "people (3 variables)" in words(page)


def test_every_unmet_condition_is_named_with_its_remedy_and_the_door_is_shut(
    reader: Reader, flow: Flow
) -> None:
    with flow.database.transaction() as session:
        project = make_project(session, slug="empty")
        newcomer = make_person(session, subject="newcomer", vetted=False)
        make_grant(session, person=newcomer, project=project)
    page = reader.be(newcomer).open("/projects")
    shown = words(page)
    assert "/hub/open/empty" not in page.text
    assert "The workplace is closed for you" in shown
    for reason in (
        "Your confidentiality statement is missing.",
        "Your training for researchers is missing.",
        "Have your identity checked at Urban Data Center.",
    ):
        assert reason in shown
    assert "none yet" in shown


def test_who_has_no_project_is_told_whom_to_ask(reader: Reader, flow: Flow) -> None:
    assert "You have no access to any project" in words(reader.be(flow.world.checker).open("/projects"))


def test_an_administrator_sees_all_access_and_how_it_stands(reader: Reader, flow: Flow) -> None:
    with flow.database.transaction() as session:
        late = make_person(session, subject="late", vetted=False)
        make_grant(
            session, person=late, project=session.get_one(type(flow.world.project), flow.world.project.id)
        )
    shown = words(reader.be(flow.world.administrator).open("/admin/grants"))
    assert "Researcher" in shown
    assert "All conditions met running" in shown
    assert "Late" in shown
    assert "conditions not met" in shown


def test_nobody_else_sees_who_has_access(reader: Reader, flow: Flow) -> None:
    for person in (flow.world.researcher, flow.world.checker, flow.world.steward, flow.world.auditor):
        reader.be(person)
        assert reader.open("/admin/grants").status_code == 403
        assert reader.open(f"/admin/grants/{flow.world.grant.id}").status_code in (403, 404)
        answer = reader.send(f"/admin/grants/{flow.world.grant.id}/withdraw", reason="Because.")
        assert answer.status_code in (403, 404)
    assert _grant(flow).withdrawal is None


def test_a_withdrawal_shows_what_was_stopped_and_is_told_to_the_person(reader: Reader, flow: Flow) -> None:
    address = f"/admin/grants/{flow.world.grant.id}"
    before = words(reader.be(flow.world.administrator).open(address))
    assert "Running workplaces 1" in before
    assert "income >= 10000" in before
    answer = reader.send(f"{address}/withdraw", reason="The contract ended.")
    assert (answer.status_code, answer.headers["location"]) == (303, address)
    after = reader.open(address)
    assert "1 running workplace was closed" in words(after)
    assert "The contract ended." in words(after)
    assert "/withdraw" not in after.text
    with flow.database.reading() as session:
        assert session.get_one(Sandbox, flow.sandbox_id).ended_at
        grant = session.get_one(Grant, flow.world.grant.id)
        assert not decide(session, Door.OPEN_PROJECT, grant.person, grant.project).allowed
    assert "The contract ended." in words(reader.be(flow.world.researcher).open("/projects"))


def test_a_withdrawal_without_reason_or_for_the_second_time_is_explained(reader: Reader, flow: Flow) -> None:
    address = f"/admin/grants/{flow.world.grant.id}"
    empty = reader.be(flow.world.administrator).send(f"{address}/withdraw", reason="  ")
    assert empty.status_code == 422
    assert 'aria-invalid="true"' in empty.text
    reader.send(f"{address}/withdraw", reason="Once.")
    again = reader.send(f"{address}/withdraw", reason="Twice.")
    assert again.status_code == 409
    assert "withdrawn or replaced already" in words(again)
    assert "No workplace was running" not in words(again)


def test_a_withdrawal_from_a_foreign_page_does_nothing(reader: Reader, flow: Flow) -> None:
    reader.be(flow.world.administrator)
    answer = reader.client.post(
        f"/admin/grants/{flow.world.grant.id}/withdraw",
        data={"reason": "Forged.", "csrf_token": reader.csrf},
        headers={"origin": flow.settings.hub_url, "accept": "text/html"},
    )
    assert answer.status_code == 403
    assert _grant(flow).withdrawal is None


def test_access_that_nobody_used_stops_nothing(reader: Reader, flow: Flow) -> None:
    with flow.database.transaction() as session:
        idle = make_person(session, subject="idle")
        grant = make_grant(session, person=idle, project=session.get_one(Grant, flow.world.grant.id).project)
    reader.be(flow.world.administrator).send(f"/admin/grants/{grant.id}/withdraw", reason="Never came.")
    assert "No workplace was running." in words(reader.open(f"/admin/grants/{grant.id}"))
    assert "Withdrawn" in words(reader.open("/admin/grants"))


def test_an_administrator_leaves_a_dataset_out_and_the_person_sees_less(reader: Reader, flow: Flow) -> None:
    with flow.database.transaction() as session:
        make_view(session, project=session.get_one(Grant, flow.world.grant.id).project, name="wealth")
    address = f"/admin/grants/{flow.world.grant.id}"
    before = words(reader.be(flow.world.administrator).open(address))
    assert "Fewer datasets" in before
    assert "all that the project sees, now and later" in before
    wrong = reader.send(f"{address}/narrow", datasets=["people", "wealth"], reason="Not his work.")
    assert wrong.status_code == 422
    assert "Leave out at least one dataset of: people, wealth." in words(wrong)
    assert ">Not his work.</textarea>" in wrong.text
    answer = reader.send(f"{address}/narrow", datasets=["wealth"], reason="Not his work.")
    assert answer.status_code == 303
    after = reader.open(answer.headers["location"])
    assert "only wealth" in words(after)
    assert "Version 2, narrowed by Administrator; only wealth" in words(after)
    assert "Version 1, granted by" in words(after)
    assert "not in view: their access is not for it" in words(after)
    assert "/narrow" not in after.text
    assert "/narrow" not in reader.open(address).text
    with flow.database.reading() as session:
        assert session.get_one(Sandbox, flow.sandbox_id).end_reason == "datasets_granted"
    shown = words(reader.be(flow.world.researcher).open("/projects"))
    assert "wealth (1 variable)" in shown
    assert "people" not in shown


def test_an_unknown_grant_is_not_there(reader: Reader, flow: Flow) -> None:
    assert reader.be(flow.world.administrator).open("/admin/grants/999999").status_code == 404
    assert reader.open("/admin/grants/nonsense").status_code == 422


def _grant(flow: Flow) -> Grant:
    with flow.database.reading() as session:
        grant = session.get_one(Grant, flow.world.grant.id)
        assert isinstance(grant.person, Person)
        _ = grant.withdrawal
        return grant
