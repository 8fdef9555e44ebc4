"""What leaves of a picture is drawn anew: its pixels, and nothing else."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from output_checker.files.inspection import inspect_file
from tests.output_checker.files.makers import jpeg_with_place, picture, png_with_text


def leaving(name: str, content: bytes) -> bytes:
    found = inspect_file(name, content)
    assert found.leaving is not None
    return found.leaving


@pytest.mark.parametrize(
    ("name", "content", "secret"),
    [
        ("a.png", png_with_text("geheim"), b"geheim"),
        ("a.jpg", jpeg_with_place(), b"Exif"),
        ("a.jpg", picture(form="JPEG", comment=b"geheim"), b"geheim"),
        ("a.png", picture() + b"geheim", b"geheim"),
    ],
)
def test_text_place_comments_and_trailing_bytes_stay_behind(name: str, content: bytes, secret: bytes) -> None:
    assert secret in content
    assert secret not in leaving(name, content)


def test_what_is_written_in_the_lowest_bits_stays_behind() -> None:
    plain, written = Image.new("RGB", (8, 8), (100, 120, 140)), Image.new("RGB", (8, 8), (101, 122, 143))
    drawn = []
    for one in (plain, written):
        stream = io.BytesIO()
        one.save(stream, "PNG")
        drawn.append(leaving("a.png", stream.getvalue()))
    assert drawn[0] == drawn[1]


def test_black_and_white_stay_what_they_are() -> None:
    stream = io.BytesIO()
    sketch = Image.new("RGB", (2, 1), (0, 0, 0))
    sketch.putpixel((1, 0), (255, 255, 255))
    sketch.save(stream, "PNG")
    drawn = Image.open(io.BytesIO(leaving("a.png", stream.getvalue())))
    assert [drawn.getpixel((0, 0)), drawn.getpixel((1, 0))] == [(0, 0, 0), (255, 255, 255)]


def test_colours_below_a_transparent_layer_do_not_leave() -> None:
    stream = io.BytesIO()
    Image.new("RGBA", (4, 4), (9, 8, 7, 0)).save(stream, "PNG")
    drawn = Image.open(io.BytesIO(leaving("a.png", stream.getvalue())))
    assert drawn.mode == "RGB"
    assert drawn.getpixel((1, 1)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "P", "1", "RGBA", "LA"])
def test_every_common_mode_is_drawn(mode: str) -> None:
    assert Image.open(io.BytesIO(leaving("a.png", picture(mode=mode)))).size == (40, 30)


def test_the_same_picture_gives_the_same_bytes() -> None:
    assert leaving("a.jpg", picture(form="JPEG")) == leaving("a.jpg", picture(form="JPEG"))


def test_a_progressive_jpeg_with_restarts_is_read_to_its_end() -> None:
    content = picture((200, 200), form="JPEG", progressive=True, restart_marker_rows=1)
    assert inspect_file("a.jpeg", content).findings == ()
