"""A model in statsmodels' own words."""

from typing import Annotated, Literal, get_args

from pydantic import Field, StringConstraints, model_validator

from output_checker.errors import QueryError
from output_checker.kinds.model.formula import MAX_LENGTH, Formula, parse_formula
from output_checker.metadata import DatasetMetadata
from output_checker.query import Name, Query
from output_checker.text import Language, Text

Family = Literal["ols", "logit", "probit", "poisson", "negative_binomial", "cox", "quantreg"]
FAMILIES: tuple[Family, ...] = get_args(Family)

WEIGHTED = frozenset({"ols", "logit", "probit", "poisson"})
"""The families that take weights."""

ROBUST = frozenset({"ols", "logit", "probit", "poisson", "negative_binomial"})
"""The families that take heteroscedasticity-robust standard errors."""


class ModelQuery(Query):
    """A regression: ``formula`` with its ``family``.

    ``event`` says for Cox whether the duration ended in the event; ``q`` is the quantile of quantile regression.
    ``absorb`` takes the effects of groups out of a linear model (the within transformation); they are not published.
    ``weights`` is a registered weight: of precision in ``ols``, of frequency in the others.
    """

    kind: Literal["model"] = "model"
    formula: Annotated[str, StringConstraints(min_length=1, max_length=MAX_LENGTH)]
    family: Family = "ols"
    event: Name | None = None
    q: Annotated[float, Field(gt=0, lt=1)] | None = None
    weights: Name | None = None
    absorb: Name | None = None
    cov_type: Literal["nonrobust", "HC0", "HC1"] = "nonrobust"

    @property
    def parsed(self) -> Formula:
        """The formula, read."""
        return parse_formula(self.formula)

    @property
    def quantile(self) -> float:
        """The quantile: the median unless another is asked."""
        return 0.5 if self.q is None else self.q

    @model_validator(mode="after")
    def _holds_together(self) -> "ModelQuery":
        formula = self.parsed
        if (self.event is not None) != (self.family == "cox"):
            raise _misfit("event", Text(nl="alleen, en altijd, bij cox", en="with cox, always and only"))
        if self.q is not None and self.family != "quantreg":
            raise _misfit("q", Text(nl="alleen bij quantreg", en="with quantreg only"))
        if self.weights and (self.family not in WEIGHTED or self.absorb):
            raise _misfit("weights", Text(nl="niet bij deze familie", en="not with this family"))
        if self.absorb and self.family != "ols":
            raise _misfit("absorb", Text(nl="alleen bij ols", en="with ols only"))
        if self.cov_type != "nonrobust" and (self.family not in ROBUST or self.absorb):
            raise _misfit("cov_type", Text(nl="niet bij deze familie", en="not with this family"))
        if not formula.terms and (self.family == "cox" or self.absorb or not formula.intercept):
            raise _misfit("formula", Text(nl="met minstens één variabele", en="with at least one variable"))
        return self

    @property
    def result_name(self) -> str:
        """The family and what it explains."""
        return f"{self.family}_{self.parsed.outcome}"

    def subject(self, metadata: DatasetMetadata, language: Language) -> str:
        """The family, the outcome in words, and the formula as it was read."""
        formula = self.parsed
        outcome = metadata.heading(formula.outcome).in_language(language)
        named = Text(nl="van {}, volgens {}", en="of {}, by {}").in_language(language)
        return f"{FAMILY_WORDS[self.family].in_language(language)} {named.format(outcome, formula)}"

    def details(self, metadata: DatasetMetadata, language: Language) -> list[str]:
        """The event, the quantile, the weights, the effects taken out, and the kind of standard error."""
        told = {
            Text(nl="gebeurtenis: {}", en="event: {}"): self.event,
            Text(nl="kwantiel {}", en="quantile {}"): self.quantile if self.family == "quantreg" else None,
            Text(nl="gewogen met {}", en="weighted by {}"): self.weights,
            Text(nl="met vaste effecten van {}", en="with fixed effects of {}"): self.absorb,
            Text(nl="robuuste standaardfouten ({})", en="robust standard errors ({})"): (
                None if self.cov_type == "nonrobust" else self.cov_type
            ),
        }
        return [words.in_language(language).format(what) for words, what in told.items() if what is not None]


FAMILY_WORDS: dict[Family, Text] = {
    "ols": Text(nl="lineaire regressie", en="linear regression"),
    "logit": Text(nl="logistische regressie", en="logistic regression"),
    "probit": Text(nl="probitregressie", en="probit regression"),
    "poisson": Text(nl="Poissonregressie", en="Poisson regression"),
    "negative_binomial": Text(nl="negatief-binomiale regressie", en="negative binomial regression"),
    "cox": Text(nl="Cox-regressie", en="Cox regression"),
    "quantreg": Text(nl="kwantielregressie", en="quantile regression"),
}


def _misfit(field: str, words: Text) -> QueryError:
    message = Text(nl=f"{field} hoort hier {words.nl}.", en=f"{field} belongs here {words.en}.")
    return QueryError(message, field=field)
