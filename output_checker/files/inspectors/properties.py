"""What a file says about who made it, where and when."""

from collections.abc import Iterator
from typing import ClassVar, Final

from output_checker.files.content import OpenFile
from output_checker.files.findings import FileRule, Found, part
from output_checker.files.inspectors.base import FAIL, REVIEW, Inspector
from output_checker.files.markup import attribute, local
from output_checker.files.packages import elements_of
from output_checker.text import Text

AUTHOR = FileRule(
    "author",
    Text("Namen van makers", "Names of makers"),
    REVIEW,
    Text(
        "De eigenschappen van dit bestand noemen wie het maakte.",
        "The properties of this file name who made it.",
    ),
    Text(
        "Verwijder persoonlijke gegevens uit de eigenschappen.", "Remove personal data from the properties."
    ),
)
OWN_PROPERTY = FileRule(
    "own_property",
    Text("Eigen eigenschappen", "Properties of one's own"),
    FAIL,
    Text(
        "De eigenschappen van dit bestand bevatten iets dat geen programma nodig heeft.",
        "The properties of this file hold something that no program needs.",
    ),
    Text("Verwijder alle eigenschappen behalve de titel.", "Remove all properties but the title."),
)
_PERSONS: Final = frozenset(
    {
        "creator",
        "lastModifiedBy",
        "Manager",
        "Company",
        "initial-creator",
        "printed-by",
        "absPath",
        "fileSharing",
    }
)
_OWN: Final = frozenset({"user-defined", "HyperlinkBase", "docVar"})


class Properties(Inspector):
    """Names of persons and organisations, paths, and properties that somebody made up."""

    id: ClassVar[str] = "properties"
    title: ClassVar[Text] = Text("Eigenschappen van documenten", "Properties of documents")
    rules: ClassVar[tuple[FileRule, ...]] = (AUTHOR, OWN_PROPERTY)

    def inspect(self, file: OpenFile) -> Iterator[Found]:
        """Each part with such properties, once per rule."""
        found: dict[tuple[FileRule, str], None] = {}
        for name, element in elements_of(file.trees):
            tag = local(element.tag)
            if tag in _OWN and ((element.text or "").strip() or attribute(element, "val")):
                found[(OWN_PROPERTY, name)] = None
            if (tag in _PERSONS and ((element.text or "").strip() or element.attrib)) or attribute(
                element, "author"
            ):
                found[(AUTHOR, name)] = None
        for rule, name in found:
            yield Found(rule, part(name))
