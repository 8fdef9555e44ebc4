"""Documents of rows, large ones too: read once for as long as a row is at hand, and without looking for garbage all the time."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from api.db import Base

T = TypeVar("T")

_NEW_OBJECTS = 10_000


def seldom_look_for_garbage() -> None:
    """Let this process look for garbage a fourteenth as often as Python would.

    A verdict is hundreds of thousands of small objects that all stay: looking for garbage among them took longer than
    reading it.
    """
    gc.set_threshold(_NEW_OBJECTS, 10, 10)


class Readings(Generic[T]):
    """What documents of rows say, by row: read again only when the row has another document."""

    def __init__(self, read: Callable[[dict[str, Any]], T]) -> None:
        self._read = read
        self._known: WeakKeyDictionary[Base, tuple[dict[str, Any], T]] = WeakKeyDictionary()

    def of(self, row: Base, document: dict[str, Any]) -> T:
        """Return what the document of a row says; raises what reading it raises."""
        known = self._known.get(row)
        if known is None or known[0] is not document:
            known = self._known[row] = document, self._read(document)
        return known[1]
