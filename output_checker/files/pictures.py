"""Pictures: what stands in them besides pixels, and the plain picture that is made of them.

What leaves is a new file drawn from the decoded pixels: no text, no place, no thumbnail, nothing behind the end. The
two lowest bits of each colour are dropped, so that nothing can be written there. Whoever writes in what the eye sees,
or in brighter bits, is for people to find.
"""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from typing import Final

from output_checker.files.content import Picture
from output_checker.files.findings import FileRefused, FileRule
from output_checker.files.kinds import Family
from output_checker.files.limits import FileLimits
from output_checker.text import Text
from output_checker.verdict import Outcome

PICTURE_BROKEN = FileRule(
    "picture_broken",
    Text("Kapotte afbeelding", "Broken picture"),
    Outcome.FAIL,
    Text("Deze afbeelding is niet te lezen.", "This picture cannot be read."),
    Text("Bewaar haar opnieuw als PNG.", "Save it again as PNG."),
)
PICTURE_BOMB = FileRule(
    "picture_bomb",
    Text("Onmatig grote afbeelding", "Excessively large picture"),
    Outcome.FAIL,
    Text("Deze afbeelding heeft te veel pixels.", "This picture has too many pixels."),
    Text("Bewaar haar kleiner.", "Save it smaller."),
)

_HEAD: Final = 8
_PIXELS: Final = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"pHYs", b"cHRM", b"bKGD", b"sBIT"}
)
_FRAMES: Final = frozenset({b"acTL", b"fcTL", b"fdAT"})
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_SCAN, _LAST, _APP0, _COMMENT, _MULTI = 0xDA, 0xD9, 0xE0, 0xFE, b"MPF\x00"
_KEPT_BITS: Final = 2
_QUALITY: Final = 90


def read_picture(content: bytes, family: Family) -> Picture:
    """What a picture holds besides its pixels.

    Raises:
        FileRefused: it is broken.
    """
    try:
        return _png(content) if family is Family.PNG else _jpeg(content)
    except (struct.error, IndexError):
        raise FileRefused(PICTURE_BROKEN) from None


def redraw(content: bytes, family: Family, limits: FileLimits) -> bytes:
    """The same picture, made anew from its pixels on white.

    Raises:
        FileRefused: it is broken or has too many pixels.
    """
    # Loaded here: only pictures need it, and everything else starts faster without.
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=[family.value.upper()])
        if picture.width * picture.height > limits.picture_pixels:
            raise FileRefused(PICTURE_BOMB)
        layer = picture.convert("RGBA")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise FileRefused(PICTURE_BOMB) from None
    except (OSError, ValueError, SyntaxError, struct.error):
        raise FileRefused(PICTURE_BROKEN) from None
    plain = Image.new("RGBA", layer.size, "white")
    plain.alpha_composite(layer)
    drawn = plain.convert("RGB").point([_coarse(level) for level in range(256)] * 3)
    new = io.BytesIO()
    drawn.save(new, family.value.upper(), quality=_QUALITY, optimize=False)
    return new.getvalue()


def _coarse(level: int) -> int:
    """A level of 0 to 255 without its lowest bits, black and white as they were."""
    most = 255 >> _KEPT_BITS
    return (level >> _KEPT_BITS) * 255 // most


def _png(content: bytes) -> Picture:
    """The chunks of a PNG (W3C PNG 3rd ed., 5.3)."""
    at = _HEAD
    names: list[bytes] = []
    while not names or names[-1] != b"IEND":
        size, name = struct.unpack(">L4s", content[at : at + 8])
        (crc,) = struct.unpack(">L", content[at + 8 + size : at + 12 + size])
        if zlib.crc32(content[at + 4 : at + 8 + size]) != crc:
            raise FileRefused(PICTURE_BROKEN)
        names.append(name)
        at += 12 + size
    extra = dict.fromkeys(name for name in names if name not in _PIXELS | _FRAMES)
    metadata = tuple(name.decode("latin-1") for name in extra)
    return Picture(metadata, len(content) - at, not _FRAMES.isdisjoint(names))


def _jpeg(content: bytes) -> Picture:
    """The segments of a JPEG (ITU-T T.81, annex B)."""
    metadata: list[str] = []
    frames, at = False, 2
    for marker, begin, end in _segments(content):
        at = end
        body = content[begin:end]
        frames = frames or body.startswith(_MULTI)
        if marker == _COMMENT or (_APP0 < marker <= _APP0 + 15):
            metadata.append(_name_of(marker, body))
    return Picture(tuple(dict.fromkeys(metadata)), len(content) - at, frames)


def _segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, first byte and end of each segment, up to and including the end of the image."""
    at = 2
    while True:
        if content[at] != 0xFF:
            raise FileRefused(PICTURE_BROKEN)
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        begin = at + 2
        (size,) = (
            (0,)
            if marker in _STANDALONE or marker == _LAST
            else struct.unpack(">H", content[begin : begin + 2])
        )
        at = begin + size
        yield marker, begin + min(size, 2), at
        if marker == _LAST:
            return
        if marker == _SCAN:
            at = _scanned(content, at)


def _scanned(content: bytes, at: int) -> int:
    """Where the coded pixels end: at the first marker that is neither stuffing nor a restart."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0:
            raise FileRefused(PICTURE_BROKEN)
        if content[at + 1] != 0x00 and not 0xD0 <= content[at + 1] <= 0xD7:
            return at
        at += 2


def _name_of(marker: int, body: bytes) -> str:
    if marker == _COMMENT:
        return "COM"
    return "Exif" if body.startswith(b"Exif") else f"APP{marker - _APP0}"
