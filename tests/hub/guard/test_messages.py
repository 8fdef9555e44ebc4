import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.guard.messages import explanation

HEADER = {"msg_id": "m", "msg_type": "display_data", "session": "s", "odd": "x" * 1000}
PARENT = {"msg_id": "p" * 500, "msg_type": "execute_request"}


def binary(*parts: bytes) -> bytes:
    """As Jupyter Server writes it: number of offsets, offsets, parts."""
    at = 8 * (len(parts) + 2)
    offsets = [at]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    return b"".join([*(number.to_bytes(8, "little") for number in (len(offsets), *offsets)), *parts])


def test_a_text_output_becomes_a_sentence_for_the_same_cell() -> None:
    shown = json.loads(
        explanation(json.dumps({"header": HEADER, "parent_header": PARENT, "content": {"big": "x" * 10**6}}))
        or ""
    )
    assert shown["msg_type"] == shown["header"]["msg_type"] == "stream"
    assert "te groot" in shown["content"]["text"]
    assert shown["parent_header"]["msg_id"] == "p" * 128
    assert "odd" not in shown["header"]


def test_a_binary_output_becomes_a_binary_sentence() -> None:
    parts = [
        b"iopub",
        *(json.dumps(part).encode() for part in (HEADER, PARENT, {}, {"big": "x" * 10**6})),
        b"buffer",
    ]
    shown = explanation(binary(*parts))
    assert isinstance(shown, bytes)
    assert len(shown) < 2000
    count = int.from_bytes(shown[:8], "little")
    at = [int.from_bytes(shown[8 * i : 8 * i + 8], "little") for i in range(1, count + 1)]
    pieces = [shown[start:end] for start, end in pairwise(at)]
    assert at[-1] == len(shown)
    assert pieces[0] == b"iopub"
    assert json.loads(pieces[1])["msg_type"] == "stream"
    assert "too large" in json.loads(pieces[4])["text"]


STATUS = json.dumps({"header": {"msg_type": "status"}, "parent_header": {}})


@pytest.mark.parametrize(
    "message", ["no json", "[]", "{}", '{"header": 1, "parent_header": {}}', STATUS, b"", b"\0" * 64]
)
def test_what_is_no_output_is_dropped(message: str | bytes) -> None:
    assert explanation(message) is None


@given(st.binary(max_size=400))
def test_any_bytes_from_the_sandbox_are_harmless(message: bytes) -> None:
    assert explanation(message) is None
