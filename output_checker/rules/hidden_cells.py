"""Hidden cells: what is hidden may not follow from what is published."""

from typing import Annotated, ClassVar, Literal

from output_checker.evidence import Evidence
from output_checker.protection.evidence import Exposure, ProtectionEvidence
from output_checker.rules.base import Rule, cells_are, parameter
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


class HiddenCells(Rule):
    """A hidden cell fails when its feasibility interval does not reach its protection level on both sides.

    The interval follows by linear programming from all tables of the request, with their totals, and from what is
    never negative. The level is that of the rule that the cell fails; sums and means are never known within
    ``relative_width`` of their value, and no hidden number is known exactly. Nor may the single unit behind the other
    hidden cell of a line work it out. A hidden cell that is protected does not fail the table; beside outputs that the
    audit cannot add up (models, sums beside means) people judge it. Without this rule hiding changes nothing.
    """

    id: ClassVar[str] = "hidden_cells"
    title: ClassVar[Text] = Text(nl="Verborgen cellen", en="Hidden cells")
    source: ClassVar[str] = "SDC Handbook 2nd ed. 4.3 (protection levels) and 4.4.1 (audit)"
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset({Statbarn.LINKED_MULTILEVEL_TABLES})
    reads: ClassVar[type[Evidence]] = ProtectionEvidence

    relative_width: Annotated[
        float,
        parameter(
            "higher",
            Text(
                nl="hoe ver een verborgen som minstens onbekend blijft, aan elke kant, als deel van de som",
                en="how far a hidden sum stays unknown at least, on each side, as a share of the sum",
            ),
            ge=0,
            le=1,
        ),
    ] = 0.1

    def apply(self, evidence: ProtectionEvidence) -> list[Finding]:
        """One finding for cells that fail a rule, one for cells that people would have judged."""
        outcomes: tuple[Literal[Outcome.FAIL], Literal[Outcome.REVIEW]] = (Outcome.FAIL, Outcome.REVIEW)
        found = [
            finding
            for outcome in outcomes
            for finding in self._findings(
                [cell for cell in evidence.cells if cell.outcome is outcome and not cell.protected], outcome
            )
        ]
        return [*found, *self._beside(evidence)]

    def _beside(self, evidence: ProtectionEvidence) -> list[Finding]:
        """Not narrowed to cells that are exposed: what the audit cannot see may expose any of them."""
        if not evidence.beside:
            return []
        cells = tuple(cell.cell for cell in evidence.cells)
        reason = cells_are(len(cells), _BESIDE)
        return [Finding(rule=self.id, outcome=Outcome.REVIEW, cells=cells, reason=reason, remedy=_SAME_QUERY)]

    def _findings(
        self, exposed: list[Exposure], outcome: Literal[Outcome.FAIL, Outcome.REVIEW]
    ) -> list[Finding]:
        known = [cell for cell in exposed if cell.audited and not cell.by_one]
        by_one = [cell for cell in exposed if cell.by_one]
        unknown = [cell for cell in exposed if not cell.audited]
        return [
            Finding(
                rule=self.id,
                outcome=outcome,
                cells=tuple(cell.cell for cell in cells),
                reason=cells_are(len(cells), reason),
                remedy=remedy,
                evidence={
                    "relative_width": self.relative_width,
                    "lower": tuple(cell.interval[0] for cell in cells),
                    "upper": tuple(cell.interval[1] for cell in cells),
                },
            )
            for cells, reason, remedy in (
                (known, _FOLLOWS, _HIDE_MORE),
                (by_one, _BY_ONE, _HIDE_MORE),
                (unknown, _NO_AUDIT, _NO_TOTALS),
            )
            if cells
        ]


_BESIDE = Text(
    nl="verborgen naast een andere output van deze aanvraag die er iets over kan zeggen",
    en="hidden beside another output of this request that may tell about them",
)
_SAME_QUERY = Text(
    nl="Vraag de andere output apart aan, of leg uit waarom zij de verborgen cellen niet verraadt.",
    en="Ask for the other output separately, or explain why it does not give the hidden cells away.",
)
_FOLLOWS = Text(
    nl="verborgen, maar (bijna) uit te rekenen uit de andere getallen",
    en="hidden, but to be worked out (nearly) from the other numbers",
)
_BY_ONE = Text(
    nl="verborgen, maar de enige achter de andere verborgen cel in dezelfde rij of kolom kan ze uitrekenen",
    en="hidden, but the only one behind the other hidden cell in the same row or column can work them out",
)
_HIDE_MORE = Text(
    nl="Verberg nog een cel in dezelfde rij en kolom (table.suppress() kiest er), of laat de totalen weg.",
    en="Hide one more cell in the same row and column (table.suppress() chooses), or leave out the totals.",
)
_NO_AUDIT = Text(
    nl="verborgen in een tabel met totalen van een soort die niet is na te rekenen",
    en="hidden in a table with totals of a kind that cannot be audited",
)
_NO_TOTALS = Text(nl="Laat de totalen weg.", en="Leave out the totals.")
