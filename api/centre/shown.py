"""The figures of a centre as its page shows them: each plot with the table beside it that says the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.centre.figures import Ending, Figures, Week
from api.centre.words import ENDINGS
from api.web.plots import Columns, columns_of, nice_top
from output_checker.rules import known_rules
from output_checker.text import Text

UNITS: Final = (dt.timedelta(days=1), dt.timedelta(hours=1), dt.timedelta(minutes=1))
TONES = {
    Ending.APPROVED_BY_PEOPLE: "pass",
    Ending.APPROVED_BY_POLICY: "machine",
    Ending.RETURNED_BY_RULES: "machine",
    Ending.RETURNED_BY_PEOPLE: "review",
    Ending.REJECTED: "fail",
    Ending.WITHDRAWN: "quiet",
    Ending.UNDER_WAY: "quiet",
}


@dataclass(frozen=True)
class Series:
    """One ending over the weeks: its name, its columns on the scale that all endings share, and how many in all."""

    name: Text
    plot: Columns
    total: int


@dataclass(frozen=True)
class Objections:
    """What one rule objected to: its name in words, its anchor in the reference, and bars as shares (0 to 1)."""

    rule: str
    title: Text
    refused: int
    sent: int
    refused_bar: float
    sent_bar: float


@dataclass(frozen=True)
class Answers:
    """How long people took to decide, week by week: the median before the 90th percentile; `unit` is that of its scale."""

    plot: Columns
    unit: dt.timedelta

    @property
    def top(self) -> dt.timedelta:
        """What the full height stands for."""
        return self.plot.top * self.unit


def series_of(figures: Figures) -> list[Series]:
    """Return a small plot for each ending that occurred, all on one scale."""
    endings = [ending for ending in Ending if figures.endings[ending]]
    top = nice_top(max((week.endings[ending] for week in figures.weeks for ending in endings), default=0))
    return [
        Series(
            ENDINGS[ending],
            columns_of([(TONES[ending], [week.endings[ending] for week in figures.weeks])], top),
            figures.endings[ending],
        )
        for ending in endings
    ]


def answers_of(weeks: Sequence[Week]) -> Answers | None:
    """Return the plot of turnaround, None when nothing was decided by people."""
    slowest = max((week.answer.p90 for week in weeks if week.answer), default=None)
    if slowest is None:
        return None
    unit = next((unit for unit in UNITS if slowest >= 2 * unit), UNITS[-1])
    p90 = [_in(unit, week.answer.p90 if week.answer else None) for week in weeks]
    median = [_in(unit, week.answer.median if week.answer else None) for week in weeks]
    return Answers(columns_of([("light", p90), ("pass", median)], nice_top(max(p90))), unit)


def objections_of(figures: Figures) -> list[Objections]:
    """Return the bars of rules, the most frequent first; a rule of an older policy keeps its id as its name."""
    most = max((one.total for one in figures.objections), default=1)
    rules = known_rules()
    return [
        Objections(
            one.rule,
            rules[one.rule].title if one.rule in rules else Text(one.rule, one.rule),
            one.refused,
            one.sent,
            one.refused / most,
            one.sent / most,
        )
        for one in figures.objections
    ]


def _in(unit: dt.timedelta, duration: dt.timedelta | None) -> float:
    return duration / unit if duration else 0.0
