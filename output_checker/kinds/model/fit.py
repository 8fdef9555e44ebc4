"""Fitting: statsmodels does the numbers, this module only asks and reads."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import statsmodels.api as sm
from statsmodels.tools import sm_exceptions

from output_checker.errors import QueryError
from output_checker.kinds.model.observations import Codes, Numbers
from output_checker.kinds.model.query import ModelQuery
from output_checker.text import Text


@dataclass(frozen=True)
class Material:
    """What a model is fitted to; ``entities`` are the groups whose effects are taken out."""

    outcome: Numbers
    matrix: Numbers
    event: Numbers | None = None
    weights: Numbers | None = None
    entities: Codes | None = None


@dataclass(frozen=True)
class Fitted:
    """Coefficients with their uncertainty, one row per parameter, and the fit by name.

    ``letter`` is the statistic that tests a coefficient; ``extra`` names parameters beyond the design.
    """

    coefficients: Numbers
    letter: str
    extra: tuple[str, ...]
    degrees_of_freedom: int
    explained: float
    fit: dict[str, float]


def fit(query: ModelQuery, material: Material) -> Fitted:
    """Fit the model of a query.

    Raises:
        QueryError: there is no finite estimate, or it was not found.
    """
    fitted = _estimated(lambda: _read(query, material, _FAMILIES[query.family](query, material)))
    if not np.isfinite(fitted.coefficients).all():
        raise _unknown()
    return fitted


def _read(query: ModelQuery, material: Material, result: Any) -> Fitted:
    """What is wanted of a result; some of it statsmodels computes only when it is read."""
    numbers = [result.params, result.bse, result.tvalues, result.pvalues, np.asarray(result.conf_int())]
    degrees = getattr(result, "df_resid", None)
    left = len(material.outcome) - material.matrix.shape[1]
    return Fitted(
        coefficients=np.column_stack(numbers),
        letter="t" if query.family == "quantreg" or getattr(result, "use_t", False) else "z",
        extra=("alpha",) if query.family == "negative_binomial" else (),
        degrees_of_freedom=left if degrees is None or query.weights else int(degrees),
        explained=_explained(query, result),
        fit={name: float(value) for name, value in _fit(query, result).items() if np.isfinite(value)},
    )


def _estimated(estimate: Callable[[], Fitted]) -> Fitted:
    """The result, unless statsmodels warns that it is none."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            for doubt in _DOUBTS:
                warnings.simplefilter("error", doubt)
            return estimate()
    except (
        *_DOUBTS,
        sm_exceptions.PerfectSeparationError,
        np.linalg.LinAlgError,
        ValueError,
        ArithmeticError,
    ):
        raise _unknown() from None


_DOUBTS = (
    sm_exceptions.ConvergenceWarning,
    sm_exceptions.HessianInversionWarning,
    sm_exceptions.IterationLimitWarning,
    sm_exceptions.PerfectSeparationWarning,
)


def _unknown() -> QueryError:
    message = Text(
        nl="Dit model is niet te schatten: er is geen eindige uitkomst, of die is niet gevonden.",
        en="This model cannot be estimated: there is no finite answer, or it was not found.",
    )
    remedy = Text(
        nl="Misschien volgt de uitkomst geheel uit een term, komt zij te weinig voor, of zijn de getallen erg groot.",
        en="Perhaps the outcome follows entirely from a term, occurs too little, or numbers are very large.",
    )
    return QueryError(message, field="formula", remedy=remedy)


def _ols(query: ModelQuery, given: Material) -> Any:
    if given.entities is not None:
        return _within(given, given.entities)
    model = sm.OLS(given.outcome, given.matrix)
    if given.weights is not None:
        model = sm.WLS(given.outcome, given.matrix, weights=given.weights)
    return model.fit(cov_type=query.cov_type)


def _within(given: Material, entities: Codes) -> Any:
    """Ordinary least squares on what is left within entities; their effects cost a degree of freedom each.

    The matrix is that of ``within`` already (Wooldridge 2010, 10.5).
    """
    model = sm.OLS(given.outcome, given.matrix, hasconst=False)
    model.df_resid = float(given.matrix.shape[0] - given.matrix.shape[1] - (entities.max() + 1))
    return model.fit()


def within(values: Numbers, entities: Codes) -> Numbers:
    """Values minus the mean of their entity."""
    sizes = np.bincount(entities)
    return values - (np.bincount(entities, weights=values) / sizes)[entities]


def _binary(query: ModelQuery, given: Material) -> Any:
    if given.weights is not None:
        link = sm.families.links.Logit() if query.family == "logit" else sm.families.links.Probit()
        return _weighted(query, given, sm.families.Binomial(link))
    model = sm.Logit if query.family == "logit" else sm.Probit
    return model(given.outcome, given.matrix).fit(disp=0, cov_type=query.cov_type)


def _poisson(query: ModelQuery, given: Material) -> Any:
    if given.weights is not None:
        return _weighted(query, given, sm.families.Poisson())
    return sm.Poisson(given.outcome, given.matrix).fit(disp=0, cov_type=query.cov_type)


def _weighted(query: ModelQuery, given: Material, family: Any) -> Any:
    model = sm.GLM(given.outcome, given.matrix, family=family, freq_weights=given.weights)
    return model.fit(cov_type=query.cov_type)


def _negative_binomial(query: ModelQuery, given: Material) -> Any:
    return sm.NegativeBinomial(given.outcome, given.matrix).fit(disp=0, cov_type=query.cov_type)


def _cox(_query: ModelQuery, given: Material) -> Any:
    return sm.PHReg(given.outcome, given.matrix, status=given.event).fit(disp=0)


def _quantreg(query: ModelQuery, given: Material) -> Any:
    return sm.QuantReg(given.outcome, given.matrix).fit(q=query.quantile)


_FAMILIES: dict[str, Callable[[ModelQuery, Material], Any]] = {
    "ols": _ols,
    "logit": _binary,
    "probit": _binary,
    "poisson": _poisson,
    "negative_binomial": _negative_binomial,
    "cox": _cox,
    "quantreg": _quantreg,
}


def _explained(query: ModelQuery, result: Any) -> float:
    """The share of the variation, or of the likelihood, that the model explains; 1 is a perfect fit."""
    name = {"ols": "rsquared", "cox": None, "negative_binomial": None}.get(query.family, "prsquared")
    found = getattr(result, name, 0.0) if name else 0.0
    return float(found) if np.isfinite(found) else 1.0


def _fit(query: ModelQuery, result: Any) -> dict[str, Any]:
    """The statistics of the fit that this family has."""
    if query.absorb:
        return {"r_squared_within": result.rsquared}
    if query.family == "ols":
        several = result.df_model > 0
        return {
            "r_squared": result.rsquared,
            "r_squared_adjusted": result.rsquared_adj,
            "f": result.fvalue if several else np.nan,
            "f_p_value": result.f_pvalue if several else np.nan,
            **_likelihood(result),
        }
    if query.family == "quantreg":
        return {"pseudo_r_squared": result.prsquared}
    if query.family == "cox":
        return {"log_likelihood": result.llf}
    if query.family == "negative_binomial":
        return _likelihood(result)  # its pseudo R² takes a second model, which may not be found
    if query.weights:
        return {"deviance": result.deviance}
    return {"pseudo_r_squared": result.prsquared, **_likelihood(result)}


def _likelihood(result: Any) -> dict[str, Any]:
    return {"log_likelihood": result.llf, "aic": result.aic, "bic": result.bic}
