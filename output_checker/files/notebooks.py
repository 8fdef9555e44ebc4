"""Notebooks (nbformat 4) as their cells: what was written, and nothing of what was computed."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from output_checker.files.content import Passage
from output_checker.files.findings import FileRefused, FileRule
from output_checker.files.plain import passage_of
from output_checker.text import Text
from output_checker.verdict import Outcome

NOTEBOOK_BROKEN = FileRule(
    "notebook_broken",
    Text("Kapot notebook", "Broken notebook"),
    Outcome.FAIL,
    Text("Dit is geen notebook in het formaat nbformat 4.", "This is no notebook of the format nbformat 4."),
    Text("Bewaar het opnieuw met JupyterLab.", "Save it again with JupyterLab."),
)
_KINDS: Final = {
    "code": Text("Codecel", "Code cell"),
    "markdown": Text("Tekstcel", "Text cell"),
    "raw": Text("Ruwe cel", "Raw cell"),
}
_ABOUT: Final = Text("Gegevens over het notebook en zijn cellen", "Data about the notebook and its cells")
_MADE_ID: Final = re.compile(r"[0-9a-f]{1,8}(?:(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})?")
"""How programs name a cell; what looks otherwise may be words."""


def cells_of(document: Any) -> Iterator[Passage]:
    """The cells of a notebook, as people read them, then what it says about itself: each value on a line of its own.

    Raises:
        FileRefused: it is no notebook.
    """
    for number, cell in enumerate(raw_cells(document), start=1):
        kind = _KINDS.get(cell.get("cell_type", ""))
        source = cell.get("source", "")
        lines = source if isinstance(source, list) else [source]
        if kind is None or not all(isinstance(line, str) for line in lines):
            raise FileRefused(NOTEBOOK_BROKEN)
        runs = cell.get("execution_count")
        count = "" if runs is None else f" [{runs}]"
        yield passage_of("".join(lines), Text(f"{kind.nl} {number}{count}", f"{kind.en} {number}{count}"))
    if about := list(_about(document)):
        yield Passage(title=_ABOUT, rows=tuple((line,) for line in about), hidden=True)


def _about(document: dict[str, Any]) -> Iterator[str]:
    yield from _values(document.get("metadata"), "")
    for number, cell in enumerate(raw_cells(document), start=1):
        if not _MADE_ID.fullmatch(str(cell.get("id", "0"))):
            yield f"{number} id: {cell['id']}"
        yield from _values(cell.get("metadata"), f"{number} ")


def _values(value: Any, path: str) -> Iterator[str]:
    """Each value below another, after the names that lead to it."""
    numbered = dict(enumerate(value)) if isinstance(value, list) else {}
    inside: dict[Any, Any] = value if isinstance(value, dict) else numbered
    for name, one in inside.items():
        if isinstance(one, dict | list) and one:
            yield from _values(one, f"{path}{name} ")
        else:
            yield f"{path}{name}: {one if isinstance(one, str) else json.dumps(one)}"


def raw_cells(document: Any) -> list[dict[str, Any]]:
    """The cells as they are stored.

    Raises:
        FileRefused: it is no notebook.
    """
    cells = document.get("cells") if isinstance(document, dict) and document.get("nbformat") == 4 else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise FileRefused(NOTEBOOK_BROKEN)
    return cells
