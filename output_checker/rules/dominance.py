"""Dominance: no unit may make up most of a total."""

from typing import Annotated, ClassVar

from output_checker.evidence import CellEvidence, TableEvidence
from output_checker.rules.base import ProtectionLevel, Rule, cells_are, parameter, percent
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


class Dominance(Rule):
    """A cell fails when its largest unit has more than ``largest_share`` of the total: x1 > k/100 X, with n = 1.

    Contributions are summed per unit first, as for holdings. With negative contributions sizes are compared
    (|x1| > k/100 sum |x|): the rule is never switched off.
    """

    id: ClassVar[str] = "dominance"
    title: ClassVar[Text] = Text(nl="Dominantie", en="Dominance")
    source: ClassVar[str] = (
        "ESSnet Guidelines for output checking (1, 50); SDC Handbook 2nd ed. 4.2.2, (n, k) rule"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset({Statbarn.LINEAR_AGGREGATIONS})

    largest_share: Annotated[
        float,
        parameter(
            "lower",
            Text(
                nl="hoogste aandeel van één eenheid in een totaal", en="largest share of one unit in a total"
            ),
            gt=0,
            le=1,
        ),
    ] = 0.5

    def apply(self, evidence: TableEvidence) -> list[Finding]:
        """One finding with every dominated cell."""
        shares = {
            place: share for place, cell in evidence.filled() if (share := _share(cell)) > self.largest_share
        }
        if not shares:
            return []
        limit, unit = percent(self.largest_share), evidence.unit
        dominated = Text(
            nl=f"waarin één van de {unit.nl} meer dan {limit.nl} van het totaal uitmaakt",
            en=f"in which one of the {unit.en} makes up more than {limit.en} of the total",
        )
        return [
            Finding(
                rule=self.id,
                outcome=Outcome.FAIL,
                cells=tuple(shares),
                reason=cells_are(len(shares), dominated),
                remedy=evidence.coarser(),
                evidence={"largest_share": self.largest_share, "shares": tuple(shares.values())},
            )
        ]

    def protection(self, evidence: TableEvidence, cell: int) -> ProtectionLevel:
        """100/k x1 - X, so that the total that readers can be sure of is not dominated (SDC Handbook table 4.3)."""
        found = evidence.cells[cell]
        level = max(0.0, found.largest / self.largest_share - found.absolute)
        return ProtectionLevel(lower=min(level, found.absolute), upper=level)


def _share(cell: CellEvidence) -> float:
    return cell.largest / cell.absolute if cell.absolute else 0.0
