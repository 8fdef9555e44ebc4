"""Documents of rows are read once, and again when they change."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from api.reading import Readings, seldom_look_for_garbage
from api.requests.models import Output


@pytest.fixture
def thresholds() -> Iterator[tuple[int, int, int]]:
    before = gc.get_threshold()
    yield before
    gc.set_threshold(*before)


def test_a_document_is_read_once_for_each_row_that_has_it() -> None:
    read: list[dict[str, Any]] = []
    readings = Readings(lambda document: read.append(document) or len(read))  # type: ignore[func-returns-value]
    row, other, document = Output(), Output(), {"a": 1}
    assert [readings.of(row, document), readings.of(row, document), readings.of(other, document)] == [1, 1, 2]
    assert readings.of(row, {"a": 1}) == 3, "another document, though it says the same"
    assert len(read) == 3


def test_what_was_read_is_forgotten_with_its_row() -> None:
    readings = Readings(len)
    row = Output()
    readings.of(row, {})
    assert len(readings._known) == 1
    del row
    gc.collect()
    assert len(readings._known) == 0


def test_garbage_is_looked_for_seldom(thresholds: tuple[int, int, int]) -> None:
    gc.set_threshold(700, 10, 10)
    seldom_look_for_garbage()
    assert gc.get_threshold()[0] > 5_000
    assert gc.isenabled()
