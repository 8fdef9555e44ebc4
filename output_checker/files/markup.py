"""XML, read without anything that makes it dangerous: no document type, no entities, no instructions, bounded."""

from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from output_checker.files.findings import FileRefused, FileRule
from output_checker.files.limits import FileLimits
from output_checker.text import Text
from output_checker.verdict import Outcome, Place

_AGAIN = Text(
    "Bewaar het bestand opnieuw met een gangbaar programma en dien dat in.",
    "Save the file again with a common program and submit that.",
)
MARKUP_ENTITIES = FileRule(
    "markup_entities",
    Text("Entiteiten in XML", "Entities in XML"),
    Outcome.FAIL,
    Text(
        "De XML in dit bestand heeft een documenttype; daarmee kan hij ontploffen of elders gaan lezen.",
        "The XML in this file has a document type, with which it can explode or read elsewhere.",
    ),
    _AGAIN,
)
MARKUP_REMARKS = FileRule(
    "markup_remarks",
    Text("Opmerkingen in XML", "Remarks in XML"),
    Outcome.FAIL,
    Text(
        "De XML in dit bestand heeft opmerkingen of instructies die geen programma toont.",
        "The XML in this file has remarks or instructions that no program shows.",
    ),
    _AGAIN,
)
MARKUP_BROKEN = FileRule(
    "markup_broken",
    Text("Kapotte of onmatige XML", "Broken or excessive XML"),
    Outcome.FAIL,
    Text(
        "De XML in dit bestand is kapot, te diep genest, of te groot.",
        "The XML in this file is broken, nested too deeply, or too large.",
    ),
    _AGAIN,
)
_SEPARATOR: Final = "}"


class _Reader:
    """Builds a tree from what expat reads, and stops at what is refused."""

    def __init__(self, limits: FileLimits, place: Place | None) -> None:
        self._limits, self._place = limits, place
        self._builder = TreeBuilder()
        self._depth = self._elements = 0
        self._parser = expat.ParserCreate("utf-8", _SEPARATOR)
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._builder.data
        self._parser.XmlDeclHandler = self._declared
        self._parser.StartDoctypeDeclHandler = self._entities
        self._parser.CommentHandler = self._remarks
        self._parser.ProcessingInstructionHandler = self._remarks

    def read(self, content: bytes) -> Element:
        try:
            # By its first bytes expat would follow another encoding, whatever it was told.
            content.decode("utf-8")
            self._parser.Parse(content, True)
        except (UnicodeDecodeError, expat.ExpatError):
            raise FileRefused(MARKUP_BROKEN, self._place) from None
        return self._builder.close()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > self._limits.markup_depth or self._elements > self._limits.markup_elements:
            raise FileRefused(MARKUP_BROKEN, self._place)
        self._builder.start(_named(name), {_named(key): value for key, value in attributes.items()})

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._builder.end(_named(name))

    def _declared(self, _: str, encoding: str | None, __: int) -> None:
        """Other programs follow what is declared, and would read something else than we do."""
        if encoding is not None and encoding.lower() != "utf-8":
            raise FileRefused(MARKUP_BROKEN, self._place)

    def _entities(self, *_: object) -> None:
        raise FileRefused(MARKUP_ENTITIES, self._place)

    def _remarks(self, *_: object) -> None:
        raise FileRefused(MARKUP_REMARKS, self._place)


def read_markup(content: bytes, limits: FileLimits, place: Place | None = None) -> Element:
    """The tree of an XML document in UTF-8; names are ``{namespace}name``.

    Raises:
        FileRefused: it has a document type, remarks or instructions, or it is broken or excessive.
    """
    return _Reader(limits, place).read(content)


def _named(name: str) -> str:
    return "{" + name if _SEPARATOR in name else name


def local(name: str) -> str:
    """The name of an element or attribute without its namespace."""
    return name.rpartition("}")[2]


def attribute(element: Element, name: str) -> str:
    """The value of an attribute, whatever its namespace; "" when it has none."""
    return next((value for key, value in element.attrib.items() if local(key) == name), "")
