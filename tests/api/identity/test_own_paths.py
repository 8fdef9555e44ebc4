"""Where a login may lead to."""

from __future__ import annotations

import pytest

from api.identity.own_paths import own_path


@pytest.mark.parametrize(
    "wanted", ["/", "/projects", "/requests/R-2026-0001?lang=en&x=%2F", "/search?next=//x", "/é"]
)
def test_our_pages_are_led_to(wanted: str) -> None:
    assert own_path(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        "",
        "projects",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/projects\\..",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "/ /evil.example",
        "/\x7f",
        "/projects\r\nSet-Cookie: a=b",
        "/" + "x" * 2000,
        "/auth/login?next=/auth/login",
        "/oidc/logout",
    ],
)
def test_everything_else_leads_to_the_start_page(wanted: str | None) -> None:
    assert own_path(wanted) == "/"
