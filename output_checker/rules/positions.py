"""Positions: a median or other quantile lies among enough units, on each side and between two of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from output_checker.evidence import Evidence
from output_checker.rules.base import Rule, parameter, percent
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Distinct units of one kind around a published position.

    ``below`` and ``above`` have a value strictly on that side, ``at`` have exactly the published value, ``everybody``
    has any value. ``towards_next`` is the largest of: strictly between this position and the next published one, at
    this one, at the next one; None for the last.
    """

    below: int
    at: int
    above: int
    everybody: int
    towards_next: int | None = None

    @property
    def scarcest(self) -> int:
        """The units on the emptiest side; a value that many share points out none of them, so they count as a side."""
        sides = [max(self.below, self.at), max(self.above, self.at)]
        return min(sides if self.towards_next is None else [*sides, self.towards_next])


@dataclass(frozen=True)
class PositionEvidence(Evidence):
    """The surroundings of each cell: of the kind of unit that counts, and of the ``others`` in the same order.

    ``largest_rows`` is by cell the share of the rows behind it that belong to one unit; ``composed`` says that the
    researcher made the values of more than one column.
    """

    unit: Text
    other_units: tuple[Text, ...]
    cells: tuple[Surroundings, ...]
    others: tuple[tuple[Surroundings, ...], ...]
    largest_rows: tuple[float, ...]
    composed: bool = False

    @property
    def statbarn(self) -> Statbarn:
        """Always a position."""
        return Statbarn.POSITION


class Positions(Rule):
    """A quantile fails when fewer than ``minimum_units`` distinct units are strictly below it, strictly above it, or
    strictly between it and the next published quantile; units that share a published value exactly count as a side of
    their own. So the median of 15 units fails, and that of 21 passes.

    It also fails when more than ``largest_share`` of the units share the published value (a group that is all alike),
    and when one unit has more than ``largest_share_of_rows`` of the rows: then it is that unit's own quantile. A
    quantile that passes is published as it is, interpolated like pandas': between ten others, one value is no secret.
    """

    id: ClassVar[str] = "positions"
    title: ClassVar[Text] = Text(nl="Posities", en="Positions")
    source: ClassVar[str] = (
        "ESSnet Guidelines for output checking, percentiles: 10 units in each percentile group; 90 % group disclosure"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset({Statbarn.POSITION})
    reads: ClassVar[type[Evidence]] = PositionEvidence

    minimum_units: Annotated[
        int,
        parameter(
            "higher",
            Text(nl="minimumaantal eenheden aan elke kant", en="minimum number of units on each side"),
            ge=1,
        ),
    ] = 10
    largest_share: Annotated[
        float,
        parameter(
            "lower",
            Text(nl="hoogste aandeel met dezelfde waarde", en="largest share that has the same value"),
            gt=0,
            le=1,
        ),
    ] = 0.9
    largest_share_of_rows: Annotated[
        float,
        parameter(
            "lower",
            Text(
                nl="hoogste aandeel van één eenheid in de rijen", en="largest share of one unit in the rows"
            ),
            gt=0,
            le=1,
        ),
    ] = 0.5

    def apply(self, evidence: PositionEvidence) -> list[Finding]:
        """One finding per kind of shortage."""
        found = [self._lonely(evidence), self._alike(evidence), self._of_one(evidence)]
        found += [self._of_others(evidence, place) for place in range(len(evidence.other_units))]
        return [finding for finding in found if finding]

    def _lonely(self, evidence: PositionEvidence) -> Finding | None:
        scarce = self._scarce(evidence.cells)
        words = Text(
            nl=f"met minder dan {self.minimum_units} {evidence.unit.nl} aan een kant of tot de volgende positie",
            en=f"with fewer than {self.minimum_units} {evidence.unit.en} on a side or up to the next position",
        )
        return self._finding(Outcome.FAIL, scarce, words, _FEWER)

    def _of_others(self, evidence: PositionEvidence, place: int) -> Finding | None:
        """Only where there are enough units of the kind that counts."""
        known = self._scarce(evidence.cells)
        found = self._scarce(evidence.others[place])
        scarce = {cell: number for cell, number in found.items() if cell not in known}
        other = evidence.other_units[place]
        words = Text(
            nl=f"met genoeg {evidence.unit.nl}, maar uit minder dan {self.minimum_units} {other.nl} aan een kant",
            en=f"with enough {evidence.unit.en}, but from fewer than {self.minimum_units} {other.en} on a side",
        )
        return self._finding(Outcome.REVIEW, scarce, words, _FEWER)

    def _alike(self, evidence: PositionEvidence) -> Finding | None:
        shares = {
            place: cell.at / cell.everybody
            for place, cell in enumerate(evidence.cells)
            if cell.at > self.largest_share * cell.everybody
        }
        limit = percent(self.largest_share)
        words = Text(
            nl=f"waarvan meer dan {limit.nl} van de {evidence.unit.nl} precies die waarde heeft",
            en=f"of which more than {limit.en} of the {evidence.unit.en} have exactly that value",
        )
        return self._finding(Outcome.FAIL, shares, words, _ALIKE)

    def _of_one(self, evidence: PositionEvidence) -> Finding | None:
        shares = {place: s for place, s in enumerate(evidence.largest_rows) if s > self.largest_share_of_rows}
        limit = percent(self.largest_share_of_rows)
        words = Text(
            nl=f"waarin één van de {evidence.unit.nl} meer dan {limit.nl} van de rijen heeft",
            en=f"in which one of the {evidence.unit.en} has more than {limit.en} of the rows",
        )
        return self._finding(Outcome.FAIL, shares, words, _ALIKE)

    def _scarce(self, cells: Sequence[Surroundings]) -> dict[int, int]:
        return {
            place: cell.scarcest for place, cell in enumerate(cells) if cell.scarcest < self.minimum_units
        }

    def _finding(
        self,
        outcome: Literal[Outcome.FAIL, Outcome.REVIEW],
        cells: dict[int, int] | dict[int, float],
        words: Text,
        remedy: Text,
    ) -> Finding | None:
        found = tuple(cells.values())
        return self.on_cells(outcome, cells, words, remedy, minimum_units=self.minimum_units, found=found)


_FEWER = Text(
    nl="Vraag minder posities, die verder van de uiteinden en van elkaar liggen, of voeg groepen samen.",
    en="Ask fewer positions, further from the ends and from each other, or merge groups.",
)
_ALIKE = Text(nl="Voeg deze groep samen met andere.", en="Merge this group with others.")
