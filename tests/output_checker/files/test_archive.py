"""Archives: what common programs write is read, and nothing else is."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest

from output_checker.files.archive import unpack
from output_checker.files.findings import FileRefused
from output_checker.files.limits import FileLimits
from tests.output_checker.files.makers import zipped

LIMITS = FileLimits()


class OneWay(io.BytesIO):
    """A stream that cannot go back, as programs that write to a pipe use: sizes follow the bytes."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: object) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


def piped(*parts: str) -> bytes:
    stream = OneWay()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in parts:
            archive.writestr(name, "tekst")
    return stream.getvalue()


def refusal(content: bytes) -> str:
    with pytest.raises(FileRefused) as refused:
        unpack(content, LIMITS)
    return refused.value.found.rule.id


def test_stored_and_packed_parts_are_read_in_order() -> None:
    assert unpack(zipped({"b": "1", "a": "2"}, zipfile.ZIP_STORED), LIMITS) == {"b": b"1", "a": b"2"}


@pytest.mark.parametrize("mark", [True, False])
def test_sizes_that_follow_the_bytes_are_read_with_and_without_their_mark(mark: bool) -> None:
    content = piped("a")
    if not mark:
        at = content.index(b"PK\x07\x08")
        content = content[:at] + content[at + 4 :]
        directory = content.index(b"PK\x01\x02")
        content = content[:-6] + struct.pack("<LH", directory, 0)
    assert unpack(content, LIMITS) == {"a": b"tekst"}


def test_sizes_that_follow_and_differ_are_refused() -> None:
    content = bytearray(piped("a"))
    content[content.index(b"PK\x07\x08") + 4] ^= 1
    assert refusal(bytes(content)) == "archive_ambiguous"


def test_moments_and_padding_beside_a_part_are_harmless() -> None:
    entry = zipfile.ZipInfo("a")
    entry.extra = struct.pack("<2HBL", 0x5455, 5, 1, 0) + struct.pack("<2H", 0xA220, 4) + bytes(4) + bytes(4)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(entry, "tekst")
    assert unpack(stream.getvalue(), LIMITS) == {"a": b"tekst"}


def test_a_wrong_checksum_is_refused() -> None:
    content = bytearray(zipped({"a": "tekst"}, zipfile.ZIP_STORED))
    content[31] ^= 1
    assert refusal(bytes(content)) == "archive_ambiguous"


def test_broken_packing_is_refused() -> None:
    content = bytearray(zipped({"a": "tekst" * 9}))
    content[31] = 0xFF
    assert refusal(bytes(content)) == "archive_ambiguous"


@pytest.mark.parametrize("field", [4, 6, 8])
def test_an_end_that_speaks_of_other_disks_is_refused(field: int) -> None:
    content = bytearray(zipped({"a": "b"}))
    content[len(content) - 22 + field] += 1
    assert refusal(bytes(content)) == "archive_ambiguous"


def test_a_directory_that_cannot_be_read_is_refused() -> None:
    content = bytearray(zipped({"a": "b"}))
    content[content.index(b"PK\x01\x02")] = 0
    assert refusal(bytes(content)) == "archive_ambiguous"


def test_a_part_that_would_begin_in_the_end_is_refused() -> None:
    content = bytearray(zipped({"a": "b"}))
    directory = content.index(b"PK\x01\x02")
    struct.pack_into("<L", content, directory + 42, len(content) - 8)
    assert refusal(bytes(content)) == "archive_surrounded"


def test_a_lone_part_that_is_cut_off_is_refused() -> None:
    """A directory at the very beginning: the part that it names has no header."""
    name = b"a"
    entry = (
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0)
        + name
    )
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(entry), 0, 0)
    assert refusal(entry + end) == "archive_ambiguous"


def test_packing_that_is_uncommon_is_refused() -> None:
    assert refusal(zipped({"a": "b" * 99}, zipfile.ZIP_BZIP2)) == "archive_closed"


def test_bytes_behind_what_was_unpacked_are_refused() -> None:
    """The part ends before its packed bytes do: what follows would be read by nobody."""
    packed = zlib.compress(b"tekst")[2:-4] + b"geheim"
    head = struct.pack("<5H3L2H", 20, 0, 8, 0, 0, zlib.crc32(b"tekst"), len(packed), 5, 1, 0)
    part = b"PK\x03\x04" + head + b"a" + packed
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + head + struct.pack("<3H2L", 0, 0, 0, 0, 0) + b"a"
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(entry), len(part), 0)
    assert refusal(part + entry + end) == "archive_ambiguous"
