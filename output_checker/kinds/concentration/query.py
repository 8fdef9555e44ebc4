"""Measures of concentration by name: "gini", "herfindahl", "cr4", and points of the Lorenz curve."""

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from output_checker.errors import QueryError
from output_checker.kinds.grouped import GroupedQuery
from output_checker.metadata import DatasetMetadata
from output_checker.query import Name
from output_checker.text import Language, Text

DECIMALS = 3
MAX_POINTS = 21

Fraction = Annotated[float, Field(ge=0, le=1)]
Measure = Annotated[str, Field(pattern=r"^(gini|herfindahl|cr[1-9][0-9]?)$")]

_WORDS = {
    "gini": Text(nl="Gini-coëfficiënt", en="Gini coefficient"),
    "herfindahl": Text(nl="Herfindahl-index", en="Herfindahl index"),
}


class ConcentrationQuery(GroupedQuery):
    """How ``values`` are divided among units; what one unit has is summed first.

    ``measures`` are "gini", "herfindahl" (from 0 to 1) and "cr1" to "cr99": the share of the n largest, in whole
    percentages. ``lorenz`` are shares of the units, in ascending order: the share of the total that the lowest have. The
    ends, 0 and 1, may be listed; everybody knows them, so they are left out.
    """

    kind: Literal["concentration"] = "concentration"
    values: Name
    measures: Annotated[tuple[Measure, ...], Field(max_length=12)] = ("gini",)
    lorenz: Annotated[tuple[Fraction, ...], Field(max_length=MAX_POINTS)] = ()

    @field_validator("measures", mode="before")
    @classmethod
    def _one_is_a_list_of_one(cls, given: object) -> object:
        return [given] if isinstance(given, str) else given

    @field_validator("lorenz")
    @classmethod
    def _without_ends(cls, given: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(share for share in given if 0 < share < 1)

    @model_validator(mode="after")
    def _holds_together(self) -> "ConcentrationQuery":
        if not self.measures and not self.lorenz:
            raise QueryError(Text(nl="Noem een maat.", en="Name a measure."), field="measures")
        if len(set(self.measures)) < len(self.measures):
            raise QueryError(
                Text(nl="Een maat staat er twee keer in.", en="A measure occurs twice."), field="measures"
            )
        if list(self.lorenz) != sorted({round(share, DECIMALS) for share in self.lorenz}):
            message = Text(
                nl=f"Punten lopen op en hebben hoogstens {DECIMALS} decimalen.",
                en=f"Points ascend and have at most {DECIMALS} decimals.",
            )
            raise QueryError(message, field="lorenz")
        return self

    @property
    def tops(self) -> dict[str, int]:
        """The number of units that each concentration ratio is about."""
        return {name: int(name[2:]) for name in self.measures if re.match("cr", name)}

    @property
    def points(self) -> dict[str, float]:
        """The points of the Lorenz curve by label."""
        return {f"lorenz_{share:g}": share for share in self.lorenz}

    @property
    def labels(self) -> dict[str, Text]:
        """Every measure with its words."""
        named = {name: _WORDS.get(name, Text.same(name.upper())) for name in self.measures}
        return named | {label: Text.same(f"Lorenz {share:g}") for label, share in self.points.items()}

    @property
    def result_name(self) -> str:
        """The variable that is divided."""
        return f"concentration_{self.values}"

    def subject(self, metadata: DatasetMetadata, language: Language) -> str:
        """The measures of the variable by the groups."""
        asked = ", ".join(words.in_language(language) for words in self.labels.values())
        of = Text(nl="van", en="of").in_language(language)
        variable = metadata.heading(self.values).in_language(language)
        among = Text(nl="over", en="among").in_language(language)
        units = metadata.unit_label(self.unit).in_language(language)
        return self.grouped(f"{asked} {of} {variable} {among} {units}", metadata, language)
