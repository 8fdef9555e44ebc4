"""Merging categories of one classification of a table until none of them fails, by what its verdict already tells."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from output_checker.kinds.table.query import TableQuery
from output_checker.metadata import DatasetMetadata
from output_checker.text import Language, Text
from output_checker.verdict import ALL, MISSING, Cell, Table

MOST_CATEGORIES = 200
"""Categories of a classification that is merged: of more, the expression would seldom be as short as it has to be."""

FEWEST = 2
"""Categories that are left: with one, the classification had better be left out."""

NAMED = 4
"""Merged categories that the words of a proposal list, and as many of what each of them holds."""

Group = tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """One cell of a table, with the code of one classification and those of the others."""

    code: str
    others: tuple[str, ...]
    cell: Cell


def lines_of(table: Table, name: str) -> Iterator[Line]:
    """The cells of a table by their code of one classification, totals left out."""
    names = (*table.row_names, *table.column_names)
    place = names.index(name)
    for cell in table.cells:
        codes = (*table.rows[cell.row], *table.columns[cell.column])
        if ALL not in codes:
            yield Line(codes[place], (*codes[:place], *codes[place + 1 :]), cell)


def objectionable(table: Table, name: str) -> list[str]:
    """The codes of a classification with a cell that does not pass or is hidden, in the order of the table."""
    bad = (one.code for one in lines_of(table, name) if one.cell.status in ("fail", "review", "hidden"))
    return list(dict.fromkeys(bad))


def codes_of(table: Table, name: str) -> list[str]:
    """The codes of a classification that occur in a table, in its order; units without one can be merged with nobody."""
    found = dict.fromkeys(one.code for one in lines_of(table, name))
    return [code for code in found if code != MISSING]


class Merger:
    """The categories of one classification of a judged table, which it takes together round by round.

    ``least`` is the number of units that a cell needs. ``is_ordered`` when only neighbours may be taken together.
    """

    def __init__(
        self, query: TableQuery, table: Table, name: str, metadata: DatasetMetadata, least: int
    ) -> None:
        self._query, self._table, self._name, self._least = query, table, name, least
        variable = metadata.columns.get(name)
        codes = codes_of(table, name)
        whole = all(re.fullmatch(r"-?\d+", code) for code in codes)
        self.is_ordered = whole and (variable.numeric if variable else name in query.derive)
        self._codes = sorted(codes, key=int) if self.is_ordered else codes
        self.groups: list[Group] = [(code,) for code in self._codes]
        self._units: dict[str, dict[tuple[str, ...], int]] = {}
        for line in lines_of(table, name):
            self._units.setdefault(line.code, {})[line.others] = line.cell.units

    @property
    def derived(self) -> str:
        """The name of the merged classification: that of a variable of the query's own, so without its digits."""
        return f"{re.sub(r'[0-9]', '', self._name)[:20]}_merged"

    def labels(self) -> dict[str, Group]:
        """The label that each group gets: the lowest number in it, or its place among the groups."""
        if self.is_ordered:
            return {group[0]: group for group in self.groups}
        return {str(place): group for place, group in enumerate(self.groups, start=1)}

    def merge(self, failing: list[Group]) -> bool:
        """Take each failing group together with another, until no cell is too small; whether anything was merged."""
        before, bad = len(self.groups), list(failing)
        while bad and len(self.groups) > FEWEST:
            first = min(bad, key=self._size)
            partner = min(self._partners(first), key=self._size)
            both = self._joined(first, partner)
            bad = [group for group in bad if group not in (first, partner)]
            if self._is_short(both):
                bad.append(both)
        return len(self.groups) < before

    def query(self) -> dict[str, object]:
        """The fields of the query that change."""
        derive = {**self._query.derive, self.derived: self._expression()}
        return {"derive": derive, **renamed(self._query, self._name, self.derived)}

    def words(self) -> Text:
        """Which categories are taken together, in the public words of the table."""
        return Text(nl=self._words("nl"), en=self._words("en"))

    def _words(self, language: Language) -> str:
        told = [
            f"{label} = {self._listed(group, language)}"
            for label, group in self.labels().items()
            if len(group) > 1
        ]
        return "; ".join([*told[:NAMED], *(["…"] if len(told) > NAMED else [])])

    def _listed(self, group: Group, language: Language) -> str:
        """Neighbours by the first and the last of them; of many others the first, and how many they are."""
        words = [self._table.label(self._name, code, language) for code in group]
        if self.is_ordered and len(words) > 2:
            return f"{words[0]} … {words[-1]}"
        more = f" + … ({len(words)})" if len(words) > NAMED else ""
        return " + ".join(words[:NAMED]) + more

    def _size(self, group: Group) -> tuple[int, int]:
        """The units in a group; its place decides between equals."""
        units = sum(sum(self._units[code].values()) for code in group)
        return units, self.groups.index(group)

    def _partners(self, group: Group) -> list[Group]:
        if not self.is_ordered:
            return [other for other in self.groups if other != group]
        place = self.groups.index(group)
        return [*self.groups[max(place - 1, 0) : place], *self.groups[place + 1 : place + 2]]

    def _joined(self, one: Group, other: Group) -> Group:
        first, last = sorted((self.groups.index(one), self.groups.index(other)))
        both = tuple(sorted((*one, *other), key=self._codes.index))
        self.groups[first] = both
        del self.groups[last]
        return both

    def _is_short(self, group: Group) -> bool:
        others = {key for code in group for key in self._units[code]}
        totals = [sum(self._units[code].get(key, 0) for code in group) for key in others]
        return any(0 < total < self._least for total in totals)

    def _expression(self) -> str:
        branches = self._steps() if self.is_ordered else self._lists()
        return f"CASE {' '.join(branches)} END"

    def _steps(self) -> Iterator[str]:
        """Up to the lowest number of the next group, so that numbers that nobody has fall in one too."""
        for group, following in zip(self.groups, self.groups[1:], strict=False):
            yield f"WHEN {self._name} < {following[0]} THEN {group[0]}"
        last = self.groups[-1][0]
        yield f"WHEN {self._name} >= {last} THEN {last}"

    def _lists(self) -> Iterator[str]:
        for label, group in self.labels().items():
            codes = ", ".join("'" + code.replace("'", "''") + "'" for code in group)
            yield f"WHEN {self._name} IN ({codes}) THEN {label}"


def renamed(query: TableQuery, name: str, other: str | None) -> dict[str, object]:
    """The classifications with one of them replaced, or left out when there is no other."""
    others = [] if other is None else [other]
    index, columns = (
        [new for one in names for new in (others if one == name else [one])]
        for names in (query.index, query.columns)
    )
    return {"index": index, "columns": columns} if index else {"index": columns, "columns": []}
