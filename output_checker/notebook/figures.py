"""Figures in a notebook: a checked table as the service would draw it, with its verdict underneath."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape

from output_checker.errors import QueryError
from output_checker.figures import draw
from output_checker.kinds.figure.query import WORDS, FigureQuery
from output_checker.notebook import display
from output_checker.notebook.tables import CheckedTable
from output_checker.notebook.workplace import spoken
from output_checker.text import Text


@dataclass(frozen=True)
class CheckedFigure(CheckedTable):
    """A drawing of a checked table. Cells that fail are not drawn; the table below says which and why."""

    @property
    def svg(self) -> str:
        """The drawing as the service would release it."""
        assert isinstance(self.query, FigureQuery)  # noqa: S101 - made here only
        return draw(self.verdict, self.query, self.language)["svg"].decode()

    def _repr_html_(self) -> str:
        assert isinstance(self.query, FigureQuery)  # noqa: S101 - made here only
        image = base64.b64encode(self.svg.encode()).decode()
        words = escape(f"{WORDS[self.query.mark].in_language(self.language)}: {self.query.result_name}")
        drawing = f'<img alt="{words}" style="max-width:100%" src="data:image/svg+xml;base64,{image}">'
        return f"<figure>{drawing}</figure>{display.as_html(self.verdict, self.language)}"


@spoken
def figure(table: CheckedTable, mark: str) -> CheckedFigure:
    """Draw a checked table with a mark: bar, line, map, histogram, box, forest, survival or lorenz.

    Submit the figure, and the service releases its drawing beside the table.

    Raises:
        QueryError: there is no such mark, or it does not fit this table.
    """
    if isinstance(table, CheckedFigure):
        message = Text(nl="Dit is al een figuur.", en="This is a figure already.")
        raise QueryError(message, remedy=Text(nl="Teken de tabel zelf.", en="Draw the table itself."))
    query = FigureQuery.parse({"of": table.query, "mark": mark})
    verdict = table.verdict.model_copy(update={"query_digest": query.digest})
    return CheckedFigure(query, verdict, table.language)
