"""A table in pandas' own words."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from output_checker.errors import QueryError
from output_checker.metadata import DatasetMetadata
from output_checker.protection.query import ProtectedQuery
from output_checker.query import Name, Names, headings
from output_checker.text import Language, Text


class TableQuery(ProtectedQuery):
    """A cross table: classifications in ``index`` and ``columns``, one statistic of ``values`` in the cells."""

    kind: Literal["table"] = "table"
    index: Annotated[Names, Field(min_length=1)]
    columns: Names = ()
    values: Name | None = None
    aggfunc: Literal["count", "sum", "mean"] = "count"
    margins: bool = False

    @model_validator(mode="after")
    def _holds_together(self) -> "TableQuery":
        if self.values is None and self.aggfunc != "count":
            raise QueryError(
                Text(
                    nl=f"'{self.aggfunc}' heeft een variabele nodig.",
                    en=f"'{self.aggfunc}' needs a variable.",
                ),
                field="values",
                remedy=Text(nl="Noem de variabele in values.", en="Name the variable in values."),
            )
        if len({*self.index, *self.columns}) < len(self.index) + len(self.columns):
            message = Text(nl="Een variabele staat er twee keer in.", en="A variable occurs twice.")
            raise QueryError(message, field="columns")
        return self

    @property
    def classifications(self) -> tuple[str, ...]:
        """Those of the rows, then those of the columns."""
        return (*self.index, *self.columns)

    @property
    def result_name(self) -> str:
        """The statistic and the variable it is of."""
        return f"{self.aggfunc}_{self.values}" if self.values else self.aggfunc

    def subject(self, metadata: DatasetMetadata, language: Language) -> str:
        """The statistic by the classifications."""
        by = Text(nl="naar", en="by").in_language(language)
        names = (*self.index, *self.columns)
        return f"{self._measure(metadata, language)} {by} {headings(names, metadata, language)}"

    def details(self, metadata: DatasetMetadata, language: Language) -> list[str]:
        """Whether totals are asked."""
        return [Text(nl="met totalen", en="with totals").in_language(language)] if self.margins else []

    def _measure(self, metadata: DatasetMetadata, language: Language) -> str:
        kind = "count of" if self.values and self.aggfunc == "count" else self.aggfunc
        values = metadata.heading(self.values).in_language(language) if self.values else ""
        units = metadata.unit_label(self.unit).in_language(language)
        return _MEASURE[kind].in_language(language).format(units=units, values=values)


_MEASURE = {
    "count": Text(nl="aantal {units}", en="number of {units}"),
    "count of": Text(
        nl="aantal {units} met een waarde voor {values}", en="number of {units} with a value for {values}"
    ),
    "sum": Text(nl="som van {values}", en="sum of {values}"),
    "mean": Text(nl="gemiddelde van {values}", en="mean of {values}"),
}
