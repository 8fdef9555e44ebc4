from __future__ import annotations

import pytest

from tests.api.flow import Flow
from tests.api.web.reader import Reader, words

PAGE = "/admin/publication"


def test_an_administrator_opens_and_closes_with_a_reason(reader: Reader, flow: Flow) -> None:
    number = flow.released()
    reader.be(flow.world.administrator)
    assert words(reader.open(PAGE)).count("Closed – –") >= 2
    for project in ("", "minimum-incomes"):
        answer = reader.send(f"{PAGE}/heerlen", project=project, opened="true", reason="For the council.")
        assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}#heerlen")
    assert words(reader.open(PAGE)).count("For the council.") == 2
    assert number in words(reader.open("/public/en"))
    reader.send(f"{PAGE}/heerlen", opened="false", reason="Not any more.")
    assert number not in words(reader.open("/public/en"))


def test_a_missing_reason_is_asked_for_and_the_project_stays_chosen(reader: Reader, flow: Flow) -> None:
    reader.be(flow.world.second_administrator)
    answer = reader.send(f"{PAGE}/heerlen", project="minimum-incomes", opened="true", reason=" ")
    assert answer.status_code == 422
    assert 'value="minimum-incomes" selected' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_a_second_click_says_so(reader: Reader, flow: Flow) -> None:
    reader.be(flow.world.administrator)
    answer = reader.send(f"{PAGE}/heerlen", opened="false", reason="Why.")
    assert answer.status_code == 409
    assert "This was chosen already." in words(answer)


@pytest.mark.parametrize("project", ["housing", "nothing"])
def test_a_project_of_elsewhere_is_refused(reader: Reader, flow: Flow, project: str) -> None:
    reader.be(flow.world.administrator)
    answer = reader.send(f"{PAGE}/heerlen", project=project, opened="true", reason="Why.")
    assert answer.status_code == 422
    assert "does not have that project" in words(answer)


@pytest.mark.parametrize("name", ["researcher", "checker", "steward", "auditor"])
def test_others_neither_see_nor_choose(reader: Reader, flow: Flow, name: str) -> None:
    reader.be(getattr(flow.world, name))
    assert reader.open(PAGE).status_code == 403
    assert reader.send(f"{PAGE}/heerlen", opened="true", reason="Why.").status_code == 403


def test_an_administrator_sees_and_opens_their_own_centre_only(reader: Reader, flow: Flow) -> None:
    shown = words(reader.be(flow.world.second_administrator).open(PAGE))
    assert "Urban Data Center Heerlen" in shown
    assert "Den Haag" not in shown
    for slug in ("den-haag", "nowhere"):
        assert reader.send(f"{PAGE}/{slug}", opened="true", reason="Why.").status_code == 403
