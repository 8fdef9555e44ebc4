"""Noise in a notebook: what a noisy answer would cost and how far off it would be, before anything is spent.

The noise itself is drawn by the service, once. A draw in the notebook would be of no use to anybody, and easily taken
for the answer.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from output_checker.noise.accounting import Loss
from output_checker.noise.documents import ExpectedError, NoisyAnswer
from output_checker.noise.expectation import expected_errors, useless_share
from output_checker.noise.plan import NoisePlan, plan_of
from output_checker.notebook.calling import call
from output_checker.notebook.microdata import open_dataset
from output_checker.notebook.noise_plots import draw_error
from output_checker.notebook.workplace import workplace
from output_checker.query import Query
from output_checker.text import Language, Text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Left:
    """What is left of the privacy budget for this project, of one kind of unit of a dataset."""

    unit: str
    loss: Loss


@dataclass(frozen=True)
class NoisyTable:
    """A question with noise, not asked yet: it shows what to expect, and goes into ``oc.submit`` like a table.

    ``useless`` is the share of cells whose number is smaller than how far off it may be: of the true numbers, so it is
    for inside only. ``left`` is what is left of the budget (None where there is no service to ask), and ``key`` makes
    submitting twice harmless.
    """

    query: Query
    plan: NoisePlan
    expected: tuple[ExpectedError, ...]
    useless: float
    language: Language
    left: tuple[Left, ...] | None = None
    key: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def lines(self) -> list[str]:
        """What is told, in the language of the project: the cost, the expected error, and how much would be useless."""
        cost = self.plan.noise.words.in_language(self.language)
        several = len(self.expected) > 1
        errors = (f"{_where(one, several)}{one.words.in_language(self.language)}" for one in self.expected)
        useless = _USELESS.in_language(self.language).format(round(100 * self.useless))
        return [cost, *errors, useless, *self._left(), _NOTHING_SPENT.in_language(self.language)]

    def _left(self) -> list[str]:
        """What this costs of what is left, for each kind of unit that has a budget."""
        if self.left is None:
            return []
        told = [
            _LEFT.in_language(self.language).format(
                one.unit, _amount(self.plan.losses.get(one.unit)), _amount(one.loss)
            )
            for one in self.left
        ]
        return told or [_NO_BUDGET.in_language(self.language)]

    def plot(self) -> Figure:
        """Error against budget: how far off inner cells are for a tenth to ten times what this would cost."""
        within = [one.loss for one in self.left or () if one.unit == self.plan.unit]
        return draw_error(self.plan, self.expected[0], self.language, within[0] if within else None)

    def _repr_html_(self) -> str:
        return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in self.lines)}</ul>"

    def __repr__(self) -> str:
        return "\n".join(self.lines)


_USELESS = Text(
    nl="{} % van de cellen is kleiner dan de marge: daarvan zegt het getal weinig",
    en="{} % of cells are smaller than the margin: their numbers say little",
)
_NOTHING_SPENT = Text(
    nl="Er is nog niets besteed: dit zegt alleen wat u kunt verwachten.",
    en="Nothing was spent: this only tells what to expect.",
)
_LEFT = Text(nl="{}: kost {} van de {} die over is", en="{}: costs {} of the {} that is left")
_NO_BUDGET = Text(
    nl="Voor deze data heeft uw project geen privacybudget.",
    en="Your project has no privacy budget for this data.",
)
_UNKNOWN = "?"


def _amount(loss: Loss | None) -> str:
    if loss is None:
        return _UNKNOWN
    return f"rho {loss.rho:g}" + ("" if loss.epsilon is None else f" (epsilon {loss.epsilon:g})")


def left_of(dataset: str) -> tuple[Left, ...] | None:
    """What is left of the privacy budget for a dataset; None outside the enclave, where there is no service.

    Raises:
        ServiceUnavailableError: the service does not answer.
    """
    if not workplace().socket.exists():
        return None
    told = call("GET", "/sandbox/budgets")["items"]
    return tuple(
        Left(one["unit"], Loss(one["nano_rho"], one["nano_epsilon"]))
        for one in told
        if one["dataset"] == dataset
    )


def frame_of(answer: NoisyAnswer) -> pd.DataFrame:
    """A noisy answer in long form: of each statistic the number to read, the raw one, and where the truth lies."""
    import pandas

    table, index = answer.table, pandas.MultiIndex.from_tuples(answer.table.lines, names=answer.table.names)
    numbers: dict[str, Sequence[float]] = {}
    for column in table.columns:
        numbers |= {column.name: column.values, f"{column.name}_raw": column.raw}
        numbers |= {f"{column.name}_lower": column.lower, f"{column.name}_upper": column.upper}
    return pandas.DataFrame(numbers, index=index)


def told_of(answer: NoisyAnswer, language: Language) -> list[str]:
    """How far off the numbers of an answer are, in words."""
    several = len(answer.expected) > 1
    return [f"{_where(one, several)}{one.words.in_language(language)}" for one in answer.expected]


def _where(one: ExpectedError, several: bool) -> str:
    level = " × ".join(one.level) or "-"
    return f"{one.statistic}, {level}: " if several else ""


def with_noise(query: Query, values: list[Any], epsilon: float | None, rho: float | None) -> NoisyTable:
    """A question with noise; ``values`` are the true numbers that the notebook shows already.

    Raises:
        NoiseError: the question has no noisy answer.
        QueryError: the budget is no budget.
        ServiceUnavailableError: the service does not answer.
    """
    here = workplace()
    plain = query.model_dump(mode="json", exclude_defaults=True)
    noise = {name: amount for name, amount in (("epsilon", epsilon), ("rho", rho)) if amount is not None}
    noisy = Query.parse({**plain, "noise": noise})
    dataset = open_dataset(query.dataset).dataset
    plan = plan_of(noisy, dataset)
    expected = expected_errors(plan, dataset.metadata.unit_label(plan.unit))
    known = [float(value) for value in values if value is not None]
    useless = useless_share(known, expected[0].margin or 0)
    return NoisyTable(noisy, plan, expected, useless, here.language, left_of(query.dataset))
