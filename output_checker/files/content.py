"""A file that was opened: what people will read of it, and the structure that inspectors look at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from xml.etree.ElementTree import Element

from output_checker.documents import Part
from output_checker.files.kinds import FileKind
from output_checker.files.limits import FileLimits
from output_checker.text import Text
from output_checker.verdict import Place

MASK = "•"


class Passage(Part):
    """A stretch of a file as people read it: lines of text (one string each) or rows of a table.

    ``hidden`` says that the program for which the file was made does not show it.
    """

    title: Text
    form: Literal["text", "table"] = "text"
    rows: tuple[tuple[str, ...], ...]
    hidden: bool = False

    def lines(self) -> Iterator[str]:
        """Each row as one line of text."""
        return ("\t".join(row) for row in self.rows)


class Shown(Part):
    """All that people read of a file."""

    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Picture:
    """A picture as its parts tell: ``metadata`` names what is no pixel, ``trailing`` counts bytes after its end."""

    metadata: tuple[str, ...]
    trailing: int
    frames: bool


@dataclass(frozen=True)
class OpenFile:
    """A file of an allowed kind whose structure could be read.

    ``parts`` are those of a report or spreadsheet, ``trees`` the ones among them that are XML, ``document`` the values
    of a notebook, ``picture`` and ``plain`` what is known of a picture and its re-encoded bytes.
    """

    kind: FileKind
    limits: FileLimits
    passages: tuple[Passage, ...] = ()
    parts: Mapping[str, bytes] = field(default_factory=dict)
    trees: Mapping[str, Element] = field(default_factory=dict)
    document: Any = None
    picture: Picture | None = None
    plain: bytes | None = None

    def lines(self) -> Iterator[tuple[int, int, str]]:
        """Every line that people read: number of its passage (from 0), its number (from 1), its text."""
        for number, passage in enumerate(self.passages):
            for line, text in enumerate(passage.lines(), start=1):
                yield number, line, text

    def place(self, passage: int, line: int, sample: str = "") -> Place:
        """The place of a line, with a ``sample`` that is fit to be quoted."""
        title = self.passages[passage].title
        quoted = f": {sample}" if sample else ""
        words = Text(nl=f"{title.nl}, regel {line}{quoted}", en=f"{title.en}, line {line}{quoted}")
        return Place(passage=passage, line=line, words=words)


def masked(value: str) -> str:
    """A value that is not to be repeated: its first and last character, the rest covered."""
    return f"{value[:1]}{MASK * max(len(value) - 2, 1)}{value[-1:]}"
