"""Files on pages: checkers read them safely with marks at findings; authors read reasons; nothing is run or leaked."""

from __future__ import annotations

import pytest

from api.inspection.store import DIRECTORY
from tests.api.flow import FINE, Flow
from tests.api.inspection.files import CODE, Files, sha256
from tests.api.web.reader import Reader, words
from tests.output_checker.files.hostile import HOSTILE
from tests.output_checker.files.makers import BENIGN, picture, png_with_text

pytestmark = pytest.mark.usefixtures("here")
MARKED = b"# <script>alert(1)</script>\n# vragen: jan@voorbeeld.nl\nprint(1)\n"


def test_a_checker_reads_a_file_as_text_with_marks_at_findings(
    reader: Reader, flow: Flow, files: Files
) -> None:
    number = files.under_review("analyse.py", MARKED)
    page = reader.be(flow.world.checker).open(f"/review/{number}")
    shown = words(page)
    assert "<script>alert(1)" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert 'id="finding-at-0-2"' in page.text
    assert 'href="#finding-1"' in page.text
    assert "It holds an e-mail address." in shown
    assert "Content, line 2: j••••••••••••••l" in shown
    assert "analyse.py" in shown


def test_a_checker_is_told_when_nothing_was_found(reader: Reader, flow: Flow, files: Files) -> None:
    page = reader.be(flow.world.checker).open(f"/review/{files.under_review()}")
    assert "it leaves only when two people approve it" in words(page)


def test_a_spreadsheet_is_read_as_cells(reader: Reader, flow: Flow, files: Files) -> None:
    number = files.under_review("tabel.xlsx", BENIGN["tabel.xlsx"])
    shown = words(reader.be(flow.world.checker).open(f"/review/{number}"))
    assert "Sheet Blad1" in shown
    assert "A B 1 wijk aantal 2 Centrum 120" in shown


def test_a_picture_is_shown_as_it_would_leave(reader: Reader, flow: Flow, files: Files) -> None:
    number = files.under_review("figuur.png", png_with_text("geheim"))
    page = reader.be(flow.world.checker).open(f"/review/{number}")
    assert f'src="/review/{number}/pictures/1"' in page.text
    drawn = reader.open(f"/review/{number}/pictures/1")
    assert drawn.headers["content-type"] == "image/png"
    assert "sandbox" in drawn.headers["content-security-policy"]
    assert sha256(drawn.content) == files.verdict(number)["file"]["leaves"]
    assert reader.be(flow.world.researcher).open(f"/review/{number}/pictures/1").status_code == 403
    assert reader.be(flow.world.outsider).open(f"/review/{number}/pictures/1").status_code == 404


def test_only_pictures_are_shown_as_they_are(reader: Reader, flow: Flow, files: Files) -> None:
    number = flow.submit_document({"outputs": [{"query": FINE}, files.asked("a.py", CODE)]})
    flow.judge(number)
    reader.be(flow.world.checker)
    assert {reader.open(f"/review/{number}/pictures/{at}").status_code for at in (1, 2, 3)} == {404}


def test_a_damaged_file_is_said_to_be_damaged(reader: Reader, flow: Flow, files: Files) -> None:
    number = files.under_review("figuur.png", picture())
    (flow.settings.directory(DIRECTORY) / files.verdict(number)["file"]["leaves"]).unlink()
    page = reader.be(flow.world.checker).open(f"/review/{number}")
    assert "This file is no longer what was inspected" in words(page)
    assert reader.open(f"/review/{number}/pictures/1").status_code == 503


def test_the_author_reads_reasons_and_what_to_change_and_no_places(
    reader: Reader, flow: Flow, files: Files
) -> None:
    name, content, _ = HOSTILE["hidden sheet"]
    number = files.submit((name, content))
    flow.judge(number)
    shown = words(reader.be(flow.world.researcher).open(f"/requests/{number}"))
    assert "This spreadsheet has a hidden sheet." in shown
    assert "Make it visible, or remove it." in shown
    assert "tabel.xlsx" in shown
    assert "Sheet B" not in shown
    reader.language = "nl"
    assert "Maak het zichtbaar of verwijder het." in words(reader.open(f"/requests/{number}"))


def test_a_returned_file_is_not_shown_to_checkers_either(reader: Reader, flow: Flow, files: Files) -> None:
    name, content, _ = HOSTILE["base64"]
    number = files.submit((name, content))
    flow.judge(number)
    shown = words(reader.be(flow.world.checker).open(f"/review/{number}"))
    assert "nobody can read what that is" in shown
    assert "eJw" not in shown


def test_the_author_downloads_what_was_released(reader: Reader, flow: Flow, files: Files) -> None:
    number = files.approved()
    flow.release(number)
    page = reader.be(flow.world.researcher).open(f"/requests/{number}")
    assert f"{number}-1-analyse.py" in page.text
    got = reader.open(f"/api/requests/{number}/files/{number}-1-analyse.py")
    assert (got.content, got.headers["content-disposition"]) == (
        CODE,
        f'attachment; filename="{number}-1-analyse.py"',
    )


def test_a_changed_file_is_told_in_the_next_round(reader: Reader, flow: Flow, files: Files) -> None:
    number = files.submit(("notitie.txt", b"\xff"))
    flow.judge(number)
    flow.resubmit(number, {"outputs": [files.asked("notitie.txt", b"tekst\n")]})
    flow.judge(number)
    shown = words(reader.be(flow.world.checker).open(f"/review/{number}"))
    assert "Before: The file notitie.txt, 1 bytes." in shown
    assert "Now: The file notitie.txt, 6 bytes." in shown
