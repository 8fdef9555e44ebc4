"""The file with the values of an own variable, looked at as what it is: bytes that a stranger made.

What the file says of itself is checked before a single value is read: two plain columns, no nesting, a size that fits
the number of units. What it says may be untrue; then reading it fails within the limits of the engine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from output_checker.engine import SOURCE, Engine
from output_checker.text import Text

KEY, VALUE = "unit", "value"
"""The two columns of a file with own values."""

BYTES_PER_VALUE = 256
"""Most bytes that one value may take, unpacked, on average; a category has 40 characters at most."""

SLACK_BYTES = 1 << 20
"""What any file may take beside its values: dictionaries, pages that are hardly filled."""

VALUES_PER_GROUP = 64
"""Row groups that are emptier than this, on average, are no way to store values: each costs memory."""

_WHOLE: Final = frozenset({"INT32", "INT64"})
_PHYSICAL: Final = {
    "integer": _WHOLE,
    "number": _WHOLE | {"FLOAT", "DOUBLE"},
    "category": frozenset({"BYTE_ARRAY"}),
    "boolean": frozenset({"BOOLEAN"}),
}
_KEYS: Final = _WHOLE | {"BYTE_ARRAY"}
_CODECS: Final = frozenset({"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD"})

UNREADABLE = Text(nl="Het bestand met waarden is niet te lezen.", en="The file with values cannot be read.")
_COLUMNS = Text(
    nl="Het bestand heeft niet precies de kolommen unit en value.",
    en="The file does not have the columns unit and value and no others.",
)
_KEY_TYPE = Text(
    nl="De sleutel van de eenheid is geen geheel getal of tekst.",
    en="The key of the unit is no whole number or text.",
)
_TYPE = Text(nl="Een waarde heeft niet het genoemde type.", en="A value is not of the type that was told.")
_MORE = Text(nl="Er zijn meer waarden dan eenheden.", en="There are more values than units.")
_LARGE = Text(
    nl="Het bestand is uitgepakt veel groter dan zijn waarden.",
    en="Unpacked, the file is much larger than its values.",
)
_CODEC = Text(
    nl="Het bestand is gecomprimeerd op een manier die hier niet wordt gelezen.",
    en="The file is compressed in a way that is not read here.",
)


class FormError(Exception):
    """The file is not what a file with own values looks like; ``words`` tell why, without any value."""

    def __init__(self, words: Text) -> None:
        super().__init__(words.en)
        self.words = words


def values_in(path: Path) -> str:
    """The rows of the file, for a query."""
    return f"read_parquet({_quoted(path)})"


def check_form(engine: Engine, path: Path, kind: str) -> None:
    """Look at what the file says of itself; ``kind`` is the type that its values are said to have.

    The engine must look at the view of the project, and be allowed to open the file. Reads no value.

    Raises:
        FormError: it has other columns, nesting, another type, more values than rows, or is a bomb.
        EvidenceError: it is no Parquet file.
    """
    _check_columns(engine, path, kind)
    _check_size(engine, path)


def _check_columns(engine: Engine, path: Path, kind: str) -> None:
    told = "name, type, num_children, repetition_type, converted_type, CAST(logical_type AS VARCHAR)"
    root, *columns = engine.rows(f"SELECT {told} FROM parquet_schema({_quoted(path)})")  # noqa: S608
    found = {name: (physical, extra) for name, physical, *extra in columns}
    if len(columns) != root[2] or sorted(name for name, *_ in columns) != [KEY, VALUE]:
        raise FormError(_COLUMNS)
    for name, types, words in ((KEY, _KEYS, _KEY_TYPE), (VALUE, _PHYSICAL[kind], _TYPE)):
        physical, (_, repetition, *meaning) = found[name]
        if physical not in types or repetition == "REPEATED" or not _is_plain(physical, meaning):
            raise FormError(words)


def _is_plain(physical: str, meaning: list[str | None]) -> bool:
    """Whether a column holds plain text or plain numbers: no moments, decimals or documents in disguise."""
    converted, logical = meaning
    if physical == "BYTE_ARRAY":
        return converted == "UTF8" or (logical or "").startswith("StringType")
    return (converted is None or converted.lstrip("U").startswith("INT_")) and (
        logical is None or logical.startswith("IntType")
    )


def _check_size(engine: Engine, path: Path) -> None:
    (rows, groups), *_ = engine.rows(
        f"SELECT num_rows, num_row_groups FROM parquet_file_metadata({_quoted(path)})"  # noqa: S608
    )
    ((most,),) = engine.rows(f"SELECT count(*) FROM {SOURCE}")  # noqa: S608
    if rows > most:
        raise FormError(_MORE)
    if groups > 1 + rows // VALUES_PER_GROUP:
        raise FormError(_LARGE)
    chunks = engine.rows(
        "SELECT compression, sum(greatest(total_uncompressed_size, total_compressed_size)), "  # noqa: S608
        f"sum(num_values) FROM parquet_metadata({_quoted(path)}) GROUP BY 1"
    )
    if {codec for codec, *_ in chunks} - _CODECS:
        raise FormError(_CODEC)
    if any(values > 2 * rows for _, _, values in chunks) or (
        sum(size for _, size, _ in chunks) > SLACK_BYTES + 2 * rows * BYTES_PER_VALUE
    ):
        raise FormError(_LARGE)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
