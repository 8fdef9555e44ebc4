"""Leverage and influence: no number that rests on one unit, or on a few."""

from typing import Annotated, ClassVar, Literal

from output_checker.evidence import Evidence
from output_checker.inference import MOST_TOGETHER, InferenceEvidence, ModelEvidence
from output_checker.rules.base import Rule, parameter, percent
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome

_SHARE = {"gt": 0, "le": 1}
_REMEDY = Text(
    nl="Begrens of groepeer de variabele waarin enkelen ver van de rest liggen, of laat haar weg.",
    en="Cap or group the variable in which a few are far from the rest, or leave it out.",
)


class Leverage(Rule):
    """An inference fails when a coefficient or combination of them rests on one unit, or on fewer than ``minimum_units``.

    With v = H e / |H e| a direction of the design, e any unit: a single unit fails from ``largest_share`` of v on and
    goes to people above ``review_share``; the most telling ``minimum_units`` - 1 together fail above ``joint_share``
    and go to people above ``largest_share``. A unit's own share is its leverage, the diagonal of the hat matrix.
    """

    id: ClassVar[str] = "leverage"
    title: ClassVar[Text] = Text(nl="Hefboomwerking", en="Leverage")
    source: ClassVar[str] = (
        "ESSnet Guidelines for output checking, coefficients: not based on one unit; "
        "Belsley, Kuh and Welsch (1980), Regression Diagnostics, ch. 2"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset(Statbarn)
    reads: ClassVar[type[Evidence]] = InferenceEvidence

    largest_share: Annotated[
        float,
        parameter(
            "lower", Text(nl="hoogste hefboom van één eenheid", en="largest leverage of one unit"), **_SHARE
        ),
    ] = 0.9
    review_share: Annotated[
        float,
        parameter(
            "lower", Text(nl="hefboom die mensen beoordelen", en="leverage that people judge"), **_SHARE
        ),
    ] = 0.5
    joint_share: Annotated[
        float,
        parameter("lower", Text(nl="hoogste hefboom van enkelen", en="largest leverage of a few"), **_SHARE),
    ] = 0.99
    minimum_units: Annotated[
        int,
        parameter(
            "higher",
            Text(
                nl="minimumaantal eenheden achter een coëfficiënt",
                en="minimum number of units behind a coefficient",
            ),
            ge=2,
            le=MOST_TOGETHER,
        ),
    ] = 10

    def apply(self, evidence: InferenceEvidence) -> list[Finding]:
        """At most one finding: the worst."""
        alone = evidence.leverage_of(1)
        few = evidence.leverage_of(self.minimum_units - 1)
        if alone >= self.largest_share or few >= self.joint_share:
            return [self._finding(evidence, Outcome.FAIL, alone, few)]
        if alone > self.review_share or few > self.largest_share:
            return [self._finding(evidence, Outcome.REVIEW, alone, few)]
        return []

    def _finding(
        self,
        evidence: InferenceEvidence,
        outcome: Literal[Outcome.FAIL, Outcome.REVIEW],
        alone: float,
        few: float,
    ) -> Finding:
        unit, least = evidence.unit, self.minimum_units
        reason = Text(
            nl=f"Een uitkomst rust geheel of grotendeels op minder dan {least} {unit.nl}.",
            en=f"A result rests wholly or mostly on fewer than {least} {unit.en}.",
        )
        if alone > self.review_share:
            reason = Text(
                nl=f"Een uitkomst rust geheel of grotendeels op één van de {unit.nl}.",
                en=f"A result rests wholly or mostly on one of the {unit.en}.",
            )
        return Finding(
            rule=self.id,
            outcome=outcome,
            cells=evidence.cells,
            reason=reason,
            remedy=_REMEDY,
            evidence={"largest_leverage": alone, "largest_leverage_of_a_few": few},
        )


class Influence(Rule):
    """A linear coefficient fails when one unit makes up more than ``largest_share`` of it: |a_i y_i| > k sum |a_i y_i|.

    A coefficient b = (X'X)^-1 X' y is a weighted sum of outcomes, so what holds for totals holds for it; a mean is
    the case of an intercept alone. The level of y is taken from its median for slopes.
    """

    id: ClassVar[str] = "influence"
    title: ClassVar[Text] = Text(nl="Dominantie in een coëfficiënt", en="Dominance in a coefficient")
    source: ClassVar[str] = "ESSnet Guidelines for output checking (1, 50), applied to weighted sums"
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset({Statbarn.CORRELATION_COEFFICIENTS})
    reads: ClassVar[type[Evidence]] = ModelEvidence

    largest_share: Annotated[
        float,
        parameter(
            "lower",
            Text(
                nl="hoogste aandeel van één eenheid in een coëfficiënt",
                en="largest share of one unit in a coefficient",
            ),
            **_SHARE,
        ),
    ] = 0.5

    def apply(self, evidence: ModelEvidence) -> list[Finding]:
        """One finding with every dominated coefficient."""
        found = {cells: share for cells, share in evidence.influence.items() if share > self.largest_share}
        if not found:
            return []
        limit, unit = percent(self.largest_share), evidence.unit
        return [
            Finding(
                rule=self.id,
                outcome=Outcome.FAIL,
                cells=tuple(sorted(cell for cells in found for cell in cells)),
                reason=Text(
                    nl=f"Eén van de {unit.nl} maakt meer dan {limit.nl} van een coëfficiënt uit.",
                    en=f"One of the {unit.en} makes up more than {limit.en} of a coefficient.",
                ),
                remedy=Text(
                    nl="Begrens de uitkomst, bijvoorbeeld met least(uitkomst, 100000) in derive.",
                    en="Cap the outcome, for instance by least(outcome, 100000) in derive.",
                ),
                evidence={"largest_share": self.largest_share, "shares": tuple(found.values())},
            )
        ]
