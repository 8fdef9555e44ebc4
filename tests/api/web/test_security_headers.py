from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from api.settings import Settings

NONCE = re.compile(r"script-src 'nonce-([\w-]{20,})'")


def directives(policy: str) -> dict[str, str]:
    return {name: rest for name, _, rest in (part.partition(" ") for part in policy.split("; "))}


@pytest.mark.parametrize("path", ["/nowhere", "/fail/bug", "/fail/forbidden"])
def test_a_page_may_run_only_what_carries_its_nonce(
    failing: TestClient, settings: Settings, path: str
) -> None:
    answer = failing.get(path)
    policy = directives(answer.headers["content-security-policy"])
    assert policy["default-src"] == "'none'"
    assert policy["script-src"].startswith("'nonce-")
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == f"'self' {settings.hub_url}"
    assert policy["require-trusted-types-for"] == "'script'"
    assert not {"unsafe-inline", "unsafe-eval", "*"} & set(
        re.split(r"[ ;']+", answer.headers["content-security-policy"])
    )


def test_every_answer_has_its_own_nonce(failing: TestClient) -> None:
    answers = [failing.get("/nowhere") for _ in range(2)]
    nonces = [NONCE.search(answer.headers["content-security-policy"]) for answer in answers]
    assert all(nonces)
    assert len({nonce[1] for nonce in nonces if nonce}) == 2


def test_pages_hold_no_inline_script_style_or_handler(failing: TestClient) -> None:
    text = failing.get("/nowhere").text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", text)


def test_no_answer_is_kept_framed_or_guessed_at(failing: TestClient) -> None:
    for path in ("/nowhere", "/api/fail/absent", "/fail/bug"):
        headers = failing.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"


def test_what_is_no_page_may_load_nothing(failing: TestClient) -> None:
    policy = failing.get("/api/fail/absent").headers["content-security-policy"]
    assert policy == "default-src 'none'; frame-ancestors 'none'; sandbox"


def test_a_missing_built_file_is_not_remembered_for_a_year(failing: TestClient) -> None:
    answer = failing.get("/static/gone.css")
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"
