"""From counts to evidence: what the rules look at for each measure of a table."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from output_checker.dataset import Dataset
from output_checker.evidence import NOBODY, CellEvidence, Frame, Structure, TableEvidence
from output_checker.kinds.table.counts import Counts, Key
from output_checker.kinds.table.gather import Gathered, Other
from output_checker.kinds.table.layout import frame_of, structure_of
from output_checker.kinds.table.measures import Measure
from output_checker.kinds.table.plan import PlannedMeasure, TablePlan
from output_checker.kinds.table.statements import Set
from output_checker.verdict import ALL


@dataclass
class Assembly:
    """The counts of a table in its layout. Evidence of a quantity is made once, however many measures use it."""

    plan: TablePlan
    dataset: Dataset
    gathered: Gathered
    frame: Frame = field(init=False)
    keys: list[Key] = field(init=False)
    _structure: Structure = field(init=False)
    _made: dict[int | None, dict[Key, CellEvidence]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.frame = frame_of(self.plan, self.gathered.found)
        self.keys = [(*row, *column) for row in self.frame.rows for column in self.frame.columns]
        self._structure = structure_of(self.plan, self.dataset.visible)

    def evidence(self, planned: PlannedMeasure, quantity: int | None) -> TableEvidence:
        """The evidence of one quantity of a measure."""
        made = self._of(quantity)
        rows, columns = len(self.plan.rows), len(self.plan.columns)
        units = self.dataset.metadata.units
        known = None if quantity is None else self.plan.quantities[quantity]
        whole = made[(ALL,) * (rows + columns)]
        return TableEvidence(
            unit=units[self.plan.unit].label,
            other_units=tuple(unit.label for name, unit in units.items() if name != self.plan.unit),
            statistic=statistic_of(planned.measure),
            has_values=quantity is not None,
            headings={item.name: item.heading for item in self.plan.classifications},
            frame=self.frame,
            cells=tuple(made.get(key, NOBODY) for key in self.keys),
            row_totals=tuple(made[(*row, *(ALL,) * columns)] for row in self.frame.rows),
            column_totals=tuple(made[(*(ALL,) * rows, *column)] for column in self.frame.columns),
            wholes=self._wholes(made),
            structure=self._structure,
            indicator=bool(known and (known.indicator or whole.ones is not None)),
            composed=bool(known and known.composed),
            measured=(known.sql if known else None, self.plan.weight if known else None),
        )

    def cell(self, key: Key, quantity: int | None) -> CellEvidence:
        """The evidence of one cell or total."""
        return self._of(quantity).get(key, NOBODY)

    def denominators(self, planned: PlannedMeasure, quantity: int | None) -> TableEvidence | None:
        """The evidence of what each cell is a share or an index number of; None for what is neither."""
        whole_of = self.denominator(planned.measure)
        if whole_of is None:
            return None
        made = self._of(quantity)
        cells = (made.get(whole_of(key), NOBODY) if key in made else NOBODY for key in self.keys)
        return replace(
            self.evidence(planned, quantity), cells=tuple(cells), other_units=(), wholes={}, additive=False
        )

    def denominator(self, measure: Measure) -> Callable[[Key], Key] | None:
        """For each cell the cell or total that it is a share or an index number of."""
        rows, columns = len(self.plan.rows), len(self.plan.columns)
        if measure.base:
            names = [item.name for item in self.plan.classifications]
            name, label = self.plan.base[0]
            place = names.index(name)
            return lambda key: (*key[:place], label, *key[place + 1 :])
        if measure.normalize is None:
            return None
        if measure.normalize == "index":
            return lambda key: (*key[:rows], *(ALL,) * columns)
        if measure.normalize == "columns":
            return lambda key: (*(ALL,) * rows, *key[rows:])
        return lambda key: (ALL,) * len(key)

    def _of(self, quantity: int | None) -> dict[Key, CellEvidence]:
        if quantity not in self._made:
            others, place = self.gathered.others, quantity or 0
            self._made[quantity] = {
                key: _cell(counts, quantity, [column[key] for column in others if key in column], place)
                for key, counts in self.gathered.found.items()
            }
        return self._made[quantity]

    def _wholes(self, made: dict[Key, CellEvidence]) -> dict[str, tuple[CellEvidence, ...]]:
        """For each classification the total over it; nobody, where there is no such line."""
        return {
            item.name: tuple([made.get(whole, NOBODY) for whole in self._lines(place)])
            for place, item in enumerate(self.plan.classifications)
        }

    def _lines(self, place: int) -> Iterator[Key]:
        """For each cell the key of the total over one classification, an impossible one where it has none."""
        summed: dict[Set, tuple[int, ...]] = {}
        for key in self.keys:
            kept = tuple([at for at, label in enumerate(key) if label != ALL])
            if kept not in summed:
                summed[kept] = (self.plan.whole(kept, place) or ()) if place in kept else ()
            over = summed[kept]
            yield tuple([ALL if at in over else label for at, label in enumerate(key)]) if over else ()


def statistic_of(measure: Measure) -> str:
    """What the rules call a statistic: a ratio is two sums, and a weighted count has the risks of a sum."""
    if measure.aggfunc == "ratio":
        return "sum"
    return "weighted_count" if measure.aggfunc == "count" and measure.weights else measure.aggfunc


def _cell(counts: Counts, quantity: int | None, beside: list[Other], place: int) -> CellEvidence:
    others = tuple([units[place] for units, _ in beside])
    shares = tuple([share[place] for _, share in beside])
    if quantity is None:
        return CellEvidence(
            rows=counts.rows,
            units=counts.units,
            other_units=others,
            other_shares=shares,
            at_least=not counts.exact,
        )
    sums = counts.sums[quantity]
    bounded = not counts.exact
    missing = counts.rows - sums.valued
    first, second = (sums.unit_limit or 0.0,) * 2 if bounded else (*sums.top, 0.0, 0.0)[:2]
    return CellEvidence(
        rows=counts.rows,
        units=counts.units,
        contributing=max(counts.units - missing, 0) if bounded else sums.contributing,
        total=sums.total,
        absolute=abs(sums.total or 0.0) if bounded else sums.absolute,
        largest=first,
        second=second,
        minimum=sums.minimum,
        maximum=sums.maximum,
        other_units=others,
        top=(first,) * len(sums.top) if bounded else sums.top,
        lowest=sums.lowest,
        highest=sums.highest,
        deviance=sums.deviance,
        ones=sums.ones,
        weight=sums.weight,
        nonzero=sums.nonzero,
        unusual=sums.unusual,
        solved=sums.solved,
        other_shares=shares,
        valued=sums.valued,
        at_least=bounded,
    )
