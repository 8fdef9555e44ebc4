"""Differencing: what two outputs of one request tell of the few units in which they differ."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from output_checker.evidence import Evidence
from output_checker.rules.base import Rule, parameter
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


@dataclass(frozen=True)
class DifferenceEvidence(Evidence):
    """By how few units the population of an output differs from that of another output of the same request.

    ``units`` is the smallest number above zero, of whichever kind of unit there are fewest; None where all are alike.
    ``cut_otherwise`` says that another output is about other units or divides them into other classes, so that cells
    of the two can be subtracted from each other, and that no table from which both follow is safe. ``compared`` says
    whether there was anything to compare with.
    """

    unit: Text
    units: int | None
    cut_otherwise: bool = False
    compared: bool = True

    @property
    def statbarn(self) -> Statbarn:
        """Outputs that belong together."""
        return Statbarn.LINKED_MULTILEVEL_TABLES


class Differencing(Rule):
    """An output goes to people when its population differs by fewer than ``minimum_units`` from that of another output
    of the same request, but not by nobody: subtracting the two gives those few away. Outputs with other conditions or
    other classes go to people too, because their cells can be subtracted one by one, unless both follow from one table
    that is safe itself: then subtracting tells nothing that might not be told.
    """

    id: ClassVar[str] = "differencing"
    title: ClassVar[Text] = Text(nl="Verschil tussen outputs", en="Differencing")
    source: ClassVar[str] = (
        "SDC Handbook 2nd ed., ch. 6, and ESSnet Guidelines for output checking: differencing"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset({Statbarn.LINKED_MULTILEVEL_TABLES})
    reads: ClassVar[type[Evidence]] = DifferenceEvidence

    minimum_units: Annotated[
        int,
        parameter(
            "higher",
            Text(
                nl="minimumaantal eenheden waarin twee outputs verschillen",
                en="minimum number of units in which two outputs differ",
            ),
            ge=1,
        ),
    ] = 10

    def apply(self, evidence: DifferenceEvidence) -> list[Finding]:
        """One finding about the whole output."""
        if evidence.units is not None and evidence.units < self.minimum_units:
            return [self._few(evidence, evidence.units)]
        return [self._subtractable()] if evidence.cut_otherwise else []

    def _few(self, evidence: DifferenceEvidence, units: int) -> Finding:
        return Finding(
            rule=self.id,
            outcome=Outcome.REVIEW,
            cells=(),
            reason=Text(
                nl=f"Een andere output van deze aanvraag verschilt hiervan in minder dan {self.minimum_units} "
                f"{evidence.unit.nl}.",
                en=f"Another output of this request differs from this one by fewer than {self.minimum_units} "
                f"{evidence.unit.en}.",
            ),
            remedy=Text(
                nl="Gebruik voor beide dezelfde voorwaarden, ook voor wie een waarde mist.",
                en="Use the same conditions for both, also for those without a value.",
            ),
            evidence={"units": units, "minimum_units": self.minimum_units},
        )

    def _subtractable(self) -> Finding:
        return Finding(
            rule=self.id,
            outcome=Outcome.REVIEW,
            cells=(),
            reason=Text(
                nl="Een andere output van deze aanvraag gaat over andere eenheden of deelt ze anders in: cellen zijn "
                "van elkaar af te trekken.",
                en="Another output of this request is about other units or divides them otherwise: cells can be "
                "subtracted from each other.",
            ),
            remedy=Text(
                nl="Gebruik dezelfde voorwaarden en klassen, of vraag ze apart aan.",
                en="Use the same conditions and classes, or ask for them separately.",
            ),
        )
