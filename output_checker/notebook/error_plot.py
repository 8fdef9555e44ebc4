"""A plot of error against budget: how far off cells would be for what an answer with noise costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from output_checker.figures import house_style
from output_checker.kinds.figure.marks import COLOURS
from output_checker.noise.accounting import Loss
from output_checker.noise.documents import ExpectedError
from output_checker.noise.expectation import error_by_budget
from output_checker.noise.plan import NoisePlan
from output_checker.noise.specification import LARGEST_EPSILON, LARGEST_RHO
from output_checker.text import Language, Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FACTORS = tuple(Fraction(number, 10) for number in (1, 2, 5, 10, 20, 50, 100))
"""How many times the budget that was asked for the plot shows."""

WIDTH, HEIGHT = 7.0, 4.0
"""Inches."""

_COST = Text(nl="wat het antwoord kost ({})", en="what the answer costs ({})")
_ERROR = Text(nl="fout: 95 % zit er hoogstens zo ver naast", en="error: 95 % are off by at most this")
_BEYOND = Text(nl="meer dan er over is", en="more than is left")


def draw_error(plan: NoisePlan, expected: ExpectedError, language: Language, left: Loss | None) -> Figure:
    """The error of inner cells for a tenth to ten times the budget of ``plan``; what is more than ``left`` is shaded."""
    from matplotlib.figure import Figure

    amount, largest = plan.noise.amount, LARGEST_EPSILON if plan.noise.pure else LARGEST_RHO
    curve = error_by_budget(plan, [budget for factor in FACTORS if (budget := amount * factor) <= largest])
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


def _as_written(words: str, language: Language) -> str:
    """Numbers as they are written in a language."""
    return words.replace(".", ",") if language == "nl" else words
