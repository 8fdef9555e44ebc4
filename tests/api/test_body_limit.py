"""Bodies that are too large are refused before anything is done with them, whoever sends them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.body_limit import LARGEST_BODY

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def pieces(size: int) -> Iterator[bytes]:
    """A body that does not say how long it is."""
    for _ in range(size // 1024):
        yield b" " * 1024
    yield b"{}"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/sandbox/requests", JSON),
        ("/internal/hub/alive", JSON),
        ("/oidc/token", FORM),
        ("/oidc/login", {"Content-Type": "multipart/form-data; boundary=x"}),
    ],
)
def test_a_large_body_is_refused_with_or_without_its_length(
    client: TestClient, path: str, headers: dict[str, str]
) -> None:
    for content in (b"x" * (LARGEST_BODY + 1), pieces(2 * LARGEST_BODY)):
        answer = client.post(path, content=content, headers=headers | {"Accept": "application/json"})
        assert answer.status_code == 413
        assert answer.json()["error"]["message"].keys() == {"nl", "en"}


def test_a_body_up_to_the_limit_is_read(client: TestClient) -> None:
    answer = client.post("/sandbox/requests", content=b" " * LARGEST_BODY, headers=JSON)
    assert answer.status_code == 422


def test_a_length_beyond_all_numbers_is_too_large(client: TestClient) -> None:
    headers = JSON | {"Content-Length": "9" * 6000}
    assert client.post("/sandbox/requests", content=b"{}", headers=headers).status_code == 413
