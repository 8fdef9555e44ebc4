"""Answers that JupyterHub gives bare are dressed, and a page whose server is gone is not led to the hub's."""

from __future__ import annotations

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from hub.origin import FILE_POLICY, PAGE_POLICY, HubOrigin


def answer(path: str, status: int, mode: str | None = None, **headers: str) -> tuple[int, HTTPHeaders]:
    said = HTTPHeaders({"Host": "hub"} if mode is None else {"Host": "hub", "Sec-Fetch-Mode": mode})
    given = HTTPHeaders({name.replace("_", "-"): value for name, value in headers.items()})
    transform = HubOrigin(
        HTTPServerRequest(start_line=RequestStartLine("GET", path, "HTTP/1.1"), headers=said)
    )
    found, dressed, _ = transform.transform_first_chunk(status, given, b"", True)
    return found, dressed


def test_a_file_is_of_no_origin_when_it_is_opened_by_itself() -> None:
    _, headers = answer("/hub/static/js/home.js", 200, Content_Type="application/javascript")
    assert headers["Content-Security-Policy"] == FILE_POLICY
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_page_keeps_its_scripts_and_cannot_be_framed() -> None:
    _, headers = answer("/hub/home", 200, Content_Type="text/html; charset=UTF-8")
    assert headers["Content-Security-Policy"] == PAGE_POLICY
    assert "frame-ancestors 'none'" in PAGE_POLICY


def test_a_page_that_the_browser_kept_keeps_its_policy() -> None:
    _, headers = answer("/hub/home", 304)
    assert "Content-Security-Policy" not in headers


@pytest.mark.parametrize("mode", ["cors", "no-cors", "same-origin", "websocket"])
def test_a_script_is_not_led_from_the_address_of_a_server_to_a_page_of_the_hub(mode: str) -> None:
    status, headers = answer("/user/p-alice/incomes/lab", 302, mode, Location="/hub/user/p-alice/incomes/lab")
    assert (status, "Location" in headers) == (424, False)


@pytest.mark.parametrize(
    ("path", "mode"), [("/user/p-alice/incomes/", "navigate"), ("/hub/spawn", "cors"), ("/", None)]
)
def test_people_and_the_hubs_own_pages_are_led_on(path: str, mode: str | None) -> None:
    status, headers = answer(path, 302, mode, Location="/hub/home")
    assert (status, headers["Location"]) == (302, "/hub/home")
