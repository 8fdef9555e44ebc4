"""Survival: every published step is of many events, between many units at risk."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from output_checker.evidence import Evidence
from output_checker.rules.base import Rule, parameter, percent
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


@dataclass(frozen=True, slots=True)
class Step:
    """One step: units with the event in it, lost to follow-up in it, at risk when it begins and when it is over.

    ``other_events`` are distinct units of each other kind with an event in it.
    """

    events: int
    censored: int
    at_risk: int
    left: int
    other_events: tuple[int, ...] = ()


@dataclass(frozen=True)
class SurvivalEvidence(Evidence):
    """The step behind each cell; ``counts`` says that numbers of units are published too, not only the curve.

    ``composed`` says that durations were made of more than one column.
    """

    unit: Text
    other_units: tuple[Text, ...]
    counts: bool
    cells: tuple[Step, ...]
    composed: bool = False

    @property
    def statbarn(self) -> Statbarn:
        """Always hazard and survival tables."""
        return Statbarn.HAZARD_SURVIVAL_TABLES


class SurvivalSteps(Rule):
    """A step fails when fewer than ``minimum_units`` distinct units have the event in it, are at risk when it begins, or
    are still at risk when it is over; and when more than ``largest_share`` of those at risk have the event in it. Where
    numbers are published, a step may not lose fewer than ``minimum_units`` to follow-up either, unless it loses none.

    The service merges steps until each is safe. A group that has not a single safe step fails as a whole.
    """

    id: ClassVar[str] = "survival_steps"
    title: ClassVar[Text] = Text(nl="Stappen van overleving", en="Steps of survival")
    source: ClassVar[str] = (
        "ESSnet Guidelines for output checking, hazard and survival tables: 10 events and survivors per step; "
        "90 % group disclosure"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset({Statbarn.HAZARD_SURVIVAL_TABLES})
    reads: ClassVar[type[Evidence]] = SurvivalEvidence

    minimum_units: Annotated[
        int,
        parameter(
            "higher", Text(nl="minimumaantal eenheden per stap", en="minimum number of units per step"), ge=1
        ),
    ] = 10
    largest_share: Annotated[
        float,
        parameter(
            "lower",
            Text(
                nl="hoogste aandeel met de gebeurtenis in één stap",
                en="largest share with the event in one step",
            ),
            gt=0,
            le=1,
        ),
    ] = 0.9

    def is_safe(self, step: Step, counts: bool) -> bool:
        """Whether a step may be published."""
        return not (self._is_small(step, counts) or self._is_crowded(step))

    def _is_small(self, step: Step, counts: bool) -> bool:
        lost = step.censored if counts and step.censored else self.minimum_units
        return min(step.events, step.at_risk, step.left, lost) < self.minimum_units

    def _is_crowded(self, step: Step) -> bool:
        return step.events > self.largest_share * step.at_risk

    def apply(self, evidence: SurvivalEvidence) -> list[Finding]:
        """One finding per kind of shortage."""
        unit, limit = evidence.unit, percent(self.largest_share)
        small = Text(
            nl=f"met een stap van minder dan {self.minimum_units} {unit.nl}",
            en=f"with a step of fewer than {self.minimum_units} {unit.en}",
        )
        crowded = Text(
            nl=f"waarin meer dan {limit.nl} van de {unit.nl} de gebeurtenis had",
            en=f"in which more than {limit.en} of the {unit.en} had the event",
        )
        found = [
            self._finding(evidence, lambda step: self._is_small(step, evidence.counts), small, Outcome.FAIL),
            self._finding(evidence, self._is_crowded, crowded, Outcome.FAIL),
            *(self._of_others(evidence, place) for place in range(len(evidence.other_units))),
        ]
        return [finding for finding in found if finding]

    def _of_others(self, evidence: SurvivalEvidence, place: int) -> Finding | None:
        other = evidence.other_units[place]
        words = Text(
            nl=f"met een stap van genoeg {evidence.unit.nl}, maar uit minder dan {self.minimum_units} {other.nl}",
            en=f"with a step of enough {evidence.unit.en}, but from fewer than {self.minimum_units} {other.en}",
        )

        def is_few(step: Step) -> bool:
            return step.other_events[place] < self.minimum_units <= step.events

        return self._finding(evidence, is_few, words, Outcome.REVIEW)

    def _finding(
        self,
        evidence: SurvivalEvidence,
        is_bad: Callable[[Step], bool],
        words: Text,
        outcome: Literal[Outcome.FAIL, Outcome.REVIEW],
    ) -> Finding | None:
        cells = [place for place, step in enumerate(evidence.cells) if is_bad(step)]
        return self.on_cells(
            outcome,
            cells,
            words,
            _REMEDY,
            minimum_units=self.minimum_units,
            events=tuple(evidence.cells[at].events for at in cells),
            left=tuple(evidence.cells[at].left for at in cells),
        )


_REMEDY = Text(
    nl="Voeg groepen samen, of stop eerder: op een tijdstip waarop nog genoeg eenheden over zijn.",
    en="Merge groups, or stop earlier: at a time when enough units are left.",
)
