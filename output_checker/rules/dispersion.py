"""Dispersion: a variance or standard deviation needs enough degrees of freedom."""

from typing import Annotated, ClassVar

from output_checker.evidence import TableEvidence
from output_checker.rules.base import Rule, cells_are, parameter
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


class Dispersion(Rule):
    """A variance or standard deviation fails with fewer than ``minimum_degrees`` degrees of freedom.

    The degrees of freedom of the variance of n units are n - 1.
    """

    id: ClassVar[str] = "dispersion"
    title: ClassVar[Text] = Text(
        nl="Vrijheidsgraden van een spreiding", en="Degrees of freedom of a dispersion"
    )
    source: ClassVar[str] = (
        "ESSnet Guidelines for output checking: variance, skewness, kurtosis (10 degrees of freedom)"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset({Statbarn.SHAPE})

    minimum_degrees: Annotated[
        int,
        parameter(
            "higher",
            Text(nl="minimumaantal vrijheidsgraden", en="minimum number of degrees of freedom"),
            ge=1,
        ),
    ] = 10

    def apply(self, evidence: TableEvidence) -> list[Finding]:
        """One finding with every cell that has too few."""
        few = {
            place: cell.contributing - 1
            for place, cell in evidence.filled()
            if cell.contributing - 1 < self.minimum_degrees
        }
        if not few:
            return []
        words = Text(
            nl=f"met minder dan {self.minimum_degrees} vrijheidsgraden",
            en=f"with fewer than {self.minimum_degrees} degrees of freedom",
        )
        return [
            Finding(
                rule=self.id,
                outcome=Outcome.FAIL,
                cells=tuple(few),
                reason=cells_are(len(few), words),
                remedy=evidence.coarser(),
                evidence={"minimum_degrees": self.minimum_degrees, "degrees": tuple(few.values())},
            )
        ]
