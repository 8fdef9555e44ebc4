"""Distributions in a notebook, in pandas', numpy's and seaborn's words: positions, histograms, densities, concentration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from output_checker.judge import judge
from output_checker.notebook.microdata import Microdata
from output_checker.notebook.tables import CheckedTable
from output_checker.notebook.workplace import spoken, workplace
from output_checker.query import Query

Names = str | Sequence[str]

BOX = (0.05, 0.25, 0.5, 0.75, 0.95)
"""The numbers of a box plot: whiskers at safe percentiles, never at the extremes of the data."""


def ask(people: Microdata, kind: str, **fields: Any) -> CheckedTable:
    """Judge a query of some kind about these people under the project's policy.

    Raises:
        QueryError: it asks for what may not be asked; the message says what to do.
    """
    here = workplace()
    query = Query.parse(
        {
            "kind": kind,
            **people.asked,
            **fields,
        }
    )
    return CheckedTable(query, judge(query, people.dataset, here.policy), here.language)


@spoken
def quantile(
    people: Microdata,
    values: str,
    q: float | str | Sequence[float | str] = 0.5,
    by: Names = (),
    unit: str | None = None,
    weights: str | None = None,
) -> CheckedTable:
    """Quantiles between 0 and 1, "min", "max" and "mode", as pandas computes them; weighted, as statsmodels does.

    Raises:
        QueryError: it asks for what may not be asked; the message says what to do.
    """
    return ask(people, "quantiles", values=values, q=q, by=by, unit=unit, weights=weights)


@spoken
def median(
    people: Microdata, values: str, by: Names = (), unit: str | None = None, weights: str | None = None
) -> CheckedTable:
    """The median, by groups or of everybody.

    Raises:
        QueryError: it asks for what may not be asked; the message says what to do.
    """
    return ask(people, "quantiles", values=values, by=by, unit=unit, weights=weights)


@spoken
def box(people: Microdata, values: str, by: Names = (), unit: str | None = None) -> CheckedTable:
    """The numbers of a box plot: quartiles, and whiskers at the 5th and 95th percentile; never outliers.

    Raises:
        QueryError: it asks for what may not be asked; the message says what to do.
    """
    return ask(people, "quantiles", values=values, q=BOX, by=by, unit=unit)


@spoken
def hist(
    people: Microdata,
    values: str,
    bins: int | Sequence[float] = 10,
    by: Names = (),
    stat: str = "count",
    unit: str | None = None,
) -> CheckedTable:
    """A histogram over bins of equal width between the public bounds, or over the edges that ``bins`` lists.

    Raises:
        QueryError: it asks for what may not be asked; the message says what to do.
    """
    return ask(people, "histogram", values=values, bins=bins, by=by, stat=stat, unit=unit)


@spoken
def density(
    people: Microdata,
    values: str,
    by: Names = (),
    gridsize: int = 51,
    clip: tuple[float, float] | None = None,
    unit: str | None = None,
) -> CheckedTable:
    """A kernel density at points of equal distance between the public bounds, or between those of ``clip``.

    Raises:
        QueryError: it asks for what may not be asked; the message says what to do.
    """
    return ask(people, "density", values=values, by=by, gridsize=gridsize, clip=clip, unit=unit)


@spoken
def concentration(
    people: Microdata,
    values: str,
    measures: Names = ("gini",),
    lorenz: Sequence[float] = (),
    by: Names = (),
    unit: str | None = None,
) -> CheckedTable:
    """How values are divided among units: "gini", "herfindahl", "cr4", and points of the Lorenz curve.

    Raises:
        QueryError: it asks for what may not be asked; the message says what to do.
    """
    return ask(people, "concentration", values=values, measures=measures, lorenz=lorenz, by=by, unit=unit)


@spoken
def gini(people: Microdata, values: str, by: Names = (), unit: str | None = None) -> CheckedTable:
    """The Gini coefficient, by groups or of everybody.

    Raises:
        QueryError: it asks for what may not be asked; the message says what to do.
    """
    return ask(people, "concentration", values=values, by=by, unit=unit)
