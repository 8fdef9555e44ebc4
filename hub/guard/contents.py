"""What the contents route may hand out: notebooks, lists of files, and small text; no file as such.

The server that answers is hostile and may lie about what it sends; what holds against that is the meter. This check
holds against the ordinary way: a person who opens a data file and copies it from the editor.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

LARGEST_NOTEBOOK_BYTES = 8 * 2**20


def asks_for_bytes(query: Mapping[str, str]) -> bool:
    """Whether the request wants a file as base64, which only a download needs."""
    return query.get("format") == "base64"


def may_show(body: bytes, file_bytes: int) -> bool:
    """Whether an answer of the contents route may pass; `file_bytes` bounds a file that is no notebook."""
    if not body:
        return True
    try:
        model = json.loads(body)
    except ValueError:
        return False
    if isinstance(model, list):  # Checkpoints: names and times.
        return all(_is_bare(item) for item in model)
    return isinstance(model, dict) and (_is_bare(model) or _is_shown(model, file_bytes))


def _is_bare(model: Any) -> bool:
    return isinstance(model, dict) and model.get("content") is None


def _is_shown(model: dict[str, Any], file_bytes: int) -> bool:
    kind, content = model.get("type"), model.get("content")
    if kind == "notebook":
        return isinstance(content, dict) and isinstance(content.get("cells"), list)
    if kind == "directory":
        return isinstance(content, list) and all(_is_bare(item) for item in content)
    return model.get("format") == "text" and isinstance(content, str) and len(content) <= file_bytes
