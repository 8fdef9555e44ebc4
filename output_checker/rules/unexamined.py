"""What no rule looked at never passes by itself."""

from dataclasses import dataclass
from typing import ClassVar

from output_checker.evidence import Evidence
from output_checker.rules.base import Rule
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


@dataclass(frozen=True)
class UnexaminedEvidence(Evidence):
    """A statistic that no rule of the policy concerns; its family and its number of cells are all that is known."""

    unit: Text
    family: Statbarn
    cells: int

    @property
    def statbarn(self) -> Statbarn:
        """The family of the statistic that was not examined."""
        return self.family


class Unexamined(Rule):
    """A statistic that no other enabled rule concerns is judged by people: that nothing was found says nothing where
    nothing was looked for.
    """

    id: ClassVar[str] = "unexamined"
    title: ClassVar[Text] = Text(nl="Door geen regel bekeken", en="Looked at by no rule")
    source: ClassVar[str] = "SDC Handbook 2nd ed., ch. 3: what is not known to be safe is reviewed"
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset(Statbarn)
    reads: ClassVar[type[Evidence]] = UnexaminedEvidence

    def apply(self, evidence: UnexaminedEvidence) -> list[Finding]:
        """One finding about every cell."""
        return [
            Finding(
                rule=self.id,
                outcome=Outcome.REVIEW,
                cells=tuple(range(evidence.cells)),
                reason=Text(
                    nl="Geen regel van dit beleid gaat over deze statistiek.",
                    en="No rule of this policy is about this statistic.",
                ),
                remedy=Text(
                    nl="Een outputcontroleur beoordeelt haar. Of zet in het beleid een regel aan die erover gaat.",
                    en="An output checker judges it. Or switch on a rule about it in the policy.",
                ),
            )
        ]
