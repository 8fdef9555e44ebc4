"""Minimum frequency: enough units behind every number."""

from collections.abc import Callable
from typing import Annotated, ClassVar, Literal

from output_checker.evidence import CellEvidence, TableEvidence
from output_checker.rules.base import ProtectionLevel, Rule, parameter
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


class Threshold(Rule):
    """A cell fails when fewer than ``minimum_units`` distinct units are in it, or have a value in it.

    Where values are of two kinds only (yes and no), sums, means, shares and dispersion tell how many units have which:
    both counts must be large enough. Where that is so in a cell by chance, where all but a few have zero, the same value or
    one of the two extreme values (their sum follows then), where there are few different values and so few have one of
    them that mean and spread say so, or where there are enough persons but from too few households (or any other kind of
    unit), people review it.
    """

    id: ClassVar[str] = "threshold"
    title: ClassVar[Text] = Text(nl="Minimumaantal eenheden", en="Minimum number of units")
    source: ClassVar[str] = (
        "ESSnet Guidelines for output checking, overall rule of thumb; SDC Handbook 2nd ed. 4.2"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset(Statbarn)

    minimum_units: Annotated[
        int,
        parameter(
            "higher",
            Text(nl="minimumaantal eenheden achter een getal", en="minimum number of units behind a number"),
            ge=1,
        ),
    ] = 10

    def apply(self, evidence: TableEvidence) -> list[Finding]:
        """One finding per kind of shortage."""
        found = [self._of_units(evidence)]
        if evidence.has_values:
            found += [self._of_values(evidence), self._of_two_kinds(evidence)]
            found += [self._of_zeros(evidence), self._of_unusual(evidence), self._of_few_values(evidence)]
        found += [self._of_others(evidence, place) for place in range(len(evidence.other_units))]
        return [finding for finding in found if finding]

    def protection(self, evidence: TableEvidence, cell: int) -> ProtectionLevel:
        """Of a hidden count readers may not know that it is too small, nor how small; of sums, what they are."""
        if evidence.statistic != "count":
            return ProtectionLevel()
        count = evidence.basis(evidence.cells[cell])
        return ProtectionLevel(lower=min(1, count), upper=max(0, self.minimum_units - count))

    def _of_units(self, evidence: TableEvidence) -> Finding | None:
        needed = Text(
            nl=f"minder dan {self.minimum_units} {evidence.unit.nl}",
            en=f"fewer than {self.minimum_units} {evidence.unit.en}",
        )
        return self._finding(evidence, lambda cell: cell.units, needed, Outcome.FAIL)

    def _of_values(self, evidence: TableEvidence) -> Finding | None:
        """Only where there are enough units: else the shortage of units says it all."""
        needed = Text(
            nl=f"genoeg {evidence.unit.nl}, maar minder dan {self.minimum_units} met een waarde",
            en=f"enough {evidence.unit.en}, but fewer than {self.minimum_units} with a value",
        )

        def count(cell: CellEvidence) -> int:
            return cell.contributing if cell.units >= self.minimum_units else self.minimum_units

        return self._finding(evidence, count, needed, Outcome.FAIL)

    def _of_two_kinds(self, evidence: TableEvidence) -> Finding | None:
        """Counts hidden as sums or means; a cell in which nobody, or everybody, has the higher value is constant."""
        needed = Text(
            nl=f"waarin minder dan {self.minimum_units} {evidence.unit.nl} de ene of de andere van twee waarden hebben",
            en=f"in which fewer than {self.minimum_units} {evidence.unit.en} have one or the other of two values",
        )

        def count(cell: CellEvidence) -> int:
            if cell.ones is None or not evidence.describes_values or cell.contributing < self.minimum_units:
                return self.minimum_units
            return min(cell.ones, cell.contributing - cell.ones)

        outcome: Literal[Outcome.FAIL, Outcome.REVIEW] = (
            Outcome.FAIL if evidence.indicator else Outcome.REVIEW
        )
        return self._finding(evidence, count, needed, outcome, plain=True)

    def _of_zeros(self, evidence: TableEvidence) -> Finding | None:
        """A sum over many is about few when the others add nothing to it."""
        needed = Text(
            nl=f"waarin genoeg {evidence.unit.nl} een waarde hebben, maar minder dan {self.minimum_units} een andere dan nul",
            en=f"in which enough {evidence.unit.en} have a value, but fewer than {self.minimum_units} one other than zero",
        )

        def count(cell: CellEvidence) -> int:
            told = evidence.describes_values and cell.contributing >= self.minimum_units
            if not told or cell.ones is not None or not cell.nonzero:
                return self.minimum_units
            return cell.nonzero

        return self._finding(evidence, count, needed, Outcome.REVIEW, plain=True)

    def _of_unusual(self, evidence: TableEvidence) -> Finding | None:
        """A sum is about few when readers can guess what all others add to it."""
        needed = Text(
            nl=f"waarin alle {evidence.unit.nl} op minder dan {self.minimum_units} na dezelfde (of een uiterste) waarde hebben",
            en=f"in which all but fewer than {self.minimum_units} {evidence.unit.en} have the same (or an extreme) value",
        )

        def count(cell: CellEvidence) -> int:
            told = evidence.describes_values and cell.contributing >= self.minimum_units
            zeros = cell.nonzero and cell.nonzero < self.minimum_units
            return cell.unusual if told and not zeros and cell.unusual else self.minimum_units

        return self._finding(evidence, count, needed, Outcome.REVIEW, plain=True)

    def _of_few_values(self, evidence: TableEvidence) -> Finding | None:
        """Sums, or sums and spread, of a few different values are equations in how many have each of them."""
        needed = Text(
            nl=f"waarin te berekenen is dat minder dan {self.minimum_units} {evidence.unit.nl} één van enkele waarden hebben",
            en=f"in which readers can compute that fewer than {self.minimum_units} {evidence.unit.en} have one of a few values",
        )

        def count(cell: CellEvidence) -> int:
            told = evidence.describes_values and cell.contributing >= self.minimum_units
            seen = cell.unusual and cell.unusual < self.minimum_units
            return cell.solved if told and not seen and cell.solved else self.minimum_units

        return self._finding(evidence, count, needed, Outcome.REVIEW, plain=True)

    def _of_others(self, evidence: TableEvidence, place: int) -> Finding | None:
        other = evidence.other_units[place]
        needed = Text(
            nl=f"genoeg {evidence.unit.nl}, maar uit minder dan {self.minimum_units} {other.nl}",
            en=f"enough {evidence.unit.en}, but from fewer than {self.minimum_units} {other.en}",
        )

        def count(cell: CellEvidence) -> int:
            enough = min(cell.units, evidence.basis(cell)) >= self.minimum_units
            return cell.other_units[place] if enough else self.minimum_units

        return self._finding(evidence, count, needed, Outcome.REVIEW)

    def _finding(
        self,
        evidence: TableEvidence,
        count: Callable[[CellEvidence], int],
        needed: Text,
        outcome: Literal[Outcome.FAIL, Outcome.REVIEW],
        *,
        plain: bool = False,
    ) -> Finding | None:
        small = {place: n for place, cell in evidence.filled() if (n := count(cell)) < self.minimum_units}
        words = needed if plain else Text(nl=f"met {needed.nl}", en=f"with {needed.en}")
        return self.on_cells(
            outcome,
            small,
            words,
            evidence.coarser(),
            minimum_units=self.minimum_units,
            counts=tuple(small.values()),
        )
