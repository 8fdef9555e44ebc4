"""What to expect before anything is spent: how far off numbers will be, which only parameters decide."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from output_checker.noise.documents import ExpectedError
from output_checker.noise.keys import Set
from output_checker.noise.laws import DiscreteGaussian, DiscreteLaplace, Law
from output_checker.noise.plan import NoisePlan
from output_checker.noise.quantiles import rank_margin
from output_checker.noise.specification import LARGEST_EPSILON, LARGEST_RHO
from output_checker.noise.tallies import Wanted, in_units
from output_checker.text import Text

FACTORS = tuple(Fraction(number, 10) for number in (1, 2, 5, 10, 20, 50, 100))
"""How many times the budget that was asked for is shown beside it."""

ROUND = 1_000
"""The number of units for which the error of a mean is told."""


def expected_errors(plan: NoisePlan, units: Text) -> tuple[ExpectedError, ...]:
    """The expected error of each statistic at each published level; ``units`` are the words for what is counted."""
    return tuple(
        _expected(plan, wanted, kept, units) for kept in plan.asked.published for wanted in plan.wanted
    )


def _expected(plan: NoisePlan, wanted: Wanted, kept: Set, units: Text) -> ExpectedError:
    error = _error(plan, wanted, kept, plan.measurement(wanted.tally, kept).law)
    if plan.asked.positions:
        return _of_quantiles(plan, kept, error, units)
    has_unit_of_its_own = plan.tallies[wanted.tally].grid is not None
    return ExpectedError(
        statistic=wanted.name,
        level=tuple(plan.keys.classifications[place].name for place in kept),
        cells=plan.level(kept).size,
        margin=None if wanted.over is not None else error,
        words=_of_means(error, units)
        if wanted.over is not None
        else _within(error, Text.same("") if has_unit_of_its_own else units),
    )


def _error(plan: NoisePlan, wanted: Wanted, kept: Set, law: Law) -> float:
    """How far off one statistic at one level is in 95 % of cells, with noise of this law.

    Of a quantile it is in ranks: what that is in the unit of the variable depends on how many are near. Of a mean it
    depends on how many there are, so it is told for a round number of them.
    """
    if plan.asked.positions:
        bins = len(plan.asked.edges) - 1
        return max(rank_margin(law, bins, position) for position in plan.asked.positions)
    margin = in_units(law.margin_of_sum(plan.terms(wanted.tally, kept)), plan.tallies[wanted.tally].grid)
    return margin if wanted.over is None else margin / ROUND


def _of_quantiles(plan: NoisePlan, kept: Set, margin: float, units: Text) -> ExpectedError:
    return ExpectedError(
        statistic="quantile",
        level=tuple(plan.keys.classifications[place].name for place in kept[:-1]),
        cells=plan.level(kept[:-1]).size * len(plan.asked.positions),
        margin=margin,
        words=Text(
            nl=f"95 % van de kwantielen hoogstens {margin:g} {units.nl} in rang verschoven",
            en=f"95 % of quantiles off by at most {margin:g} {units.en} in rank",
        ),
    )


def _within(margin: float, units: Text) -> Text:
    return Text(
        nl=f"95 % van de cellen binnen {margin:g} {units.nl}".replace(".", ",").rstrip(),
        en=f"95 % of cells within {margin:g} {units.en}".rstrip(),
    )


def _of_means(margin: float, units: Text) -> Text:
    return Text(
        nl=f"95 % van de gemiddelden over {ROUND} {units.nl} binnen ongeveer {margin:.3g}".replace(".", ","),
        en=f"95 % of means over {ROUND} {units.en} within about {margin:.3g}",
    )


def useless_share(values: Iterable[float], margin: float) -> float:
    """The share of cells of which the margin exceeds the number itself; of true numbers only inside the enclave."""
    sizes = [abs(value) for value in values]
    return sum(size < margin for size in sizes) / len(sizes) if sizes else 0.0


def error_by_budget(plan: NoisePlan) -> list[tuple[float, float]]:
    """How far off the first statistic's inner cells are for a tenth to ten times the budget of ``plan``.

    In the unit in which ``expected_errors`` tells it; budgets that nobody may ask are left out.
    """
    largest = LARGEST_EPSILON if plan.noise.pure else LARGEST_RHO
    budgets = [budget for factor in FACTORS if (budget := plan.noise.amount * factor) <= largest]
    wanted, kept = plan.wanted[0], plan.asked.published[0]
    law = plan.measurement(wanted.tally, kept).law
    return [
        (float(budget), float(_error(plan, wanted, kept, _wider(law, plan.noise.amount / budget))))
        for budget in budgets
    ]


def _wider(law: DiscreteLaplace | DiscreteGaussian, factor: Fraction) -> Law:
    """The law with so many times less budget."""
    if isinstance(law, DiscreteLaplace):
        return replace(law, scale=law.scale * factor)
    return replace(law, variance=law.variance * factor)
