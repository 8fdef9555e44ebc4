"""A test in SciPy's own words."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from output_checker.errors import QueryError
from output_checker.metadata import DatasetMetadata
from output_checker.numbers import is_round
from output_checker.query import Name, Names, Query, headings
from output_checker.text import Language, Text

MAX_VARIABLES = 30
MEAN_DIGITS = 4
"""Digits of a mean that is tested against: with more, it can be one unit's value."""

Variables = Annotated[tuple[Name, ...], Field(max_length=MAX_VARIABLES)]


class HypothesisTestQuery(Query):
    """One test, or correlations.

    ``ttest``: one of ``values`` between the two groups of ``by``, or against ``popmean``; or two of them ``paired``.
    ``anova``: one of ``values`` between the groups of ``by``. ``chi2``: two classifications in ``by``.
    ``correlation``: each pair of ``values`` by ``method``, over those who have a value for all of them.
    """

    kind: Literal["test"] = "test"
    test: Literal["ttest", "anova", "chi2", "correlation"]
    values: Variables = ()
    by: Names = ()
    popmean: Annotated[float, Field(allow_inf_nan=False)] | None = None
    paired: bool = False
    equal_var: bool = True
    method: Literal["pearson", "spearman"] = "pearson"

    @field_validator("values", "by", mode="before")
    @classmethod
    def _one_name_is_a_list(cls, given: object) -> object:
        return [given] if isinstance(given, str) else given

    @model_validator(mode="after")
    def _holds_together(self) -> "HypothesisTestQuery":
        given = (len(self.values), len(self.by), self.popmean is not None, self.paired)
        if self.test == "correlation":
            fits = len(self.values) >= 2 and given[1:] == (0, False, False)
        else:
            fits = given in _SHAPES[self.test]
        if not fits:
            message = Text(
                nl="Deze variabelen passen niet bij de toets.", en="These variables do not fit the test."
            )
            raise QueryError(message, field="test", remedy=_REMEDIES[self.test])
        if not is_round(self.popmean or 0.0, MEAN_DIGITS):
            message = Text(
                nl=f"popmean heeft hoogstens {MEAN_DIGITS} cijfers.",
                en=f"popmean has at most {MEAN_DIGITS} digits.",
            )
            raise QueryError(message, field="popmean")
        if len({*self.values, *self.by}) < len(self.values) + len(self.by):
            message = Text(nl="Een variabele staat er twee keer in.", en="A variable occurs twice.")
            raise QueryError(message, field="values")
        return self

    @property
    def result_name(self) -> str:
        """The test."""
        return self.test

    def subject(self, metadata: DatasetMetadata, language: Language) -> str:
        """The test of the variables by the groups."""
        test = TEST_WORDS[self.test].in_language(language)
        by = Text(nl="naar", en="by").in_language(language)
        values, groups = (headings(names, metadata, language) for names in (self.values, self.by))
        return " ".join([test, *([values] if values else []), *([by, groups] if groups else [])])

    def details(self, metadata: DatasetMetadata, language: Language) -> list[str]:
        """Pairs, the mean that is tested against, unequal variances and ranks."""
        against = "" if self.popmean is None else f"{self.popmean:g}"
        told = {
            Text(nl="gepaard", en="paired"): self.paired,
            Text(nl=f"tegen het gemiddelde {against}", en=f"against the mean {against}"): bool(against),
            Text(nl="met ongelijke varianties", en="with unequal variances"): not self.equal_var,
            Text(nl="van rangen (Spearman)", en="of ranks (Spearman)"): self.method == "spearman",
        }
        return [words.in_language(language) for words, applies in told.items() if applies]


TEST_WORDS = {
    "ttest": Text(nl="t-toets van", en="t-test of"),
    "anova": Text(nl="variantieanalyse van", en="analysis of variance of"),
    "chi2": Text(nl="chikwadraattoets", en="chi-squared test"),
    "correlation": Text(nl="correlaties van", en="correlations of"),
}

_SHAPES = {
    "ttest": {(1, 1, False, False), (1, 0, True, False), (2, 0, False, True)},
    "anova": {(1, 1, False, False)},
    "chi2": {(0, 2, False, False)},
}

_REMEDIES = {
    "ttest": Text(
        nl="Geef values met by of popmean, of twee values en paired.",
        en="Give values with by or popmean, or two values and paired.",
    ),
    "anova": Text(
        nl="Geef één variabele in values en één in by.", en="Give one variable in values and one in by."
    ),
    "chi2": Text(nl="Geef twee indelingen in by.", en="Give two classifications in by."),
    "correlation": Text(
        nl="Geef minstens twee variabelen in values.", en="Give at least two variables in values."
    ),
}
