"""Correlation: coefficients that say how two variables are made of each other."""

from typing import Annotated, ClassVar, Literal

from output_checker.evidence import Evidence
from output_checker.inference import CorrelationEvidence
from output_checker.rules.base import Rule, parameter
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome

ZERO = 1e-12
"""Below this a correlation is no outcome of chance."""


class Correlation(Rule):
    """A correlation fails at ``largest`` or more in size: each value follows from the other; exactly 0 is for people.

    A pair of binary variables is a two by two table, which is judged by the rules on tables beside this rule.
    """

    id: ClassVar[str] = "correlation"
    title: ClassVar[Text] = Text(nl="Correlaties van 0 en ±1", en="Correlations of 0 and ±1")
    source: ClassVar[str] = "ESSnet Guidelines for output checking, correlation coefficients"
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset({Statbarn.CORRELATION_COEFFICIENTS})
    reads: ClassVar[type[Evidence]] = CorrelationEvidence

    largest: Annotated[
        float, parameter("lower", Text(nl="hoogste correlatie", en="largest correlation"), gt=0, le=1)
    ] = 0.9999

    def apply(self, evidence: CorrelationEvidence) -> list[Finding]:
        """One finding for each kind."""
        whole = {cells: r for r, cells in evidence.coefficients if abs(r) >= self.largest}
        none = {cells: r for r, cells in evidence.coefficients if abs(r) < ZERO}
        follows = Text(
            nl="De ene variabele volgt geheel uit de andere.",
            en="One variable follows entirely from the other.",
        )
        nothing = Text(
            nl="Een correlatie van precies 0 ontstaat zelden vanzelf.",
            en="A correlation of exactly 0 seldom comes about by itself.",
        )
        found = [self._finding(whole, Outcome.FAIL, follows), self._finding(none, Outcome.REVIEW, nothing)]
        return [finding for finding in found if finding]

    def _finding(
        self,
        pairs: dict[tuple[int, ...], float],
        outcome: Literal[Outcome.FAIL, Outcome.REVIEW],
        reason: Text,
    ) -> Finding | None:
        if not pairs:
            return None
        return Finding(
            rule=self.id,
            outcome=outcome,
            cells=tuple(sorted({cell for cells in pairs for cell in cells})),
            reason=reason,
            remedy=Text(nl="Laat één van beide weg.", en="Leave one of the two out."),
            evidence={"largest": self.largest, "correlations": tuple(pairs.values())},
        )
