"""Figures as a kind of statistic: a figure is judged as the table that it shows."""

from typing import Any, ClassVar

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.errors import QueryError
from output_checker.kinds.base import Computed, Kind
from output_checker.kinds.figure.query import FigureQuery
from output_checker.policy import Policy
from output_checker.query import Query
from output_checker.text import Text


class FigureKind(Kind):
    """Drawings of checked tables."""

    query: ClassVar[type[Query]] = FigureQuery

    def plan(self, query: FigureQuery, dataset: Dataset, engine: Engine, policy: Policy) -> Any:
        """The plan of the table."""
        return _kind_of(query).plan(query.of, dataset, engine, policy)

    def compute(self, query: FigureQuery, plan: Any, dataset: Dataset, engine: Engine) -> Computed:
        """The table, with its own evidence: each bar, point and step is a cell of it.

        Raises:
            QueryError: there is more in the table than a figure can hold.
        """
        computed = _kind_of(query).compute(query.of, plan, dataset, engine)
        if len(computed.table.cells) > MAX_CELLS:
            message = Text(
                nl=f"Een figuur toont hoogstens {MAX_CELLS} cellen.",
                en=f"A figure shows at most {MAX_CELLS} cells.",
            )
            remedy = Text(
                nl="Gebruik minder of grovere indelingen.", en="Use fewer or coarser classifications."
            )
            raise QueryError(message, field="of", remedy=remedy)
        return computed


MAX_CELLS = 2_000
"""What still can be told apart in a drawing."""


def _kind_of(query: FigureQuery) -> Kind:
    from output_checker.kinds import kind_of  # the kinds are found by being there: known when all are

    return kind_of(query.of)
