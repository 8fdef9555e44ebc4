"""Notebooks (nbformat 4) as their cells: what was written, and nothing of what was computed."""

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


def cells_of(document: Any) -> Iterator[Passage]:
    """The cells of a notebook, as people read them.

    Raises:
        FileRefused: it is no notebook.
    """
    for number, cell in enumerate(raw_cells(document), start=1):
        kind = _KINDS.get(cell.get("cell_type", ""))
        source = cell.get("source", "")
        lines = source if isinstance(source, list) else [source]
        if kind is None or not all(isinstance(line, str) for line in lines):
            raise FileRefused(NOTEBOOK_BROKEN)
        yield passage_of("".join(lines), Text(f"{kind.nl} {number}", f"{kind.en} {number}"))


def raw_cells(document: Any) -> list[dict[str, Any]]:
    """The cells as they are stored.

    Raises:
        FileRefused: it is no notebook.
    """
    cells = document.get("cells") if isinstance(document, dict) and document.get("nbformat") == 4 else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise FileRefused(NOTEBOOK_BROKEN)
    return cells
