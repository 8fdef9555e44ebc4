"""Composed values: what a researcher computes within a query can carry more than one secret in one number."""

from typing import ClassVar

from output_checker.evidence import TableEvidence
from output_checker.rules.base import Rule
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


class ComposedValues(Rule):
    """Sums and means of values that the query makes of several columns or constants go to people for review.

    1 000 000 for who is ill plus 1 000 for who is poor sums to two counts in one number, each perhaps too small. A
    change of the unit of measure of one column (income / 12) cannot do that; values of two kinds are counts, and
    judged as such.
    """

    id: ClassVar[str] = "composed_values"
    title: ClassVar[Text] = Text(nl="Samengestelde waarden", en="Composed values")
    source: ClassVar[str] = (
        "ESSnet Guidelines for output checking: the variables behind an output must be clear to the checker"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset({Statbarn.LINEAR_AGGREGATIONS, Statbarn.SHAPE})

    def apply(self, evidence: TableEvidence) -> list[Finding]:
        """One finding about the whole table."""
        cells = tuple(place for place, _ in evidence.filled())
        if not evidence.composed or evidence.indicator or not cells:
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
