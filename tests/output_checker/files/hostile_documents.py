"""Hostile reports and spreadsheets by name, how each is made, and the rules that have to find it."""

from __future__ import annotations

import struct
import zipfile
from io import BytesIO

from tests.output_checker.files.makers import (
    BENIGN,
    BSN,
    HEAD,
    ROWS,
    SECRET,
    SHEET,
    cell,
    docx,
    odt,
    paragraph,
    picture,
    relation,
    relations,
    sheet,
    workbook_of,
    xlsx,
    zipped,
)

LINK = '<w:p><w:hyperlink r:id="rId9"><w:r><w:t>hier</w:t></w:r></w:hyperlink></w:p>'


def _lying_zip() -> bytes:
    """Its directory says that the document is shorter than what is packed."""
    content = bytearray(zipped({"word/document.xml": "x" * 100}, zipfile.ZIP_DEFLATED))
    at = content.rindex(b"PK\x01\x02")
    struct.pack_into("<L", content, at + 24, 50)
    struct.pack_into("<L", content, 22, 50)
    return bytes(content)


def _overlapping() -> bytes:
    """Two entries of the directory that lead to the same bytes."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.xml", "<a/>")
        twin = zipfile.ZipInfo("b.xml")
        archive.writestr(twin, "<a/>")
        twin.header_offset = 0
    return content.getvalue()


def _twice() -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for part in ("[Content_Types].xml", "word/document.xml", "WORD/document.xml"):
            archive.writestr(part, "<a/>")
    return content.getvalue()


def _linked() -> bytes:
    entry = zipfile.ZipInfo("word/document.xml")
    entry.external_attr = 0o120777 << 16
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    return content.getvalue()


def _encrypted() -> bytes:
    content = bytearray(docx())
    for at in (content.index(b"PK\x03\x04") + 6, content.index(b"PK\x01\x02") + 8):
        content[at] |= 1
    return bytes(content)


def _commented() -> bytes:
    content = BytesIO(docx())
    with zipfile.ZipFile(content, "a") as archive:
        archive.comment = SECRET
    return content.getvalue()


def _with_extra_field() -> bytes:
    entry = zipfile.ZipInfo("a.xml")
    entry.extra = struct.pack("<2H", 0x4242, len(SECRET)) + SECRET
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(entry, "<a/>")
    return content.getvalue()


def _gap() -> bytes:
    """Bytes between the last part and the directory."""
    content = docx()
    at = content.index(b"PK\x01\x02")
    end = bytearray(content[at:])
    struct.pack_into("<L", end, len(end) - 6, at + len(SECRET))
    return content[:at] + SECRET + bytes(end)


def _xml_bomb() -> str:
    return '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY c "&a;&a;&a;&a;">]>'


COMMENTS = (
    '<w:comments xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:comment w:author="Jan">'
    "<w:p><w:r><w:t>geheim</w:t></w:r></w:p></w:comment></w:comments>"
)
OWN_PROPERTY = (
    f'{HEAD}<meta:a xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0">'
    "<meta:user-defined>geheim</meta:user-defined></meta:a>"
)
EMBEDDING = {"word/embeddings/werkmap.xlsx": BENIGN["tabel.xlsx"]}

ARCHIVES: dict[str, tuple[str, bytes, set[str]]] = {
    "archive bomb": ("verslag.docx", docx(extra={"word/styles.xml": b" " * 20_000_000}), {"archive_bomb"}),
    "many parts": ("verslag.docx", docx(extra={f"word/{n}.xml": "" for n in range(300)}), {"archive_bomb"}),
    "lying archive": ("verslag.docx", _lying_zip(), {"archive_ambiguous"}),
    "overlapping parts": ("verslag.docx", _overlapping(), {"archive_ambiguous"}),
    "zip slip": ("verslag.docx", docx(extra={"../../x.xml": "<a/>"}), {"archive_names"}),
    "absolute part": ("verslag.docx", docx(extra={"/etc/x.xml": "<a/>"}), {"archive_names"}),
    "part twice": ("verslag.docx", _twice(), {"archive_names"}),
    "symbolic link": ("verslag.docx", _linked(), {"archive_names"}),
    "encrypted": ("verslag.docx", _encrypted(), {"archive_closed"}),
    "bytes before": ("verslag.docx", b"PK\x03\x04" + SECRET + docx(), {"archive_surrounded"}),
    "bytes after": ("verslag.docx", docx() + SECRET, {"archive_surrounded"}),
    "bytes between": ("verslag.docx", _gap(), {"archive_surrounded"}),
    "archive comment": ("verslag.docx", _commented(), {"archive_surrounded"}),
    "extra field": ("verslag.docx", _with_extra_field(), {"archive_surrounded"}),
    "nested archive": ("verslag.docx", docx(extra={"word/nested.zip": zipped({"a": "b"})}), {"unknown_part"}),
    "archive named as XML": (
        "verslag.docx",
        docx(extra={"word/a.xml": zipped({"a": "b"})}),
        {"markup_broken"},
    ),
    "XML entities": (
        "verslag.docx",
        docx(extra={"word/styles.xml": _xml_bomb() + "<b>&c;</b>"}),
        {"markup_entities"},
    ),
    "XML entities in a model": (
        "model.pmml",
        (_xml_bomb() + "<PMML>&c;</PMML>").encode(),
        {"markup_entities"},
    ),
    "XML remark": ("verslag.docx", docx("<w:p/><!-- geheim -->"), {"markup_remarks"}),
    "XML instruction": ("verslag.docx", docx("<w:p/><?geheim data?>"), {"markup_remarks"}),
    "deep XML": ("verslag.docx", docx("<w:p>" * 200 + "</w:p>" * 200), {"markup_broken"}),
    "XML in another encoding": (
        "verslag.docx",
        docx(extra={"word/styles.xml": '<?xml version="1.0" encoding="UTF-7"?><a/>'}),
        {"markup_broken"},
    ),
    "UTF-16 XML": (
        "verslag.docx",
        docx(extra={"word/styles.xml": "<a/>".encode("utf-16")}),
        {"markup_broken"},
    ),
}
REPORTS: dict[str, tuple[str, bytes, set[str]]] = {
    "person in an attribute": (
        "verslag.docx",
        docx(f'<w:p w:rsidR="Jan, {BSN}, 52000"><w:r><w:t>Tekst</w:t></w:r></w:p>'),
        {"bsn"},
    ),
    "macros": ("verslag.docx", docx(extra={"word/vbaProject.bin": b"\x00"}), {"macros"}),
    "embedded workbook": ("verslag.docx", docx(extra=EMBEDDING), {"attached"}),
    "picture in a report": ("verslag.docx", docx(extra={"word/media/image1.png": picture()}), {"attached"}),
    "comments": ("verslag.docx", docx(extra={"word/comments.xml": COMMENTS}), {"comments", "author"}),
    "tracked changes": (
        "verslag.docx",
        docx('<w:p><w:del w:id="1"><w:r><w:delText>geheim</w:delText></w:r></w:del></w:p>'),
        {"tracked_changes"},
    ),
    "hidden text": ("verslag.docx", docx(paragraph("geheim", "<w:vanish/>")), {"hidden_text"}),
    "white text": ("verslag.docx", docx(paragraph("geheim", '<w:color w:val="FFFFFF"/>')), {"pale_text"}),
    "tiny text": ("verslag.docx", docx(paragraph("geheim", '<w:sz w:val="2"/>')), {"pale_text"}),
    "DDE": (
        "verslag.docx",
        docx("<w:p><w:r><w:instrText>DDEAUTO c:\\\\x.exe</w:instrText></w:r></w:p>"),
        {"field"},
    ),
    "remote template": (
        "verslag.docx",
        docx(
            extra={
                "word/_rels/settings.xml.rels": relations(
                    relation(1, "attachedTemplate", "http://x.nl/a", "External")
                )
            }
        ),
        {"external_link"},
    ),
    "address said to be a part": (
        "verslag.docx",
        docx(extra={"word/_rels/a.xml.rels": relations(relation(1, "image", "file://server/a"))}),
        {"external_link"},
    ),
    "address that carries a number": (
        "verslag.docx",
        docx(
            extra={
                "word/_rels/a.xml.rels": relations(
                    relation(1, "hyperlink", f"https://x.nl/?{BSN}", "External")
                )
            }
        ),
        {"hyperlink", "bsn"},
    ),
    "name that carries a number": (
        "verslag.docx",
        docx(f'<w:p><w:bookmarkStart w:name="{BSN}"/></w:p>'),
        {"bsn"},
    ),
    "hyperlink": (
        "verslag.docx",
        docx(
            LINK,
            {
                "word/_rels/document.xml.rels": relations(
                    relation(9, "hyperlink", "https://x.nl/?a=1", "External")
                )
            },
        ),
        {"hyperlink"},
    ),
    "custom data": (
        "verslag.docx",
        docx(extra={"customXml/item1.xml": "<a>geheim</a>"}),
        {"unknown_part", "foreign_markup"},
    ),
    "foreign markup": ("verslag.docx", docx('<x:y xmlns:x="urn:geheim">data</x:y>'), {"foreign_markup"}),
    "long attribute": ("verslag.docx", docx(f'<w:p w:rsidR="{"0" * 300}"/>'), {"foreign_markup"}),
    "bytes in a part that is no XML": (
        "verslag.odt",
        odt(extra={"Configurations2/x": SECRET}),
        {"unknown_part"},
    ),
    "OpenDocument thumbnail": (
        "verslag.odt",
        odt(extra={"Thumbnails/thumbnail.png": picture()}),
        {"attached"},
    ),
    "OpenDocument tracked changes": ("verslag.odt", odt("<text:tracked-changes/>"), {"tracked_changes"}),
    "OpenDocument hidden text": (
        "verslag.odt",
        odt(styles='<style:style style:name="x"><style:text-properties text:display="none"/></style:style>'),
        {"hidden_text"},
    ),
    "OpenDocument annotation": ("verslag.odt", odt("<text:p><office:annotation/></text:p>"), {"comments"}),
    "OpenDocument script": (
        "verslag.odt",
        odt("<office:scripts><office:script/></office:scripts>"),
        {"macros"},
    ),
    "OpenDocument link": (
        "verslag.odt",
        odt('<text:p><text:a xlink:href="https://x.nl">x</text:a></text:p>'),
        {"hyperlink"},
    ),
    "OpenDocument picture": (
        "verslag.odt",
        odt('<text:p><draw:frame><draw:image xlink:href="https://x.nl/a.png"/></draw:frame></text:p>'),
        {"attached", "external_link"},
    ),
    "own property": (
        "verslag.odt",
        odt(extra={"meta.xml": OWN_PROPERTY}),
        {"own_property"},
    ),
    "author": (
        "verslag.docx",
        docx(
            extra={
                "docProps/core.xml": f'{HEAD}<c:p xmlns:c="http://purl.org/dc/elements/1.1/"><c:creator>Jan</c:creator></c:p>'
            }
        ),
        {"author"},
    ),
}
SHEETS: dict[str, tuple[str, bytes, set[str]]] = {
    "hidden sheet": (
        "tabel.xlsx",
        xlsx(
            workbook=workbook_of('<sheet name="A" r:id="rId1"/><sheet name="B" state="hidden" r:id="rId2"/>'),
            extra={"xl/worksheets/sheet2.xml": sheet('<row><c r="A1"><v>7</v></c></row>')},
        ),
        {"hidden_sheet"},
    ),
    "sheet with an invisible name": (
        "tabel.xlsx",
        xlsx(workbook=workbook_of('<sheet name="A\u200b" r:id="rId1"/>')),
        {"invisible_characters"},
    ),
    "very hidden sheet": (
        "tabel.xlsx",
        xlsx(workbook=workbook_of('<sheet name="A" state="veryHidden" r:id="rId1"/>')),
        {"hidden_sheet"},
    ),
    "sheet that nobody names": (
        "tabel.xlsx",
        xlsx(extra={"xl/worksheets/sheet7.xml": sheet('<row><c r="A1"><v>7</v></c></row>')}),
        {"hidden_sheet"},
    ),
    "hidden row": (
        "tabel.xlsx",
        xlsx(ROWS.replace('<row r="2">', '<row r="2" hidden="1">')),
        {"hidden_rows"},
    ),
    "row of no height": (
        "tabel.xlsx",
        xlsx(ROWS.replace('<row r="2">', '<row r="2" ht="0">')),
        {"hidden_rows"},
    ),
    "hidden column": (
        "tabel.xlsx",
        xlsx(before='<cols><col min="2" max="2" hidden="true"/></cols>'),
        {"hidden_rows"},
    ),
    "column of no width": (
        "tabel.xlsx",
        xlsx(before='<cols><col min="2" max="2" width="x"/></cols>'),
        {"hidden_rows"},
    ),
    "hidden name": (
        "tabel.xlsx",
        xlsx(
            workbook=workbook_of(
                more='<definedNames><definedName name="x" hidden="1">7</definedName></definedNames>'
            )
        ),
        {"hidden_rows", "formula"},
    ),
    "number format that shows nothing": (
        "tabel.xlsx",
        xlsx(
            extra={
                "xl/styles.xml": f'<styleSheet xmlns="{SHEET}"><numFmt numFmtId="164" formatCode=";;;"/></styleSheet>'
            }
        ),
        {"hidden_rows"},
    ),
    "text in no cell": ("tabel.xlsx", xlsx(strings=("wijk", "Centrum", "geheim")), {"unused_text"}),
    "DDE in a cell": ("tabel.xlsx", xlsx(cell("cmd|' /c calc'!A0"), strings=()), {"formula_refused"}),
    "web service": ("tabel.xlsx", xlsx(cell('WEBSERVICE("http://x.nl")'), strings=()), {"formula_refused"}),
    "other workbook": ("tabel.xlsx", xlsx(cell("[1]Blad1!A1"), strings=()), {"formula_refused"}),
    "formula bomb": ("tabel.xlsx", xlsx(cell('REPT("a",9^9)'), strings=()), {"formula_refused"}),
    "nested formula": (
        "tabel.xlsx",
        xlsx(cell("SUM(" * 20 + "1" + ")" * 20), strings=()),
        {"formula_refused"},
    ),
    "long formula": ("tabel.xlsx", xlsx(cell("1+" * 400 + "1"), strings=()), {"formula_refused"}),
    "formula": ("tabel.xlsx", xlsx(cell("SUM(B1:B3)/2"), strings=()), {"formula"}),
    "notes": (
        "tabel.xlsx",
        xlsx(extra={"xl/comments1.xml": f'<comments xmlns="{SHEET}"><text><t>geheim</t></text></comments>'}),
        {"comments"},
    ),
    "pivot cache": (
        "tabel.xlsx",
        xlsx(extra={"xl/pivotCache/pivotCacheRecords1.xml": f'<r xmlns="{SHEET}"/>'}),
        {"cached_data"},
    ),
    "connections": (
        "tabel.xlsx",
        xlsx(extra={"xl/connections.xml": f'<connections xmlns="{SHEET}"/>'}),
        {"external_link"},
    ),
    "external workbook": (
        "tabel.xlsx",
        xlsx(extra={"xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{SHEET}"/>'}),
        {"external_link"},
    ),
    "macro sheet": (
        "tabel.xlsx",
        xlsx(extra={"xl/macrosheets/sheet1.xml": f'<x xmlns="{SHEET}"/>'}),
        {"macros"},
    ),
    "drawing": ("tabel.xlsx", xlsx(extra={"xl/media/image1.png": picture()}), {"attached"}),
    "string that is not there": ("tabel.xlsx", xlsx(strings=("wijk",)), {"sheet_broken"}),
    "negative string": ("tabel.xlsx", xlsx(ROWS.replace("<v>1</v>", "<v>-1</v>")), {"sheet_broken"}),
    "cell without a place": (
        "tabel.xlsx",
        xlsx('<row><c r="7"><v>7</v></c></row>', strings=()),
        {"sheet_broken"},
    ),
    "data between cells": ("tabel.xlsx", xlsx("<row><x>geheim</x></row>", strings=()), {"sheet_broken"}),
    "far column": (
        "tabel.xlsx",
        xlsx('<row><c r="XFD1"><v>7</v></c></row>', strings=()),
        {"sheet_too_large"},
    ),
    "header of a printed page": (
        "tabel.xlsx",
        xlsx(after=f"<headerFooter><oddHeader>{BSN}</oddHeader></headerFooter>"),
        {"bsn"},
    ),
}
