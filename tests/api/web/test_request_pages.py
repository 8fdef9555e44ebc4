from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from api.jobs.models import Job
from api.jobs.service import DISK_FULL
from api.release.models import ReleasedFile
from api.requests.models import RequestState
from api.review.models import Decision
from tests.api.flow import FINE, MEAN, SMALL, Flow
from tests.api.web.reader import Reader, words

NUMBERS = re.compile(r"\b\d{3,4}\b")


def test_a_researcher_reads_what_was_submitted_and_how_far_it_is(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    listed = words(reader.be(flow.world.researcher).open("/requests"))
    assert number in listed
    assert "With the output checkers" in listed
    shown = words(reader.open(f"/requests/{number}"))
    assert "Judged by the rules (done)" in shown
    assert "Reviewed by people (now)" in shown
    assert "Output checkers look at your request." in shown


def test_who_submitted_nothing_is_told_how(reader: Reader, flow: Flow) -> None:
    assert "Make a table in the notebook" in words(reader.be(flow.world.researcher).open("/requests"))


def test_a_request_that_is_judged_looks_again_by_itself_and_without_script(
    reader: Reader, flow: Flow
) -> None:
    number = flow.submit(FINE)
    answer = reader.be(flow.world.researcher).open(f"/requests/{number}")
    nonce = re.search(r"'nonce-([^']+)'", answer.headers["content-security-policy"])
    assert nonce
    assert f'hx-get="/requests/{number}" hx-trigger="every 1s"' in answer.text
    assert f'hx-nonce="{nonce[1]}"' in answer.text
    assert "<noscript>" in answer.text
    flow.judge(number)
    assert "hx-get" not in reader.open(f"/requests/{number}").text


def test_what_came_back_says_why_and_what_to_change_but_no_figure_and_no_cell(
    reader: Reader, flow: Flow
) -> None:
    number = flow.submit(SMALL)
    flow.judge(number)
    answer = reader.be(flow.world.researcher).open(f"/requests/{number}")
    shown = words(answer)
    assert "Judged by the rules (stopped)" in shown
    assert "fewer than 10 persons" in shown
    assert "in the notebook you see which cells these are" in shown
    assert "enclave-result" not in answer.text
    assert "Area 1" not in shown


def test_figures_appear_with_the_release_and_not_before(reader: Reader, flow: Flow) -> None:
    number = flow.approved()
    before = reader.be(flow.world.researcher).open(f"/requests/{number}")
    assert "/files/" not in before.text
    assert "enclave-result" not in before.text
    flow.release(number)
    after = reader.open(f"/requests/{number}")
    assert f'href="/api/requests/{number}/files/{number}-1.csv"' in after.text
    for ending in ("csv-metadata.json", "parquet", "xlsx"):
        assert f'href="/api/requests/{number}/files/{number}-1.{ending}"' in after.text
    with flow.database.reading() as session:
        for file in session.scalars(select(ReleasedFile)):
            assert file.sha256 in words(after)
            assert f"{file.size:,}" in words(after)
    assert f'href="/api/requests/{number}/receipt"' in after.text
    assert "Area 1" in words(after)
    assert "2,000" in words(after)
    assert reader.open(f"/api/requests/{number}/files/{number}-1.csv").status_code == 200


def test_a_comment_is_shown_when_all_have_decided(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    flow.review(number, flow.world.checker, Decision.RETURN, "Merge the areas.")
    assert "Merge the areas." not in words(reader.be(flow.world.researcher).open(f"/requests/{number}"))
    flow.review(number, flow.world.second_checker)
    assert "Merge the areas." in words(reader.open(f"/requests/{number}"))


def test_another_projects_number_is_as_unknown_as_none(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    foreign = reader.be(flow.world.outsider).open(f"/requests/{number}")
    unknown = reader.open("/requests/R-2026-9999")
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert words(foreign).replace(number, "") == words(unknown).replace("R-2026-9999", "")


def test_a_page_of_many_requests_leads_to_the_older_ones(
    reader: Reader, flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.requests.pages.PAGE_SIZE", 2)
    numbers = [flow.submit(FINE) for _ in range(3)]
    first = reader.be(flow.world.researcher).open("/requests")
    assert numbers[2] in first.text
    assert numbers[0] not in first.text
    assert 'href="/requests?offset=2"' in first.text
    last = reader.open("/requests?offset=2")
    assert numbers[0] in last.text
    assert 'href="/requests?offset=0"' in last.text
    assert reader.open("/requests?offset=-1").status_code == 422


@pytest.mark.parametrize(
    "path", ["/requests", "/requests/R-2026-0001", "/queue", "/review/R-2026-0001", "/projects"]
)
def test_without_login_every_page_leads_to_the_login(reader: Reader, path: str) -> None:
    answer = reader.open(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/auth/login?next=%2F")


def test_who_waits_for_a_full_disk_reads_so(reader: Reader, flow: Flow) -> None:
    number = flow.approved()
    with flow.database.transaction() as session:
        session.execute(update(Job).where(Job.kind == "release").values(last_error=DISK_FULL))
    shown = words(reader.be(flow.world.researcher).open(f"/requests/{number}"))
    assert "the disk of the service is full" in shown
    assert "you need not do anything" in shown


def test_an_author_withdraws_from_the_page_and_nobody_else_does(reader: Reader, flow: Flow) -> None:
    number = flow.under_review()
    assert "Withdraw" not in words(reader.be(flow.world.analyst).open(f"/requests/{number}"))
    for name in ("analyst", "checker"):
        assert reader.be(getattr(flow.world, name)).send(f"/requests/{number}/withdrawal").status_code == 403
    reader.be(flow.world.researcher)
    assert "Withdraw for good" in words(reader.open(f"/requests/{number}"))
    answer = reader.send(f"/requests/{number}/withdrawal")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/requests/{number}")
    assert flow.state(number) is RequestState.WITHDRAWN
    assert "Withdraw for good" not in words(reader.open(f"/requests/{number}"))
    assert reader.send(f"/requests/{number}/withdrawal").status_code == 409


def test_an_approved_request_can_no_longer_be_withdrawn(reader: Reader, flow: Flow) -> None:
    number = flow.approved()
    reader.be(flow.world.researcher)
    assert "Withdraw for good" not in words(reader.open(f"/requests/{number}"))
    assert reader.send(f"/requests/{number}/withdrawal").status_code == 409
    assert flow.state(number) is RequestState.APPROVED


def test_a_returned_request_says_how_to_submit_it_again(reader: Reader, flow: Flow) -> None:
    number = flow.returned(FINE, MEAN)
    shown = words(reader.be(flow.world.researcher).open(f"/requests/{number}"))
    assert f'oc.submit([table_1, table_2], request="{number}")' in shown
    assert "oc.submit" not in words(reader.be(flow.world.analyst).open(f"/requests/{number}"))
