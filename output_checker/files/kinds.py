"""The kinds of file that may be submitted at all, and how their content is told apart from what a name promises."""

from dataclasses import dataclass
from enum import StrEnum

from output_checker.files.findings import FileRefused, FileRule
from output_checker.files.limits import FileLimits
from output_checker.text import Text
from output_checker.verdict import Outcome


class Family(StrEnum):
    """How a kind of file is opened and shown."""

    TEXT = "text"
    NOTEBOOK = "notebook"
    JSON = "json"
    MARKUP = "markup"
    WORD = "word"
    OPEN_DOCUMENT = "open_document"
    SPREADSHEET = "spreadsheet"
    PNG = "png"
    JPEG = "jpeg"


PICTURES = frozenset({Family.PNG, Family.JPEG})
PACKAGES = frozenset({Family.WORD, Family.OPEN_DOCUMENT, Family.SPREADSHEET})
_OFFICE = "application/vnd.openxmlformats-officedocument"


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file that may leave after people looked."""

    id: str
    title: Text
    extensions: tuple[str, ...]
    media_type: str
    family: Family

    def largest(self, limits: FileLimits) -> int:
        """The size in bytes from which on it is refused unread."""
        if self.family in PICTURES:
            return limits.picture_bytes
        if self.family in PACKAGES:
            return limits.document_bytes
        return limits.notebook_bytes if self.family is Family.NOTEBOOK else limits.text_bytes


def _text(name: str, title: Text, *extensions: str, media_type: str = "text/plain") -> FileKind:
    return FileKind(name, title, extensions, media_type, Family.TEXT)


KINDS: tuple[FileKind, ...] = (
    _text("python", Text.same("Python"), "py"),
    _text("r", Text.same("R"), "r"),
    _text("sql", Text.same("SQL"), "sql"),
    _text("stata", Text.same("Stata"), "do"),
    _text("text", Text("Platte tekst", "Plain text"), "txt"),
    _text("markdown", Text("Markdown", "Markdown"), "md", "rmd", "qmd", media_type="text/markdown"),
    _text("csv", Text("Kommagescheiden tabel", "Comma-separated table"), "csv", "tsv", media_type="text/csv"),
    FileKind("notebook", Text.same("Notebook"), ("ipynb",), "application/x-ipynb+json", Family.NOTEBOOK),
    FileKind(
        "json",
        Text("Model of tabel in JSON", "Model or table in JSON"),
        ("json",),
        "application/json",
        Family.JSON,
    ),
    FileKind("pmml", Text("Model in PMML", "Model in PMML"), ("pmml",), "application/xml", Family.MARKUP),
    FileKind(
        "docx",
        Text("Verslag (Office Open XML)", "Report (Office Open XML)"),
        ("docx",),
        f"{_OFFICE}.wordprocessingml.document",
        Family.WORD,
    ),
    FileKind(
        "odt",
        Text("Verslag (OpenDocument)", "Report (OpenDocument)"),
        ("odt",),
        "application/vnd.oasis.opendocument.text",
        Family.OPEN_DOCUMENT,
    ),
    FileKind(
        "xlsx",
        Text("Rekenblad (Office Open XML)", "Spreadsheet (Office Open XML)"),
        ("xlsx",),
        f"{_OFFICE}.spreadsheetml.sheet",
        Family.SPREADSHEET,
    ),
    FileKind("png", Text("Afbeelding (PNG)", "Picture (PNG)"), ("png",), "image/png", Family.PNG),
    FileKind("jpeg", Text("Afbeelding (JPEG)", "Picture (JPEG)"), ("jpg", "jpeg"), "image/jpeg", Family.JPEG),
)
"""The allow-list. What is not here is refused, with a way out where there is one."""

_AS_TEXT = Text(
    "Dien de bron in als .docx, .odt of .md, of zet het resultaat als tabel in een aanvraag.",
    "Submit the source as .docx, .odt or .md, or ask for the result as a table.",
)
_AS_MODEL = Text(
    "Schrijf de coëfficiënten weg als JSON of PMML: wie dit formaat opent, voert code uit of krijgt rijen data.",
    "Write the coefficients as JSON or PMML: whoever opens this format runs code or gets rows of data.",
)
_AS_TABLE = Text(
    "Vraag de tabel aan als uitvoer; de dienst rekent haar na en schrijft de bestanden zelf.",
    "Ask for the table as an output; the service recomputes it and writes the files itself.",
)
_AS_PICTURE = Text("Bewaar de afbeelding als PNG.", "Save the picture as PNG.")
_ONE_BY_ONE = Text("Dien de bestanden één voor één in.", "Submit the files one by one.")
_NO_PROGRAMS = Text("Dien de broncode in.", "Submit the source code.")

REFUSED: dict[str, tuple[Text, tuple[str, ...], Text]] = {
    "pickle": (
        Text("Pickle en joblib", "Pickle and joblib"),
        ("pkl", "pickle", "joblib", "dill", "pt", "pth", "npy", "npz"),
        _AS_MODEL,
    ),
    "binary_model": (
        Text("Binair model", "Binary model"),
        ("onnx", "pb", "safetensors", "model", "bin", "ubj"),
        _AS_MODEL,
    ),
    "binary_data": (
        Text("Binaire data", "Binary data"),
        (
            *("parquet", "feather", "arrow", "h5", "hdf5", "rds", "rda", "rdata", "dta", "sav", "por"),
            *("sas7bdat", "xpt", "duckdb", "sqlite", "db"),
        ),
        _AS_TABLE,
    ),
    "archive": (
        Text("Archief", "Archive"),
        ("zip", "tar", "gz", "tgz", "bz2", "xz", "zst", "7z", "rar"),
        _ONE_BY_ONE,
    ),
    "program": (
        Text("Programma", "Program"),
        ("exe", "dll", "so", "dylib", "jar", "class", "pyc", "whl", "sh", "bat", "ps1", "vbs", "js", "wasm"),
        _NO_PROGRAMS,
    ),
    "page_format": (
        Text(
            "PDF en andere opmaak die niet veilig te doorzoeken is",
            "PDF and other layout that cannot be searched safely",
        ),
        ("pdf", "ps", "eps", "xps", "html", "htm", "mht", "rtf", "tex"),
        _AS_TEXT,
    ),
    "old_office": (
        Text("Ouder of met macro's", "Older, or with macros"),
        ("doc", "xls", "ppt", "pptx", "docm", "xlsm", "xlsb", "dotx", "dotm", "xltx", "xltm", "ods", "odp"),
        _AS_TEXT,
    ),
    "other_picture": (
        Text("Andere afbeelding", "Other picture"),
        ("svg", "gif", "tif", "tiff", "bmp", "webp", "heic", "emf", "wmf", "ico"),
        _AS_PICTURE,
    ),
}
"""Kinds that are asked for and never leave: their names, their extensions, and the way out."""

_ALLOWED_EXTENSIONS = ", ".join(f".{extension}" for kind in KINDS for extension in kind.extensions)
_CHOOSE = Text(f"Wel toegestaan: {_ALLOWED_EXTENSIONS}.", f"Allowed are: {_ALLOWED_EXTENSIONS}.")


def _refusal(name: str, what: Text, remedy: Text) -> FileRule:
    return FileRule(
        id=name,
        title=what,
        outcome=Outcome.FAIL,
        reason=Text(
            f"Deze soort bestand verlaat de omgeving niet: {what.nl.lower() if name != 'kind_page_format' else what.nl}.",
            f"This kind of file does not leave the environment: {what.en.lower() if name != 'kind_page_format' else what.en}.",
        ),
        remedy=remedy,
    )


KIND_REFUSED: dict[str, FileRule] = {
    name: _refusal(f"kind_{name}", what, remedy) for name, (what, _, remedy) in REFUSED.items()
}
KIND_UNKNOWN = _refusal("kind_unknown", Text("Niet op de lijst", "Not on the list"), _CHOOSE)
KIND_DIFFERS = FileRule(
    id="kind_differs",
    title=Text("Inhoud past niet bij de naam", "Content does not fit the name"),
    outcome=Outcome.FAIL,
    reason=Text(
        "De inhoud van dit bestand is iets anders dan zijn naam zegt.",
        "The content of this file is something else than its name says.",
    ),
    remedy=Text(
        "Bewaar het opnieuw in het formaat dat bij de naam hoort; platte tekst als UTF-8.",
        "Save it again in the format that belongs to the name; plain text as UTF-8.",
    ),
)

_ZIP = b"PK\x03\x04"
_BEGINNINGS: dict[Family, bytes] = {
    **dict.fromkeys(PACKAGES, _ZIP),
    Family.PNG: b"\x89PNG\r\n\x1a\n",
    Family.JPEG: b"\xff\xd8\xff",
}
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    *((b"\x80" + bytes([protocol]), "pickle") for protocol in range(2, 6)),
    (b"\x93NUMPY", "pickle"),
    *(
        (magic, "binary_data")
        for magic in (b"PAR1", b"\x89HDF", b"ARROW1", b"RDX", b"RDA", b"X\n\x00", b"SQLite format 3")
    ),
    *((magic, "binary_data") for magic in (b"<stata_dta>", b"$FL2", b"$FL3")),
    *(
        (magic, "archive")
        for magic in (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
    ),
    *((magic, "archive") for magic in (b"7z\xbc\xaf", b"Rar!")),
    *((magic, "program") for magic in (b"\x7fELF", b"MZ", b"\xca\xfe\xba\xbe", b"\x00asm", b"#!")),
    *((magic, "page_format") for magic in (b"%PDF", b"%!PS", b"{\\rtf", b"<!DOCTYPE html", b"<html")),
    (b"\xd0\xcf\x11\xe0", "old_office"),
    *((magic, "other_picture") for magic in (b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"RIFF", b"<svg")),
)
_TAR = slice(257, 262)
_TEXT_SAFE = frozenset({b"#!", b"MZ", b"BM", b"RDX", b"RDA", b"BZh"})
"""Signatures that ordinary text may begin with: these are believed only where the rest is no text."""


def extension_of(name: str) -> str:
    """What follows the last full stop of a name, in lower case."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def kind_called(name: str) -> FileKind:
    """The kind of file that a name promises.

    Raises:
        FileRefused: it is not on the allow-list.
    """
    extension = extension_of(name)
    for kind in KINDS:
        if extension in kind.extensions:
            return kind
    for refused, (_, extensions, _) in REFUSED.items():
        if extension in extensions:
            raise FileRefused(KIND_REFUSED[refused])
    raise FileRefused(KIND_UNKNOWN)


def check_content(kind: FileKind, content: bytes) -> None:
    """Whether content begins as its kind does, and as no other.

    Raises:
        FileRefused: it does not; when it is known what it is instead, for that reason.
    """
    expected = _BEGINNINGS.get(kind.family)
    if expected is not None and content.startswith(expected):
        return
    if sniffed := sniff(content):
        raise FileRefused(KIND_REFUSED[sniffed])
    if expected is not None:
        raise FileRefused(KIND_DIFFERS)


def sniff(content: bytes) -> str | None:
    """Which refused kind content is by its first bytes; None when it is none of these."""
    for magic, refused in _SIGNATURES:
        if content.startswith(magic) and not (magic in _TEXT_SAFE and b"\x00" not in content):
            return refused
    return "archive" if content[_TAR] == b"ustar" else None
