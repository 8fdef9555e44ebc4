"""Empty cells: that nobody of a group has some property can be a secret too."""

from typing import Annotated, ClassVar

from output_checker.evidence import Evidence, TableEvidence
from output_checker.rules.base import Rule, cells_are, parameter
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


class EmptyCells(Rule):
    """With ``review``, people look at cells of a frequency table that nobody is in, unless everybody knows that nobody
    can be in them (structural zeros, which the catalogue declares).

    Without it, empty cells are allowed: group disclosure already refuses lines that are nearly all in one cell.
    """

    id: ClassVar[str] = "empty_cells"
    title: ClassVar[Text] = Text(nl="Lege cellen", en="Empty cells")
    source: ClassVar[str] = (
        "ESSnet Guidelines for output checking, group disclosure; ACRO, zeros_are_disclosive"
    )
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset({Statbarn.FREQUENCIES})

    review: Annotated[
        bool,
        parameter(
            "higher", Text(nl="of mensen lege cellen bekijken", en="whether people look at empty cells")
        ),
    ] = False

    def concerns(self, evidence: Evidence) -> bool:
        """Only where empty cells are reviewed at all."""
        return self.review and super().concerns(evidence)

    def apply(self, evidence: TableEvidence) -> list[Finding]:
        """One finding with every cell that is empty by chance."""
        empty = tuple(
            place
            for place, cell in enumerate(evidence.cells)
            if not cell.rows and not evidence.structure.impossible(evidence.labels(place))
        )
        if not empty:
            return []
        reason = cells_are(len(empty), Text(nl="waarin niemand zit", en="that nobody is in"))
        return [
            Finding(
                rule=self.id, outcome=Outcome.REVIEW, cells=empty, reason=reason, remedy=evidence.coarser()
            )
        ]
