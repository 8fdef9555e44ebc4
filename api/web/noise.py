"""An output with noise as it is shown: what is promised, how far off its numbers are, and where the truth lies.

Everything here comes from parameters and noisy numbers: no true number is known where this is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.web.results import for_reading, place_of
from output_checker.noise.accounting import Loss
from output_checker.noise.documents import Manifest, NoisyAnswer
from output_checker.text import Language, Text
from output_checker.verdict import ALL, Interval, Verdict

MOST_DRAWN: Final = 24
"""Intervals of one output that are drawn; the table has them all."""
_ALL = Text("alles samen", "everything together")


@dataclass(frozen=True)
class DrawnInterval:
    """One cell of the plot: its labels, the number that is read, and where the truth lies; `left`, `width` and `at` are
    shares (0 to 1) of the plot's width.
    """

    label: str
    value: float
    lower: float
    upper: float
    left: float
    width: float
    at: float


@dataclass(frozen=True)
class ShownNoise:
    """What is told of an answer with noise; `drawn` are the first of the intervals of `cells` inner cells."""

    manifest: Manifest
    parameters: Sequence[tuple[Text, Text]]
    expected: Sequence[tuple[str, Text]]
    useless: float
    drawn: Sequence[DrawnInterval]
    cells: int


def shown_noise(answer: NoisyAnswer, verdict: Verdict, language: Language) -> ShownNoise:
    """Return what is shown of an answer in one language; `verdict` is that on it."""
    several = len(answer.expected) > 1
    return ShownNoise(
        answer.manifest,
        _parameters(answer),
        [
            (_where(answer, one.statistic, one.level, language) if several else "", one.words)
            for one in answer.expected
        ],
        answer.useless,
        _drawn(verdict, language),
        len(_inner(verdict)),
    )


def _parameters(answer: NoisyAnswer) -> list[tuple[Text, Text]]:
    guarantee, method = answer.manifest.guarantee, answer.manifest.method
    losses = [
        (
            _costs(guarantee.privacy_unit if one.unit == answer.units else Text.same(one.unit)),
            _loss(Loss(one.nano_rho, one.nano_epsilon)),
        )
        for one in guarantee.losses
    ]
    laws = dict.fromkeys((one.law, one.parameter) for one in answer.measurements)
    drawn = ", ".join(f"{law} ({parameter})" for law, parameter in laws)
    flavour = _FLAVOURS[guarantee.flavour]
    return [
        (Text("Belofte", "Promise"), flavour),
        (Text("Beschermde eenheid", "Protected unit"), method.unit_in_detail),
        *losses,
        (
            Text("Ruis (schaal of variantie, in stappen)", "Noise (scale or variance, in steps)"),
            Text.same(drawn),
        ),
        (Text("Buurpopulaties", "Neighbouring populations"), guarantee.neighbours),
    ]


def _costs(units: Text) -> Text:
    return Text(f"Kost per eenheid ({units.nl})", f"Costs each unit ({units.en})")


_FLAVOURS: Final = {
    "pure differential privacy": Text("zuivere differentiële privacy", "pure differential privacy"),
    "zero-concentrated differential privacy": Text(
        "nul-geconcentreerde differentiële privacy (zCDP)", "zero-concentrated differential privacy (zCDP)"
    ),
}


def _loss(loss: Loss) -> Text:
    pure = "" if loss.epsilon is None else f" (epsilon {loss.epsilon:g})"
    spent = f"rho {loss.rho:g}{pure}"
    return Text(spent.replace(".", ","), spent)


def _where(answer: NoisyAnswer, statistic: str, level: Sequence[str], language: Language) -> str:
    words = {one.name: one.words.in_language(language) for one in answer.table.columns}
    names = " × ".join(answer.table.heading(name, language) for name in level)
    return f"{words.get(statistic, statistic)}, {names or _ALL.in_language(language)}"


def _inner(verdict: Verdict) -> Sequence[Interval]:
    """The intervals of inner cells: beside totals, theirs would be too narrow to be seen. Totals alone are drawn."""
    table = verdict.table
    totals = {
        place
        for place, cell in enumerate(table.cells)
        if ALL in (*table.rows[cell.row], *table.columns[cell.column])
    }
    return [one for one in verdict.intervals if one.cell not in totals] or verdict.intervals


def _drawn(verdict: Verdict, language: Language) -> list[DrawnInterval]:
    """Where the truth lies, on one scale from the lowest to the highest number that is shown, zero among them."""
    shown = [for_reading(one, verdict) for one in _inner(verdict)[:MOST_DRAWN]]
    lowest = min(0.0, *(float(one.lower) for one in shown))
    span = max(0.0, *(float(one.upper) for one in shown)) - lowest or 1.0
    return [
        DrawnInterval(
            place_of(verdict.table, one.cell, language),
            verdict.table.cells[one.cell].value or 0,
            one.lower,
            one.upper,
            (one.lower - lowest) / span,
            (one.upper - one.lower) / span,
            ((verdict.table.cells[one.cell].value or 0) - lowest) / span,
        )
        for one in shown
    ]
