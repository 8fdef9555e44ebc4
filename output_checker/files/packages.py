"""Reports and spreadsheets: their parts, and every word in them, wherever it stands."""

import re
from collections.abc import Iterator, Mapping
from typing import Final
from xml.etree.ElementTree import Element

from output_checker.files.archive import unpack
from output_checker.files.content import Passage
from output_checker.files.findings import part
from output_checker.files.limits import FileLimits
from output_checker.files.markup import attribute, local, read_markup
from output_checker.text import Text

XML_PARTS: Final = (".xml", ".rels", ".rdf")
LINES: Final = frozenset({"p", "h"})
"""Paragraphs and headings, in both families of office documents."""
ROWS: Final = frozenset({"tr", "table-row"})
NAMES: Final = frozenset({"name", "displayName", "alias", "tag", "title", "descr"})
"""Attributes that hold words of people."""
ADDRESSES: Final = frozenset({"href", "Target"})
_PLUMBING: Final = re.compile(r"styles|fontTable|theme|numbering|settings|Content_Types|manifest")
"""Parts whose names are those of fonts, colours and styles."""
_WORDY: Final = re.compile(r"[\s,;|@]")
_NUMBERED: Final = re.compile(r"\d{4}")
BREAKS: Final = {"tab": "\t", "br": "\n", "line-break": "\n", "s": " ", "cr": "\n"}


def parts_of(content: bytes, limits: FileLimits) -> tuple[dict[str, bytes], dict[str, Element]]:
    """The parts of a document by name, and the trees of those that are XML.

    Raises:
        FileRefused: the archive or its XML cannot be trusted.
    """
    parts = unpack(content, limits)
    trees = {
        name: read_markup(found, limits, part(name))
        for name, found in parts.items()
        if name.endswith(XML_PARTS) and found
    }
    return parts, trees


def passages_of(trees: Mapping[str, Element], named: Mapping[str, Text]) -> Iterator[Passage]:
    """What stands in the parts: those that are ``named`` first, then the words of all others, which nobody is shown."""
    for name, title in named.items():
        if name in trees and (lines := list(lines_of(trees[name]))):
            yield Passage(title=title, rows=tuple((line,) for line in lines))
    for name, tree in trees.items():
        if name not in named and (lines := list(lines_of(tree))):
            title = Text(nl=f"Onderdeel {name}", en=f"Part {name}")
            yield Passage(title=title, rows=tuple((line,) for line in lines), hidden=True)


def names_of(trees: Mapping[str, Element]) -> Iterator[Passage]:
    """Names that people gave to sheets, columns, bookmarks and the like, addresses that lead elsewhere, and words in any
    other attribute: no program shows these, and nobody would read them.
    """
    words: dict[str, None] = {}
    for part_name, tree in trees.items():
        for element in tree.iter() if not _PLUMBING.search(part_name) else ():
            is_link = attribute(element, "TargetMode") == "External" or local(element.tag) != "Relationship"
            kinds = NAMES | ADDRESSES if is_link else NAMES
            words |= {value: None for key, value in element.attrib.items() if value and local(key) in kinds}
        for element in tree.iter():
            words |= {value: None for value in element.attrib.values() if _is_wordy(value, part_name)}
    if words:
        yield Passage(
            title=Text("Namen en adressen", "Names and addresses"), rows=tuple((word,) for word in words)
        )


def _is_wordy(value: str, part_name: str) -> bool:
    """Whether an attribute says more than markup needs; fonts and styles are full of names of several words."""
    return bool(_WORDY.search(value) and (_NUMBERED.search(value) or not _PLUMBING.search(part_name)))


def lines_of(element: Element) -> Iterator[str]:
    """All text below an element: a line for each paragraph, for each row of a table, and for what stands in neither."""
    for child in element:
        if local(child.tag) in LINES:
            yield from text_of(child).split("\n")
        elif local(child.tag) in ROWS:
            yield "\t".join(" / ".join(filter(None, lines_of(cell))) for cell in child)
        else:
            yield from filter(None, [(child.text or "").strip()])
            yield from lines_of(child)
        yield from filter(None, [(child.tail or "").strip()])


def text_of(element: Element) -> str:
    """All text below a paragraph, also what is deleted, hidden or an instruction."""
    own = BREAKS.get(local(element.tag), "") + (element.text or "")
    return own + "".join(text_of(child) + (child.tail or "") for child in element)


def elements_of(trees: Mapping[str, Element]) -> Iterator[tuple[str, Element]]:
    """Every element of every part, with the name of the part."""
    for name, tree in trees.items():
        for element in tree.iter():
            yield name, element
