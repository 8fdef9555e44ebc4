"""The plan of a noisy answer: all that follows from the question and the catalogue, before any data is read.

Refusals happen here, so none can depend on the data. What the plan tells (cost, error) is public.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.metadata import DatasetMetadata
from output_checker.noise.accounting import Loss, concentrated, gaussian_for, laplace_for, pure
from output_checker.noise.errors import NoiseError
from output_checker.noise.keys import MOST_CELLS, KeySet, Level, Set, key_set
from output_checker.noise.laws import DiscreteGaussian, DiscreteLaplace
from output_checker.noise.questions import Asked, asked_of
from output_checker.noise.sensitivity import Sensitivity, rows_per_unit
from output_checker.noise.specification import Noise
from output_checker.noise.strategy import Strategy, choose
from output_checker.noise.tallies import Tally, Wanted, tallies_of
from output_checker.plan import check_dataset, conditions_of, narrow, scope_of, unit_of
from output_checker.query import Query
from output_checker.text import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WIDEST = 1 << 50
"""Largest spread of noise, in steps: sums with noise stay within 64 bits."""


@dataclass(frozen=True)
class Measurement:
    """One vector of numbers that gets noise: a tally at a level, and the law of its noise."""

    tally: int
    kept: Set
    law: DiscreteLaplace | DiscreteGaussian


@dataclass(frozen=True, eq=False)
class NoisePlan:
    """What will be tallied, at which levels, with which noise. ``losses`` is by kind of unit."""

    asked: Asked
    unit: str
    rows: int
    conditions: tuple[str, ...]
    keys: KeySet
    tallies: tuple[Tally, ...]
    wanted: tuple[Wanted, ...]
    strategies: tuple[Strategy, ...]
    measurements: tuple[Measurement, ...]
    losses: Mapping[str, Loss]
    noise: Noise

    @cached_property
    def _levels(self) -> dict[Set, Level]:
        return {}

    def level(self, kept: Set) -> Level:
        """The cells of a set."""
        if kept not in self._levels:
            self._levels[kept] = self.keys.level(kept)
        return self._levels[kept]

    def measurement(self, tally: int, kept: Set) -> Measurement:
        """The measurement that a tally at a published level rests upon."""
        source = self.strategies[tally].source[kept]
        return next(one for one in self.measurements if (one.tally, one.kept) == (tally, source))

    def summed(self, numbers: "NDArray[np.float64]", source: Set, kept: Set) -> "NDArray[np.float64]":
        """Numbers of the cells of one level, added up to a coarser level, shape (cells,)."""
        import numpy

        finer, level = self.level(source), self.level(kept)
        places = level.of_cell[finer.first]
        return numpy.bincount(places, weights=numbers, minlength=level.size).astype(float)

    def terms(self, tally: int, kept: Set) -> int:
        """The largest number of measured cells that one published cell adds up."""
        import numpy

        source = self.measurement(tally, kept).kept
        return int(self.summed(numpy.ones(self.level(source).size), source, kept).max())

    def margin(self, tally: int, kept: Set, confidence: float = 0.95) -> int:
        """Within how many steps of the truth a tally is, in at least ``confidence`` of all draws."""
        return self.measurement(tally, kept).law.margin_of_sum(self.terms(tally, kept), confidence)


def make_noise_plan(
    query: Query, dataset: Dataset, engine: Engine, most_cells: int = MOST_CELLS
) -> NoisePlan:
    """Plan a noisy answer of at most so many inner cells.

    Raises:
        NoiseError: the question has no noisy answer, or the catalogue does not bound what one unit can change.
        QueryError: the question does not make sense for this dataset.
    """
    noise = _noise(query)
    check_dataset(query, dataset)
    scope = scope_of(query.derive, dataset)
    unit = unit_of(query, dataset)
    rows = rows_per_unit(dataset.metadata, unit)
    asked = asked_of(query, scope, dataset, engine)
    tallies, wanted = tallies_of(asked.questions, dataset.visible, rows)
    if asked.share and rows > 1:
        raise NoiseError(_SHARES_OF_MANY, field="normalize")
    keys = key_set(asked.classifications, dataset.visible, most_cells)
    sizes = {one: keys.level(one).size for one in asked.published}
    of_kind = {
        adds_up: choose(asked.published, sizes, adds_up=adds_up, pure=noise.pure)
        for adds_up in {tally.adds_up(rows) for tally in tallies}
    }
    strategies = tuple(of_kind[tally.adds_up(rows)] for tally in tallies)
    vectors = [(place, kept) for place, one in enumerate(strategies) for kept in one.measured]
    share = noise.amount / len(vectors)
    measurements = tuple(
        Measurement(place, kept, _law(tallies[place].sensitivity(rows, sizes[kept]), share, noise))
        for place, kept in vectors
    )
    return NoisePlan(
        asked=asked,
        unit=unit,
        rows=rows,
        conditions=conditions_of(scope, query.where, engine),
        keys=keys,
        tallies=tallies,
        wanted=wanted,
        strategies=strategies,
        measurements=measurements,
        losses=_losses(measurements, tallies, unit, dataset.metadata, noise),
        noise=noise,
    )


_SHARES_OF_MANY = Text(
    nl="Aandelen met ruis kunnen alleen als elke eenheid één rij heeft.",
    en="Shares with noise are possible only where each unit has one row.",
)


def plan_of(query: Query, dataset: Dataset, most_cells: int = MOST_CELLS) -> NoisePlan:
    """The plan of a noisy answer, for who asks what it would cost and how far off it would be.

    Raises:
        NoiseError: the question has no noisy answer, or the catalogue does not bound what one unit can change.
        QueryError: the question does not make sense for this dataset.
    """
    with Engine.over(dataset) as engine:
        narrow(engine, dataset)
        return make_noise_plan(query, dataset, engine, most_cells)


def _noise(query: Query) -> Noise:
    if query.noise is None:
        message = Text(nl="Deze vraag zegt niet hoeveel ruis.", en="This query does not say how much noise.")
        raise NoiseError(message, field="noise")
    if query.own:
        message = Text(
            nl="Eigen variabelen gaan niet samen met ruis: wat één eenheid eraan verandert, is niet te begrenzen.",
            en="Own variables do not go with noise: what one unit changes in them has no bound.",
        )
        raise NoiseError(message, field="own")
    return query.noise


def _law(found: Sensitivity, share: Fraction, noise: Noise) -> DiscreteLaplace | DiscreteGaussian:
    law = laplace_for(share, found.l1) if noise.pure else gaussian_for(share, found.l2_squared)
    if law.spread > WIDEST:
        message = Text(nl="Dit budget is te klein voor deze vraag.", en="This budget is too small for this.")
        raise NoiseError(message, field="noise")
    return law


def _losses(
    measurements: tuple[Measurement, ...],
    tallies: tuple[Tally, ...],
    unit: str,
    metadata: DatasetMetadata,
    noise: Noise,
) -> dict[str, Loss]:
    """What the answer costs each kind of unit of which the catalogue bounds the rows."""
    losses = {unit: pure(noise.amount) if noise.pure else concentrated(noise.amount)}
    for name, other in metadata.units.items():
        if name != unit and (other.one_row_per_unit or other.most_rows):
            rows = rows_per_unit(metadata, name)
            spent = [_spent(one, tallies[one.tally].sensitivity_of_others(rows)) for one in measurements]
            losses[name] = (
                pure(sum(spent, Fraction(0))) if noise.pure else concentrated(sum(spent, Fraction(0)))
            )
    return losses


def _spent(measurement: Measurement, found: Sensitivity) -> Fraction:
    """The epsilon or rho of one measurement for a kind of unit that its noise was not made for."""
    law = measurement.law
    if isinstance(law, DiscreteLaplace):
        return found.l1 / law.scale
    return found.l2_squared / (2 * law.variance)
