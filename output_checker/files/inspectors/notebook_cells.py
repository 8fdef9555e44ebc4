"""What a notebook holds besides what was written in it: results, attachments, settings."""

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from output_checker.files.content import OpenFile
from output_checker.files.findings import FileRule, Found
from output_checker.files.inspectors.base import FAIL, Inspector
from output_checker.files.kinds import Family
from output_checker.files.notebooks import raw_cells
from output_checker.text import Text
from output_checker.verdict import Place

OUTPUTS = FileRule(
    "notebook_outputs",
    Text("Resultaten in een notebook", "Results in a notebook"),
    FAIL,
    Text(
        "Dit notebook bevat resultaten: die heeft niemand nagerekend.",
        "This notebook holds results: nobody recomputed these.",
    ),
    Text(
        "Kies Edit > Clear Outputs of All Cells, bewaar, en vraag tabellen en figuren aan als uitvoer.",
        "Choose Edit > Clear Outputs of All Cells, save, and ask for tables and figures as outputs.",
    ),
)
ATTACHMENTS = FileRule(
    "notebook_attachments",
    Text("Bijlagen in een notebook", "Attachments in a notebook"),
    FAIL,
    Text("Dit notebook bevat bijgesloten bestanden.", "This notebook holds attached files."),
    Text(
        "Haal de bijlagen weg; dien afbeeldingen apart in.",
        "Remove the attachments; submit pictures on their own.",
    ),
)
NOTEBOOK_SETTINGS = FileRule(
    "notebook_settings",
    Text("Onbekende gegevens in een notebook", "Unknown data in a notebook"),
    FAIL,
    Text(
        "Dit notebook bevat gegevens die geen cel zijn en die niemand ziet.",
        "This notebook holds data that are no cell and that nobody sees.",
    ),
    Text("Kopieer de cellen naar een nieuw notebook.", "Copy the cells into a new notebook."),
)
_NOTEBOOK: Final = frozenset({"cells", "metadata", "nbformat", "nbformat_minor"})
_METADATA: Final = frozenset({"kernelspec", "language_info"})
_CELL: Final = frozenset(
    {"cell_type", "source", "metadata", "outputs", "execution_count", "id", "attachments"}
)
_CELL_METADATA: Final = frozenset(
    {"tags", "collapsed", "scrolled", "editable", "trusted", "jupyter", "slideshow", "deletable"}
)
_LONGEST: Final = 64
_MOST_RUNS: Final = 100_000


class NotebookCells(Inspector):
    """Outputs, attachments, and metadata beyond what JupyterLab itself writes."""

    id: ClassVar[str] = "notebook_cells"
    title: ClassVar[Text] = Text("Notebooks", "Notebooks")
    rules: ClassVar[tuple[FileRule, ...]] = (OUTPUTS, ATTACHMENTS, NOTEBOOK_SETTINGS)

    def inspect(self, file: OpenFile) -> Iterator[Found]:
        """Each cell at fault, and the notebook as a whole."""
        if file.kind.family is not Family.NOTEBOOK:
            return
        document = file.document
        known = {key: value for key, value in document.items() if key not in {"cells", "metadata"}}
        metadata = document.get("metadata", {})
        if set(document) - _NOTEBOOK or not _is_plain(known) or not _is_known(metadata, _METADATA):
            yield Found(NOTEBOOK_SETTINGS)
        for number, cell in enumerate(raw_cells(document)):
            place = Place(passage=number, line=1, words=file.passages[number].title)
            yield from (Found(rule, place) for rule in _rules_of(cell))


def _rules_of(cell: dict[str, Any]) -> Iterator[FileRule]:
    if cell.get("outputs"):
        yield OUTPUTS
    if cell.get("attachments"):
        yield ATTACHMENTS
    runs = cell.get("execution_count")
    counted = runs is None or (isinstance(runs, int) and 0 <= runs <= _MOST_RUNS)
    name = cell.get("id", "")
    named = isinstance(name, str) and len(name) <= _LONGEST
    if (
        set(cell) - _CELL
        or not counted
        or not named
        or not _is_known(cell.get("metadata", {}), _CELL_METADATA)
    ):
        yield NOTEBOOK_SETTINGS


def _is_known(metadata: Any, names: frozenset[str]) -> bool:
    return isinstance(metadata, dict) and not set(metadata) - names and _is_plain(metadata)


def _is_plain(value: Any) -> bool:
    """Whether settings are short words, small numbers and a few of these below each other."""
    if isinstance(value, dict):
        return len(value) <= len(_CELL) + len(_CELL_METADATA) and all(
            _is_plain([key, one]) for key, one in value.items()
        )
    if isinstance(value, list):
        return len(value) <= len(_CELL) and all(map(_is_plain, value))
    if isinstance(value, str):
        return len(value) <= _LONGEST
    return value is None or (isinstance(value, int | float) and abs(value) <= _MOST_RUNS)
