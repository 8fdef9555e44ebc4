"""The parts of reports and spreadsheets: only those that hold the text itself may be there."""

import re
from collections.abc import Iterator
from typing import ClassVar
from xml.etree.ElementTree import Element

from output_checker.files.content import OpenFile
from output_checker.files.findings import FileRule, Found, part
from output_checker.files.inspectors.base import FAIL, REVIEW, Inspector
from output_checker.files.kinds import PACKAGES, Family, sniff
from output_checker.files.markup import attribute, local
from output_checker.files.packages import lines_of
from output_checker.text import Text

MACROS = FileRule(
    "macros",
    Text("Macro's", "Macros"),
    FAIL,
    Text("Dit bestand bevat macro's of scripts.", "This file holds macros or scripts."),
    Text("Bewaar het zonder macro's.", "Save it without macros."),
)
ATTACHED = FileRule(
    "attached",
    Text("Bijgesloten bestand", "Attached file"),
    FAIL,
    Text(
        "In dit bestand zit een ander bestand: een afbeelding, grafiek, werkblad, lettertype of miniatuur.",
        "Another file is inside this one: a picture, chart, worksheet, typeface or thumbnail.",
    ),
    Text(
        "Haal het eruit; dien afbeeldingen apart in als PNG, en tabellen als uitvoer.",
        "Take it out; submit pictures on their own as PNG, and tables as outputs.",
    ),
)
COMMENTS = FileRule(
    "comments",
    Text("Opmerkingen", "Comments"),
    FAIL,
    Text("Dit bestand bevat opmerkingen of notities.", "This file holds comments or notes."),
    Text("Verwijder alle opmerkingen.", "Remove all comments."),
)
FAR = FileRule(
    "external_link",
    Text("Koppeling naar elders", "Link to elsewhere"),
    FAIL,
    Text(
        "Dit bestand haalt iets van elders op: een sjabloon, afbeelding, werkmap of gegevensbron.",
        "This file fetches something from elsewhere: a template, picture, workbook or data source.",
    ),
    Text("Verbreek alle koppelingen.", "Break all links."),
)
HYPERLINK = FileRule(
    "hyperlink",
    Text("Verwijzing naar een adres", "Reference to an address"),
    REVIEW,
    Text("Dit bestand verwijst naar een adres.", "This file refers to an address."),
    Text("Ga na dat in het adres geen gegevens staan.", "Make sure that the address holds no data."),
)
CACHED = FileRule(
    "cached_data",
    Text("Meegeleverde brondata", "Source data along with it"),
    FAIL,
    Text(
        "Dit bestand bevat brondata achter een draaitabel, grafiek of koppeling.",
        "This file holds source data behind a pivot table, chart or link.",
    ),
    Text("Plak alleen de waarden in een nieuw bestand.", "Paste the values only into a new file."),
)
UNKNOWN_PART = FileRule(
    "unknown_part",
    Text("Onbekend onderdeel", "Unknown part"),
    FAIL,
    Text(
        "Dit bestand heeft een onderdeel dat niet nodig is voor tekst of cellen.",
        "This file has a part that text or cells do not need.",
    ),
    Text(
        "Kopieer de tekst naar een nieuw, leeg document en bewaar dat.",
        "Copy the text into a new, empty document and save that.",
    ),
)
FOREIGN_MARKUP = FileRule(
    "foreign_markup",
    Text("Vreemde opmaak", "Foreign markup"),
    FAIL,
    Text(
        "De XML in dit bestand bevat iets dat niet bij de opmaak hoort, of een onmatig lang kenmerk.",
        "The XML in this file holds something that does not belong to the markup, or an excessively long attribute.",
    ),
    Text(
        "Kopieer de tekst naar een nieuw, leeg document en bewaar dat.",
        "Copy the text into a new, empty document and save that.",
    ),
)
_COMMON = r"\[Content_Types\]\.xml|(?:[\w/]*/)?_rels/[\w.]*\.rels|docProps/(?:core|app)\.xml"
_ALLOWED: dict[Family, re.Pattern[str]] = {
    Family.WORD: re.compile(
        rf"{_COMMON}|word/(?:document|styles|stylesWithEffects|settings|webSettings|fontTable|numbering|footnotes|endnotes|comments|theme/theme\d+|header\d+|footer\d+)\.xml"
    ),
    Family.SPREADSHEET: re.compile(
        rf"{_COMMON}|xl/(?:workbook|styles|sharedStrings|calcChain|metadata|theme/theme\d+|worksheets/sheet\d+|tables/table\d+)\.xml"
    ),
    Family.OPEN_DOCUMENT: re.compile(
        r"mimetype|(?:content|styles|meta|settings|manifest\.rdf|META-INF/manifest)(?:\.xml)?|META-INF/|Configurations2/.*"
    ),
}
_KNOWN: tuple[tuple[re.Pattern[str], FileRule], ...] = (
    (
        re.compile(r"vbaProject|vbaData|macrosheets|activeX|ctrlProps|^Basic/|^Scripts/", re.IGNORECASE),
        MACROS,
    ),
    (
        re.compile(
            r"comments?\d*\.xml|threadedComments|commentsExtended|commentsIds|people\.xml|persons/",
            re.IGNORECASE,
        ),
        COMMENTS,
    ),
    (re.compile(r"externalLinks|connections\.xml", re.IGNORECASE), FAR),
    (re.compile(r"pivotCache|pivotTables|queryTables|customData|model/", re.IGNORECASE), CACHED),
    (
        re.compile(
            r"media/|embeddings/|charts/|drawings/|fonts/|Pictures/|Thumbnails/|thumbnail\.|Object|\.bin$|afchunk|printerSettings",
            re.IGNORECASE,
        ),
        ATTACHED,
    ),
)
_NAMESPACES = (
    *("http://schemas.openxmlformats.org/", "http://schemas.microsoft.com/office/", "http://purl.org/dc/"),
    *("http://purl.oclc.org/ooxml/", "http://www.w3.org/", "urn:oasis:names:tc:opendocument:"),
    *(
        "http://docs.oasis-open.org/",
        "urn:org:documentfoundation:",
        "http://openoffice.org/",
        "urn:schemas-microsoft-com:",
    ),
)
_LINKS = frozenset({"http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"})
_PLAIN = frozenset({"mimetype"})
_SCRIPTS = frozenset({"scripts", "event-listener", "event-listeners", "script"})
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:|//|\\\\", re.IGNORECASE)
_ELSEWHERE = re.compile(r"(?:[a-z][a-z0-9+.-]*:|//|\.\./)", re.IGNORECASE)


