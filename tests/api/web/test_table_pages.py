"""One table, one cell: for who may review it, and for nobody else."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from api.requests.models import Output, OutputRequest, RequestState
from api.web import windows
from tests.api.flow import FINE, SMALL, Flow
from tests.api.web.reader import Reader, words

HIDING = {**SMALL, "where": "income < 10400", "hide": "failing"}


@pytest.fixture
def failing(flow: Flow) -> str:
    number = flow.submit(SMALL)
    flow.judge(number)
    return number


def test_a_marked_cell_opens_with_its_count_and_each_reason(reader: Reader, flow: Flow, failing: str) -> None:
    page = reader.be(flow.world.checker).open(f"/review/{failing}")
    assert f'href="/review/{failing}/cells/1.1.1"' in page.text
    shown = words(reader.open(f"/review/{failing}/cells/1.1.1"))
    for told in ("Woman · Area 2", "Counted 1 persons", "2 cells with fewer than 10 persons", "Units 1"):
        assert told in shown, told
    assert "Next marked cell" in shown
    assert "Previous marked cell" not in shown


def test_a_cell_without_marks_says_so(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    page = reader.be(flow.world.checker).open(f"/review/{number}/cells/1.1.2")
    assert "No rule has anything to say about this cell." in words(page)
    assert "marked cell" not in words(page)
    assert "/cells/1." not in reader.open(f"/review/{number}").text


def test_a_comment_about_a_cell_is_placed_and_shown_there(reader: Reader, flow: Flow, failing: str) -> None:
    reader.be(flow.world.checker)
    reader.send(f"/review/{failing}/comments", text="Merge the areas.", cells="1.1.1", reach="checkers")
    assert "Merge the areas." in words(reader.open(f"/review/{failing}/cells/1.1.1"))
    assert "Merge the areas." not in words(reader.open(f"/review/{failing}/cells/1.2.1"))


@pytest.mark.parametrize("place", ["1.9.9", "2.1.1", "0.0.0", "1.0.1", "x", "1.1", "9999.1.1"])
def test_a_cell_that_is_not_there_is_not_found(reader: Reader, flow: Flow, failing: str, place: str) -> None:
    assert reader.be(flow.world.checker).open(f"/review/{failing}/cells/{place}").status_code == 404


def test_the_form_leads_to_the_cell(reader: Reader, flow: Flow, failing: str) -> None:
    answer = reader.be(flow.world.checker).open(f"/review/{failing}/cells?cell=+1.2.1")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/review/{failing}/cells/1.2.1")
    assert reader.open(f"/review/{failing}/cells?cell=//evil.example").status_code == 404


@pytest.mark.parametrize("path", ["cells/1.1.1", "tables/1"])
@pytest.mark.parametrize(
    "name", ["researcher", "analyst", "auditor", "steward", "outsider", "foreign_checker"]
)
def test_nobody_else_opens_cells_or_tables(
    reader: Reader, flow: Flow, failing: str, name: str, path: str
) -> None:
    answer = reader.be(getattr(flow.world, name)).open(f"/review/{failing}/{path}")
    assert answer.status_code in (403, 404)
    assert "Area 2" not in words(answer)


def test_a_hidden_cell_shows_what_an_intruder_works_out(reader: Reader, flow: Flow) -> None:
    number = flow.submit(HIDING)
    flow.judge(number)
    with flow.database.reading() as session:
        verdict = session.scalars(select(Output.verdict)).one()
    assert verdict
    assert verdict["hidden"]
    page = reader.be(flow.world.checker).open(f"/review/{number}")
    shown = words(page)
    assert "Hidden cells, and what an intruder can work out" in shown
    row, column = divmod(verdict["hidden"][0]["cell"], len(verdict["table"]["columns"]))
    place = f"1.{row + 1}.{column + 1}"
    assert f"/cells/{place}" in page.text
    assert "An intruder works out" in words(reader.open(f"/review/{number}/cells/{place}"))


def test_the_rules_that_were_applied_are_listed(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    shown = words(reader.be(flow.world.checker).open(f"/review/{number}"))
    assert "Minimum number of units" in shown
    assert "rules were applied" in shown


def test_a_long_table_is_read_in_parts(reader: Reader, flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "CELLS_AT_ONCE", 4)
    number = flow.under_review()
    reader.be(flow.world.checker)
    first = reader.open(f"/review/{number}")
    assert 'aria-rowcount="4"' in first.text
    assert 'aria-rowindex="2"' in first.text
    assert f'href="/review/{number}/tables/1?row=2#finding-table"' in first.text
    assert "Woman" in words(first)
    assert ">Man<" not in first.text
    part = reader.open(f"/review/{number}/tables/1?row=2")
    assert ">Man<" in part.text
    assert ">Woman<" not in part.text
    assert 'id="finding-rows-1"' in part.text
    assert "Rows before" in words(part)
    assert "Rows after" in words(part)
    assert "Rows after" not in words(reader.open(f"/review/{number}/tables/1?row=999"))
    assert "No cell of this table is marked." in words(reader.open(f"/review/{number}/tables/1?only=marked"))


def test_only_marked_rows_keep_that_choice_from_part_to_part(
    reader: Reader, flow: Flow, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "CELLS_AT_ONCE", 1)
    reader.be(flow.world.checker)
    page = reader.open(f"/review/{failing}/tables/1?only=marked")
    assert f"/review/{failing}/tables/1?only=marked&amp;row=2" in page.text


@pytest.mark.parametrize("path", ["tables/2", "tables/0"])
def test_a_table_that_is_not_there_is_not_found(reader: Reader, flow: Flow, failing: str, path: str) -> None:
    assert reader.be(flow.world.checker).open(f"/review/{failing}/{path}").status_code == 404


def test_a_table_that_is_not_judged_is_not_there_yet(reader: Reader, flow: Flow) -> None:
    number = flow.submit(FINE)
    assert reader.be(flow.world.checker).open(f"/review/{number}/tables/1").status_code == 404
    assert flow.judge(number) is RequestState.UNDER_REVIEW
    assert reader.open(f"/review/{number}/tables/1").status_code == 200


def test_verdicts_that_were_read_long_ago_are_read_again(reader: Reader, flow: Flow) -> None:
    numbers = [flow.under_review({**FINE, "where": f"income > {least}"}) for least in (11000, 12000, 13000)]
    reader.be(flow.world.checker)
    for number in (*numbers, *numbers):
        assert reader.open(f"/review/{number}/tables/1").status_code == 200


def test_earlier_releases_about_the_same_people_come_first(reader: Reader, flow: Flow) -> None:
    other = flow.released({**FINE, "where": "income > 20000"})
    same, revoked = flow.released(), flow.released({**FINE, "where": "income > 30000"})
    flow.revoke(revoked)
    number = flow.under_review({"dataset": "people", "index": "sex"})
    page = reader.be(flow.world.checker).open(f"/review/{number}")
    shown = words(page).split("Earlier releases from the same data")[1]
    assert shown.index(same) < min(shown.index(other), shown.index(revoked))
    assert "Same population" in shown
    assert "Same data, other selection" in shown
    assert "Revoked" in shown
    assert f'href="/review/{same}"' in page.text


def test_what_is_not_released_or_not_for_the_checker_is_no_earlier_release(
    reader: Reader, flow: Flow
) -> None:
    flow.under_review()
    number = flow.under_review({"dataset": "people", "index": "sex"})
    reader.be(flow.world.checker)
    assert "Nothing from these data left before" in words(reader.open(f"/review/{number}"))
    released = flow.released({**FINE, "where": "income > 20000"})
    with flow.database.transaction() as session:
        request = session.scalars(select(OutputRequest).where(OutputRequest.number == released)).one()
        request.project_id = flow.world.foreign_project.id
    assert released not in words(reader.open(f"/review/{number}"))


def test_only_the_newest_earlier_releases_are_shown(
    reader: Reader, flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.release.earlier.MOST_SHOWN", 1)
    flow.released()
    flow.released({**FINE, "where": "income > 20000"})
    number = flow.under_review({"dataset": "people", "index": "sex"})
    assert "1 older one is not shown." in words(reader.be(flow.world.checker).open(f"/review/{number}"))


def test_the_document_of_the_query_is_still_there(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    page = words(reader.be(flow.world.checker).open(f"/review/{number}"))
    assert json.dumps("people") in page
