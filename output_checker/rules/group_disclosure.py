"""Group disclosure: a table may not say of a whole group that (nearly) all of it are the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from output_checker.evidence import CellEvidence, TableEvidence
from output_checker.rules.base import ProtectionLevel, Rule, parameter, percent
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import ALL, Finding, Outcome


class GroupDisclosure(Rule):
    """A cell fails when it holds more than ``largest_share`` of the units of its row or of its column, or of the line
    along one of several classifications in its row or column.

    Totals count whether or not they are published: a reader can add up. Empty cells need no rule of their own: it is
    the cell beside them that says where everybody is. Where everybody knows that a group can only be in one cell
    (structural zeros), nothing is disclosed. A sum or mean of values of two kinds is judged as the share that it is.
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
        """One finding for rows, one for columns, one for each classification that is nested, one for yes and no."""
        if not evidence.additive:
            return []
        parts = [evidence.most(cell) for cell in evidence.cells]
        found = [self._of_line(evidence, parts, line) for line in lines_of(evidence)]
        return [finding for finding in (*found, self._of_two_kinds(evidence)) if finding]

    def protection(self, evidence: TableEvidence, cell: int) -> ProtectionLevel:
        """Readers may think that no more than the largest share of the row or column is in a hidden count."""
        if evidence.statistic != "count":
            return ProtectionLevel()
        count = evidence.basis(evidence.cells[cell])
        wholes = (line.wholes[cell] for line in lines_of(evidence))
        limits = [self.largest_share * evidence.basis(whole) for whole in wholes if whole]
        return ProtectionLevel(lower=max([0.0, *(count - limit for limit in limits)]))

    def _of_line(self, evidence: TableEvidence, parts: Sequence[int], line: "Line") -> Finding | None:
        shares = {
            place: part / most
            for place, (part, whole) in enumerate(zip(parts, line.wholes, strict=True))
            if whole and part > self.largest_share * (most := evidence.basis(whole))
        }
        known = [place for place in shares if line.is_settled(evidence, place)]
        for place in known:
            del shares[place]
        crowded = Text(
            nl=f"met meer dan {percent(self.largest_share).nl} van de {evidence.unit.nl} van hun {line.word.nl}",
            en=f"with more than {percent(self.largest_share).en} of the {evidence.unit.en} of their {line.word.en}",
        )
        return self._finding(shares, crowded, evidence.without(line.names))

    def _of_two_kinds(self, evidence: TableEvidence) -> Finding | None:
        """A mean of yes and no is a share: it may not say that nearly all are alike either."""
        if not (evidence.indicator and evidence.describes_values):
            return None
        shares = {
            place: max(cell.ones, cell.contributing - cell.ones) / cell.contributing
            for place, cell in evidence.filled()
            if cell.ones is not None
        }
        alike = Text(
            nl=f"waarin meer dan {percent(self.largest_share).nl} van de {evidence.unit.nl} dezelfde waarde heeft",
            en=f"in which more than {percent(self.largest_share).en} of the {evidence.unit.en} have the same value",
        )
        crowded = {place: share for place, share in shares.items() if share > self.largest_share}
        return self._finding(crowded, alike, evidence.coarser())

    def _finding(self, shares: dict[int, float], words: Text, remedy: Text) -> Finding | None:
        limit = self.largest_share
        return self.on_cells(
            Outcome.FAIL, shares, words, remedy, largest_share=limit, shares=tuple(shares.values())
        )


@dataclass(frozen=True)
class Line:
    """Lines of cells that add up: for each cell the total that it is a part of; None for what is that total itself.

    ``names`` are the classifications that are summed over.
    """

    word: Text
    names: tuple[str, ...]
    wholes: Sequence[CellEvidence | None]

    def is_settled(self, evidence: TableEvidence, place: int) -> bool:
        """Whether everybody knows, without the table, that all of the line are in this cell."""
        one = len(self.names) == 1
        return one and evidence.structure.settled(evidence.labels(place), self.names[0])


def lines_of(evidence: TableEvidence) -> Iterator[Line]:
    """Rows and columns, and within them the lines along each of several classifications."""
    frame = evidence.frame
    if frame.column_names:
        whole_column = [set(line) == {ALL} for line in frame.columns]
        rows = range(len(frame.rows))
        totals = [None if whole else evidence.row_totals[row] for row in rows for whole in whole_column]
        yield from _axis(evidence, Text(nl="rij", en="row"), frame.column_names, totals)
    whole_row = [set(line) == {ALL} for line in frame.rows]
    totals = [None if whole else total for whole in whole_row for total in evidence.column_totals]
    yield from _axis(evidence, Text(nl="kolom", en="column"), frame.row_names, totals)


def _axis(
    evidence: TableEvidence, word: Text, names: tuple[str, ...], totals: list[CellEvidence | None]
) -> Iterator[Line]:
    """Rows or columns as a whole. Where they are of one classification beside a public grouping of it, what the
    grouping tells is no news: its lines then go beyond the row or column."""
    along = {name: evidence.wholes[name] for name in names if name in evidence.wholes}
    if len(names) > 1 or not along:
        yield Line(word, names, totals)
    for name, wholes in along.items():
        heading = evidence.headings[name]
        nested = Text(nl=f"groep over alle {heading.nl}", en=f"group over all {heading.en}")
        within = [cell if cell.rows else None for cell in wholes]
        yield Line(word if len(names) == 1 else nested, (name,), within)
