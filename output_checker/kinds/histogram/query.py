"""A histogram in numpy's and seaborn's words: ``bins`` and ``stat``."""

import math
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, field_validator

from output_checker.errors import QueryError
from output_checker.kinds.grouped import GroupedQuery
from output_checker.metadata import DatasetMetadata
from output_checker.numbers import SIGNIFICANT, is_round, spelled
from output_checker.query import Name
from output_checker.text import Language, Text

MAX_BINS = 50
Number = Annotated[float, Field(allow_inf_nan=False)]

_STATS = {
    "count": Text(nl="aantal {units}", en="number of {units}"),
    "proportion": Text(nl="aandeel {units}", en="share of {units}"),
    "density": Text(nl="dichtheid van {units}", en="density of {units}"),
}


class HistogramQuery(GroupedQuery):
    """Units by bin of ``values``. ``bins`` is a number of bins of equal width over the variable's public bounds, or a
    list of edges of at most three significant digits (or a public bound); edges are never taken from the data.

    Bins hold their left edge, the last one both, like numpy's. Units outside the edges or without a value have bins of
    their own. ``stat`` is seaborn's: "count", "proportion" (of the group) or "density" (of those inside the edges).
    """

    kind: Literal["histogram"] = "histogram"
    values: Name
    bins: (
        Annotated[int, Field(ge=1, le=MAX_BINS)]
        | Annotated[tuple[Number, ...], Field(min_length=2, max_length=MAX_BINS + 1)]
    ) = 10
    stat: Literal["count", "proportion", "density"] = "count"

    @field_validator("bins")
    @classmethod
    def _ascending(cls, given: int | tuple[float, ...]) -> int | tuple[float, ...]:
        if not isinstance(given, int) and any(low >= high for low, high in pairwise(given)):
            raise QueryError(
                Text(nl="Grenzen van klassen lopen op.", en="Edges of bins ascend."), field="bins"
            )
        return given

    @property
    def result_name(self) -> str:
        """What is counted."""
        return f"{self.stat}_{self.values}"

    def edges(self, metadata: DatasetMetadata) -> tuple[str, ...]:
        """The edges as labels and expressions spell them.

        Raises:
            QueryError: there are no public bounds to divide, or an edge is no round number.
        """
        variable = metadata.columns.get(self.values)
        bounds = variable.bounds if variable else None
        if isinstance(self.bins, int):
            return tuple(spelled(edge) for edge in _equal(bounds, self.bins))
        for edge in self.bins:
            if not (is_round(edge) or edge in (bounds or ())):
                raise _not_round(edge)
        return tuple(spelled(edge) for edge in self.bins)

    def subject(self, metadata: DatasetMetadata, language: Language) -> str:
        """What is counted per bin, by the groups."""
        units = metadata.unit_label(self.unit).in_language(language)
        measure = _STATS[self.stat].in_language(language).format(units=units)
        per = Text(nl="per klasse van", en="per bin of").in_language(language)
        variable = metadata.heading(self.values).in_language(language)
        return self.grouped(f"{measure} {per} {variable}", metadata, language)

    def details(self, metadata: DatasetMetadata, language: Language) -> list[str]:
        """The bins."""
        if isinstance(self.bins, int):
            words = Text(
                nl=f"{self.bins} klassen van gelijke breedte over de openbare grenzen",
                en=f"{self.bins} bins of equal width over the public bounds",
            )
        else:
            edges = ", ".join(spelled(edge) for edge in self.bins)
            words = Text(nl=f"klassen met de grenzen {edges}", en=f"bins with the edges {edges}")
        return [words.in_language(language)]


def _equal(bounds: tuple[float, float] | None, bins: int) -> list[float]:
    if bounds is None or math.isclose(*bounds):
        message = Text(
            nl="Deze variabele heeft geen openbare grenzen.", en="This variable has no public bounds."
        )
        remedy = Text(
            nl="Geef de grenzen van de klassen: bins = [0, 10, 20].", en="Give the edges: bins = [0, 10, 20]."
        )
        raise QueryError(message, field="bins", remedy=remedy)
    low, high = bounds
    return [low + (high - low) * step / bins for step in range(bins + 1)]


def _not_round(edge: float) -> QueryError:
    message = Text(
        nl=f"De grens {spelled(edge)} is geen rond getal: dat kan de waarde van één eenheid zijn.",
        en=f"The edge {spelled(edge)} is no round number: it may be the value of one unit.",
    )
    near = spelled(float(f"{edge:.{SIGNIFICANT}g}"))
    remedy = Text(
        nl=f"Neem hoogstens drie cijfers, zoals {near}.", en=f"Take at most three digits, such as {near}."
    )
    return QueryError(message, field="bins", remedy=remedy)
