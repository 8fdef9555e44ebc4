"""Survival in a notebook: curves and life tables in steps that are each of many units."""

from __future__ import annotations

from collections.abc import Sequence

from output_checker.notebook.distributions import Names, ask
from output_checker.notebook.microdata import Microdata
from output_checker.notebook.tables import CheckedTable
from output_checker.notebook.workplace import spoken

LIFE_TABLE = ("at_risk", "events", "censored", "hazard", "survival")


@spoken
def kaplan_meier(
    people: Microdata,
    duration: str,
    event: str,
    by: Names = (),
    times: Sequence[float] = (),
    unit: str | None = None,
) -> CheckedTable:
    """The product-limit estimate at public times, as statsmodels computes it, with its standard error.

    Raises:
        QueryError: it asks for what may not be asked; the message says what to do.
    """
    asked = {"duration": duration, "event": event, "by": by, "times": times, "unit": unit}
    return ask(people, "survival", **asked, measures=("survival", "std_err"))


@spoken
def life_table(
    people: Microdata,
    duration: str,
    event: str,
    by: Names = (),
    times: Sequence[float] = (),
    unit: str | None = None,
) -> CheckedTable:
    """Per step those at risk, with the event and out of sight, the hazard, and the survival after it.

    Raises:
        QueryError: it asks for what may not be asked; the message says what to do.
    """
    asked = {"duration": duration, "event": event, "by": by, "times": times, "unit": unit}
    return ask(people, "survival", **asked, measures=LIFE_TABLE)
