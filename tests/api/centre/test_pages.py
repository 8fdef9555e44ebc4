"""The pages of a centre: figures for who works on its requests, arrangements for its administrators."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from api.access.models import Project
from api.db import now
from api.people.models import Centre
from api.requests.models import RequestState
from api.review.models import AfterCheck
from api.review.requirements import arrangement_of
from tests.api.centre import past
from tests.api.centre.test_figures import remember
from tests.api.flow import SMALL, Flow
from tests.api.review.test_settling import unseen
from tests.api.web.reader import Reader, words

PAGE, REVIEW = "/centre/heerlen", "/centre/heerlen/review"
SAID = {"version": "0", "level": "none", "share": "12,5", "reason": "Tried for a year."}


def test_the_figures_are_shown_as_plots_with_tables(reader: Reader, flow: Flow) -> None:
    flow.judge(flow.submit(SMALL))
    shown = reader.be(flow.world.checker).open(PAGE)
    assert shown.status_code == 200
    assert "1 of 1 decisions" in words(shown)
    assert "100%" in words(shown)
    assert '<a class="nl-link" href="/rules#threshold">' in shown.text
    assert shown.text.count("enclave-bars") >= 1
    assert 'id="threshold"' in reader.open("/rules").text
    assert "No requests in this period" in words(reader.be(flow.world.auditor).open("/centre/den-haag"))


def test_a_past_is_shown_in_both_languages_and_handed_out(reader: Reader, flow: Flow) -> None:
    remember(flow, past.random_past(3, 60, now()))
    reader.be(flow.world.administrator)
    for language, median in (("en", "90th percentile"), ("nl", "90e percentiel")):
        reader.language = language
        assert median in words(reader.open(f"{PAGE}?weeks=4"))
    file = reader.open(f"{PAGE}/figures.csv?weeks=4")
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.headers["content-disposition"] == 'attachment; filename="heerlen-4.csv"'
    assert file.text.startswith("figure,week,item,value,unit\r\n")


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/figures.csv", REVIEW, "/api/centres/heerlen/figures"])
@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("checker", 200),
        ("second_administrator", 200),
        ("auditor", 200),
        ("foreign_checker", 404),
        ("steward", 200),
        ("researcher", 404),
    ],
)
def test_who_sees_them(reader: Reader, flow: Flow, path: str, name: str, status: int) -> None:
    reader.be(getattr(flow.world, name))
    assert reader.open(path).status_code == status
    assert reader.open(path.replace("heerlen", "nowhere")).status_code == 404


@pytest.mark.parametrize("weeks", ["0", "53", "many"])
def test_a_period_that_makes_no_sense_is_refused(reader: Reader, flow: Flow, weeks: str) -> None:
    assert reader.be(flow.world.checker).open(f"{PAGE}?weeks={weeks}").status_code == 422


def test_the_menu_leads_to_the_only_centre_or_to_a_choice(reader: Reader, flow: Flow) -> None:
    assert reader.be(flow.world.checker).open("/centre").headers["location"] == PAGE
    assert "/centre/den-haag" in reader.be(flow.world.administrator).open("/centre").text
    assert reader.be(flow.world.researcher).open("/centre").status_code == 403


def confirmed(reader: Reader, flow: Flow) -> str:
    """What the page says after the steward confirmed what is proposed on it."""
    page = reader.be(flow.world.steward).open(REVIEW)
    assert "Proposed, and not in effect" in words(page)
    address = re.search(r'action="([^"]+/confirm)"', page.text)
    assert address
    assert reader.send(address[1]).headers["location"] == REVIEW
    assert reader.send(address[1]).status_code == 409
    return words(reader.open(REVIEW))


def test_what_is_looser_waits_for_somebody_else(reader: Reader, flow: Flow) -> None:
    reader.be(flow.world.administrator).send(REVIEW, **SAID)
    shown = reader.open(REVIEW)
    assert "/confirm" not in shown.text
    assert "Two checkers" in words(shown)
    address = re.search(r'action="([^"]+)/dismiss"', shown.text)
    assert address
    assert reader.send(f"{address[1]}/confirm").status_code == 403
    assert reader.be(flow.world.checker).send(f"{address[1]}/dismiss").status_code == 403
    assert reader.be(flow.world.foreign_checker).send(f"{address[1]}/dismiss").status_code == 404
    reader.be(flow.world.administrator)
    assert reader.send("/centre/heerlen/looser/99/dismiss").status_code == 404
    assert reader.send(f"{address[1]}/dismiss").headers["location"] == REVIEW
    assert "Proposed, and not in effect" not in words(reader.open(REVIEW))


def test_an_administrator_arranges_it_in_the_page(reader: Reader, flow: Flow) -> None:
    reader.be(flow.world.administrator)
    assert reader.send(REVIEW, **SAID).headers["location"] == REVIEW
    confirmed(reader, flow)
    project = {"version": "0", "level": "none", "reason": "Large populations only."}
    assert reader.be(flow.world.administrator).send(f"{REVIEW}/minimum-incomes", **project).status_code == 303
    shown = confirmed(reader, flow)
    assert "confirmed by" in shown
    assert "nobody for what passes everything, else 2" in shown
    assert "12.5% checked afterwards" in shown
    assert "Tried for a year." in shown
    with flow.database.reading() as session:
        said = arrangement_of(session, session.get_one(Centre, flow.world.centre.id))
        assert said
        assert (said.level, said.share) == ("none", 0.125)
    assert "none for what passes every rule" in words(reader.be(flow.world.researcher).open("/projects"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"level": "nobody"}, "level"),
        ({"share": "much"}, "share"),
        ({"share": "0"}, "share"),
        ({"reason": " "}, "reason"),
    ],
)
def test_what_is_refused_is_shown_as_it_was_typed(
    reader: Reader, flow: Flow, changes: dict[str, str], field: str
) -> None:
    answer = reader.be(flow.world.administrator).send(REVIEW, **(SAID | changes))
    assert answer.status_code == 422
    assert "-error" in answer.text
    assert changes.get("reason", "Tried for a year.") in answer.text
    assert field in changes


def test_a_looser_project_a_stale_page_and_an_unknown_project_are_told(reader: Reader, flow: Flow) -> None:
    reader.be(flow.world.administrator)
    said = {"version": "0", "level": "one", "reason": "Quicker."}
    answer = reader.send(f"{REVIEW}/minimum-incomes", **said)
    assert answer.status_code == 422
    assert "looser than what Urban Data Center Heerlen asks" in words(answer)
    assert reader.send(REVIEW, **SAID).status_code == 303
    twice = reader.send(REVIEW, **SAID)
    assert (twice.status_code, "proposed for this already" in words(twice)) == (409, True)
    stricter = SAID | {"level": "two", "share": "100"}
    assert [reader.send(REVIEW, **stricter).status_code for _ in range(2)] == [303, 409]
    assert reader.send(f"{REVIEW}/housing", **said).status_code == 404


@pytest.mark.parametrize("name", ["checker", "auditor"])
def test_others_read_it_and_may_not_say_it(reader: Reader, flow: Flow, name: str) -> None:
    reader.be(getattr(flow.world, name))
    assert "<form" not in reader.open(REVIEW).text.split("<main")[1]
    assert reader.send(REVIEW, **SAID).status_code == 403


def test_a_policy_that_cannot_be_read_is_told(reader: Reader, flow: Flow) -> None:
    with flow.database.transaction() as session:
        session.get_one(Project, flow.world.project.id).policy = "gone"
    assert "the policy cannot be read" in words(reader.be(flow.world.administrator).open(REVIEW))


def test_a_checker_checks_afterwards_from_the_queue(reader: Reader, flow: Flow) -> None:
    flow.let_policy_decide()
    number, other = unseen(flow), unseen(flow)
    assert "To check afterwards" in words(reader.be(flow.world.checker).open("/queue"))
    address = f"/review/{number}/after-check"
    assert "the draw picked it" in words(reader.open(f"/review/{number}"))
    assert reader.send(address).status_code == 422
    refused = reader.send(address, result="not_in_order", finding=" ")
    assert refused.status_code == 422
    assert "Explain what is not in order." in words(refused)
    assert reader.send(address, result="in_order").headers["location"] == f"/queue?checked={number}"
    assert f"Your finding on {number} was recorded" in words(reader.open(f"/queue?checked={number}"))
    assert reader.send(address, result="in_order").status_code == 409
    said = reader.send(f"/review/{other}/after-check", result="not_in_order", finding="Wrong weights.")
    assert said.status_code == 303
    assert flow.state(other) is RequestState.REVOKED
    assert "Not in order" in words(reader.open(f"/review/{other}"))


def test_the_researcher_sees_nothing_of_the_draw(reader: Reader, flow: Flow) -> None:
    flow.let_policy_decide()
    number = unseen(flow)
    with flow.database.reading() as session:
        assert session.scalars(select(AfterCheck)).all()
    drawn = reader.be(flow.world.researcher).open(f"/requests/{number}")
    assert "Approved by the policy" in words(drawn)
    with flow.database.transaction() as session:
        session.delete(session.scalars(select(AfterCheck)).one())
    # The page is the same with and without it, but for what every page draws anew.
    plain = [
        words(page).split("What happens next")[1].split("How long it took")[0]
        for page in (drawn, reader.open(f"/requests/{number}"))
    ]
    assert plain[0] == plain[1]
    assert reader.open(f"/review/{number}").status_code == 403
    assert reader.send(f"/review/{number}/after-check", result="in_order").status_code == 403


def test_the_request_tells_how_long_it_took_and_what_is_usual(reader: Reader, flow: Flow) -> None:
    flow.approved()
    number = flow.under_review()
    shown = words(reader.be(flow.world.researcher).open(f"/requests/{number}"))
    assert "With the checkers" in shown
    assert "Checkers of this centre usually answer within" in shown
    assert "Half of the answers of Urban Data Center Heerlen" in words(
        reader.be(flow.world.checker).open("/queue")
    )
