"""Files in a notebook: what is read once is what is looked over, uploaded and submitted."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import output_checker as oc
from output_checker.errors import SubmissionError
from output_checker.files.limits import MIB
from output_checker.notebook import submission
from output_checker.notebook.filing import CheckedFile
from tests.output_checker.files.makers import BENIGN, BSN

pytestmark = pytest.mark.usefixtures("sandbox")


def written(directory: Path, name: str, content: bytes) -> Path:
    path = directory / name
    path.write_bytes(content)
    return path


def test_a_harmless_file_is_for_people(tmp_path: Path) -> None:
    checked = oc.file(written(tmp_path, "verslag.docx", BENIGN["verslag.docx"]))
    assert repr(checked) == (
        "verslag.docx: ? Mensen moeten dit beoordelen\nBestanden gaan altijd naar twee outputcontroleurs."
    )


def test_a_hostile_file_shows_why_and_where_before_it_is_submitted(tmp_path: Path) -> None:
    checked = oc.file(written(tmp_path, "notitie.txt", f"<b>\n{BSN}\n".encode()))
    assert "✗ Er staat een getal van negen cijfers in" in repr(checked)
    assert "(Inhoud, regel 2: 1•••••••3)" in repr(checked)
    assert "<li>" in checked._repr_html_()
    assert BSN not in checked._repr_html_()


def test_many_places_are_cut_short(tmp_path: Path) -> None:
    checked = oc.file(written(tmp_path, "notitie.txt", (f"{BSN} x\n\nwoord\n" * 9).encode()))
    assert checked.notes()[0].endswith("regel 13: 1•••••••3; …)")


@pytest.mark.parametrize("kind", ["absent", "directory", "pipe", "device", "large", "link to nowhere"])
def test_what_is_no_ordinary_file_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "verslag.txt"
    makers: dict[str, Callable[[], Any]] = {
        "absent": lambda: None,
        "directory": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "device": lambda: path.symlink_to("/dev/zero"),
        "large": lambda: written(tmp_path, path.name, bytes(9 * MIB)),
        "link to nowhere": lambda: path.symlink_to(tmp_path / "nowhere"),
    }
    makers[kind]()
    with pytest.raises(SubmissionError) as refused:
        oc.file(path)
    assert refused.value.field == "verslag.txt"


def test_a_link_is_read_as_what_it_leads_to_and_called_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "tabel.txt").symlink_to(written(tmp_path, "model.pkl", b"\x80\x04K\x01."))
    assert [finding.rule for finding in oc.file(tmp_path / "tabel.txt").inspection.findings] == [
        "kind_pickle"
    ]


class Heard:
    """What the service was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.uploads: list[bytes] = []
        self.bodies: list[dict[str, Any]] = []
        monkeypatch.setattr(submission, "upload", self.uploads.append)
        monkeypatch.setattr(submission, "call", self.call)

    def call(
        self, method: str, path: str, seconds: float = 0.0, json: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        self.bodies.append(json or {})
        words = {"nl": "", "en": ""}
        return {
            "id": "R-1",
            "state": "under_review",
            "title": "T",
            "round": 1,
            "outputs": [{"position": 1, "title": "", "outcome": None}],
            "verdict": None,
            "next": words,
            "url": "",
        }


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    return Heard(monkeypatch)


def test_a_file_is_uploaded_as_it_was_read_and_named_by_its_content(tmp_path: Path, heard: Heard) -> None:
    path = written(tmp_path, "analyse.py", b"x = 1\n")
    checked = oc.file(path)
    path.write_bytes(b"x = 2\n")
    oc.submit(checked, "Code", "Om te publiceren.")
    assert heard.uploads == [b"x = 1\n"]
    (body,) = heard.bodies
    assert body["outputs"] == [{"title": "", "file": {"name": "analyse.py", "sha256": checked.sha256}}]


def test_files_stand_after_tables_and_the_same_again_has_the_same_key(tmp_path: Path, heard: Heard) -> None:
    path = written(tmp_path, "analyse.py", b"x = 1\n")
    table = oc.crosstab(oc.open("town"), "sex")
    for _ in range(2):
        oc.submit(table, "Code", "Om te publiceren.", files=[path, oc.file(path)], titles=["Tabel"])
    first, again = heard.bodies
    assert [set(output) - {"title"} for output in first["outputs"]] == [{"query"}, {"file"}, {"file"}]
    assert first["idempotency_key"] == again["idempotency_key"]


def test_a_file_may_come_alone(tmp_path: Path, heard: Heard) -> None:
    oc.submit(
        files=[str(written(tmp_path, "analyse.py", b"x = 1\n"))], title="Code", purpose="Om te publiceren."
    )
    assert len(heard.uploads) == 1


def test_the_same_content_under_another_name_is_something_else(tmp_path: Path) -> None:
    one, other = (oc.file(written(tmp_path, name, b"x = 1\n")) for name in ("a.py", "b.py"))
    assert isinstance(one, CheckedFile)
    assert one.key != other.key
