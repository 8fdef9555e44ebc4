"""Dummies: no coefficient, and no side of a test, about a handful of units."""

from typing import Annotated, ClassVar, Literal

from output_checker.evidence import Evidence
from output_checker.inference import Group, InferenceEvidence
from output_checker.rules.base import Rule, parameter
from output_checker.rules.groups import on_groups
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


class Dummies(Rule):
    """An inference fails when a category or combination in it, reference included, has fewer than ``minimum_units``.

    So does a number that differs for so few from what it is for all others. Groups from too few other units
    (households), and a published count of those left out that is small, go to people for review.
    """

    id: ClassVar[str] = "dummies"
    title: ClassVar[Text] = Text(
        nl="Kleine groepen in een model of toets", en="Small groups in a model or test"
    )
    source: ClassVar[str] = "ESSnet Guidelines for output checking, coefficients: 10 observations per dummy"
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset(Statbarn)
    reads: ClassVar[type[Evidence]] = InferenceEvidence

    minimum_units: Annotated[
        int,
        parameter(
            "higher",
            Text(nl="minimumaantal eenheden in een groep", en="minimum number of units in a group"),
            ge=1,
        ),
    ] = 10

    def apply(self, evidence: InferenceEvidence) -> list[Finding]:
        """One finding per kind of shortage."""
        least, unit = self.minimum_units, evidence.unit
        found = [
            self._finding(
                [group for group in evidence.groups if group.units < least],
                Outcome.FAIL,
                Text(nl=f"minder dan {least} {unit.nl}", en=f"fewer than {least} {unit.en}"),
            ),
            self._finding(
                [group for group in evidence.published if 0 < group.units < least],
                Outcome.REVIEW,
                Text(nl=f"minder dan {least} {unit.nl}", en=f"fewer than {least} {unit.en}"),
            ),
        ]
        for place, other in enumerate(evidence.other_units):
            scarce = [g for g in evidence.groups if g.units >= least and g.others[place] < least]
            words = Text(
                nl=f"genoeg {unit.nl}, maar uit minder dan {least} {other.nl}",
                en=f"enough {unit.en}, but from fewer than {least} {other.en}",
            )
            found.append(self._finding(scarce, Outcome.REVIEW, words))
        return [finding for finding in found if finding]

    def _finding(
        self, groups: list[Group], outcome: Literal[Outcome.FAIL, Outcome.REVIEW], shortage: Text
    ) -> Finding | None:
        return on_groups(self.id, outcome, groups, shortage, _MERGE, self.minimum_units)


_MERGE = Text(
    nl="Voeg deze categorieën samen met andere, of laat de term weg.",
    en="Merge these categories with others, or leave the term out.",
)
