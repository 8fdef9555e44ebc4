"""Models, tests and components in a notebook: statsmodels' and SciPy's words, judged on the spot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from output_checker.judge import judge
from output_checker.notebook.microdata import Microdata
from output_checker.notebook.tables import CheckedTable
from output_checker.notebook.workplace import spoken, workplace
from output_checker.query import Query


def _asked(people: Microdata, kind: str, **fields: Any) -> CheckedTable:
    """Judge a query of one kind; what is left at None is not asked."""
    here = workplace()
    document = {name: value for name, value in fields.items() if value is not None}
    query = Query.parse(
        {
            "kind": kind,
            **people.asked,
            **document,
        }
    )
    return CheckedTable(query, judge(query, people.dataset, here.policy), here.language)


def _listed(names: str | Sequence[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


@spoken
def ols(
    formula: str,
    people: Microdata,
    weights: str | None = None,
    cov_type: str | None = None,
    unit: str | None = None,
) -> CheckedTable:
    """Linear regression, such as ``oc.ols("income ~ age + C(sex)", people)``.

    Raises:
        QueryError: it asks for what may not be asked, or cannot be estimated; the message says what to do.
    """
    return _asked(people, "model", formula=formula, weights=weights, cov_type=cov_type, unit=unit)


@spoken
def logit(
    formula: str,
    people: Microdata,
    weights: str | None = None,
    cov_type: str | None = None,
    unit: str | None = None,
) -> CheckedTable:
    """Logistic regression of an outcome that is 0 or 1. Raises ``QueryError`` as ``ols`` does."""
    return _asked(
        people, "model", family="logit", formula=formula, weights=weights, cov_type=cov_type, unit=unit
    )


@spoken
def probit(
    formula: str,
    people: Microdata,
    weights: str | None = None,
    cov_type: str | None = None,
    unit: str | None = None,
) -> CheckedTable:
    """Probit regression of an outcome that is 0 or 1. Raises ``QueryError`` as ``ols`` does."""
    return _asked(
        people, "model", family="probit", formula=formula, weights=weights, cov_type=cov_type, unit=unit
    )


@spoken
def poisson(
    formula: str,
    people: Microdata,
    weights: str | None = None,
    cov_type: str | None = None,
    unit: str | None = None,
) -> CheckedTable:
    """Poisson regression of a count. Raises ``QueryError`` as ``ols`` does."""
    return _asked(
        people, "model", family="poisson", formula=formula, weights=weights, cov_type=cov_type, unit=unit
    )


@spoken
def negative_binomial(
    formula: str, people: Microdata, cov_type: str | None = None, unit: str | None = None
) -> CheckedTable:
    """Negative binomial regression of a count. Raises ``QueryError`` as ``ols`` does."""
    return _asked(people, "model", family="negative_binomial", formula=formula, cov_type=cov_type, unit=unit)


@spoken
def cox(formula: str, people: Microdata, event: str, unit: str | None = None) -> CheckedTable:
    """Cox regression of a duration that ended in an ``event`` or not. Raises ``QueryError`` as ``ols`` does."""
    return _asked(people, "model", family="cox", formula=formula, event=event, unit=unit)


@spoken
def quantreg(formula: str, people: Microdata, q: float = 0.5, unit: str | None = None) -> CheckedTable:
    """Regression of a quantile. Raises ``QueryError`` as ``ols`` does."""
    return _asked(people, "model", family="quantreg", formula=formula, q=q, unit=unit)


@spoken
def fixed_effects(formula: str, people: Microdata, absorb: str, unit: str | None = None) -> CheckedTable:
    """Linear regression within the groups of ``absorb``, a unit or a classification; their effects stay inside.

    Raises:
        QueryError: as ``ols``.
    """
    return _asked(people, "model", formula=formula, absorb=absorb, unit=unit)


@spoken
def ttest(
    people: Microdata,
    values: str | Sequence[str],
    by: str | None = None,
    popmean: float | None = None,
    equal_var: bool = True,
    unit: str | None = None,
) -> CheckedTable:
    """A t-test between the two groups of ``by``, against ``popmean``, or of two ``values`` as pairs.

    Raises:
        QueryError: the variables do not fit, or there is no finite answer.
    """
    names = _listed(values)
    shape = {"paired": len(names) == 2 or None, "by": by, "popmean": popmean, "equal_var": equal_var}
    return _asked(people, "test", test="ttest", values=names, unit=unit, **shape)


@spoken
def anova(people: Microdata, values: str, by: str, unit: str | None = None) -> CheckedTable:
    """Analysis of variance between the groups of ``by``. Raises ``QueryError`` as ``ttest`` does."""
    return _asked(people, "test", test="anova", values=values, by=by, unit=unit)


@spoken
def chi2(people: Microdata, index: str, columns: str, unit: str | None = None) -> CheckedTable:
    """A chi-squared test of two classifications. Raises ``QueryError`` as ``ttest`` does."""
    return _asked(people, "test", test="chi2", by=[index, columns], unit=unit)


@spoken
def correlation(
    people: Microdata, values: Sequence[str], method: str = "pearson", unit: str | None = None
) -> CheckedTable:
    """Correlations of each pair of ``values``. Raises ``QueryError`` as ``ttest`` does."""
    return _asked(people, "test", test="correlation", values=list(values), method=method, unit=unit)


@spoken
def pca(
    people: Microdata,
    values: Sequence[str],
    components: int = 1,
    standardize: bool = True,
    unit: str | None = None,
) -> CheckedTable:
    """Loadings and explained variance of principal components.

    Raises:
        QueryError: there are too few variables or observations.
    """
    shape = {"components": components, "standardize": standardize}
    return _asked(people, "components", values=list(values), unit=unit, **shape)


@spoken
def factor(
    people: Microdata,
    values: Sequence[str],
    components: int = 1,
    rotation: str | None = None,
    unit: str | None = None,
) -> CheckedTable:
    """Loadings of factors by principal axes. Raises ``QueryError`` as ``pca`` does."""
    shape = {"components": components, "rotation": rotation}
    return _asked(people, "components", method="factor", values=list(values), unit=unit, **shape)
