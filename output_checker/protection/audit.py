"""The audit: for every cell that must stay unknown, what an intruder learns of it from all tables of a request.

SDC Handbook 2nd ed. 4.4.1: with the published cells, the totals and non-negativity, the least and the most that a
hidden cell can be follow from two linear programmes; together they are its feasibility interval, which has to reach
the protection level on both sides.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

from output_checker.errors import EvidenceError
from output_checker.protection.intruder import Intruder, UnsolvedError
from output_checker.protection.system import Impossible, System, TooManyCombinationsError, system_of
from output_checker.protection.tables import AuditedCell, AuditedTable
from output_checker.rules.base import ProtectionLevel
from output_checker.text import Text

EXACT = 400
"""Up to so many hidden cells every interval is exact; beyond, those of protected cells are known to be at least as
wide as told, because any solution of one programme is a table that may be the true one, for all cells at once."""

TOLERANCE = 1e-6
"""Of the largest of value and protection level: less than this is no uncertainty."""


@dataclass(frozen=True)
class Interval:
    """What an intruder learns of one cell that must stay unknown: it lies from ``lower`` to ``upper``.

    ``by_one``: readers learn no more, but the single unit of another hidden cell knows this one.
    """

    table: int
    cell: int
    lower: float
    upper: float
    protected: bool
    by_one: bool = False


@dataclass
class _Target:
    """A cell that must stay unknown, with its widest proven deviations so far."""

    table: int
    cell: int
    column: int
    audited: AuditedCell
    level: ProtectionLevel
    below: float = 0.0
    above: float = 0.0

    def stretch(self, deviation: float) -> None:
        self.below = min(self.below, deviation)
        self.above = max(self.above, deviation)

    @property
    def _slack(self) -> float:
        return TOLERANCE * max(1.0, abs(self.audited.value), self.level.lower, self.level.upper)

    def interval(self, whole: bool) -> Interval:
        lower, upper = self.audited.value + self.below, self.audited.value + self.above
        if whole:
            lower, upper = _up(lower, self._slack), _down(upper, self._slack)
        return Interval(self.table, self.cell, lower, upper, self._is_wide(lower, upper))

    def _is_wide(self, lower: float, upper: float) -> bool:
        value, level, slack = self.audited.value, self.level, self._slack
        reaches = lower <= value - level.lower + slack and upper >= value + level.upper - slack
        return reaches and upper - lower > 2 * slack


def _up(number: float, slack: float) -> float:
    return number if math.isinf(number) else float(math.ceil(number - slack))


def _down(number: float, slack: float) -> float:
    return number if math.isinf(number) else float(math.floor(number + slack))


def audit(tables: Sequence[AuditedTable], impossible: Impossible = frozenset()) -> list[Interval]:
    """The interval of every cell with a protection level, in the order of tables and cells.

    Tables of equal quantity are one puzzle to an intruder: a cell that one of them hides may follow from another.

    Raises:
        EvidenceError: the tables are too large to be audited together, so that nothing is known of them.
    """
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for place, table in enumerate(tables):
        groups[table.quantity].append(place)
    found = [
        interval
        for places in groups.values()
        if any(tables[place].hides for place in places)
        for interval in _audited(tables, places, impossible)
    ]
    return sorted(found, key=lambda interval: (interval.table, interval.cell))


def _audited(tables: Sequence[AuditedTable], places: list[int], impossible: Impossible) -> list[Interval]:
    try:
        system = system_of([tables[place] for place in places], impossible)
        targets = list(_targets(tables, places, system))
        _search(system, targets)
    except (TooManyCombinationsError, UnsolvedError):
        raise EvidenceError(_TOO_LARGE, remedy=_APART) from None
    hidden = {column for column in range(len(system.values)) if not system.is_known(column)}
    known = system.known_by_one(hidden)
    return [_seen_by_one(target.interval(system.whole), target.column in known) for target in targets]


def _seen_by_one(interval: Interval, known: bool) -> Interval:
    """The interval, not protected when one unit can close it."""
    return replace(interval, protected=False, by_one=True) if known and interval.protected else interval


def _targets(tables: Sequence[AuditedTable], places: list[int], system: System) -> Iterator[_Target]:
    for place in places:
        table = tables[place]
        for position, (key, cell) in enumerate(zip(table.keys, table.cells, strict=True)):
            if cell.level is not None:
                yield _Target(place, position, system.columns[key], cell, cell.level)


def _search(system: System, targets: list[_Target]) -> None:
    """Stretch every interval as far as it goes, or as far as it has to."""
    intruder = Intruder(system)
    asked = [target for target in targets if not intruder.knows(target.column)]
    for sign in (-1, 1):
        for target in asked:
            if len(asked) > EXACT and target.interval(system.whole).protected:
                continue
            answer = intruder.furthest(target.column, sign)
            target.stretch(answer.deviation)
            if answer.witness is not None:
                for other in asked:
                    other.stretch(intruder.of(answer.witness, other.column))


_TOO_LARGE = Text(
    nl="Of de verborgen cellen verborgen blijven, is niet na te gaan: deze tabellen zijn samen te groot.",
    en="Whether the hidden cells stay hidden cannot be found out: together these tables are too large.",
)
_APART = Text(
    nl="Vraag kleinere tabellen, of dien ze apart in.", en="Ask for smaller tables, or submit them apart."
)
