"""Group disclosure: a table may not say of a whole group that (nearly) all of it are the same."""

from typing import Annotated, ClassVar

from output_checker.evidence import TableEvidence
from output_checker.rules.base import ProtectionLevel, Rule, cells_are, parameter, percent
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


class GroupDisclosure(Rule):
    """A cell fails when it holds more than ``largest_share`` of the units of its row or of its column.

    Totals count whether or not they are published: a reader can add up. Empty cells need no rule of their own: it is
    the cell beside them that says where everybody is.
    """

    id: ClassVar[str] = "group_disclosure"
    title: ClassVar[Text] = Text(nl="Groepsonthulling", en="Group disclosure")
    source: ClassVar[str] = "ESSnet Guidelines for output checking, overall rule of thumb (90 %)"
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset(Statbarn)

    largest_share: Annotated[
        float,
        parameter(
            "lower",
            Text(
                nl="hoogste aandeel van één cel in haar rij of kolom",
                en="largest share of one cell in its row or column",
            ),
            gt=0,
            le=1,
        ),
    ] = 0.9

    def apply(self, evidence: TableEvidence) -> list[Finding]:
        """One finding for rows and one for columns."""
        frame = evidence.frame
        rows = {
            frame.position(*at): share for at in frame.positions() if (share := self._of_row(evidence, *at))
        }
        columns = {
            frame.position(*at): share
            for at in frame.positions()
            if (share := self._of_column(evidence, *at))
        }
        row, column = Text(nl="rij", en="row"), Text(nl="kolom", en="column")
        return [
            *self._finding(evidence, rows, row, frame.column_names),
            *self._finding(evidence, columns, column, frame.row_names),
        ]

    def protection(self, evidence: TableEvidence, cell: int) -> ProtectionLevel:
        """Readers may think that no more than the largest share of the row or column is in a hidden count."""
        if evidence.statistic != "count":
            return ProtectionLevel()
        row, column = divmod(cell, len(evidence.frame.columns))
        totals = [
            *([evidence.row_totals[row]] if self._of_row(evidence, row, column) else []),
            *([evidence.column_totals[column]] if self._of_column(evidence, row, column) else []),
        ]
        fewest = min(evidence.basis(total) for total in totals)
        return ProtectionLevel(lower=evidence.count(row, column) - self.largest_share * fewest)

    def _of_row(self, evidence: TableEvidence, row: int, column: int) -> float:
        """The share of the row in this cell when that is too much; a total is the whole of its row."""
        frame = evidence.frame
        if not frame.column_names or (frame.margins and column == len(frame.columns) - 1):
            return 0.0
        return self._too_much(evidence.count(row, column), evidence.basis(evidence.row_totals[row]))

    def _of_column(self, evidence: TableEvidence, row: int, column: int) -> float:
        frame = evidence.frame
        if frame.margins and row == len(frame.rows) - 1:
            return 0.0
        return self._too_much(evidence.count(row, column), evidence.basis(evidence.column_totals[column]))

    def _too_much(self, part: int, whole: int) -> float:
        return part / whole if part > self.largest_share * whole else 0.0

    def _finding(
        self, evidence: TableEvidence, shares: dict[int, float], line: Text, names: tuple[str, ...]
    ) -> list[Finding]:
        if not shares:
            return []
        limit = percent(self.largest_share)
        crowded = Text(
            nl=f"met meer dan {limit.nl} van de {evidence.unit.nl} van hun {line.nl}",
            en=f"with more than {limit.en} of the {evidence.unit.en} of their {line.en}",
        )
        return [
            Finding(
                rule=self.id,
                outcome=Outcome.FAIL,
                cells=tuple(shares),
                reason=cells_are(len(shares), crowded),
                remedy=evidence.without(names),
                evidence={"largest_share": self.largest_share, "shares": tuple(shares.values())},
            )
        ]
