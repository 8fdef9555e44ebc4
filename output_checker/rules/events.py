"""Events: what a model explains must happen, and not happen, to enough units."""

from typing import Annotated, ClassVar, Literal

from output_checker.evidence import Evidence
from output_checker.inference import Group, ModelEvidence
from output_checker.rules.base import Rule, parameter
from output_checker.rules.groups import on_groups
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


class Events(Rule):
    """A model fails with fewer than ``minimum_units`` with the event, without it, or beyond the quantile.

    A category with too few of them goes to people for review: its odds or hazard ratio stands for a small cell.
    """

    id: ClassVar[str] = "events"
    title: ClassVar[Text] = Text(nl="Aantal gebeurtenissen", en="Number of events")
    source: ClassVar[str] = (
        "ESSnet Guidelines for output checking: odds and risk ratios (cells of the implied 2x2 table), "
        "percentiles (units on each side)"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset({Statbarn.CORRELATION_COEFFICIENTS})
    reads: ClassVar[type[Evidence]] = ModelEvidence

    minimum_units: Annotated[
        int,
        parameter(
            "higher",
            Text(
                nl="minimumaantal eenheden met en zonder gebeurtenis",
                en="minimum number of units with and without",
            ),
            ge=1,
        ),
    ] = 10

    def apply(self, evidence: ModelEvidence) -> list[Finding]:
        """One finding on the whole, one on categories."""
        few, rare = self._few(evidence.events), self._few(evidence.rare)
        unit = evidence.unit
        short = Text(
            nl=f"minder dan {self.minimum_units} {unit.nl}", en=f"fewer than {self.minimum_units} {unit.en}"
        )
        within = Text(
            nl=f"{short.nl} met of zonder de gebeurtenis", en=f"{short.en} with or without the event"
        )
        found = [self._finding(few, Outcome.FAIL, short), self._finding(rare, Outcome.REVIEW, within)]
        return [finding for finding in found if finding]

    def _finding(
        self, groups: list[Group], outcome: Literal[Outcome.FAIL, Outcome.REVIEW], shortage: Text
    ) -> Finding | None:
        return on_groups(self.id, outcome, groups, shortage, _WIDER, self.minimum_units)

    def _few(self, groups: tuple[Group, ...]) -> list[Group]:
        return [group for group in groups if group.units < self.minimum_units]


_WIDER = Text(
    nl="Neem een ruimere uitkomst, een grotere populatie of grovere categorieën.",
    en="Use a wider outcome, a larger population or coarser categories.",
)
