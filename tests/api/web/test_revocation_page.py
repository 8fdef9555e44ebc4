from __future__ import annotations

import pytest

from api.requests.models import RequestState
from tests.api.flow import Flow
from tests.api.web.reader import Reader, words


@pytest.mark.parametrize("name", ["administrator", "checker"])
def test_who_may_revokes_from_the_page_of_the_request(reader: Reader, flow: Flow, name: str) -> None:
    number = flow.released()
    shown = reader.be(getattr(flow.world, name)).open(f"/requests/{number}")
    assert f'href="/requests/{number}/revocation"' in shown.text
    assert "/files/" not in shown.text
    assert "enclave-result" not in shown.text
    assert "Downloads stop at once" in words(reader.open(f"/requests/{number}/revocation"))
    answer = reader.send(f"/requests/{number}/revocation", reason="A wrong <b>weight</b>.")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/requests/{number}")
    assert flow.state(number) is RequestState.REVOKED


def test_everybody_who_sees_the_request_reads_why_and_gets_the_statement(reader: Reader, flow: Flow) -> None:
    number = flow.released()
    flow.revoke(number, "A wrong <b>weight</b>.")
    for name in ("researcher", "checker", "administrator", "auditor"):
        answer = reader.be(getattr(flow.world, name)).open(f"/requests/{number}")
        assert "This release was revoked" in words(answer)
        assert "A wrong &lt;b&gt;weight&lt;/b&gt;." in answer.text
        assert "/files/" not in answer.text
        assert "/revocation" not in answer.text.replace("/api/revocations/", "")
    address = answer.text.split('href="/api/revocations/')[1].split('"')[0]
    assert reader.open(f"/api/revocations/{address}").json()["statement"]["request"] == number


def test_a_missing_reason_is_asked_for(reader: Reader, flow: Flow) -> None:
    number = flow.released()
    answer = reader.be(flow.world.administrator).send(f"/requests/{number}/revocation", reason=" ")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert flow.state(number) is RequestState.RELEASED


@pytest.mark.parametrize(
    ("name", "status"), [("researcher", 403), ("analyst", 403), ("auditor", 403), ("outsider", 404)]
)
def test_others_find_no_way_to_revoke(reader: Reader, flow: Flow, name: str, status: int) -> None:
    number = flow.released()
    shown = reader.be(getattr(flow.world, name)).open(f"/requests/{number}")
    assert "/revocation" not in shown.text
    assert reader.open(f"/requests/{number}/revocation").status_code == status
    assert reader.send(f"/requests/{number}/revocation", reason="x").status_code == status
    assert flow.state(number) is RequestState.RELEASED


def test_what_was_revoked_meanwhile_is_said(reader: Reader, flow: Flow) -> None:
    number = flow.released()
    flow.revoke(number)
    answer = reader.be(flow.world.administrator).send(f"/requests/{number}/revocation", reason="Again.")
    assert answer.status_code == 409
    assert "not released (any more)" in words(answer)
