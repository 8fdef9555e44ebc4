"""Saturation: a model that leaves nothing unexplained tells the outcome of everybody in it."""

from typing import Annotated, ClassVar

from output_checker.evidence import Evidence
from output_checker.inference import ModelEvidence
from output_checker.rules.base import Rule, parameter
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


class Saturation(Rule):
    """A model fails when it explains ``largest_share`` of the variation or more (R², or its pseudo form).

    A model that shows groups exactly, as a fully interacted one does, is a table of their means or frequencies: that
    table is judged by the rules on tables, cell by cell, beside this rule.
    """

    id: ClassVar[str] = "saturation"
    title: ClassVar[Text] = Text(nl="Verzadigd model", en="Saturated model")
    source: ClassVar[str] = (
        "ESSnet Guidelines for output checking, coefficients: not saturated; SDC Handbook 2nd ed. ch. 6"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset({Statbarn.CORRELATION_COEFFICIENTS})
    reads: ClassVar[type[Evidence]] = ModelEvidence

    largest_share: Annotated[
        float,
        parameter("lower", Text(nl="hoogste verklaarde aandeel", en="largest explained share"), gt=0, le=1),
    ] = 0.9999

    def apply(self, evidence: ModelEvidence) -> list[Finding]:
        """One finding about all numbers."""
        if evidence.explained < self.largest_share:
            return []
        return [
            Finding(
                rule=self.id,
                outcome=Outcome.FAIL,
                cells=evidence.cells,
                reason=Text(
                    nl="De uitkomst volgt (vrijwel) geheel uit de termen.",
                    en="The outcome follows (nearly) entirely from the terms.",
                ),
                remedy=Text(
                    nl="Laat de term weg waaruit de uitkomst is berekend, of neem er minder op.",
                    en="Leave out the term that the outcome is computed from, or use fewer.",
                ),
                evidence={"largest_share": self.largest_share, "explained": evidence.explained},
            )
        ]
