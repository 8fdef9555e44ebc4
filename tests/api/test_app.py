"""The application as a whole: what holds at every address."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient


@pytest.mark.parametrize("path", ["/projects/", "/api/requests/", "/sandbox/requests/", "/nowhere/"])
def test_no_address_leads_to_the_host_that_a_request_names(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"Host": "evil.example", "Accept": "application/json"})
    assert answer.status_code in (401, 404)
    assert "location" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/requests", "/api/requests", "/nowhere", "/openapi.json"])
def test_no_answer_is_kept_framed_or_guessed_at(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
