"""Concentration: no measure of few units, of one that dominates, or of a slice with few in it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from output_checker.evidence import Evidence
from output_checker.rules.base import Rule, parameter, percent
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


@dataclass(frozen=True, slots=True)
class Contributors:
    """The units behind one measure, each with its sum. ``share`` is that of the largest in the total, in sizes.

    ``slice_units`` are the units in the smallest slice of the distribution that the measure sets apart, from those of
    the same group that are published beside it, those with anything at all among them, or of two amounts the rarer;
    ``slice_share`` is the largest share of one unit in such a slice. ``single`` says that the measure gives one unit's
    own share away.
    """

    units: int
    share: float
    negative: bool
    slice_units: int | None = None
    slice_share: float = 0.0
    single: bool = False
    others: tuple[int, ...] = ()


@dataclass(frozen=True)
class ConcentrationEvidence(Evidence):
    """The contributors behind each cell; ``family`` is the Gini coefficient or non-linear concentration ratios.

    ``composed`` says that the researcher made the values of more than one column or constant.
    """

    unit: Text
    other_units: tuple[Text, ...]
    family: Statbarn
    cells: tuple[Contributors, ...]
    composed: bool = False

    @property
    def statbarn(self) -> Statbarn:
        """The Gini coefficient and the Lorenz curve are one family, the ratios another."""
        return self.family


class Concentration(Rule):
    """A Gini coefficient, Lorenz point, concentration ratio or Herfindahl index fails when fewer than
    ``minimum_units`` distinct units contribute, when the largest has more than ``largest_share`` of the total, when a
    slice that it sets apart (below or above a Lorenz point, outside the top n, with anything at all, with the rarer of
    two amounts) holds fewer than ``minimum_units`` or is dominated, or when a contribution is negative, because then it
    has no meaning.

    A concentration ratio that gives the share of one single unit (of the largest one, or as the difference of two
    ratios) goes to people.
    """

    id: ClassVar[str] = "concentration"
    title: ClassVar[Text] = Text(nl="Concentratie", en="Concentration")
    source: ClassVar[str] = (
        "ESSnet Guidelines for output checking: concentration ratios (10 units, dominance 50 %, whole percentages), "
        "Herfindahl index (not if one unit dominates), Gini coefficient (not of small groups), Lorenz curve as percentiles"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset(
        {Statbarn.GINI_COEFFICIENT, Statbarn.NON_LINEAR_CONCENTRATION_RATIOS}
    )
    reads: ClassVar[type[Evidence]] = ConcentrationEvidence

    minimum_units: Annotated[
        int,
        parameter(
            "higher",
            Text(nl="minimumaantal eenheden die bijdragen", en="minimum number of units that contribute"),
            ge=1,
        ),
    ] = 10
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

    def apply(self, evidence: ConcentrationEvidence) -> list[Finding]:
        """One finding per kind of shortage."""
        unit, least, limit = evidence.unit, self.minimum_units, percent(self.largest_share)
        kinds: list[tuple[Callable[[Contributors], bool], Text]] = [
            (
                lambda cell: cell.units < least,
                Text(nl=f"van minder dan {least} {unit.nl}", en=f"of fewer than {least} {unit.en}"),
            ),
            (
                lambda cell: cell.share > self.largest_share,
                Text(
                    nl=f"waarin één van de {unit.nl} meer dan {limit.nl} van het totaal heeft",
                    en=f"in which one of the {unit.en} has more than {limit.en} of the total",
                ),
            ),
            (
                lambda cell: cell.units >= least and self._is_thin(cell),
                Text(
                    nl=f"die minder dan {least} {unit.nl} afzonderen, of één die in dat deel overheerst",
                    en=f"that set fewer than {least} {unit.en} apart, or one that dominates that slice",
                ),
            ),
            (
                lambda cell: cell.negative,
                Text(
                    nl="over waarden onder nul: dan betekent zo'n maat niets",
                    en="of values below zero: it has no meaning",
                ),
            ),
        ]
        found = [self._finding(evidence, is_bad, words, Outcome.FAIL) for is_bad, words in kinds]
        return [finding for finding in [*found, *self._for_people(evidence)] if finding]

    def _for_people(self, evidence: ConcentrationEvidence) -> list[Finding | None]:
        unit = evidence.unit
        single = Text(
            nl=f"die het aandeel van één van de {unit.nl} geven",
            en=f"that give the share of one of the {unit.en}",
        )
        found = [self._finding(evidence, lambda cell: cell.single, single, Outcome.REVIEW)]
        for place, other in enumerate(evidence.other_units):
            few = Text(
                nl=f"van genoeg {unit.nl}, maar uit minder dan {self.minimum_units} {other.nl}",
                en=f"of enough {unit.en}, but from fewer than {self.minimum_units} {other.en}",
            )

            def is_few(cell: Contributors, place: int = place) -> bool:
                return cell.others[place] < self.minimum_units <= cell.units

            found.append(self._finding(evidence, is_few, few, Outcome.REVIEW))
        return found

    def _is_thin(self, cell: Contributors) -> bool:
        return cell.slice_units is not None and (
            cell.slice_units < self.minimum_units or cell.slice_share > self.largest_share
        )

    def _finding(
        self,
        evidence: ConcentrationEvidence,
        is_bad: Callable[[Contributors], bool],
        words: Text,
        outcome: Literal[Outcome.FAIL, Outcome.REVIEW],
    ) -> Finding | None:
        cells = [place for place, cell in enumerate(evidence.cells) if is_bad(cell)]
        counts = tuple(evidence.cells[at].units for at in cells)
        return self.on_cells(outcome, cells, words, _REMEDY, minimum_units=self.minimum_units, counts=counts)


_REMEDY = Text(
    nl="Voeg groepen samen, of vraag minder punten en kleinere top-n.",
    en="Merge groups, or ask fewer points and a smaller top n.",
)
