"""Hostile titles are refused by the service itself over HTTP, with words that say why, and nothing is kept of them."""

from __future__ import annotations

from fastapi.testclient import TestClient
from sqlalchemy import func, select

from api.requests.models import OutputRequest
from tests.api.flow import FINE, Flow
from tests.api.web.reader import Reader, words

TITLES = {
    "<img src=x onerror=alert(1)>": (422, "This text holds HTML"),
    "</title><script>alert(1)</script>": (422, "This text holds HTML"),
    "paid \u202e001 euro": (422, "turn the reading direction"),
    "\u2066income\u2069": (422, "turn the reading direction"),
    "in\u200bcome": (422, "invisible characters"),
    "x" * 201: (422, "1 to 200 characters"),
    "x" * 2**20: (413, ""),
}


def test_a_sandbox_is_told_what_is_wrong_with_a_title(flow: Flow, client: TestClient) -> None:
    for place, (title, (status, told)) in enumerate(TITLES.items()):
        body = {
            "title": title,
            "purpose": "Policy.",
            "query": FINE,
            "idempotency_key": f"hostile-{place:016d}",
        }
        answer = client.post(
            "/sandbox/requests", json=body, headers={"Authorization": f"Bearer {flow.token}"}
        )
        error = answer.json()["error"]
        assert answer.status_code == status, title[:40]
        assert told in error["message"]["en"]
        assert error["message"]["nl"] != error["message"]["en"]
        assert error["field"] == ("title" if status == 422 else None)
    with flow.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(OutputRequest)) == 0


def test_so_is_the_writer_of_a_draft_in_a_page(reader: Reader, flow: Flow) -> None:
    reader.be(flow.world.researcher)
    for title, (status, told) in TITLES.items():
        answer = reader.send("/requests/drafts", project=flow.world.project.slug, title=title)
        assert answer.status_code == status, title[:40]
        assert told in words(answer)
        assert "<script>alert" not in answer.text
        assert "onerror=alert(1)>" not in answer.text
    with flow.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(OutputRequest)) == 0