class Parts(Inspector):
    """Macros, attachments, comments, cached data, links, and parts or markup that text and cells do not need."""

    id: ClassVar[str] = "parts"
    title: ClassVar[Text] = Text("Onderdelen van documenten", "Parts of documents")
    rules: ClassVar[tuple[FileRule, ...]] = (
        *(MACROS, ATTACHED, COMMENTS, FAR, HYPERLINK, CACHED, UNKNOWN_PART, FOREIGN_MARKUP),
    )

    def inspect(self, file: OpenFile) -> Iterator[Found]:
        """Each part and each link that should not be there."""
        if file.kind.family not in PACKAGES:
            return
        for name, content in file.parts.items():
            yield from self._part(file, name, content)
        for name, tree in file.trees.items():
            for element in tree.iter():
                if rule := _link_of(element):
                    yield Found(rule, part(name))
                if _is_foreign(element, file.limits.attribute_characters):
                    yield Found(FOREIGN_MARKUP, part(name))

    def _part(self, file: OpenFile, name: str, content: bytes) -> Iterator[Found]:
        known = next((rule for pattern, rule in _KNOWN if pattern.search(name)), None)
        if known is COMMENTS and name in file.trees and not any(lines_of(file.trees[name])):
            return
        if known or not _ALLOWED[file.kind.family].fullmatch(name):
            yield Found(known or UNKNOWN_PART, part(name))
        elif content and name not in file.trees and name not in _PLAIN:
            yield Found(ATTACHED if sniff(content) else UNKNOWN_PART, part(name))


def _link_of(element: Element) -> FileRule | None:
    """Which rule the address in an element breaks, if it has one that leads out of the file."""
    name = local(element.tag)
    if name == "Relationship":
        if attribute(element, "TargetMode") != "External":
            return FAR if _ADDRESS.match(attribute(element, "Target")) else None
        return HYPERLINK if attribute(element, "Type") in _LINKS else FAR
    if name in _SCRIPTS:
        # An empty frame for scripts stands in every text of some programs.
        return MACROS if len(element) or name != "scripts" else None
    target = attribute(element, "href")
    if not _ELSEWHERE.match(target):
        return None
    return HYPERLINK if name == "a" else FAR


def _is_foreign(element: Element, longest: int) -> bool:
    """Whether an element is of a vocabulary that documents do not need, or carries more than markup does."""
    names = [element.tag, *element.attrib]
    spaces = [name[1:].partition("}")[0] for name in names if name.startswith("{")]
    unknown = not element.tag.startswith("{") or any(not space.startswith(_NAMESPACES) for space in spaces)
    return unknown or any(len(value) > longest for value in element.attrib.values())
