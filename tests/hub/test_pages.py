import pytest

from hub import pages, words
from hub.access import Unmet, Words

CONDITION = Unmet(
    condition='x"><script>',
    reason=Words(nl="<script>alert(1)</script>", en="Signed?"),
    remedy=Words(nl="Teken & stuur op.", en="Sign it."),
)


def test_every_condition_is_shown_escaped_in_the_language_of_the_person() -> None:
    html = pages.refused([CONDITION, CONDITION], "nl", "http://x/projects").jupyterhub_html_message
    assert html.count("<li") == 2
    assert "&lt;script&gt;alert(1)" in html
    assert "Teken &amp; stuur op." in html
    assert "<script" not in html
    assert "Signed?" in pages.refused([CONDITION], "en", "").jupyterhub_html_message


def test_a_refusal_without_a_reason_still_says_something() -> None:
    refusal = pages.refused([], "en", "")
    assert words.REFUSED_UNSAID.en in refusal.jupyterhub_message
    assert refusal.status_code == 403


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "nl"),
        ("", "nl"),
        ("en-GB,nl;q=0.5", "en"),
        ("nl-NL,en", "nl"),
        ("fr,en;q=0.3", "en"),
        ("fr", "nl"),
        ("*", "nl"),
    ],
)
def test_the_language_follows_the_browser(header: str | None, language: str) -> None:
    assert words.language_of(header) == language
