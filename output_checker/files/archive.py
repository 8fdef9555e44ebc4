"""Reports and spreadsheets are zip archives: read here without believing what an archive says of itself.

Readers of zip files disagree about which bytes count; where they can, something can hide. So every byte has to belong
to exactly one part: no gaps, no overlaps, nothing before or after, both headers alike, contents as long as announced.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Final

from output_checker.files.findings import FileRefused, FileRule, part
from output_checker.files.limits import KIB, FileLimits
from output_checker.text import Text
from output_checker.verdict import Outcome

_AGAIN = Text(
    "Bewaar het document opnieuw met een gangbaar programma en dien dat in.",
    "Save the document again with a common program and submit that.",
)


def _rule(name: str, title: Text, reason: Text) -> FileRule:
    return FileRule(name, title, Outcome.FAIL, reason, _AGAIN)


ARCHIVE_BOMB = _rule(
    "archive_bomb",
    Text("Archiefbom", "Archive bomb"),
    Text(
        "Uitgepakt is dit bestand onmatig groot, of het heeft onmatig veel onderdelen.",
        "Unpacked, this file is excessively large, or it has an excessive number of parts.",
    ),
)
ARCHIVE_SURROUNDED = _rule(
    "archive_surrounded",
    Text("Bytes buiten het archief", "Bytes outside the archive"),
    Text(
        "Voor, na of tussen de onderdelen van dit bestand staan bytes die nergens bij horen.",
        "Before, after or between the parts of this file are bytes that belong to none.",
    ),
)
ARCHIVE_AMBIGUOUS = _rule(
    "archive_ambiguous",
    Text("Dubbelzinnig archief", "Ambiguous archive"),
    Text(
        "De onderdelen van dit bestand overlappen, of hun kopjes spreken elkaar tegen.",
        "The parts of this file overlap, or their headers contradict each other.",
    ),
)
ARCHIVE_NAMES = _rule(
    "archive_names",
    Text("Namen in het archief", "Names in the archive"),
    Text(
        "Een onderdeel van dit bestand heeft een naam die elders kan uitkomen of die dubbel is.",
        "A part of this file has a name that may lead elsewhere, or that is there twice.",
    ),
)
ARCHIVE_CLOSED = _rule(
    "archive_closed",
    Text("Versleuteld of onbekend ingepakt", "Encrypted, or packed in an unknown way"),
    Text(
        "Een onderdeel van dit bestand is versleuteld of op een ongewone manier ingepakt.",
        "A part of this file is encrypted or packed in an uncommon way.",
    ),
)

_END: Final = struct.Struct("<4s4H2LH")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_DESCRIPTOR: Final = struct.Struct("<3L")
_MARK: Final = b"PK\x07\x08"
_HAS_DESCRIPTOR = 0x08
_UTF8 = 0x800
_FLAGS = _HAS_DESCRIPTOR | _UTF8 | 0x06
"""Flags that say nothing of encryption: descriptor, names in UTF-8, and how hard it was packed."""
_SYMLINK = 0xA000
_TIMES = frozenset({0x5455, 0x7875, 0x000A})
_PADDING = 0xA220
_SMALL = 64 * KIB
"""Parts that unpack to less are no bomb, whatever their ratio."""


def unpack(content: bytes, limits: FileLimits) -> dict[str, bytes]:
    """The parts of an archive by name, in the order in which they stand.

    Raises:
        FileRefused: it is a bomb, or not every byte belongs to exactly one part.
    """
    directory = _directory(content)
    entries = _entries(content)
    _check_names(entries)
    _check_sizes(entries, limits)
    parts: dict[str, bytes] = {}
    at = 0
    for entry in entries:
        if entry.header_offset != at:
            raise FileRefused(ARCHIVE_AMBIGUOUS if entry.header_offset < at else ARCHIVE_SURROUNDED)
        parts[entry.filename], at = _read(content, entry)
    if at != directory:
        raise FileRefused(ARCHIVE_SURROUNDED)
    return parts


def _directory(content: bytes) -> int:
    """Where the central directory begins; it and its end have to be the last bytes."""
    end = content[-_END.size :]
    if len(end) < _END.size or not end.startswith(b"PK\x05\x06"):
        raise FileRefused(ARCHIVE_SURROUNDED)
    _, disk, first_disk, here, total, size, offset, comment = _END.unpack(end)
    if disk or first_disk or comment or here != total:
        raise FileRefused(ARCHIVE_AMBIGUOUS)
    if offset + size != len(content) - _END.size:
        raise FileRefused(ARCHIVE_SURROUNDED)
    return int(offset)


def _entries(content: bytes) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return sorted(archive.infolist(), key=lambda entry: entry.header_offset)
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise FileRefused(ARCHIVE_AMBIGUOUS) from None


def _check_names(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.orig_filename.casefold() for entry in entries]
    if len(set(names)) != len(names):
        raise FileRefused(ARCHIVE_NAMES)
    for entry in entries:
        steps = entry.orig_filename.split("/")
        odd = not entry.orig_filename.isprintable() or any(sign in entry.orig_filename for sign in "\\:")
        if odd or steps[0] == "" or ".." in steps or (entry.external_attr >> 16) & 0xF000 == _SYMLINK:
            raise FileRefused(ARCHIVE_NAMES, part(entry.filename))


def _check_sizes(entries: list[zipfile.ZipInfo], limits: FileLimits) -> None:
    total = sum(entry.file_size for entry in entries)
    if len(entries) > limits.archive_entries or total > limits.archive_bytes:
        raise FileRefused(ARCHIVE_BOMB)
    for entry in entries:
        if entry.file_size > _SMALL and entry.file_size > limits.archive_ratio * entry.compress_size:
            raise FileRefused(ARCHIVE_BOMB, part(entry.filename))


def _read(content: bytes, entry: zipfile.ZipInfo) -> tuple[bytes, int]:
    """The bytes of a part, and where the next one has to begin."""
    begin = _begin(content, entry)
    end = begin + entry.compress_size
    if entry.flag_bits & ~_FLAGS or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FileRefused(ARCHIVE_CLOSED, part(entry.filename))
    unpacked = _unpacked(content[begin:end], entry)
    if unpacked is None or len(unpacked) != entry.file_size or zlib.crc32(unpacked) != entry.CRC:
        raise FileRefused(ARCHIVE_AMBIGUOUS, part(entry.filename))
    return unpacked, end + _after(content[end : end + 16], entry)


def _begin(content: bytes, entry: zipfile.ZipInfo) -> int:
    """Where the bytes of a part begin, once its own header says what the directory says."""
    header = content[entry.header_offset : entry.header_offset + _LOCAL.size].ljust(_LOCAL.size, b"\x00")
    magic, _, flags, method, _, _, crc, packed, size, names, extra = _LOCAL.unpack(header)
    start = entry.header_offset + _LOCAL.size
    name = content[start : start + names]
    said = (crc, packed, size)
    known = (entry.CRC, entry.compress_size, entry.file_size)
    later = flags & _HAS_DESCRIPTOR and said == (0, 0, 0)
    same = (flags, method) == (entry.flag_bits, entry.compress_type) and name == _name_of(entry)
    if magic != b"PK\x03\x04" or not same or not (later or said == known):
        raise FileRefused(ARCHIVE_AMBIGUOUS, part(entry.filename))
    extras = (content[start + names : start + names + extra], entry.extra)
    if entry.comment or not all(map(_is_harmless, extras)):
        raise FileRefused(ARCHIVE_SURROUNDED, part(entry.filename))
    return start + int(names) + int(extra)


def _name_of(entry: zipfile.ZipInfo) -> bytes:
    return entry.orig_filename.encode("utf-8" if entry.flag_bits & _UTF8 else "cp437", "replace")


def _is_harmless(extra: bytes) -> bool:
    """Whether extra fields hold nothing but moments and padding of zeros."""
    return all(
        field in _TIMES or (field == _PADDING and not value.strip(b"\x00")) or (not field and not value)
        for field, value in _fields(extra)
    )


def _fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    while extra:
        field, size = struct.unpack("<2H", extra[:4].ljust(4, b"\xff"))
        yield field, extra[4 : 4 + size]
        extra = extra[4 + size :]


def _unpacked(packed: bytes, entry: zipfile.ZipInfo) -> bytes | None:
    if entry.compress_type == zipfile.ZIP_STORED:
        return packed
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        unpacked = stream.decompress(packed, entry.file_size + 1)
    except zlib.error:
        return None
    return unpacked if stream.eof and not stream.unused_data else None


def _after(following: bytes, entry: zipfile.ZipInfo) -> int:
    """How many bytes the descriptor takes that may follow a part."""
    if not entry.flag_bits & _HAS_DESCRIPTOR:
        return 0
    descriptor = _DESCRIPTOR.pack(entry.CRC, entry.compress_size, entry.file_size)
    for form in (_MARK + descriptor, descriptor):
        if following.startswith(form):
            return len(form)
    raise FileRefused(ARCHIVE_AMBIGUOUS, part(entry.filename))
