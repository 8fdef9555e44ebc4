"""Measures: one statistic of one variable in the cells of a table, with its name and its words."""

from dataclasses import dataclass
from typing import Literal

from output_checker.errors import QueryError
from output_checker.metadata import DatasetMetadata
from output_checker.text import Text

Aggfunc = Literal["count", "sum", "mean", "std", "var", "ratio"]


@dataclass(frozen=True)
class Measure:
    """One statistic: ``aggfunc`` of ``values``, for a ratio ``over`` another variable, with or without ``weights``.

    ``normalize`` says of what it is a share, and ``base`` whether it is an index number.
    """

    aggfunc: Aggfunc
    values: str | None = None
    over: str | None = None
    weights: str | None = None
    normalize: Literal["all", "index", "columns"] | None = None
    base: bool = False

    @property
    def name(self) -> str:
        """The statistic and its variable, as one name: "sum_income"."""
        denominator = f"_{self.over}" if self.aggfunc == "ratio" else ""
        return f"{self.aggfunc}_{self.values}{denominator}" if self.values else self.aggfunc

    @property
    def adds_up(self) -> bool:
        """Whether cells add up to their totals, so that shares make sense."""
        return self.aggfunc in ("count", "sum")

    def check(self) -> None:
        """Refuse what makes no sense.

        Raises:
            QueryError: a variable is missing, or the statistic cannot be weighted or shared out.
        """
        if self.values is None and self.aggfunc != "count":
            message = Text(
                nl=f"'{self.aggfunc}' heeft een variabele nodig.", en=f"'{self.aggfunc}' needs a variable."
            )
            raise QueryError(message, field="values", remedy=_NAME_IT)
        if self.aggfunc == "ratio" and self.over is None:
            message = Text(nl="Een ratio heeft een noemer nodig.", en="A ratio needs a denominator.")
            raise QueryError(message, field="over", remedy=_NAME_OVER)
        if self.normalize and not self.adds_up:
            message = Text(
                nl="Alleen aantallen en sommen hebben aandelen.", en="Only counts and sums have shares."
            )
            raise QueryError(message, field="normalize")
        if self.weights and self.aggfunc in ("std", "var"):
            message = Text(
                nl="Spreiding kan hier niet worden gewogen.", en="Dispersion cannot be weighted here."
            )
            raise QueryError(message, field="weights")

    def words(self, metadata: DatasetMetadata, units: Text) -> Text:
        """The statistic in words: "mean of Income"."""
        kind = "count of" if self.values and self.aggfunc == "count" else self.aggfunc
        values, over = (
            metadata.heading(name) if name else Text.same("") for name in (self.values, self.over)
        )
        said = _WORDS[kind]
        return Text(
            nl=said.nl.format(units=units.nl, values=values.nl, over=over.nl),
            en=said.en.format(units=units.en, values=values.en, over=over.en),
        )


_NAME_IT = Text(nl="Noem de variabele in values.", en="Name the variable in values.")
_NAME_OVER = Text(nl="Noem de noemer in over.", en="Name the denominator in over.")
_WORDS = {
    "count": Text(nl="aantal {units}", en="number of {units}"),
    "count of": Text(
        nl="aantal {units} met een waarde voor {values}", en="number of {units} with a value for {values}"
    ),
    "sum": Text(nl="som van {values}", en="sum of {values}"),
    "mean": Text(nl="gemiddelde van {values}", en="mean of {values}"),
    "std": Text(nl="standaardafwijking van {values}", en="standard deviation of {values}"),
    "var": Text(nl="variantie van {values}", en="variance of {values}"),
    "ratio": Text(
        nl="som van {values} gedeeld door som van {over}", en="sum of {values} divided by sum of {over}"
    ),
}
