"""How large a file may be, and from which size on its content asks for people or is refused. Data, never code."""

from typing import Annotated

from pydantic import Field

from output_checker.documents import Part

KIB = 1024
MIB = 1024 * KIB
Size = Annotated[int, Field(gt=0)]


class FileLimits(Part):
    """Sizes in bytes of the file as it is or, where said, unpacked; the others are counts."""

    text_bytes: Size = Field(default=MIB, description="Bytes of a text, code, model or comma-separated file.")
    notebook_bytes: Size = Field(default=2 * MIB, description="Bytes of a notebook.")
    document_bytes: Size = Field(default=8 * MIB, description="Bytes of a report or spreadsheet.")
    picture_bytes: Size = Field(default=8 * MIB, description="Bytes of a picture.")
    picture_pixels: Size = Field(default=25_000_000, description="Pixels of a picture.")
    archive_entries: Size = Field(default=200, description="Parts inside a report or spreadsheet.")
    archive_bytes: Size = Field(default=32 * MIB, description="Unpacked bytes of all parts together.")
    archive_ratio: Size = Field(default=100, description="Unpacked bytes per packed byte of a part.")
    markup_depth: Size = Field(default=100, description="How deep elements of XML may be nested.")
    markup_elements: Size = Field(default=300_000, description="Elements in one part of XML.")
    attribute_characters: Size = Field(default=255, description="Characters in one attribute of XML.")
    cells: Size = Field(default=20_000, description="Filled cells of a spreadsheet.")
    columns: Size = Field(default=200, description="Columns of a sheet.")
    lines: Size = Field(default=20_000, description="Lines that people read of it.")
    formula_characters: Size = Field(default=500, description="Characters of a formula.")
    rows_for_people: Size = Field(
        default=20, description="Lines of one shape in a row: from here on it may be microdata."
    )
    rows_refused: Size = Field(default=500, description="Lines of one shape in a row: from here on refused.")
    literals_for_people: Size = Field(default=100, description="Literal values one after another.")
    literals_refused: Size = Field(default=2_000, description="Literal values one after another: refused.")
    encoded_characters: Size = Field(default=160, description="Letters of base64 or hexadecimal in a row.")
