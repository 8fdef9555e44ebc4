"""What links tables with different classifications: combinations of their categories that nobody is in.

A table of women and a table by sex tell of each other, because nobody is a man and satisfies "sex = 'f'". Which
combinations cannot be is asked of the microdata; one that merely does not occur counts as known to an intruder too,
which errs on the safe side.
"""

from collections.abc import Sequence
from itertools import combinations, product

from output_checker.dataset import Dataset
from output_checker.engine import SOURCE, Engine, Limits
from output_checker.labels import label_of
from output_checker.plan import narrow
from output_checker.protection.system import Impossible
from output_checker.protection.tables import AuditedTable
from output_checker.verdict import ALL

Pair = tuple[str, str]
"""Two axes of different tables, by their rendered expressions, in alphabetical order."""


def impossible_pairs(tables: Sequence[AuditedTable], dataset: Dataset, limits: Limits) -> Impossible:
    """The pairs of categories, of axes that no table has together, that nobody is in.

    Raises:
        EvidenceError: it could not be computed within the limits.
    """
    linked = [table for table in tables if any(one.hides for one in tables if one.quantity == table.quantity)]
    pairs = _pairs(linked)
    if not pairs:
        return frozenset()
    labels = _labels(linked)
    found: set[frozenset[Pair]] = set()
    with Engine.over(dataset, limits) as engine:
        narrow(engine, dataset)
        for one, other in pairs:
            seen = _seen(one, other, {axis for table in linked for axis in table.conditions}, engine)
            possible = product(labels[one], labels[other])
            found |= {frozenset(((one, a), (other, b))) for a, b in possible if (a, b) not in seen}
    return frozenset(found)


def _pairs(tables: Sequence[AuditedTable]) -> list[Pair]:
    """Axes of different tables of one quantity; what one table crosses, it tells of itself."""
    together = {pair for table in tables for pair in combinations(sorted(table.axes), 2)}
    across = {
        (min(a, b), max(a, b))
        for one, other in combinations(tables, 2)
        if one.quantity == other.quantity
        for a, b in product(one.axes | other.axes, repeat=2)
        if a != b
    }
    return sorted(across - together)


def _labels(tables: Sequence[AuditedTable]) -> dict[str, set[str]]:
    labels: dict[str, set[str]] = {}
    for table in tables:
        for condition in table.conditions:
            labels[condition] = {"true", "false"}
        for cell in table.cells:
            for axis, label in zip(table.dimensions, cell.labels, strict=True):
                if label != ALL:
                    labels.setdefault(axis, set()).add(label)
    return labels


def _seen(one: str, other: str, conditions: set[str], engine: Engine) -> set[Pair]:
    """The pairs of categories that somebody is in; what is not known to satisfy a condition does not satisfy it."""
    first, second = (f"coalesce({axis}, FALSE)" if axis in conditions else axis for axis in (one, other))
    rows = engine.rows(f"SELECT DISTINCT {first}, {second} FROM {SOURCE}")  # noqa: S608 - rendered from checked expressions
    return {(label_of(a), label_of(b)) for a, b in rows}
