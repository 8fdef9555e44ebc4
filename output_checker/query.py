"""The query: what a researcher asks, as a document that the service recomputes by itself.

The same document serves the notebook, the api, the command line and the tests. This module says what a query looks
like; whether it makes sense for a dataset is the subject of ``plan``.
"""

import hashlib
import json
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from output_checker.documents import Document
from output_checker.errors import DocumentError, QueryError
from output_checker.metadata import DatasetMetadata
from output_checker.text import Language, Text

MAX_CLASSIFICATIONS = 6
MAX_EXPRESSIONS = 32
MAX_EXPRESSION_LENGTH = 2_000

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]
Expression = Annotated[str, StringConstraints(max_length=MAX_EXPRESSION_LENGTH)]
Names = Annotated[tuple[Name, ...], Field(max_length=MAX_CLASSIFICATIONS)]


class Query(Document):
    """A table in pandas' own words, over a registered dataset.

    ``where`` and ``derive`` hold SQL scalar expressions over registered columns; several conditions all hold.
    ``unit`` is the unit that counts (default: the first of the dataset).
    """

    refusal: ClassVar[type[DocumentError]] = QueryError

    dataset: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    where: Annotated[tuple[Expression, ...], Field(max_length=MAX_EXPRESSIONS)] = ()
    derive: Annotated[dict[Name, Expression], Field(max_length=MAX_EXPRESSIONS)] = Field(default_factory=dict)
    kind: Literal["table"] = "table"
    index: Annotated[Names, Field(min_length=1)]
    columns: Names = ()
    values: Name | None = None
    aggfunc: Literal["count", "sum", "mean"] = "count"
    margins: bool = False
    unit: str | None = None

    @field_validator("where", "index", "columns", mode="before")
    @classmethod
    def _one_is_a_list(cls, given: object) -> object:
        return [given] if isinstance(given, str) else given

    @model_validator(mode="after")
    def _holds_together(self) -> "Query":
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

    def canonical(self) -> str:
        """One stable JSON spelling; what is left at its default is left out, so that later fields change nothing."""
        plain = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical spelling, in hexadecimal."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    def in_words(self, metadata: DatasetMetadata) -> Text:
        """The query as a sentence for a reviewer."""
        return Text(nl=_sentence(self, metadata, "nl"), en=_sentence(self, metadata, "en"))


_MEASURE = {
    "count": Text(nl="aantal {units}", en="number of {units}"),
    "count of": Text(
        nl="aantal {units} met een waarde voor {values}", en="number of {units} with a value for {values}"
    ),
    "sum": Text(nl="som van {values}", en="sum of {values}"),
    "mean": Text(nl="gemiddelde van {values}", en="mean of {values}"),
}


def _sentence(query: Query, metadata: DatasetMetadata, language: Language) -> str:
    names = (*query.index, *query.columns)
    by = Text(nl="naar", en="by").in_language(language)
    headings = " × ".join(metadata.heading(name).in_language(language) for name in names)
    first = f"{_measure(query, metadata, language)} {by} {headings}"
    asked = "; ".join([first[0].upper() + first[1:], *_circumstances(query, language)])
    population = Text(nl="Populatie", en="Population").in_language(language)
    return f"{asked}. {population}: {metadata.population.in_language(language).rstrip('.')}."


def _measure(query: Query, metadata: DatasetMetadata, language: Language) -> str:
    kind = "count of" if query.values and query.aggfunc == "count" else query.aggfunc
    values = metadata.heading(query.values).in_language(language) if query.values else ""
    units = metadata.unit_label(query.unit).in_language(language)
    return _MEASURE[kind].in_language(language).format(units=units, values=values)


def _circumstances(query: Query, language: Language) -> list[str]:
    where = Text(nl="alleen waar {}", en="only where {}").in_language(language)
    parts = [where.format(condition) for condition in query.where]
    derived = Text(nl="met {} berekend als {}", en="with {} computed as {}").in_language(language)
    parts += [derived.format(name, expression) for name, expression in query.derive.items()]
    if query.margins:
        parts.append(Text(nl="met totalen", en="with totals").in_language(language))
    return parts
