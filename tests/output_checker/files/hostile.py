"""The corpus: hostile files by name, how each is made, and the rules that have to find it."""

from __future__ import annotations

import base64
import gzip
import json
import pickle
import struct
import zlib

from tests.output_checker.files.hostile_documents import ARCHIVES, REPORTS, SHEETS
from tests.output_checker.files.makers import (
    BSN,
    PMML,
    ROWS,
    SECRET,
    code_cell,
    docx,
    jpeg_with_place,
    markdown_cell,
    notebook,
    paragraph,
    picture,
    png_with_text,
    xlsx,
    zipped,
)

IBAN = "NL91ABNA0417164300"


def _patched(content: bytes, old: bytes, new: bytes, count: int = -1) -> bytes:
    assert old in content
    return content.replace(old, new, count)


def _png_bomb() -> bytes:
    """A header that promises 30,000 x 30,000 pixels."""
    content = picture()
    head = struct.pack(">4s2L5B", b"IHDR", 30_000, 30_000, 8, 2, 0, 0, 0)
    return content[:12] + head + struct.pack(">L", zlib.crc32(head)) + content[33:]


def _wide_png() -> bytes:
    """More pixels than are allowed, and fewer than what the library warns of."""
    content = picture()
    head = struct.pack(">4s2L5B", b"IHDR", 6_000, 6_000, 8, 2, 0, 0, 0)
    return content[:12] + head + struct.pack(">L", zlib.crc32(head)) + content[33:]


def _animated() -> bytes:
    return picture(save_all=True, append_images=[_other_frame()])


def _other_frame() -> object:
    from PIL import Image

    return Image.new("RGB", (40, 30), (0, 0, 0))


def _lines(count: int) -> str:
    return "".join(f"{1000 + n * 37},{n % 90},{20_000 + n * 113}\n" for n in range(count))


