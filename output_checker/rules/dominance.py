"""Dominance: no unit may make up most of a total."""

from typing import Annotated, ClassVar, Literal

from output_checker.evidence import CellEvidence, TableEvidence
from output_checker.rules.base import ProtectionLevel, Rule, parameter, percent
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


class Dominance(Rule):
    """A cell fails when its largest unit has more than ``largest_share`` of the total: x1 > k/100 X, with n = 1.

    Contributions are summed per unit first, as for holdings. With negative contributions sizes are compared
    (|x1| > k/100 sum |x|): the rule is never switched off. With weights contributions are weighted, which is the
    stricter reading: the Handbook counts x with weight w as w contributors of size x. Where a unit of another kind
    (a household, a holding) has too large a share, people review it.
    """

    id: ClassVar[str] = "dominance"
    title: ClassVar[Text] = Text(nl="Dominantie", en="Dominance")
    source: ClassVar[str] = (
        "ESSnet Guidelines for output checking (1, 50); SDC Handbook 2nd ed. 4.2.2, (n, k) rule"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset({Statbarn.LINEAR_AGGREGATIONS, Statbarn.SHAPE})

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
        """One finding with every dominated cell, and one for each other kind of unit."""
        own = {place: _share(cell) for place, cell in evidence.filled()}
        found = [self._finding(own, evidence.unit, Outcome.FAIL, evidence)]
        for at, unit in enumerate(evidence.other_units):
            shares = {place: cell.other_shares[at] for place, cell in evidence.filled() if cell.other_shares}
            left = {place: share for place, share in shares.items() if own[place] <= self.largest_share}
            found.append(self._finding(left, unit, Outcome.REVIEW, evidence))
        return [finding for finding in found if finding]

    def _finding(
        self,
        every: dict[int, float],
        unit: Text,
        outcome: Literal[Outcome.FAIL, Outcome.REVIEW],
        evidence: TableEvidence,
    ) -> Finding | None:
        shares = {place: share for place, share in every.items() if share > self.largest_share}
        limit = percent(self.largest_share)
        dominated = Text(
            nl=f"waarin één van de {unit.nl} meer dan {limit.nl} van het totaal uitmaakt",
            en=f"in which one of the {unit.en} makes up more than {limit.en} of the total",
        )
        return self.on_cells(
            outcome,
            shares,
            dominated,
            evidence.coarser(),
            largest_share=self.largest_share,
            shares=tuple(shares.values()),
        )

    def protection(self, evidence: TableEvidence, cell: int) -> ProtectionLevel:
        """100/k x1 - X, so that the total that readers can be sure of is not dominated (SDC Handbook table 4.3)."""
        found = evidence.cells[cell]
        level = max(0.0, found.largest / self.largest_share - found.absolute)
        return ProtectionLevel(lower=min(level, found.absolute), upper=level)


def _share(cell: CellEvidence) -> float:
    return cell.largest / cell.absolute if cell.absolute else 0.0
