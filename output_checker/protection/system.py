"""The system of equations that readers can write down: every published number, every total, and what is never negative.

Unknowns are deviations from the truth, so that the truth itself is always a solution and large totals cost no digits.
Tables of the same quantity are joined on the cells that they have in common; where their classifications differ, on
the combinations of all of them ("atoms"), of which every cell is a sum.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from output_checker.protection.tables import AuditedCell, AuditedTable, Key, Label

MAX_ATOMS = 100_000
"""Most combinations of classifications of linked tables that are written out."""

Impossible = frozenset[frozenset[Label]]
"""Pairs of labels of different classifications that nobody can have both."""


class TooManyCombinationsError(Exception):
    """The tables that are linked have more combinations of categories than can be written out."""


@dataclass
class Relation:
    """Sum of the deviations in ``terms`` (column, coefficient) is ``constant``, or at least that for ``at_least``."""

    terms: list[tuple[int, float]]
    constant: float = 0.0
    at_least: bool = False


@dataclass
class System:
    """Columns are cells: their ``values`` with the ``lower`` and ``upper`` limits that readers know of them.

    ``alone`` are columns that one unit knows, because nobody else is behind them.
    """

    values: list[float] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    columns: dict[Key, int] = field(default_factory=dict)
    whole: bool = False
    alone: set[int] = field(default_factory=set)

    def tell(self, key: Key, value: float, limits: tuple[float, float]) -> int:
        """The column of a cell, about which readers learn one more pair of limits."""
        if key not in self.columns:
            self.columns[key] = len(self.values)
            self.values.append(value)
            self.lower.append(limits[0])
            self.upper.append(limits[1])
        column = self.columns[key]
        self.lower[column] = max(self.lower[column], limits[0])
        self.upper[column] = min(self.upper[column], limits[1])
        return column

    def is_known(self, column: int) -> bool:
        """Whether readers know this cell before working anything out."""
        return self.lower[column] == self.upper[column]

    def known_by_one(self, hidden: Collection[int]) -> dict[int, int]:
        """Hidden columns with the other one in their line: the single unit of that one can subtract it from the total.

        The singleton problem of magnitude tables (SDC Handbook 2nd ed. 4.4).
        """
        found: dict[int, int] = {}
        for relation in self.relations:
            unknown = [column for column, _ in relation.terms if column in hidden]
            if len(unknown) == 2 and not relation.at_least:
                one, other = unknown
                found |= {one: other} if other in self.alone else {}
                found |= {other: one} if one in self.alone else {}
        return found


def system_of(tables: list[AuditedTable], impossible: Impossible = frozenset()) -> System:
    """The system of tables of one quantity.

    Raises:
        TooManyCombinationsError: their classifications together have too many combinations.
    """
    system = System(whole=tables[0].whole)
    for table in tables:
        for key, cell in zip(table.keys, table.cells, strict=True):
            column = system.tell(key, cell.value, cell.limits)
            system.alone |= {column} if cell.alone else set()
    for table in tables:
        system.relations.extend(_totals(system, table))
    if len({table.axes for table in tables}) > 1 and all(table.adds_up for table in tables):
        _join(system, tables, impossible)
    return system


def _inner(table: AuditedTable) -> dict[Key, AuditedCell]:
    """The cells that are summed over nothing."""
    return {
        key: cell for key, cell in zip(table.keys, table.cells, strict=True) if len(key) == len(table.axes)
    }


def _totals(system: System, table: AuditedTable) -> Iterator[Relation]:
    """Every total is the sum of the cells under it; of units that may be in several cells, at most that."""
    inner = _inner(table)
    totals = [key for key in table.keys if key not in inner]
    for shape in {frozenset(axis for axis, _ in key) for key in totals}:
        under: dict[Key, list[int]] = defaultdict(list)
        for key in inner:
            under[_seen_from(shape, key)].append(system.columns[key])
        for key in totals:
            if {axis for axis, _ in key} == shape:
                yield from _total(system, system.columns[key], under[key], table.adds_up)


def _seen_from(shape: frozenset[str], key: Key) -> Key:
    return frozenset(label for label in key if label[0] in shape)


def _total(system: System, total: int, parts: list[int], adds_up: bool) -> Iterator[Relation]:
    under = [(total, -1.0), *((part, 1.0) for part in parts)]
    if adds_up:
        yield Relation(under)
        return
    for terms in (under, *([(total, 1.0), (part, -1.0)] for part in parts)):
        room = sum(factor * system.values[column] for column, factor in terms)
        yield Relation(terms, constant=-room, at_least=True)


def _join(system: System, tables: list[AuditedTable], impossible: Impossible) -> None:
    """Make every cell the sum of its atoms. What holds nobody in one table is known to hold nobody in the others."""
    atoms = _atoms(tables, impossible)
    floor = 0.0 if all(cell.floor >= 0 for table in tables for cell in table.cells) else -float("inf")
    for table in tables:
        inner = _inner(table)
        under: dict[Key, list[Key]] = {key: [] for key in inner}
        for atom in atoms:
            if (seen := _seen_from(table.axes, atom)) in under:
                under[seen].append(atom)
        for key, parts in under.items():
            if parts != [key]:
                system.relations.append(_sum_of_atoms(system, key, parts, floor))


def _sum_of_atoms(system: System, key: Key, atoms: list[Key], floor: float) -> Relation:
    """The true values of atoms are not needed: nothing is asked or told of one by itself, only of their sums."""
    cell = system.columns[key]
    columns = [system.tell(atom, 0.0, (floor, float("inf"))) for atom in atoms]
    constant = system.values[cell] - sum(system.values[column] for column in columns)
    return Relation([(cell, -1.0), *((column, 1.0) for column in columns)], constant)


def _atoms(tables: list[AuditedTable], impossible: Impossible) -> list[Key]:
    inner = [(table, _inner(table).keys()) for table in tables]
    atoms: list[Key] = [frozenset()]
    chosen: set[str] = set()
    for axis, labels in _domains(tables):
        chosen.add(axis)
        complete = [(table, keys) for table, keys in inner if table.axes <= chosen]
        extended = (atom | {(axis, label)} for atom in atoms for label in labels)
        atoms = _at_most(atom for atom in extended if _can_be(atom, axis, complete, impossible))
    return atoms


def _at_most(atoms: Iterable[Key]) -> list[Key]:
    listed: list[Key] = []
    for atom in atoms:
        if len(listed) >= MAX_ATOMS:
            raise TooManyCombinationsError
        listed.append(atom)
    return listed


def _domains(tables: list[AuditedTable]) -> Iterator[tuple[str, list[str]]]:
    """Every axis with its labels, the axes of the largest table first."""
    labels: dict[str, set[str]] = {}
    for table in sorted(tables, key=lambda table: -len(table.cells)):
        for condition in sorted(table.conditions):
            labels[condition] = {"true", "false"}
        for key in table.keys:
            for axis, label in key - {(condition, "true") for condition in table.conditions}:
                labels.setdefault(axis, set()).add(label)
    return ((axis, sorted(found)) for axis, found in labels.items())


def _can_be(
    atom: Key, axis: str, complete: Sequence[tuple[AuditedTable, Collection[Key]]], impossible: Impossible
) -> bool:
    newest = next(label for label in atom if label[0] == axis)
    if any(frozenset((newest, label)) in impossible for label in atom):
        return False
    return all(
        _seen_from(table.axes, atom) in keys
        for table, keys in complete
        if all((condition, "true") in atom for condition in table.conditions)
    )
