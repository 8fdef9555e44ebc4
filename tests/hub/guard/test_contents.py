import json
from typing import Any

import pytest

from hub.guard.contents import asks_for_bytes, may_show

NOTEBOOK = {"type": "notebook", "format": "json", "content": {"cells": [], "metadata": {}}}
TEXT = {"type": "file", "format": "text", "content": "x" * 100}


def shown(model: Any, file_bytes: int = 100) -> bool:
    return may_show(json.dumps(model).encode(), file_bytes)


@pytest.mark.parametrize(
    "model",
    [
        NOTEBOOK,
        TEXT,
        {"type": "directory", "content": [{"name": "a", "content": None}]},
        {"type": "file", "format": None, "content": None},
        [{"id": "checkpoint", "last_modified": "now"}],
    ],
)
def test_notebooks_lists_and_small_text_are_shown(model: Any) -> None:
    assert shown(model)


@pytest.mark.parametrize(
    "model",
    [
        {**TEXT, "content": "x" * 101},
        {**TEXT, "format": "base64"},
        {"type": "file", "format": "json", "content": {"a": 1}},
        {**NOTEBOOK, "content": "text in disguise"},
        {**NOTEBOOK, "content": {"rows": [1]}},
        {"type": "directory", "content": "x"},
        {"type": "directory", "content": [TEXT]},
        [TEXT],
        "text",
        {"type": "unknown", "content": "x"},
    ],
)
def test_everything_else_is_not(model: Any) -> None:
    assert not shown(model)


def test_what_cannot_be_read_is_not_shown() -> None:
    assert not may_show(b"\x89PNG", 100)
    assert not may_show(b"person,income\n1,2\n", 100)
    assert may_show(b"", 100)


def test_bytes_are_not_asked_for() -> None:
    assert asks_for_bytes({"format": "base64"})
    assert not asks_for_bytes({"format": "text", "content": "1"})
