"""What an audit looks at: tables of one quantity that adds up, with what is told of each cell and what must stay unknown."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from output_checker.rules.base import ProtectionLevel
from output_checker.verdict import ALL

Label = tuple[str, str]
"""A classification, by what it is computed from, with one of its codes."""

Key = frozenset[Label]
"""What a cell is about: one label for each classification that is not summed over."""

UNLIMITED = float("inf")


@dataclass(frozen=True)
class AuditedCell:
    """One cell: its true ``value`` and what everybody is told of it.

    ``told`` is the interval that the published number stands for (a rounded number stands for a whole one), None when
    it is hidden. ``floor`` and ``ceiling`` are what everybody knows before anything is published. ``level`` is what
    the cell needs when it must stay unknown, None when it need not. ``alone`` says that one unit is behind a sum: that
    unit knows it. ``public`` cells are in no table, but told by one, so that they cannot be hidden.
    """

    labels: tuple[str, ...]
    value: float
    told: tuple[float, float] | None = None
    floor: float = 0.0
    ceiling: float = UNLIMITED
    level: ProtectionLevel | None = None
    alone: bool = False
    public: bool = False

    @property
    def limits(self) -> tuple[float, float]:
        """What a reader knows before working anything out."""
        return self.told or (min(self.floor, self.value), max(self.ceiling, self.value))


@dataclass(frozen=True)
class AuditedTable:
    """The cells of one quantity over one population.

    ``quantity`` is equal for what may be added and compared: dataset, unit and measure. ``conditions`` narrow the
    population; ``dimensions`` are the classifications of ``AuditedCell.labels``, ALL where summed over. Combinations
    that are not among the cells hold nobody. ``adds_up`` is False for units that may be in several cells at once.
    ``whole`` says that the quantity is a count.
    """

    quantity: Hashable
    dimensions: tuple[str, ...]
    cells: tuple[AuditedCell, ...]
    conditions: frozenset[str] = frozenset()
    whole: bool = False
    adds_up: bool = True
    keys: tuple[Key, ...] = field(init=False)

    def __post_init__(self) -> None:
        within = frozenset((condition, "true") for condition in self.conditions)
        keys = tuple(within | self._of(cell) for cell in self.cells)
        object.__setattr__(self, "keys", keys)

    def _of(self, cell: AuditedCell) -> Key:
        named = zip(self.dimensions, cell.labels, strict=True)
        return frozenset((name, label) for name, label in named if label != ALL)

    @property
    def hides(self) -> bool:
        """Whether there is anything in it that must stay unknown."""
        return any(cell.level for cell in self.cells)

    @property
    def axes(self) -> frozenset[str]:
        """Everything that tells its cells apart from those of other tables."""
        return self.conditions | frozenset(self.dimensions)
