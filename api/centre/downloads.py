"""The figures of a centre as one CSV file (RFC 4180): one number a line, so that any program can turn it around."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from api.centre.figures import Ending, Figures, Stage, Took

HEAD = ("figure", "week", "item", "value", "unit")
Line = tuple[str, str, str, float, str]


def as_csv(figures: Figures) -> str:
    """Return the file; weeks by their Monday (empty: the whole period), durations in seconds, names as in the api."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEAD)
    writer.writerows(_lines(figures))
    return text.getvalue()


def _lines(figures: Figures) -> Iterator[Line]:
    for week in figures.weeks:
        monday = week.monday.isoformat()
        for ending in Ending:
            yield "requests", monday, ending.value, week.endings[ending], "rounds"
        yield from _times("answer", monday, Stage.DECISION_BY_PEOPLE, week.answer)
    for stage, took in figures.stages.items():
        yield from _times("turnaround", "", stage, took)
    yield "settled_without_people", "", "settled", figures.settled, "rounds"
    yield "settled_without_people", "", "decided", figures.decided, "rounds"
    for one in figures.objections:
        yield "objections", "", f"{one.rule}:fail", one.refused, "outputs"
        yield "objections", "", f"{one.rule}:review", one.sent, "outputs"
    checks = figures.checks
    for item in ("drawn", "waiting", "in_order", "not_in_order"):
        yield "after_checks", "", item, getattr(checks, item), "releases"


def _times(figure: str, week: str, stage: Stage, took: Took | None) -> Iterator[Line]:
    if took:
        yield figure, week, f"{stage.value}:times", took.times, "rounds"
        yield figure, week, f"{stage.value}:median", took.median.total_seconds(), "seconds"
        yield figure, week, f"{stage.value}:p90", took.p90.total_seconds(), "seconds"
