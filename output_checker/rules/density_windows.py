"""Densities: enough units under the kernel's window around every published point."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from output_checker.evidence import Evidence
from output_checker.rules.base import Rule, parameter, percent
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


@dataclass(frozen=True, slots=True)
class Window:
    """Distinct units under one window, of ``everybody``; ``largest`` is the share of one unit in the density there."""

    units: int
    everybody: int
    largest: float
    others: tuple[int, ...] = ()


@dataclass(frozen=True)
class DensityEvidence(Evidence):
    """The windows of the points that are published, by cell; points that the service left out are not among them.

    ``composed`` says that the values were made of more than one column.
    """

    unit: Text
    other_units: tuple[Text, ...]
    cells: dict[int, Window]
    composed: bool = False

    @property
    def statbarn(self) -> Statbarn:
        """A density is the shape of a distribution."""
        return Statbarn.SHAPE


class DensityWindows(Rule):
    """A point of a density fails when fewer than ``minimum_units`` distinct units are under its window, when one of
    them makes up more than ``largest_share_of_one`` of the density there, or when the window holds more than
    ``largest_share`` of all units, which is then nearly everybody's value.

    The kernel ends at its window (Epanechnikov), so nobody else contributes. The service leaves out points with too
    few by itself; a group none of whose points is left fails as a whole.
    """

    id: ClassVar[str] = "density_windows"
    title: ClassVar[Text] = Text(nl="Vensters van een dichtheid", en="Windows of a density")
    source: ClassVar[str] = (
        "ESSnet Guidelines for output checking, graphs: every point passes the rules of tables (10 units, 50 %, 90 %)"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset({Statbarn.SHAPE})
    reads: ClassVar[type[Evidence]] = DensityEvidence

    minimum_units: Annotated[
        int,
        parameter(
            "higher",
            Text(nl="minimumaantal eenheden onder een venster", en="minimum number of units under a window"),
            ge=1,
        ),
    ] = 10
    largest_share_of_one: Annotated[
        float,
        parameter(
            "lower", Text(nl="hoogste aandeel van één eenheid", en="largest share of one unit"), gt=0, le=1
        ),
    ] = 0.5
    largest_share: Annotated[
        float,
        parameter(
            "lower",
            Text(
                nl="hoogste aandeel van alle eenheden in een venster",
                en="largest share of all units in a window",
            ),
            gt=0,
            le=1,
        ),
    ] = 0.9

    def is_scarce(self, window: Window) -> bool:
        """Whether a point says too much of too few."""
        return window.units < self.minimum_units or window.largest > self.largest_share_of_one

    def apply(self, evidence: DensityEvidence) -> list[Finding]:
        """One finding per kind of shortage."""
        unit = evidence.unit
        scarce = [place for place, window in evidence.cells.items() if self.is_scarce(window)]
        crowded = [place for place, w in evidence.cells.items() if w.units > self.largest_share * w.everybody]
        few = Text(
            nl=f"met minder dan {self.minimum_units} {unit.nl} onder het venster, of met één die overheerst",
            en=f"with fewer than {self.minimum_units} {unit.en} under the window, or with one that dominates",
        )
        limit = percent(self.largest_share)
        all_ = Text(
            nl=f"met meer dan {limit.nl} van alle {unit.nl} onder het venster",
            en=f"with more than {limit.en} of all {unit.en} under the window",
        )
        found = [
            self._finding(evidence, scarce, few, Outcome.FAIL),
            self._finding(evidence, crowded, all_, Outcome.FAIL),
        ]
        found += [self._of_others(evidence, place) for place in range(len(evidence.other_units))]
        return [finding for finding in found if finding]

    def _of_others(self, evidence: DensityEvidence, kind: int) -> Finding | None:
        few = [
            place
            for place, window in evidence.cells.items()
            if window.others[kind] < self.minimum_units <= window.units
        ]
        other = evidence.other_units[kind]
        words = Text(
            nl=f"met genoeg {evidence.unit.nl}, maar uit minder dan {self.minimum_units} {other.nl}",
            en=f"with enough {evidence.unit.en}, but from fewer than {self.minimum_units} {other.en}",
        )
        return self._finding(evidence, few, words, Outcome.REVIEW)

    def _finding(
        self,
        evidence: DensityEvidence,
        cells: list[int],
        words: Text,
        outcome: Literal[Outcome.FAIL, Outcome.REVIEW],
    ) -> Finding | None:
        counts = tuple(evidence.cells[at].units for at in cells)
        return self.on_cells(outcome, cells, words, _REMEDY, minimum_units=self.minimum_units, counts=counts)


_REMEDY = Text(
    nl="Voeg groepen samen, of vraag een histogram met brede klassen.",
    en="Merge groups, or ask a histogram with wide bins.",
)