BLOB = base64.b64encode(zlib.compress(SECRET * 40, 0)).decode()
NAMES: dict[str, tuple[str, bytes, set[str]]] = {
    "right-to-left name": ("verslag\u202etxt.py", b"x = 1\n", {"name_deceiving"}),
    "double extension": ("verslag.exe.txt", b"tekst\n", {"name_double_extension"}),
    "path in the name": ("../../etc/cron.d/x.py", b"x = 1\n", {"name_path"}),
    "windows path in the name": ("..\\x.py", b"x = 1\n", {"name_path"}),
    "hidden file": (".profile.py", b"x = 1\n", {"name_path"}),
    "alternate stream": ("a.py:b.txt", b"x = 1\n", {"name_path"}),
    "device": ("con.txt", b"tekst\n", {"name_unusable"}),
    "long name": ("a" * 200 + ".txt", b"tekst\n", {"name_unusable"}),
    "foreign letters in the name": ("vеrslag.txt", b"tekst\n", {"name_deceiving"}),
    "no extension": ("verslag", b"tekst\n", {"kind_unknown"}),
    "line end in the name": ("a\nb.txt", b"tekst\n", {"name_deceiving"}),
}
KINDS: dict[str, tuple[str, bytes, set[str]]] = {
    "pickle": ("model.pkl", pickle.dumps([1]), {"kind_pickle"}),
    "pickle as text": ("model.txt", pickle.dumps([1]), {"kind_pickle"}),
    "pickle as JSON": ("model.json", pickle.dumps({"a": 1}), {"kind_pickle"}),
    "onnx": ("model.onnx", b"\x08\x07\x12\x07pytorch", {"kind_binary_model"}),
    "parquet": ("tabel.parquet", b"PAR1" + bytes(20) + b"PAR1", {"kind_binary_data"}),
    "parquet as csv": ("tabel.csv", b"PAR1" + bytes(20) + b"PAR1", {"kind_binary_data"}),
    "hdf5": ("tabel.h5", b"\x89HDF\r\n\x1a\n", {"kind_binary_data"}),
    "rds": ("tabel.rds", gzip.compress(b"RDX3\n"), {"kind_binary_data"}),
    "rds as text": ("tabel.txt", gzip.compress(b"RDX3\n"), {"kind_archive"}),
    "archive": ("alles.zip", zipped({"a": "b"}), {"kind_archive"}),
    "archive as picture": ("figuur.png", zipped({"a": "b"}), {"kind_archive"}),
    "tar as text": ("alles.txt", bytes(257) + b"ustar" + bytes(20), {"kind_archive"}),
    "program": ("doe.exe", b"MZ" + bytes(60), {"kind_program"}),
    "program as text": ("doe.txt", b"\x7fELF" + bytes(60), {"kind_program"}),
    "page": ("verslag.html", b"<html><script>x()</script></html>", {"kind_page_format"}),
    "pdf with a script": (
        "verslag.pdf",
        b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript>>>>",
        {"kind_page_format"},
    ),
    "pdf as text": ("verslag.md", b"%PDF-1.7\n/EmbeddedFile", {"kind_page_format"}),
    "svg with a script": ("figuur.svg", b"<svg><script/></svg>", {"kind_other_picture"}),
    "workbook with macros": ("tabel.xlsm", xlsx(), {"kind_old_office"}),
    "old workbook": ("tabel.xlsx", b"\xd0\xcf\x11\xe0" + bytes(60), {"kind_old_office"}),
    "text as picture": ("figuur.png", b"tekst", {"kind_differs"}),
    "picture as other picture": ("figuur.jpg", picture(), {"kind_differs"}),
    "report as spreadsheet": ("tabel.xlsx", docx(), {"kind_differs"}),
    "other XML as model": ("model.pmml", b"<rss/>", {"kind_differs"}),
    "empty": ("leeg.py", b"", {"file_empty"}),
    "zeros": ("nullen.txt", bytes(1000), {"text_binary"}),
    "many zeros": ("nullen.txt", bytes(2 * 2**20), {"file_too_large"}),
    "not UTF-8": ("tekst.txt", "é".encode("latin-1"), {"text_binary"}),
    "terminal codes": ("tekst.txt", b"\x1b[8mgeheim\x1b[0m", {"text_binary"}),
}
TEXTS: dict[str, tuple[str, bytes, set[str]]] = {
    "citizen service number": ("notitie.txt", f"Zie {BSN}.".encode(), {"bsn"}),
    "grouped citizen service number": ("notitie.txt", b"Zie 1112.22.333.", {"perhaps_bsn"}),
    "citizen service number without its zero": ("notitie.txt", b"Zie 12345672.", {"perhaps_bsn"}),
    "citizen service number in a cell": ("tabel.xlsx", xlsx(ROWS.replace("120", BSN)), {"bsn"}),
    "citizen service number in a report": ("verslag.docx", docx(paragraph(BSN)), {"bsn"}),
    "citizen service number in code": ("analyse.ipynb", notebook(code_cell(f"x = {BSN}")), {"bsn"}),
    "account": (
        "notitie.txt",
        f"Betaal {IBAN[:4]} {IBAN[4:8]} {IBAN[8:12]} {IBAN[12:16]} {IBAN[16:]}.".encode(),
        {"iban", "phone"},
    ),
    "e-mail": ("analyse.R", b"# vragen: jan.de.vries@voorbeeld.nl\n", {"email"}),
    "phone": ("notitie.md", b"Bel 06-12345678 of +31 70 353 3000.\n", {"phone"}),
    "address": ("notitie.md", b"Dorpsstraat, 2511 AB 12, Den Haag\n", {"address"}),
    "formula in a table": ("tabel.csv", b"wijk,n\n\"=cmd|' /c calc'!A0\",1\n", {"cell_formula"}),
    "at sign in a table": ("tabel.csv", b"wijk,n\n@SUM(A1),1\n", {"cell_formula"}),
    "rows of persons": ("tabel.csv", f"id,leeftijd,inkomen\n{_lines(40)}".encode(), {"rows", "literals"}),
    "many rows of persons": (
        "tabel.csv",
        f"id,leeftijd,inkomen\n{_lines(900)}".encode(),
        {"too_many_rows", "too_many_literals"},
    ),
    "rows in a report": (
        "verslag.docx",
        docx(
            "<w:tbl>"
            + "".join(
                f"<w:tr><w:tc><w:p><w:t>{n}</w:t></w:p></w:tc><w:tc><w:p><w:t>{n * 7}</w:t></w:p></w:tc></w:tr>"
                for n in range(30)
            )
            + "</w:tbl>"
        ),
        {"rows"},
    ),
    "rows as inserts": (
        "tabel.sql",
        "".join(f"SELECT {n}, 'a';\n" for n in range(30)).encode(),
        {"rows"},
    ),
    "list in code": (
        "analyse.py",
        f"x = [{', '.join(str(n * 3) for n in range(150))}]\n".encode(),
        {"literals"},
    ),
    "vector in R": (
        "analyse.R",
        f"x <- c({', '.join(str(n * 3) for n in range(3000))})\n".encode(),
        {"too_many_literals"},
    ),
    "zero width characters": ("verslag.md", "Gewone\u200b tekst\u200d\n".encode(), {"invisible_characters"}),
    "tag characters": (
        "verslag.md",
        ("Tekst" + "".join(chr(0xE0000 + ord(letter)) for letter in "geheim")).encode(),
        {"invisible_characters"},
    ),
    "variation selectors": ("verslag.md", "Tekst\ufe01\ufe02\n".encode(), {"invisible_characters"}),
    "strange spaces": ("verslag.md", "Een\u2003twee\u2009drie\n".encode(), {"invisible_characters"}),
    "trojan source": (
        "analyse.py",
        "if x: # \u202e } \u2066 admin\n    pass\n".encode(),
        {"direction_changed"},
    ),
    "white space as a carrier": ("verslag.md", b"Een regel \t  \t\t   \t \t\n", {"whitespace"}),
    "far to the right": ("analyse.py", b"x = 1" + b" " * 300 + b"# geheim\n", {"whitespace"}),
    "base64": ("analyse.py", f'x = "{BLOB}"\n'.encode(), {"encoded_data"}),
    "base64 over lines": (
        "analyse.py",
        ("x = (\n" + "".join(f'    "{BLOB[at : at + 60]}"\n' for at in range(0, 600, 60)) + ")\n").encode(),
        {"encoded_data", "random_looking"},
    ),
    "zeros and ones": ("notitie.txt", b"01" * 100, {"encoded_data"}),
    "hexadecimal": ("notitie.txt", (SECRET * 10).hex().encode(), {"encoded_data"}),
    "escapes": (
        "analyse.py",
        ('x = b"' + "".join(f"\\x{byte:02x}" for byte in SECRET * 3) + '"\n').encode(),
        {"encoded_data"},
    ),
    "data address": (
        "verslag.md",
        b"![x](data:image/png;base64,iVBORw0KGgo=)\n",
        {"data_address", "far_picture"},
    ),
    "random word": (
        "notitie.txt",
        b"sleutel aB3xK9mQ7zR2wY5tU8vN1cF4gH6jL0pS-_dEiOqWk\n",
        {"random_looking"},
    ),
    "script": ("verslag.md", b"# Titel\n<script>alert(1)</script>\n", {"script"}),
    "address that runs": ("verslag.md", b"[klik](javascript:alert(1))\n", {"script"}),
    "remark": ("verslag.md", b"Tekst <!-- geheim -->\n", {"hidden_remark"}),
    "remote picture": ("verslag.md", b"![](https://x.nl/a.png?p=1)\n", {"far_picture"}),
}
NOTEBOOKS: dict[str, tuple[str, bytes, set[str]]] = {
    "outputs": (
        "analyse.ipynb",
        notebook(code_cell("df", outputs=[{"output_type": "stream", "text": "geheim"}])),
        {"notebook_outputs"},
    ),
    "attachments": (
        "analyse.ipynb",
        notebook(markdown_cell("x", attachments={"a.png": {"image/png": "iVBO"}})),
        {"notebook_attachments"},
    ),
    "metadata": ("analyse.ipynb", notebook(metadata={"geheim": "1;20000"}), {"notebook_settings"}),
    "metadata of a cell": (
        "analyse.ipynb",
        notebook(markdown_cell("x", metadata={"geheim": 1})),
        {"notebook_settings"},
    ),
    "long metadata": (
        "analyse.ipynb",
        notebook(markdown_cell("x", metadata={"tags": ["a" * 100]})),
        {"notebook_settings"},
    ),
    "number of runs as a carrier": (
        "analyse.ipynb",
        notebook(code_cell("x", execution_count=20_000_000)),
        {"notebook_settings"},
    ),
    "further field": ("analyse.ipynb", notebook(geheim=[1]), {"notebook_settings"}),
    "name of a cell as a carrier": (
        "analyse.ipynb",
        notebook(code_cell("x", id="a" * 100)),
        {"notebook_settings"},
    ),
    "name of a cell that is a person": (
        "analyse.ipynb",
        notebook(code_cell("x", id=f"Jan-{BSN}-52000")),
        {"bsn"},
    ),
    "rows below metadata of a cell": (
        "analyse.ipynb",
        notebook(
            code_cell("x", metadata={"tags": {f"a{n}": {f"b{m}": BSN for m in range(10)} for n in range(10)}})
        ),
        {"bsn", "rows"},
    ),
    "older notebook": ("analyse.ipynb", notebook(nbformat=3), {"notebook_broken"}),
    "cell of no kind": (
        "analyse.ipynb",
        notebook({"cell_type": "geheim", "source": ""}),
        {"notebook_broken"},
    ),
    "cell that is none": ("analyse.ipynb", notebook(cells=[1]), {"notebook_broken"}),
    "list": ("analyse.ipynb", b"[]", {"notebook_broken"}),
    "name twice": ("model.json", b'{"a": 1, "a": 2}', {"values_broken"}),
    "deep JSON": ("model.json", b"[" * 200 + b"]" * 200, {"values_broken"}),
    "very deep JSON": ("model.json", b"[" * 200_000 + b"]" * 200_000, {"values_broken"}),
    "control character in a cell": (
        "analyse.ipynb",
        notebook(code_cell("x = '\x08'")),
        {"invisible_characters"},
    ),
    "script in a text cell": ("analyse.ipynb", notebook(markdown_cell("<script>x</script>")), {"script"}),
}
PICTURES: dict[str, tuple[str, bytes, set[str]]] = {
    "bytes after a PNG": ("figuur.png", picture() + SECRET, {"trailing_bytes"}),
    "archive after a PNG": ("figuur.png", picture() + zipped({"a": "b"}), {"trailing_bytes"}),
    "bytes after a JPEG": ("foto.jpg", picture(form="JPEG") + SECRET, {"trailing_bytes"}),
    "text in a PNG": ("figuur.png", png_with_text("geheim"), {"picture_metadata"}),
    "place in a JPEG": ("foto.jpg", jpeg_with_place(), {"picture_metadata"}),
    "comment in a JPEG": ("foto.jpg", picture(form="JPEG", comment=b"geheim"), {"picture_metadata"}),
    "profile in a JPEG": ("foto.jpg", picture(form="JPEG", icc_profile=b"geheim"), {"picture_metadata"}),
    "picture bomb": ("figuur.png", _png_bomb(), {"picture_bomb"}),
    "large picture": ("figuur.png", _wide_png(), {"picture_bomb"}),
    "frames": ("figuur.png", _animated(), {"several_pictures"}),
    "several pictures in a JPEG": (
        "foto.jpg",
        _patched(picture(form="JPEG"), b"\xff\xdb", b"\xff\xe2\x00\x08MPF\x00\x00\x00\xff\xdb", 1),
        {"several_pictures", "picture_metadata"},
    ),
    "half a PNG": ("figuur.png", picture()[:-20], {"picture_broken"}),
    "PNG with a wrong checksum": (
        "figuur.png",
        _patched(picture(), b"IEND\xae", b"IEND\xaf"),
        {"picture_broken"},
    ),
    "half a JPEG": ("foto.jpg", picture(form="JPEG")[:-40], {"picture_broken"}),
    "JPEG of markers only": ("foto.jpg", b"\xff\xd8\xff\xff\xd9", {"picture_broken"}),
    "JPEG without a marker": ("foto.jpg", b"\xff\xd8\xff\xe0\x00\x02geheim", {"picture_broken"}),
}
MODELS: dict[str, tuple[str, bytes, set[str]]] = {
    "training rows in PMML": (
        "model.pmml",
        PMML.replace("<Header/>", "<InlineTable><row><a>1</a></row></InlineTable>").encode(),
        {"training_rows"},
    ),
    "support vectors in JSON": (
        "model.json",
        json.dumps({"support_vectors": [[1, 2]]}).encode(),
        {"training_rows"},
    ),
    "training rows in a list": (
        "model.json",
        json.dumps([{"fit": {"X_train": []}}]).encode(),
        {"training_rows"},
    ),
    "many values in JSON": ("model.json", json.dumps({"w": list(range(500))}).encode(), {"literals"}),
}
HOSTILE = NAMES | KINDS | ARCHIVES | REPORTS | SHEETS | TEXTS | NOTEBOOKS | PICTURES | MODELS
"""Every hostile file: its name, its content, and the rules that find it."""
