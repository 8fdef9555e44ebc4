"""Files made by the tests themselves, harmless ones of each kind; attacks are made from these."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

SECRET = b"persoon;inkomen\n1;20000\n"
BSN = "111222333"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
TYPES = f'{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'


def zipped(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def relations(*links: str) -> str:
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{"".join(links)}</Relationships>'


def relation(number: int, kind: str, target: str, mode: str = "") -> str:
    outside = f' TargetMode="{mode}"' if mode else ""
    return f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"{outside}/>'


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r></w:p>"


def docx_parts(body: str = "", **others: str | bytes) -> dict[str, str | bytes]:
    text = body or paragraph("Op 1 januari woonden er meer mensen in de stad.") + (
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Wijk</w:t></w:r></w:p></w:tc>"
        "<w:tc><w:p><w:r><w:t>120</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    )
    return {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": relations(relation(1, "officeDocument", "word/document.xml")),
        "word/document.xml": f'{HEAD}<w:document xmlns:w="{WORD}" xmlns:r="{OFFICE}"><w:body>{text}</w:body></w:document>',
        "word/styles.xml": f'{HEAD}<w:styles xmlns:w="{WORD}"/>',
        **{name.replace("__", "/").replace("_dot_", "."): part for name, part in others.items()},
    }


def docx(body: str = "", extra: Mapping[str, str | bytes] | None = None) -> bytes:
    return zipped(docx_parts(body) | dict(extra or {}))


ODF = "urn:oasis:names:tc:opendocument:xmlns"


def odt(body: str = "", extra: Mapping[str, str | bytes] | None = None, styles: str = "") -> bytes:
    text = body or "<text:h>Kop</text:h><text:p>Meer<text:tab/>mensen</text:p>"
    spaces = " ".join(
        f'xmlns:{prefix}="{ODF}:{prefix}:1.0"'
        for prefix in ("office", "text", "style", "table", "draw", "meta")
    )
    content = (
        f'{HEAD}<office:document-content {spaces} xmlns:xlink="http://www.w3.org/1999/xlink">'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{text}</office:text></office:body></office:document-content>"
    )
    parts: dict[str, str | bytes] = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": content,
        "META-INF/manifest.xml": f'{HEAD}<m:manifest xmlns:m="{ODF}:manifest:1.0"/>',
        "Configurations2/": "",
    }
    return zipped(parts | dict(extra or {}))


def sheet(rows: str, before: str = "", after: str = "") -> str:
    return f'{HEAD}<worksheet xmlns="{SHEET}" xmlns:r="{OFFICE}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


ROWS = (
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>aantal</t></is></c></row>'
    '<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2"><v>120</v></c><c r="C2"/></row>'
)
STRINGS = ("wijk", "Centrum")


def workbook_of(sheets: str = '<sheet name="Blad1" sheetId="1" r:id="rId1"/>', more: str = "") -> str:
    return f'{HEAD}<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets>{more}</workbook>'


def xlsx(
    rows: str = ROWS,
    *,
    before: str = "",
    after: str = "",
    workbook: str = "",
    strings: tuple[str, ...] = STRINGS,
    extra: Mapping[str, str | bytes] | None = None,
) -> bytes:
    texts = "".join(f"<si><t>{text}</t></si>" for text in strings)
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": relations(relation(1, "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": workbook or workbook_of(),
        "xl/_rels/workbook.xml.rels": relations(
            relation(1, "worksheet", "worksheets/sheet1.xml"),
            relation(2, "worksheet", "/xl/worksheets/sheet2.xml"),
        ),
        "xl/worksheets/sheet1.xml": sheet(rows, before, after),
    }
    if strings:
        parts["xl/sharedStrings.xml"] = f'{HEAD}<sst xmlns="{SHEET}">{texts}</sst>'
    return zipped(parts | dict(extra or {}))


def cell(formula: str, shown: str = "1") -> str:
    return f'<row r="1"><c r="A1"><f>{formula}</f><v>{shown}</v></c></row>'


def notebook(*cells: dict[str, Any], **more: Any) -> bytes:
    document = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "cells": list(cells) or [code_cell("import output_checker as oc\n"), markdown_cell("# Titel\n")],
        **more,
    }
    return json.dumps(document).encode()


def code_cell(source: str, **more: Any) -> dict[str, Any]:
    cell = {"cell_type": "code", "source": source.splitlines(keepends=True), "outputs": [], "metadata": {}}
    return cell | {"id": "a1", "execution_count": 3} | more


def markdown_cell(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source, "metadata": {}, "id": "b2"} | more


def picture(size: tuple[int, int] = (40, 30), form: str = "PNG", mode: str = "RGB", **saved: Any) -> bytes:
    content = io.BytesIO()
    Image.new(mode, size, (200, 30, 60, 128)[: len(mode)] if len(mode) > 1 else 7).save(
        content, form, **saved
    )
    return content.getvalue()


def png_with_text(words: str) -> bytes:
    told = PngInfo()
    told.add_text("Comment", words)
    return picture(pnginfo=told)


def jpeg_with_place() -> bytes:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (52.0, 4.0, 30.0)}
    exif[0x010E] = "gemaakt thuis"
    return picture(form="JPEG", exif=exif)


PMML = (
    f'{HEAD}<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>'
    '<RegressionModel functionName="regression"><RegressionTable intercept="1.5">'
    '<NumericPredictor name="age" coefficient="0.3"/></RegressionTable></RegressionModel></PMML>'
)
MODEL = json.dumps({"intercept": 1.5, "coefficients": {"age": 0.3, "sex": -0.1}, "n": 1200})

BENIGN: dict[str, bytes] = {
    "analyse.py": b"#!/usr/bin/env python\nimport output_checker as oc\n\ndef share(a, b):\n    return a / b\n",
    "analyse.R": b"library(dplyr)\nfit <- lm(y ~ x + factor(z), data = d)\nsummary(fit)\n",
    "tabel.sql": b"SELECT wijk, count(*) FROM personen\nWHERE leeftijd >= 18\nGROUP BY wijk;\n",
    "model.do": b"use data, clear\nregress y x i.z\n",
    "lees mij.txt": "Dit is een notitie over de méthode, bladzijde 12.\r\n".encode(),
    "verslag.md": b"# Verslag\n\n"
    + b"=" * 64
    + b"\n\nIn 2019 waren er 12.345 inwoners.\n\n| wijk | n |\n|---|---|\n| A | 120 |\n",
    "tabel.csv": b'wijk,aantal,verschil\nCentrum,120,-3.5\nZuid,340,+2\n"West, oud",88,-\n',
    "analyse.ipynb": notebook(),
    "model.json": MODEL.encode(),
    "model.pmml": PMML.encode(),
    "verslag.docx": docx(),
    "verslag.odt": odt(),
    "tabel.xlsx": xlsx(),
    "figuur.png": picture(),
    "foto.jpg": picture(form="JPEG"),
}
"""One harmless file of each kind; the second name of a kind is tried elsewhere."""
