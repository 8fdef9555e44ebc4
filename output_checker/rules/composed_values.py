"""Composed values: what a researcher computes within a query can carry more than one secret in one number."""

from typing import ClassVar

from output_checker.evidence import Evidence, TableEvidence
from output_checker.inference import ModelEvidence
from output_checker.rules.base import Rule
from output_checker.rules.concentration import ConcentrationEvidence
from output_checker.rules.positions import PositionEvidence
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


class ComposedValues(Rule):
    """Sums, means, concentration, quantiles and models of values that the query makes of several columns or constants go to
    people for review.

    1 000 000 for who is ill plus 1 000 for who is poor sums to two counts in one number, each perhaps too small; the
    median of income plus 1 000 000 times age is one person's record, and a model of it tells means or quantiles. A
    change of the unit of measure of one column (income / 12) cannot do that, nor the quantile of any function of one
    column; values of two kinds are counts, and judged as such.
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
            Statbarn.CORRELATION_COEFFICIENTS,
        }
    )

    def concerns(self, evidence: Evidence) -> bool:
        """Beside tables only what is composed: where no other rule looks, this one has not looked either."""
        others = PositionEvidence | ConcentrationEvidence | ModelEvidence
        told = isinstance(evidence, TableEvidence) or (isinstance(evidence, others) and evidence.composed)
        return self.enabled and told and evidence.statbarn in self.statbarns

    def apply(
        self, evidence: TableEvidence | PositionEvidence | ConcentrationEvidence | ModelEvidence
    ) -> list[Finding]:
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


def _cells(
    evidence: TableEvidence | PositionEvidence | ConcentrationEvidence | ModelEvidence,
) -> tuple[int, ...]:
    """The cells that tell something of values; counts of yes and no are judged as such."""
    if isinstance(evidence, TableEvidence):
        return () if evidence.indicator else tuple(place for place, _ in evidence.filled())
    return evidence.cells if isinstance(evidence, ModelEvidence) else tuple(range(len(evidence.cells)))
