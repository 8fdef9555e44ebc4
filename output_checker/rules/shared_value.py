"""Minimum, maximum and mode: a value that is published as it was answered must be that of many."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from output_checker.evidence import Evidence
from output_checker.rules.base import Rule, parameter, percent
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


@dataclass(frozen=True, slots=True)
class Shared:
    """Distinct units that have the published value, of ``everybody`` with a value; ``others`` by other kind of unit."""

    units: int
    everybody: int
    others: tuple[int, ...] = ()


@dataclass(frozen=True)
class SharedValueEvidence(Evidence):
    """Who has the published value, by cell; ``family`` is endpoints or mode."""

    unit: Text
    other_units: tuple[Text, ...]
    family: Statbarn
    cells: tuple[Shared, ...]

    @property
    def statbarn(self) -> Statbarn:
        """Endpoints for minimum and maximum, mode for the mode."""
        return self.family


class SharedValue(Rule):
    """A minimum, maximum or mode fails when fewer than ``minimum_units`` distinct units have exactly that value, or
    when more than ``largest_share`` of the units have it.

    An extreme is one unit's own answer unless many share it (top codes, a structural zero); a mode that nearly
    everybody has says what each of them answered. Too few units of another kind go to people for review.
    """

    id: ClassVar[str] = "shared_value"
    title: ClassVar[Text] = Text(nl="Gedeelde waarde", en="Shared value")
    source: ClassVar[str] = (
        "ESSnet Guidelines for output checking: maxima and minima only when widely shared, mode unless 90 % share it"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset({Statbarn.ENDPOINTS, Statbarn.MODE})
    reads: ClassVar[type[Evidence]] = SharedValueEvidence

    minimum_units: Annotated[
        int,
        parameter(
            "higher",
            Text(nl="minimumaantal eenheden met de waarde", en="minimum number of units with the value"),
            ge=1,
        ),
    ] = 10
    largest_share: Annotated[
        float,
        parameter(
            "lower",
            Text(nl="hoogste aandeel met de waarde", en="largest share that has the value"),
            gt=0,
            le=1,
        ),
    ] = 0.9

    def apply(self, evidence: SharedValueEvidence) -> list[Finding]:
        """One finding for values of few, one for values of nearly all, one for each other kind of unit."""
        found = [self._of_few(evidence), self._of_all(evidence)]
        found += [self._of_few_others(evidence, place) for place in range(len(evidence.other_units))]
        return [finding for finding in found if finding]

    def _of_few(self, evidence: SharedValueEvidence) -> Finding | None:
        few = {
            place: cell.units for place, cell in enumerate(evidence.cells) if cell.units < self.minimum_units
        }
        words = Text(
            nl=f"met een waarde van minder dan {self.minimum_units} {evidence.unit.nl}",
            en=f"with a value that fewer than {self.minimum_units} {evidence.unit.en} have",
        )
        return self._finding(Outcome.FAIL, few, words, _NOT_EXTREME)

    def _of_few_others(self, evidence: SharedValueEvidence, place: int) -> Finding | None:
        few = {
            at: cell.others[place]
            for at, cell in enumerate(evidence.cells)
            if cell.others[place] < self.minimum_units <= cell.units
        }
        other = evidence.other_units[place]
        words = Text(
            nl=f"met een waarde van genoeg {evidence.unit.nl}, maar minder dan {self.minimum_units} {other.nl}",
            en=f"with a value of enough {evidence.unit.en}, but fewer than {self.minimum_units} {other.en}",
        )
        return self._finding(Outcome.REVIEW, few, words, _NOT_EXTREME)

    def _of_all(self, evidence: SharedValueEvidence) -> Finding | None:
        crowded = {
            place: cell.units
            for place, cell in enumerate(evidence.cells)
            if cell.units > self.largest_share * cell.everybody
        }
        limit = percent(self.largest_share)
        words = Text(
            nl=f"met een waarde van meer dan {limit.nl} van de {evidence.unit.nl}",
            en=f"with a value that more than {limit.en} of the {evidence.unit.en} have",
        )
        return self._finding(Outcome.FAIL, crowded, words, _MERGE)

    def _finding(
        self,
        outcome: Literal[Outcome.FAIL, Outcome.REVIEW],
        cells: dict[int, int],
        words: Text,
        remedy: Text,
    ) -> Finding | None:
        counts = tuple(cells.values())
        return self.on_cells(outcome, cells, words, remedy, minimum_units=self.minimum_units, counts=counts)


_NOT_EXTREME = Text(
    nl="Vraag een percentiel zoals 0.05 of 0.95, of begrens de variabele met een openbare topcode: LEAST(inkomen, 100000).",
    en="Ask a percentile such as 0.05 or 0.95, or top-code the variable at a public limit: LEAST(income, 100000).",
)
_MERGE = Text(nl="Voeg deze groep samen met andere.", en="Merge this group with others.")
