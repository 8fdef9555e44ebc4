"""Opening: what a file of each family is made of, and what people read of it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final
from xml.etree.ElementTree import Element

from output_checker.files.content import OpenFile, Passage
from output_checker.files.findings import FileRefused
from output_checker.files.kinds import KIND_DIFFERS, Family, FileKind
from output_checker.files.limits import FileLimits
from output_checker.files.markup import local, read_markup
from output_checker.files.notebooks import cells_of
from output_checker.files.packages import names_of, parts_of, passages_of
from output_checker.files.pictures import read_picture, redraw
from output_checker.files.plain import decode, passage_of, values_of
from output_checker.files.spreadsheets import WORKBOOK, passages_of_workbook
from output_checker.text import Text

_MAIN: Final = {
    Family.WORD: "word/document.xml",
    Family.OPEN_DOCUMENT: "content.xml",
    Family.SPREADSHEET: WORKBOOK,
}
_WORD: Final = {
    "word/document.xml": Text("Tekst", "Text"),
    "word/footnotes.xml": Text("Voetnoten", "Footnotes"),
    "word/endnotes.xml": Text("Eindnoten", "Endnotes"),
    "word/comments.xml": Text("Opmerkingen", "Comments"),
    "docProps/core.xml": Text("Eigenschappen", "Properties"),
}
_OPEN_DOCUMENT: Final = {
    "content.xml": Text("Tekst", "Text"),
    "styles.xml": Text("Kop- en voetteksten", "Headers and footers"),
    "meta.xml": Text("Eigenschappen", "Properties"),
}


def open_file(kind: FileKind, content: bytes, limits: FileLimits) -> OpenFile:
    """A file of ``kind``, opened.

    Raises:
        FileRefused: its structure is not that of its kind, or is hostile.
    """
    return _OPENERS[kind.family](kind, content, limits)


def _text(kind: FileKind, content: bytes, limits: FileLimits) -> OpenFile:
    return OpenFile(kind, limits, passages=(passage_of(decode(content)),))


def _json(kind: FileKind, content: bytes, limits: FileLimits) -> OpenFile:
    text = decode(content)
    return OpenFile(kind, limits, passages=(passage_of(text),), document=values_of(text))


def _notebook(kind: FileKind, content: bytes, limits: FileLimits) -> OpenFile:
    document = values_of(decode(content))
    return OpenFile(kind, limits, passages=tuple(cells_of(document)), document=document)


def _markup(kind: FileKind, content: bytes, limits: FileLimits) -> OpenFile:
    tree = read_markup(content, limits)
    if local(tree.tag) != "PMML":
        raise FileRefused(KIND_DIFFERS)
    passages = (passage_of(decode(content)),)
    return OpenFile(kind, limits, passages=passages, trees={"": tree})


def _package(kind: FileKind, content: bytes, limits: FileLimits) -> OpenFile:
    parts, trees = parts_of(content, limits)
    if _MAIN[kind.family] not in trees:
        raise FileRefused(KIND_DIFFERS)
    passages = tuple(_readable(kind, trees, limits))
    return OpenFile(kind, limits, passages=passages, parts=parts, trees=trees)


def _readable(kind: FileKind, trees: Mapping[str, Element], limits: FileLimits) -> Iterator[Passage]:
    if kind.family is Family.SPREADSHEET:
        yield from passages_of_workbook(trees, limits)
    else:
        yield from passages_of(trees, _WORD if kind.family is Family.WORD else _OPEN_DOCUMENT)
    yield from names_of(trees)


def _picture(kind: FileKind, content: bytes, limits: FileLimits) -> OpenFile:
    picture = read_picture(content, kind.family)
    return OpenFile(kind, limits, picture=picture, plain=redraw(content, kind.family, limits))


_OPENERS: Final[dict[Family, Callable[[FileKind, bytes, FileLimits], OpenFile]]] = {
    Family.TEXT: _text,
    Family.JSON: _json,
    Family.NOTEBOOK: _notebook,
    Family.MARKUP: _markup,
    **dict.fromkeys(_MAIN, _package),
    Family.PNG: _picture,
    Family.JPEG: _picture,
}
