"""Files in a notebook: read once, looked over here by the same inspectors as by the service, then uploaded as they were read."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from output_checker.errors import SubmissionError
from output_checker.files.inspection import Inspection, inspect_file
from output_checker.files.limits import FileLimits
from output_checker.notebook import display
from output_checker.notebook.workplace import spoken, workplace
from output_checker.text import Language, Text

_FOR_PEOPLE = Text(
    "Bestanden gaan altijd naar twee outputcontroleurs.", "Files always go to two output checkers."
)


@dataclass(frozen=True)
class CheckedFile:
    """A file as it was when it was read, and what the inspectors find in it; what is submitted are these bytes."""

    name: str
    content: bytes
    inspection: Inspection
    language: Language

    @property
    def sha256(self) -> str:
        """The sha256 (64 hex digits) of the bytes."""
        return self.inspection.report.sha256

    @property
    def key(self) -> str:
        """The same for the same file under the same name."""
        return hashlib.sha256(f"{self.name}\n{self.sha256}".encode()).hexdigest()

    @property
    def document(self) -> dict[str, Any]:
        """How a request names it."""
        return {"name": self.name, "sha256": self.sha256}

    def notes(self) -> list[str]:
        """Each finding in one line with its way out, and where in the file."""
        return display.notes_of(self.inspection.findings, self.language)

    def __repr__(self) -> str:
        return "\n".join([self._heading, *self.notes(), _FOR_PEOPLE.in_language(self.language)])

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(note)}</li>" for note in self.notes())
        coming = escape(_FOR_PEOPLE.in_language(self.language))
        return f"<p><strong>{escape(self._heading)}</strong></p><ol>{items}</ol><p>{coming}</p>"

    @property
    def _heading(self) -> str:
        words = display.OUTCOMES[self.inspection.outcome].in_language(self.language)
        return f"{self.name}: {words}"


@spoken
def file(path: str | os.PathLike[str]) -> CheckedFile:
    """Read a file that is to leave, and look it over as the service will: ``oc.submit(oc.file("report.docx"))``.

    Raises:
        SubmissionError: it is absent, no ordinary file, or too large.
    """
    place = Path(path)
    content = _content(place)
    return CheckedFile(place.name, content, inspect_file(place.name, content), workplace().language)


def _content(path: Path) -> bytes:
    most = max(FileLimits().document_bytes, FileLimits().picture_bytes)
    try:
        # Not waiting: what looks like a file may be a pipe that nobody writes to.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise _refused(path, Text("Dit is geen gewoon bestand.", "This is no ordinary file."))
            content = opened.read(most + 1)
    except OSError:
        raise _refused(path, Text("Dit bestand is niet te lezen.", "This file cannot be read.")) from None
    if len(content) > most:
        raise _refused(path, Text("Dit bestand is te groot.", "This file is too large."))
    return content


def _refused(path: Path, message: Text) -> SubmissionError:
    remedy = Text("Controleer de naam en het pad.", "Check its name and path.")
    return SubmissionError(message, field=path.name, remedy=remedy)
