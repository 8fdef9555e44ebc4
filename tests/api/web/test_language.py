from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.web.language import COOKIE, preferred


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "nl"),
        ("de", "nl"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("de-DE, en;q=0.4, nl;q=0.8", "nl"),
        ("en;q=0.5, nl;q=0.5", "nl"),
        ("nl;q=0, en;q=0.1", "en"),
        ("*;q=0.1, ;;;, en;q=9", "nl"),
    ],
)
def test_the_browser_says_which_language_its_reader_prefers(header: str, language: str) -> None:
    assert preferred(header) == language


def test_the_address_wins_and_is_remembered(failing: TestClient) -> None:
    answer = failing.get("/nowhere?lang=en", headers={"accept-language": "nl"})
    assert '<html lang="en">' in answer.text
    assert answer.headers["content-language"] == "en"
    assert '<html lang="en">' in failing.get("/nowhere", headers={"accept-language": "nl"}).text
    assert '<html lang="nl">' in failing.get("/nowhere?lang=nl").text
    assert '<html lang="nl">' in failing.get("/nowhere", headers={"accept-language": "en"}).text


@pytest.mark.parametrize("hostile", ["xx", '"><script>', "../../etc"])
def test_an_unknown_language_is_no_language(failing: TestClient, hostile: str) -> None:
    answer = failing.get("/nowhere", params={"lang": hostile}, headers={"accept-language": "en"})
    assert '<html lang="en">' in answer.text
    assert COOKIE not in answer.cookies
    assert "<script>" not in answer.text


def test_the_other_language_is_one_link_away_and_keeps_the_address(failing: TestClient) -> None:
    text = failing.get("/nowhere?search=a+b&lang=en").text
    assert 'href="/nowhere?search=a+b&amp;lang=nl" hreflang="nl"' in text
