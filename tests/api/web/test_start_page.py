from __future__ import annotations

import pytest

from tests.api.factories import make_person
from tests.api.flow import Flow
from tests.api.web.reader import Reader, words


def test_a_visitor_reads_what_the_house_is_for(reader: Reader) -> None:
    answer = reader.open("/")
    assert answer.status_code == 200
    assert "Research on people, without showing a person" in words(answer)
    assert 'href="/auth/login"' in answer.text
    assert "Main menu" not in answer.text


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        ("researcher", {"/projects", "/requests"}),
        ("checker", {"/queue"}),
        ("administrator", {"/requests", "/admin/grants", "/admin/people", "/admin/institutions"}),
        ("auditor", {"/requests", "/audit"}),
        ("steward", set()),
    ],
)
def test_each_reader_is_offered_what_is_theirs(
    reader: Reader, flow: Flow, who: str, offered: set[str]
) -> None:
    answer = reader.be(getattr(flow.world, who)).open("/")
    addresses = {"/projects", "/requests", "/queue", "/admin/grants", "/audit"} | {
        "/admin/people",
        "/admin/institutions",
    }
    assert {
        address for address in addresses if f'enclave-nav__link" href="{address}"' in answer.text
    } == offered
    assert {
        address for address in addresses if f'enclave-entrance__link" href="{address}"' in answer.text
    } == offered


def test_what_waits_is_counted(reader: Reader, flow: Flow) -> None:
    flow.under_review()
    assert "1 waiting for you" in words(reader.be(flow.world.checker).open("/"))
    shown = words(reader.be(flow.world.researcher).open("/"))
    assert "1 of 1 open now" in shown
    assert "1 request" in shown


def test_who_has_no_role_is_told_whom_to_ask(reader: Reader, flow: Flow) -> None:
    with flow.database.transaction() as session:
        newcomer = make_person(session)
    shown = words(reader.be(newcomer).open("/"))
    assert "There is nothing for you to do yet" in shown
    assert "()" not in shown


def test_a_lost_reader_keeps_their_menu(reader: Reader, flow: Flow) -> None:
    answer = reader.be(flow.world.checker).open("/nowhere")
    assert answer.status_code == 404
    assert 'href="/queue"' in answer.text
