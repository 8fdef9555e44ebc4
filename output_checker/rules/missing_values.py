"""Missing values: two numbers of units that nearly agree tell how few units lack a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from output_checker.evidence import Evidence
from output_checker.rules.base import Rule, cells_are, parameter
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


@dataclass(frozen=True)
class MissingEvidence(Evidence):
    """For the cells of a table of which several numbers of units are told, their smallest difference above zero."""

    unit: Text
    differences: Mapping[int, int]

    @property
    def statbarn(self) -> Statbarn:
        """Differences of counts are counts."""
        return Statbarn.FREQUENCIES


class MissingValues(Rule):
    """Cells go to people when two numbers of units in them differ by fewer than ``minimum_units``, but not by nothing:
    of 121 who have an age and 117 who have an income, four have none.

    A count tells how many units have a value, and so does an exact mean (a fraction of whole cents); a weighted mean
    does beside the weighted sum. The same holds for cells of several outputs of one request that are about the same units,
    there under the rule on differencing.
    """

    id: ClassVar[str] = "missing_values"
    title: ClassVar[Text] = Text(nl="Weinig ontbrekende waarden", en="Few missing values")
    source: ClassVar[str] = (
        "ESSnet Guidelines for output checking: a missing category is a category; SDC Handbook 2nd ed., ch. 6: differencing"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset({Statbarn.FREQUENCIES})
    reads: ClassVar[type[Evidence]] = MissingEvidence

    minimum_units: Annotated[
        int,
        parameter(
            "higher",
            Text(
                nl="minimumaantal eenheden waarin twee aantallen verschillen",
                en="minimum number of units in which two counts differ",
            ),
            ge=1,
        ),
    ] = 10

    def apply(self, evidence: MissingEvidence) -> list[Finding]:
        """One finding with every cell in which the units without a value are few."""
        few = {place: units for place, units in evidence.differences.items() if units < self.minimum_units}
        if not few:
            return []
        unit = evidence.unit
        words = Text(
            nl=f"waarin minder dan {self.minimum_units} {unit.nl} een waarde missen die anderen wel hebben",
            en=f"in which fewer than {self.minimum_units} {unit.en} lack a value that others have",
        )
        return [
            Finding(
                rule=self.id,
                outcome=Outcome.REVIEW,
                cells=tuple(few),
                reason=cells_are(len(few), words),
                remedy=_SAME_UNITS,
                evidence={"minimum_units": self.minimum_units, "counts": tuple(few.values())},
            )
        ]


_SAME_UNITS = Text(
    nl="Neem alleen wie alle waarden heeft, bijvoorbeeld where = ['income IS NOT NULL'], of vraag er één aantal van.",
    en="Take only those who have all values, for instance where = ['income IS NOT NULL'], or ask one count of them.",
)
