"""What to expect before anything is spent: how far off numbers will be, which only parameters decide."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from output_checker.noise.documents import ExpectedError
from output_checker.noise.keys import Set
from output_checker.noise.laws import DiscreteLaplace
from output_checker.noise.plan import NoisePlan
from output_checker.noise.quantiles import rank_margin
from output_checker.noise.tallies import Wanted, in_units
from output_checker.text import Text


def expected_errors(plan: NoisePlan, units: Text) -> tuple[ExpectedError, ...]:
    """The expected error of each statistic at each published level; ``units`` are the words for what is counted."""
    return tuple(
        _expected(plan, wanted, kept, units) for kept in plan.asked.published for wanted in plan.wanted
    )


def _expected(plan: NoisePlan, wanted: Wanted, kept: Set, units: Text) -> ExpectedError:
    if plan.asked.positions:
        return _of_quantiles(plan, kept, units)
    grid = plan.tallies[wanted.tally].grid
    margin = None if wanted.over is not None else in_units(plan.margin(wanted.tally, kept), grid)
    words = (
        _of_mean(plan, wanted, kept, units)
        if margin is None
        else _within(margin, Text.same("") if grid else units)
    )
    return ExpectedError(
        statistic=wanted.name,
        level=tuple(plan.keys.classifications[place].name for place in kept),
        cells=plan.level(kept).size,
        margin=margin,
        words=words,
    )


def _of_quantiles(plan: NoisePlan, kept: Set, units: Text) -> ExpectedError:
    """The error of a quantile is in ranks: what it is in the unit of the variable depends on how many are near."""
    law, bins = plan.measurement(0, kept).law, len(plan.asked.edges) - 1
    margin = max(rank_margin(law, bins, position) for position in plan.asked.positions)
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
        nl=f"95 % van de cellen binnen {margin:g} {units.nl}".rstrip(),
        en=f"95 % of cells within {margin:g} {units.en}".rstrip(),
    )


def _of_mean(plan: NoisePlan, wanted: Wanted, kept: Set, units: Text) -> Text:
    """The error of a mean depends on how many there are: it is told for a round number of them."""
    grid, number = plan.tallies[wanted.tally].grid, 1_000
    margin = in_units(plan.margin(wanted.tally, kept), grid) / number
    return Text(
        nl=f"95 % van de gemiddelden over {number} {units.nl} binnen ongeveer {margin:.3g}",
        en=f"95 % of means over {number} {units.en} within about {margin:.3g}",
    )


def useless_share(values: Iterable[float], margin: float) -> float:
    """The share of cells of which the margin exceeds the number itself; of true numbers only inside the enclave."""
    sizes = [abs(value) for value in values]
    return sum(size < margin for size in sizes) / len(sizes) if sizes else 0.0


def error_by_budget(plan: NoisePlan, budgets: Sequence[Fraction]) -> list[tuple[float, float]]:
    """The margin of the first statistic's inner cells for each budget, in steps: noise narrows as the budget grows."""
    measured, terms = plan.measurement(0, plan.asked.published[0]), plan.terms(0, plan.asked.published[0])
    curve = []
    for budget in budgets:
        factor = plan.noise.amount / budget
        law = measured.law
        wider = (
            replace(law, scale=law.scale * factor)
            if isinstance(law, DiscreteLaplace)
            else replace(law, variance=law.variance * factor)
        )
        curve.append((float(budget), float(wider.margin_of_sum(terms))))
    return curve
