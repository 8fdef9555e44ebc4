"""The p% rule and (n,k) dominance: the largest units may not learn each other's contributions from a total."""

from typing import Annotated, ClassVar

from output_checker.evidence import CellEvidence, TableEvidence
from output_checker.rules.base import ProtectionLevel, Rule, cells_are, parameter, percent
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome

_MAGNITUDES = frozenset({Statbarn.LINEAR_AGGREGATIONS, Statbarn.SHAPE})


class PPercent(Rule):
    """A cell fails when the second largest unit can estimate the largest to within ``margin``: X - x1 - x2 < p/100 x1.

    Sizes are compared (|x|), so that negative contributions never switch the rule off; with weights contributions are
    weighted, the stricter reading.
    """

    id: ClassVar[str] = "p_percent"
    title: ClassVar[Text] = Text(nl="p%-regel", en="p% rule")
    source: ClassVar[str] = (
        "SDC Handbook 2nd ed. 4.2.2, p% rule; tau-ARGUS 4.1 manual (p = 10, coalition of one)"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = _MAGNITUDES

    margin: Annotated[
        float,
        parameter(
            "higher",
            Text(
                nl="hoe dicht een ander de grootste bijdrage mag benaderen, als aandeel daarvan",
                en="how closely another may estimate the largest contribution, as a share of it",
            ),
            gt=0,
            le=10,
        ),
    ] = 0.1

    def apply(self, evidence: TableEvidence) -> list[Finding]:
        """One finding with every cell whose largest unit can be estimated too well."""
        margins = {
            place: _remainder(cell) / cell.largest for place, cell in evidence.filled() if cell.largest
        }
        close = {place: share for place, share in margins.items() if share < self.margin}
        if not close:
            return []
        limit, unit = percent(self.margin), evidence.unit
        estimated = Text(
            nl=f"waarin de op één na grootste van de {unit.nl} de grootste tot op {limit.nl} kan schatten",
            en=f"in which the second largest of the {unit.en} can estimate the largest to within {limit.en}",
        )
        return [
            Finding(
                rule=self.id,
                outcome=Outcome.FAIL,
                cells=tuple(close),
                reason=cells_are(len(close), estimated),
                remedy=evidence.coarser(),
                evidence={"margin": self.margin, "margins": tuple(close.values())},
            )
        ]

    def protection(self, evidence: TableEvidence, cell: int) -> ProtectionLevel:
        """p/100 x1 - (X - x1 - x2) (SDC Handbook table 4.3)."""
        found = evidence.cells[cell]
        level = max(0.0, self.margin * found.largest - _remainder(found))
        return ProtectionLevel(lower=min(level, found.absolute), upper=level)


def _remainder(cell: CellEvidence) -> float:
    """What is left of a total without its two largest contributions; rounding never makes it negative."""
    return max(cell.absolute - cell.largest - cell.second, 0.0)


class DominanceNK(Rule):
    """A cell fails when its ``units`` largest units have more than ``largest_share`` of the total.

    x1 + ... + xn > k/100 X, of sizes (|x|) and of weighted contributions, as for the other rules on magnitudes.
    """

    id: ClassVar[str] = "dominance_nk"
    title: ClassVar[Text] = Text(nl="(n,k)-dominantie", en="(n,k) dominance")
    source: ClassVar[str] = "SDC Handbook 2nd ed. 4.2.2, (n, k) rule; Bundesbank sdcLog (2, 85)"
    statbarns: ClassVar[frozenset[Statbarn]] = _MAGNITUDES

    units: Annotated[
        int,
        parameter(
            "fixed",
            Text(nl="aantal grootste eenheden samen", en="number of largest units together"),
            ge=1,
            le=5,
        ),
    ] = 2
    largest_share: Annotated[
        float,
        parameter(
            "lower",
            Text(nl="hoogste aandeel van die eenheden samen", en="largest share of those units together"),
            gt=0,
            le=1,
        ),
    ] = 0.85

    def apply(self, evidence: TableEvidence) -> list[Finding]:
        """One finding with every dominated cell."""
        shares = {
            place: sum(cell.top[: self.units]) / cell.absolute
            for place, cell in evidence.filled()
            if cell.absolute
        }
        dominated = {place: share for place, share in shares.items() if share > self.largest_share}
        if not dominated:
            return []
        limit, unit = percent(self.largest_share), evidence.unit
        words = Text(
            nl=f"waarin {self.units} van de {unit.nl} samen meer dan {limit.nl} van het totaal uitmaken",
            en=f"in which {self.units} of the {unit.en} together make up more than {limit.en} of the total",
        )
        return [
            Finding(
                rule=self.id,
                outcome=Outcome.FAIL,
                cells=tuple(dominated),
                reason=cells_are(len(dominated), words),
                remedy=evidence.coarser(),
                evidence={"largest_share": self.largest_share, "shares": tuple(dominated.values())},
            )
        ]

    def protection(self, evidence: TableEvidence, cell: int) -> ProtectionLevel:
        """100/k (x1 + ... + xn) - X (SDC Handbook table 4.3)."""
        found = evidence.cells[cell]
        level = max(0.0, sum(found.top[: self.units]) / self.largest_share - found.absolute)
        return ProtectionLevel(lower=min(level, found.absolute), upper=level)
