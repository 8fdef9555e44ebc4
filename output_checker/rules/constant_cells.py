"""Constant cells: a sum or mean of values that are all equal tells the value of each unit."""

from typing import ClassVar

from output_checker.evidence import CellEvidence, TableEvidence
from output_checker.rules.base import Rule, cells_are
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


class ConstantCells(Rule):
    """A cell fails when all its units with a value have the same value: it says of each of them what that value is.

    Zero is a value as any other, and so are 0 % and 100 % of yes and no. Weights do not hide it: values are compared
    before weighting.
    """

    id: ClassVar[str] = "constant_cells"
    title: ClassVar[Text] = Text(nl="Allemaal gelijk", en="All values equal")
    source: ClassVar[str] = (
        "SDC Handbook 2nd ed. 4.2.2, zero-unsafe cells and attribute disclosure; statbarns risk of class disclosure"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset({Statbarn.LINEAR_AGGREGATIONS, Statbarn.SHAPE})

    def apply(self, evidence: TableEvidence) -> list[Finding]:
        """One finding with every constant cell."""
        if not evidence.describes_values:
            return []
        constant = {place: cell.contributing for place, cell in evidence.filled() if _is_constant(cell)}
        if not constant:
            return []
        unit = evidence.unit
        words = Text(
            nl=f"waarin alle {unit.nl} met een waarde dezelfde waarde hebben",
            en=f"in which all {unit.en} with a value have the same value",
        )
        return [
            Finding(
                rule=self.id,
                outcome=Outcome.FAIL,
                cells=tuple(constant),
                reason=cells_are(len(constant), words),
                remedy=evidence.coarser(),
                evidence={"counts": tuple(constant.values())},
            )
        ]


def _is_constant(cell: CellEvidence) -> bool:
    return cell.lowest is not None and cell.lowest == cell.highest
