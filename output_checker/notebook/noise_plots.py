"""Plots of noise: how far off cells would be for what an answer costs, and where the truth lies behind an answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from output_checker.figures import house_style
from output_checker.kinds.figure.marks import COLOURS
from output_checker.noise.accounting import Loss
from output_checker.noise.documents import ExpectedError, NoisyAnswer
from output_checker.noise.expectation import error_by_budget
from output_checker.noise.intervals import for_reading
from output_checker.noise.plan import NoisePlan
from output_checker.text import Language, Text
from output_checker.verdict import ALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT, LINE = 7.0, 4.0, 0.25
"""Inches: of a whole plot, and how much higher it gets with each cell."""

MOST_DRAWN = 40
"""Cells of an answer that are drawn, the first ones; the table has them all."""

_COST = Text(nl="wat het antwoord kost ({})", en="what the answer costs ({})")
_ERROR = Text(nl="fout: 95 % zit er hoogstens zo ver naast", en="error: 95 % are off by at most this")
_TRUTH = Text(
    nl="{}: streep = hier ligt de waarheid in minstens 95 % van de trekkingen",
    en="{}: bar = here the truth lies in at least 95 % of draws",
)
_BEYOND = Text(nl="meer dan er over is", en="more than is left")


def draw_error(plan: NoisePlan, expected: ExpectedError, language: Language, left: Loss | None) -> Figure:
    """The error of inner cells for a tenth to ten times the budget of ``plan``; what is more than ``left`` is shaded."""
    from matplotlib.figure import Figure

    amount, curve = plan.noise.amount, error_by_budget(plan)
    with house_style():
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        axes = figure.subplots()
        _draw(axes, curve, float(amount), language)
        asked = f"{plan.noise.words.in_language(language)}: {expected.words.in_language(language)}"
        figure.suptitle(_as_written(asked, language), fontsize="medium")
        axes.set_xlabel(_COST.in_language(language).format("epsilon" if plan.noise.pure else "rho"))
        axes.set_ylabel(_ERROR.in_language(language))
        if left is not None:
            _shade(axes, _affordable(left, pure=plan.noise.pure), language)
    return figure


def _draw(axes: Axes, curve: Sequence[tuple[float, float]], asked: float, language: Language) -> None:
    """The curve with its numbers beside the points; that of the budget that was asked stands out by shape too."""
    budgets, errors = zip(*curve, strict=True)
    axes.plot(budgets, errors, color=COLOURS[0], marker="o")
    axes.plot([asked], [dict(curve)[asked]], color=COLOURS[1], marker="D", markersize=10, linestyle="")
    for budget, error in curve:
        words = _as_written(f"\u00b1 {error:.3g}", language)
        axes.annotate(words, (budget, error), xytext=(7, 5), textcoords="offset points")
    axes.set_xscale("log")
    # Much budget makes the error of most cells nothing, of which there is no logarithm.
    axes.set_yscale("log" if min(errors) > 0 else "linear")
    axes.set_xticks(budgets, [_as_written(f"{budget:g}", language) for budget in budgets])
    axes.set_xticks([], minor=True)
    axes.set_yticks([])
    axes.set_yticks([], minor=True)
    axes.margins(x=0.08, y=0.15)


def _affordable(left: Loss, *, pure: bool) -> float:
    """The largest budget that what is left allows."""
    if not pure:
        return left.rho
    most = math.sqrt(2 * left.rho)
    return most if left.epsilon is None else min(most, left.epsilon)


def _shade(axes: Axes, affordable: float, language: Language) -> None:
    """Mark the budgets that are more than is left, where the plot shows any."""
    lowest, highest = axes.get_xlim()
    if affordable < highest:
        begin = max(affordable, lowest)
        axes.axvspan(begin, highest, color="#4d4d4d", alpha=0.15, linewidth=0)
        axes.set_xlim(lowest, highest)
        place: Any = {"xycoords": ("data", "axes fraction"), "rotation": 90, "ha": "center", "va": "top"}
        axes.annotate(_BEYOND.in_language(language), (math.sqrt(begin * highest), 0.97), **place)


def draw_answer(answer: NoisyAnswer, language: Language) -> Figure:
    """The numbers to read of the first statistic, with where the truth lies: of inner cells, or of totals alone."""
    from matplotlib.figure import Figure

    table, column = answer.table, answer.table.columns[0]
    every = range(len(table.lines))
    shown = ([place for place in every if ALL not in table.lines[place]] or list(every))[:MOST_DRAWN]
    ends = [for_reading(column.lower[place], column.upper[place], column.least) for place in shown]
    with house_style():
        figure = Figure(figsize=(WIDTH, 1 + LINE * len(shown)), layout="constrained")
        axes = figure.subplots()
        axes.hlines(range(len(shown)), *zip(*ends, strict=True), color=COLOURS[0], linewidth=4, alpha=0.4)
        axes.plot([column.values[place] for place in shown], range(len(shown)), "o", color=COLOURS[0])
        axes.set_yticks(range(len(shown)), [_name_of(answer, place, language) for place in shown])
        axes.invert_yaxis()
        axes.set_xlabel(column.words.in_language(language))
        figure.suptitle(_TRUTH.in_language(language).format(_first_error(answer, language)), fontsize="small")
    return figure


def _name_of(answer: NoisyAnswer, place: int, language: Language) -> str:
    table = answer.table
    return " \u00b7 ".join(
        table.label(name, code, language) for name, code in zip(table.names, table.lines[place], strict=True)
    )


def _first_error(answer: NoisyAnswer, language: Language) -> str:
    return answer.expected[0].words.in_language(language)


def _as_written(words: str, language: Language) -> str:
    """Numbers as they are written in a language."""
    return words.replace(".", ",") if language == "nl" else words
