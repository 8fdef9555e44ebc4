"""Longer texts from files: headings, paragraphs and lists, and nothing else that could be slipped into a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["title", "heading", "paragraph", "list", "example"]
_MARKS: tuple[tuple[str, Kind], ...] = (
    ("## ", "heading"),
    ("# ", "title"),
    ("- ", "list"),
    ("> ", "example"),
)


@dataclass(frozen=True)
class Block:
    """A heading, paragraph or example (one line of words), or a list (several)."""

    kind: Kind
    lines: tuple[str, ...]


def blocks_of(text: str) -> tuple[Block, ...]:
    """Return the blocks of a text, which empty lines keep apart.

    ``# `` begins the title, ``## `` a heading, ``- `` each line of a list and ``> `` an example; all else is a paragraph.
    """
    return tuple(_block(part) for part in re.split(r"\n\s*\n", text.strip()))


def _block(part: str) -> Block:
    for mark, kind in _MARKS:
        if part.startswith(mark):
            lines = part.removeprefix(mark).split(f"\n{mark}")
            return Block(kind, tuple(line.replace("\n", " ") for line in lines))
    return Block("paragraph", (part.replace("\n", " "),))
