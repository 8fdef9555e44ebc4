"""Positions in pandas' own words: ``quantile(q)``, ``median``, ``min``, ``max`` and ``mode``."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from output_checker.errors import QueryError
from output_checker.kinds.grouped import GroupedQuery
from output_checker.metadata import DatasetMetadata
from output_checker.query import Name
from output_checker.text import Language, Text

MAX_POSITIONS = 101
DECIMALS = 4

Fraction = Annotated[float, Field(gt=0, lt=1)]
Extreme = Literal["min", "max", "mode"]
Position = Fraction | Extreme

_ORDER = {"min": 0.0, "max": 1.0, "mode": 2.0}
_WORDS = {
    "min": Text(nl="minimum", en="minimum"),
    "0.25": Text(nl="eerste kwartiel", en="first quartile"),
    "0.5": Text(nl="mediaan", en="median"),
    "0.75": Text(nl="derde kwartiel", en="third quartile"),
    "max": Text(nl="maximum", en="maximum"),
    "mode": Text(nl="modus", en="mode"),
}


class QuantilesQuery(GroupedQuery):
    """Positions ``q`` of ``values``, in ascending order: quantiles strictly between 0 and 1, "min", "max", "mode".

    Quantiles are interpolated linearly between two values, like pandas' (type 7 of Hyndman and Fan 1996). With a
    registered weight in ``weights`` they are the value at which that share of the weight is reached, and between two
    values where it is reached exactly, like those of statsmodels' ``DescrStatsW``.
    """

    kind: Literal["quantiles"] = "quantiles"
    values: Name
    q: Annotated[tuple[Position, ...], Field(min_length=1, max_length=MAX_POSITIONS)] = (0.5,)
    weights: Name | None = None

    @field_validator("q", mode="before")
    @classmethod
    def _one_is_a_list_of_one(cls, given: object) -> object:
        return [given] if isinstance(given, str | int | float) else given

    @field_validator("q")
    @classmethod
    def _in_order(cls, given: tuple[Position, ...]) -> tuple[Position, ...]:
        if any(isinstance(q, float) and round(q, DECIMALS) != q for q in given):
            message = Text(
                nl=f"Een positie heeft hoogstens {DECIMALS} decimalen.",
                en=f"A position has at most {DECIMALS} decimals.",
            )
            raise QueryError(message, field="q")
        if len(set(given)) < len(given):
            raise QueryError(
                Text(nl="Een positie staat er twee keer in.", en="A position occurs twice."), field="q"
            )
        return tuple(sorted(given, key=lambda q: _ORDER[q] if isinstance(q, str) else q))

    @model_validator(mode="after")
    def _weighs_quantiles_only(self) -> "QuantilesQuery":
        if self.weights and any(isinstance(q, str) for q in self.q):
            message = Text(
                nl="Alleen kwantielen kunnen worden gewogen.", en="Only quantiles can be weighted."
            )
            raise QueryError(message, field="weights")
        return self

    @property
    def positions(self) -> dict[str, Text]:
        """The label of each position, with its words."""
        return {str(q): _WORDS.get(str(q), Text.same(str(q))) for q in self.q}

    @property
    def result_name(self) -> str:
        """The variable that the positions are of."""
        return f"quantile_{self.values}"

    def subject(self, metadata: DatasetMetadata, language: Language) -> str:
        """The positions of the variable by the groups."""
        asked = ", ".join(words.in_language(language) for words in self.positions.values())
        of = Text(nl="van", en="of").in_language(language)
        variable = metadata.heading(self.values).in_language(language)
        return self.grouped(f"{asked} {of} {variable}", metadata, language)

    def details(self, metadata: DatasetMetadata, language: Language) -> list[str]:
        """The weight."""
        if not self.weights:
            return []
        heading = metadata.heading(self.weights)
        words = Text(nl=f"gewogen met {heading.nl}", en=f"weighted by {heading.en}")
        return [words.in_language(language)]
