"""Figures: the service draws a judged table itself, and nothing that is not in it.

Cells that fail, are hidden or are empty are left out. The same table gives the same bytes: no time, no random names,
no metadata; so a release can be reproduced. Text stays text, so that it can be searched and read aloud.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from output_checker.kinds.figure.marks import MARKS
from output_checker.kinds.figure.query import WORDS, FigureQuery
from output_checker.kinds.figure.shown import Shown
from output_checker.text import Language, Text
from output_checker.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png"}

WIDTH, HEIGHT = 8.0, 5.0
"""Inches."""

DOTS = 150
"""Dots per inch of the PNG."""

_SETTINGS: Any = {
    "svg.hashsalt": "urban-enclave",
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "text.parse_math": False,
    "axes.unicode_minus": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def draw(verdict: Verdict, query: FigureQuery, language: Language) -> dict[str, bytes]:
    """The figure as files by suffix: "svg" and "png", the same bytes for the same verdict."""
    with house_style():
        figure = _figure(verdict, query, language)
        return {suffix: _saved(figure, suffix) for suffix in MEDIA_TYPES}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw as this house draws, while the block lasts."""
    import matplotlib

    defaults: Any = matplotlib.rcParamsDefault  # of the library: whatever a notebook has set changes nothing
    with matplotlib.rc_context({**defaults, **_SETTINGS}):
        yield


def _figure(verdict: Verdict, query: FigureQuery, language: Language) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DOTS, layout="constrained")
    axes = figure.add_subplot()
    shown = Shown(verdict.table, query, language)
    MARKS[query.mark](axes, shown)
    figure.suptitle(
        f"{WORDS[query.mark].in_language(language).capitalize()}: {shown.title}", fontsize="medium"
    )
    if note := _note(shown, query.mark, language):
        figure.supxlabel(note, fontsize="x-small")
    return figure


def _note(shown: Shown, mark: str, language: Language) -> str:
    """What a reader has to know: what was left out, and that tiles are no geography."""
    tiles = Text(
        nl="Tegels in volgorde van de codelijst, niet naar ligging.",
        en="Tiles in the order of the code list, not by location.",
    )
    notes = [tiles.in_language(language)] if mark == "map" else []
    if shown.left_out:
        left_out = Text(
            nl=f"Niet getekend, want niet vrij te geven: {shown.left_out}.",
            en=f"Not drawn, because it may not be released: {shown.left_out}.",
        )
        notes.append(left_out.in_language(language))
    return " ".join(notes)


def _saved(figure: "Figure", suffix: str) -> bytes:
    file = io.BytesIO()
    absent = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}
    figure.savefig(file, format=suffix, metadata=absent[suffix])
    return file.getvalue()
