"""What a sandbox may ask the api, and nothing beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.bridge import SESSION_OF, to_api
from hub.relay import RelayOrder
from output_checker.notebook.submission import WAIT_SECONDS

ORDER = RelayOrder(
    subject="anna",
    project="poverty",
    token="secret",
    hub_upstream="http://hub",
    api_upstream="http://api",
    public_url="http://127.0.0.1:8000",
    notebook=Path("notebook.sock"),
    assets=Path("assets"),
    budget_bytes=1,
    message_bytes=1,
    rate_bytes=1,
    file_bytes=1,
    upload_bytes=1_000_000,
)


def admits(method: str, target: str) -> bool:
    return any(rule.admits(method, target) for rule in to_api(ORDER)[SESSION_OF].rules)


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", "/sandbox/requests"),
        ("POST", f"/sandbox/requests?wait={WAIT_SECONDS}"),
        ("POST", f"/sandbox/requests/R-2026-0001/rounds?wait={WAIT_SECONDS}"),
        ("POST", "/sandbox/drafts"),
        ("GET", "/sandbox/budgets"),
        ("GET", "/sandbox/requests"),
        ("GET", "/sandbox/requests/R-2026-0001"),
        ("GET", f"/sandbox/requests/R-2026-0001?wait={WAIT_SECONDS}"),
        ("GET", "/sandbox/requests/R-2026-0001/outputs/2"),
        ("POST", "/sandbox/requests/R-2026-0001/rounds"),
        ("POST", "/sandbox/uploads"),
    ],
)
def test_a_sandbox_submits_again_and_reads_its_requests(method: str, target: str) -> None:
    assert admits(method, target)


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/sandbox/requests/R-2026-0001/rounds"),
        ("GET", "/sandbox/drafts"),
        ("POST", "/sandbox/requests/R-2026-0001"),
        ("POST", "/sandbox/requests/R-2026-0001/outputs/2"),
        ("GET", "/sandbox/requests/R-2026-0001/outputs/"),
        ("GET", "/sandbox/requests/R-2026-0001/outputs/2/.."),
        ("GET", "/sandbox/requests/R-2026-0001/outputs/2?x=1"),
        ("GET", "/sandbox/requests/R-2026-0001?wait=11"),
        ("GET", "/sandbox/requests/R-2026-0001?wait=10&x=1"),
        ("GET", "/sandbox/requests/R-2026-0001?"),
        ("POST", "/sandbox/requests?wait=9"),
        ("POST", "/sandbox/requests/R-2026-0001/rounds?wait=10&wait=10"),
        ("POST", "/sandbox/requests/../rounds"),
        ("POST", "/sandbox/requests/R-2026-0001/rounds/"),
        ("POST", "/sandbox/requests/R-2026-0001%2f..%2f/rounds"),
        ("POST", "/api/requests/R-2026-0001/reviews"),
        ("GET", "/sandbox/uploads"),
        ("POST", "/sandbox/uploads/"),
        ("POST", "/sandbox/uploads?name=x"),
        ("PUT", "/sandbox/uploads"),
    ],
)
def test_nothing_else_passes(method: str, target: str) -> None:
    assert not admits(method, target)
