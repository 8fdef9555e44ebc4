"""Composed values: what a researcher computes within a query can carry more than one secret in one number."""

from typing import ClassVar

from output_checker.evidence import Evidence, TableEvidence
from output_checker.inference import InferenceEvidence
from output_checker.rules.base import Rule
from output_checker.rules.concentration import ConcentrationEvidence
from output_checker.rules.density_windows import DensityEvidence
from output_checker.rules.positions import PositionEvidence
from output_checker.rules.survival_steps import SurvivalEvidence
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome

Elsewhere = PositionEvidence | ConcentrationEvidence | InferenceEvidence | DensityEvidence | SurvivalEvidence
"""The evidence of other kinds than tables that tells whether values are composed."""


class ComposedValues(Rule):
    """Sums, means, concentration, models and tests of values that the query makes of several columns or constants go to
    people for review; so do quantiles, densities and survival of values that it makes of several columns.

    1 000 000 for who is ill plus 1 000 for who is poor sums to two counts in one number, each perhaps too small; the
    median of income plus 1 000 000 times age is one person's record, and a model of it tells means or quantiles. What
    keeps the order of one column cannot do that: another unit of measure (income / 12), a cap (least(income, 100000)),
    equal steps (income // 1000), a logarithm of amounts; of whole numbers and steps it can, because logarithms add up in
    one way only. Values of two kinds are counts, and judged as such.
    """

    id: ClassVar[str] = "composed_values"
    title: ClassVar[Text] = Text(nl="Samengestelde waarden", en="Composed values")
    source: ClassVar[str] = (
        "ESSnet Guidelines for output checking: the variables behind an output must be clear to the checker"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset(
        {
            *(Statbarn.LINEAR_AGGREGATIONS, Statbarn.SHAPE, Statbarn.POSITION),
            *(Statbarn.GINI_COEFFICIENT, Statbarn.NON_LINEAR_CONCENTRATION_RATIOS),
            *(Statbarn.CORRELATION_COEFFICIENTS, Statbarn.STATISTICAL_HYPOTHESIS_TESTS),
            Statbarn.HAZARD_SURVIVAL_TABLES,
        }
    )

    def concerns(self, evidence: Evidence) -> bool:
        """Beside tables only what is composed: where no other rule looks, this one has not looked either."""
        told = isinstance(evidence, TableEvidence) or (isinstance(evidence, Elsewhere) and evidence.composed)
        return self.enabled and told and evidence.statbarn in self.statbarns

    def apply(self, evidence: TableEvidence | Elsewhere) -> list[Finding]:
        """One finding about the whole result."""
        cells = _cells(evidence)
        if not evidence.composed or not cells:
            return []
        reason = Text(
            nl="De waarden zijn in de vraag zelf samengesteld: kijk of er niets anders in verstopt kan zitten.",
            en="The values are composed within the query: see whether they could hide something else.",
        )
        remedy = Text(
            nl="Vraag de onderdelen apart, of leg uit waarom ze zo worden samengesteld.",
            en="Ask the components separately, or explain why they are composed like this.",
        )
        return [Finding(rule=self.id, outcome=Outcome.REVIEW, cells=cells, reason=reason, remedy=remedy)]


def _cells(evidence: TableEvidence | Elsewhere) -> tuple[int, ...]:
    """The cells that tell something of values; counts of yes and no are judged as such."""
    if isinstance(evidence, TableEvidence):
        return () if evidence.indicator else tuple(place for place, _ in evidence.filled())
    if isinstance(evidence, InferenceEvidence | DensityEvidence):
        return tuple(evidence.cells)
    return tuple(range(len(evidence.cells)))
