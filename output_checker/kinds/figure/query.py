"""A figure: another query, and the mark with which its table is drawn."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, SerializeAsAny, WithJsonSchema, model_validator

from output_checker.errors import QueryError
from output_checker.metadata import DatasetMetadata
from output_checker.query import Query
from output_checker.text import Language, Text

Mark = Literal["bar", "line", "map", "histogram", "box", "forest", "survival", "lorenz"]

ONLY_OF: dict[str, str] = {
    "histogram": "histogram",
    "box": "quantiles",
    "survival": "survival",
    "lorenz": "concentration",
    "forest": "model",
}
"""The kind of query that a mark is made for; the others draw any table."""

WORDS: dict[str, Text] = {
    "bar": Text(nl="staafdiagram", en="bar chart"),
    "line": Text(nl="lijndiagram", en="line chart"),
    "map": Text(nl="tegelkaart", en="tile map"),
    "histogram": Text(nl="histogram", en="histogram"),
    "box": Text(nl="boxplot met percentielen", en="box plot of percentiles"),
    "forest": Text(nl="forest plot", en="forest plot"),
    "survival": Text(nl="overlevingscurve", en="survival curve"),
    "lorenz": Text(nl="Lorenzcurve", en="Lorenz curve"),
}


def _query(given: object) -> object:
    return given if isinstance(given, Query) else Query.parse(given)


Of = Annotated[
    SerializeAsAny[Query],
    BeforeValidator(_query),
    WithJsonSchema({"type": "object", "description": "Another query document, of any kind but a figure."}),
]


class FigureQuery(Query):
    """A drawing of the table of the query ``of`` with one ``mark``.

    Dataset and unit are those of that query; conditions and derived variables belong there, not here. Nothing is drawn
    but the cells of the table that may be published.
    """

    kind: Literal["figure"] = "figure"
    of: Of
    mark: Mark

    @model_validator(mode="before")
    @classmethod
    def _about_the_same(cls, given: Any) -> Any:
        """Dataset and unit may be left out."""
        if not isinstance(given, dict) or "of" not in given:
            return given
        of = _query(given["of"])
        assert isinstance(of, Query)  # noqa: S101 - just made
        return {"dataset": of.dataset, **({"unit": of.unit} if of.unit else {}), **given, "of": of}

    @model_validator(mode="after")
    def _holds_together(self) -> "FigureQuery":
        if (self.dataset, self.unit, self.where, self.derive) != (self.of.dataset, self.of.unit, (), {}):
            message = Text(
                nl="Dataset, eenheid, voorwaarden en afgeleide variabelen horen bij de vraag zelf.",
                en="Dataset, unit, conditions and derived variables belong to the query itself.",
            )
            raise QueryError(message, field="of", remedy=Text(nl="Zet ze in of.", en="Put them in of."))
        if isinstance(self.of, FigureQuery) or self.of.kind != ONLY_OF.get(self.mark, self.of.kind):
            message = Text(nl="Deze vraag is zo niet te tekenen.", en="This query cannot be drawn like that.")
            fitting = [mark for mark in WORDS if self.of.kind == ONLY_OF.get(mark, self.of.kind)]
            remedy = Text(nl=f"Kies uit: {', '.join(fitting)}.", en=f"Choose from: {', '.join(fitting)}.")
            raise QueryError(message, field="mark", remedy=remedy)
        return self

    @property
    def numbers(self) -> Query:
        """The query underneath."""
        return self.of

    @property
    def result_name(self) -> str:
        """What the numbers are."""
        return self.of.result_name

    def subject(self, metadata: DatasetMetadata, language: Language) -> str:
        """The mark, and the subject of the query underneath."""
        return f"{WORDS[self.mark].in_language(language)}: {self.of.subject(metadata, language)}"

    def details(self, metadata: DatasetMetadata, language: Language) -> list[str]:
        """All circumstances of the query underneath."""
        return [*self.of.circumstances(language), *self.of.details(metadata, language)]
