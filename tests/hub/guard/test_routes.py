"""The allow-list of routes, against every route that the installed JupyterLab has."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from hub.guard.routes import decide
from tests.hub.world import ROOT

HERE = Path(__file__).parent
LINES = [line for line in (HERE / "routes.txt").read_text().splitlines() if line and not line.startswith("#")]
DECISIONS = [(line.split(" | ")[0].split(" "), line.partition(" | ")[2]) for line in LINES]


@pytest.mark.parametrize(("request_", "pattern"), DECISIONS)
def test_each_route_is_decided_as_written(request_: list[str], pattern: str) -> None:
    decision, method, path = request_
    assert (decide(method, path) is not None) == (decision == "open"), pattern


def test_no_route_of_the_installed_server_is_undecided(tmp_path: Path) -> None:
    python = ROOT / ".sandbox-env" / "bin" / "python"
    listed = subprocess.run(
        [python, HERE / "list_routes.py"], capture_output=True, check=True, cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert set(json.loads(listed.stdout)) == {pattern for _, pattern in DECISIONS}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/static/../files/data.csv"),
        ("GET", "/lab/tree/../../files/x"),
        ("GET", "/static/..\\files"),
        ("GET", "/static/./x"),
        ("GET", "/static/x\0"),
        ("PUT", "/lab"),
        ("OPTIONS", "/api/contents/x"),
        ("DELETE", "/lab/api/settings/x"),
        ("GET", "/api/kernels/1/channels/more"),
        ("GET", "files/x"),
        ("GET", ""),
    ],
)  # fmt: skip
def test_detours_are_refused(method: str, path: str) -> None:
    found = decide(method, path)
    assert found is None or (method, path) == ("GET", "")


def test_only_the_two_channels_are_websockets() -> None:
    channels = ("/api/kernels/1-2/channels", "/api/events/subscribe")
    routes = [decide("GET", path) for path in (*channels, "/api/kernels", "/lab")]
    assert [route is not None and route.websocket for route in routes] == [True, True, False, False]
