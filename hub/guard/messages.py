"""Kernel messages as they travel: the sentence that takes the place of an output too large to show.

Two forms, chosen when the websocket opens: JSON text, and the binary form v1.kernel.websocket.jupyter.org (offsets, then
channel, header, parent header, metadata, content; little-endian 64-bit offsets; Jupyter Server's documentation).
"""

from __future__ import annotations

import json
from itertools import accumulate
from typing import Any

from hub.problems import OUTPUT_TOO_LARGE

OUTPUTS = {"stream", "display_data", "execute_result", "update_display_data", "error"}
_HEADER_FIELDS = ("msg_id", "username", "session", "date", "msg_type", "version")
_WORD = 8
# Channel, header, parent header, metadata, content, and perhaps buffers.
_PARTS = range(6, 4096)


def explanation(message: str | bytes) -> str | bytes | None:
    """Return the message to show in place of a too large output; None when it is no output of a cell, or not readable."""
    try:
        header, parent = _read_binary(message) if isinstance(message, bytes) else _read_text(message)
    except (ValueError, KeyError, TypeError):
        return None
    if header.get("msg_type") not in OUTPUTS:
        return None
    header = {**_small(header), "msg_type": "stream"}
    content = {"name": "stderr", "text": f"{OUTPUT_TOO_LARGE.nl}\n{OUTPUT_TOO_LARGE.en}\n"}
    if isinstance(message, bytes):
        return _write_binary([header, _small(parent), {}, content])
    return json.dumps({
        "header": header, "msg_id": header.get("msg_id", ""), "msg_type": "stream", "parent_header": _small(parent),
        "metadata": {}, "content": content, "buffers": [], "channel": "iopub",
    })  # fmt: skip


def _read_text(message: str) -> tuple[dict[str, Any], dict[str, Any]]:
    parsed = json.loads(message)
    return dict(parsed["header"]), dict(parsed["parent_header"])


def _read_binary(message: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    count = int.from_bytes(message[:_WORD], "little")
    if count not in _PARTS:
        raise ValueError("not a kernel message")
    words = [message[_WORD * index : _WORD * (index + 1)] for index in range(1, count + 1)]
    at = [int.from_bytes(word, "little") for word in words]
    return dict(json.loads(message[at[1] : at[2]])), dict(json.loads(message[at[2] : at[3]]))


def _write_binary(parts: list[dict[str, Any]]) -> bytes:
    pieces = [b"iopub", *(json.dumps(part).encode() for part in parts)]
    first = _WORD * (1 + len(pieces) + 1)
    offsets = accumulate((len(piece) for piece in pieces), initial=first)
    words = [len(pieces) + 1, *offsets]
    return b"".join([*(word.to_bytes(_WORD, "little") for word in words), *pieces])


def _small(header: dict[str, Any]) -> dict[str, str]:
    """The fields of a header, each cut short: they too come from the sandbox."""
    return {name: str(header[name])[:128] for name in _HEADER_FIELDS if name in header}
