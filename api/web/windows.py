"""Parts of a long table: so many rows that a browser draws them at once; the rest is fetched when somebody looks there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

CELLS_AT_ONCE: Final = 2_000
_SIZES: Final = (500, 200, 100, 50, 20, 10, 5, 2, 1)
"""Rows in one part: few sizes, because the style sheet holds the height that each keeps free."""


@dataclass(frozen=True)
class Window:
    """One part of the rows that are asked for: where it begins (0-based), and the numbers of its rows (0-based)."""

    start: int
    rows: Sequence[int]


@dataclass(frozen=True)
class Windows:
    """All parts of so many rows, `shown` among them; `size` rows each, the last may have fewer."""

    shown: Window
    before: tuple[Window, ...]
    after: tuple[Window, ...]
    size: int

    @property
    def count(self) -> int:
        """How many parts there are."""
        return len(self.before) + 1 + len(self.after)


def windows_of(rows: Sequence[int], columns: int, start: int) -> Windows:
    """Return `rows` (their numbers, 0-based) in parts; the one that holds the row at `start` (0-based) is shown."""
    size = next(size for size in _SIZES if size * columns <= CELLS_AT_ONCE or size == 1)
    parts = [Window(first, rows[first : first + size]) for first in range(0, len(rows), size)]
    parts = parts or [Window(0, rows)]
    position = min(max(start, 0) // size, len(parts) - 1)
    return Windows(parts[position], tuple(parts[:position]), tuple(parts[position + 1 :]), size)
