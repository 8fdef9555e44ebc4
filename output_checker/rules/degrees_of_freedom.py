"""Degrees of freedom: enough observations left over after estimating."""

from typing import Annotated, ClassVar

from output_checker.evidence import Evidence
from output_checker.inference import InferenceEvidence
from output_checker.rules.base import Rule, parameter
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


class DegreesOfFreedom(Rule):
    """An inference fails with fewer than ``minimum`` residual degrees of freedom: n - p, in rows and in units.

    Units count too: many rows of a few persons leave many degrees of freedom and hide nobody.
    """

    id: ClassVar[str] = "degrees_of_freedom"
    title: ClassVar[Text] = Text(nl="Vrijheidsgraden", en="Degrees of freedom")
    source: ClassVar[str] = (
        "ESSnet Guidelines for output checking, modelled output (10); SDC Handbook 2nd ed. ch. 6"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset(Statbarn)
    reads: ClassVar[type[Evidence]] = InferenceEvidence

    minimum: Annotated[
        int,
        parameter("higher", Text(nl="minimumaantal vrijheidsgraden", en="minimum degrees of freedom"), ge=1),
    ] = 10

    def apply(self, evidence: InferenceEvidence) -> list[Finding]:
        """One finding about all numbers."""
        left = evidence.degrees_of_freedom
        if left is None or left >= self.minimum:
            return []
        return [
            Finding(
                rule=self.id,
                outcome=Outcome.FAIL,
                cells=evidence.cells,
                reason=Text(
                    nl=f"Minder dan {self.minimum} vrijheidsgraden.",
                    en=f"Fewer than {self.minimum} degrees of freedom.",
                ),
                remedy=Text(
                    nl="Neem minder termen op of een grotere populatie.",
                    en="Use fewer terms or a larger population.",
                ),
                evidence={"minimum": self.minimum, "degrees_of_freedom": left},
            )
        ]
