"""Tables of noise beside OpenDP and a loop over diffprivlib's Geometric: every cell of every one is really drawn.

All three draw discrete Laplace noise at epsilon 1 and are held to its law: the mean absolute error and the variance, each
in standard errors away from the truth, and a chi-square test of all values.

OpenDP adds noise to a whole vector of counts in one measurement, ``make_laplace`` over ``vector_domain`` and
``l1_distance``, which its documentation has for this; ``make_geometric`` with bounds is 25 times slower. It takes arrays
faster than lists, is as fast with 32 bits as with 64, and with parts of a million cells as with all at once.
"""

import math
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import opendp.prelude as dp
from diffprivlib.mechanisms import Geometric
from scipy.stats import chi2

from output_checker.noise.laws import DiscreteLaplace
from output_checker.noise.sampler import draw

if TYPE_CHECKING:
    from numpy.typing import NDArray

EPSILON = 1
PART = 1_000_000
"""Cells that a rival draws between two lines about how far it is."""
REACH = 200
"""Magnitudes of which the law is written out; beyond there are fewer than one in 10^86."""
LEAST_EXPECTED = 20
"""Draws that a value must have in expectation to be a class of its own."""

dp.enable_features("contrib")


@dataclass(frozen=True)
class Fit:
    """How noise keeps to its law: errors in standard errors, and the probability of a chi-square as large."""

    mean_absolute: float
    mean_error: float
    variance: float
    variance_error: float
    p_value: float


@dataclass(frozen=True)
class Drawn:
    """Seconds of wall time and of the processor for so many cells, the peak of the process until then in GB."""

    name: str
    cells: int
    seconds: float
    processor: float
    memory: float
    fit: Fit

    def __str__(self) -> str:
        fit = self.fit
        return (
            f"{self.cells:>11,} {self.name:<12} {self.seconds:>9.3f} s {self.processor:>9.3f} s of processor "
            f"{self.memory:>6.2f} GB   |e| {fit.mean_absolute:.4f} ({fit.mean_error:+.1f} se)   "
            f"variance {fit.variance:.4f} ({fit.variance_error:+.1f} se)   p {fit.p_value:.3f}"
        )


@dataclass(frozen=True)
class TableRace:
    """One table of noise, drawn three times."""

    ours: Drawn
    opendp: Drawn
    diffprivlib: Drawn

    @property
    def drawn(self) -> tuple[Drawn, Drawn, Drawn]:
        """All three."""
        return self.ours, self.opendp, self.diffprivlib

    @property
    def times(self) -> float:
        """How many times faster than the faster rival, in processor time: all three use one core."""
        return min(self.opendp.processor, self.diffprivlib.processor) / self.ours.processor


def table_race(cells: int, tell: Callable[[str], object] = sys.stderr.write) -> TableRace:
    """Noise for so many cells by each, one after another; ``tell`` hears how far the slow ones are."""
    law = DiscreteLaplace(Fraction(1, EPSILON))
    draw(law, 1)  # the table of a law is made once
    return TableRace(
        _timed("ours", cells, partial(draw, law, cells)),
        _timed("OpenDP", cells, partial(_in_parts, "OpenDP", _opendp(), cells, tell)),
        _timed("diffprivlib", cells, partial(_in_parts, "diffprivlib", _diffprivlib(), cells, tell)),
    )


def _timed(name: str, cells: int, job: "Callable[[], NDArray[np.int64]]") -> Drawn:
    wall, processor = time.perf_counter(), time.process_time()
    noise = job()
    seconds, used = time.perf_counter() - wall, time.process_time() - processor
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return Drawn(name, cells, seconds, used, memory, fit_of(noise))


def _in_parts(
    name: str, job: "Callable[[int], NDArray[np.int64]]", cells: int, tell: Callable[[str], object]
) -> "NDArray[np.int64]":
    noise, began = np.empty(cells, dtype=np.int64), time.perf_counter()
    for start in range(0, cells, PART):
        part = noise[start : start + PART]
        part[:] = job(part.size)
        if cells > PART:
            tell(f"{name}: {start + part.size:,} of {cells:,}, {time.perf_counter() - began:.0f} s\n")
    return noise


def _opendp() -> "Callable[[int], NDArray[np.int64]]":
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64")
    measurement = dp.m.make_laplace(*space, scale=1 / EPSILON)
    return lambda cells: np.array(measurement(np.zeros(cells, dtype=np.int64)))


def _diffprivlib() -> "Callable[[int], NDArray[np.int64]]":
    randomise = Geometric(epsilon=float(EPSILON), sensitivity=1).randomise
    return lambda cells: np.array([randomise(0) for _ in range(cells)])


def probabilities() -> "NDArray[np.float64]":
    """The law: the probability of -REACH to REACH, shape (2 REACH + 1,)."""
    ratio = math.exp(-EPSILON)
    found: NDArray[np.float64] = (1 - ratio) / (1 + ratio) * ratio ** np.abs(np.arange(-REACH, REACH + 1))
    return found


def fit_of(noise: "NDArray[np.int64]") -> Fit:
    """How noise, shape (cells,), keeps to the law."""
    law, values = probabilities(), np.arange(-REACH, REACH + 1)
    absolute, squared = np.abs(noise), noise.astype(float) ** 2
    (mean, mean_error), (variance, variance_error) = (
        _moment(float(found.mean()), wanted, law, noise.size)
        for found, wanted in ((absolute, np.abs(values)), (squared, values**2))
    )
    return Fit(mean, mean_error, variance, variance_error, _chi_square(noise, law))


def _moment(
    found: float, of: "NDArray[np.int64]", law: "NDArray[np.float64]", draws: int
) -> tuple[float, float]:
    """A moment as it was found, and how many standard errors from that of the law."""
    true = float(law @ of)
    error = math.sqrt((float(law @ of.astype(float) ** 2) - true**2) / draws)
    return found, (found - true) / error


def _chi_square(noise: "NDArray[np.int64]", law: "NDArray[np.float64]") -> float:
    """The probability of a statistic as large; both tails are a class each."""
    far = max(place for place in range(REACH) if law[REACH + place] * noise.size >= LEAST_EXPECTED)
    seen = np.bincount(np.clip(noise, -far, far) + far, minlength=2 * far + 1)
    expected = law[REACH - far : REACH + far + 1] * noise.size
    expected[[0, -1]] = law[: REACH - far + 1].sum() * noise.size
    return float(chi2.sf((((seen - expected) ** 2) / expected).sum(), 2 * far))


def told(race: TableRace) -> Iterator[str]:
    """What a race came to, in lines."""
    for one in race.drawn:
        times = f"   {one.processor / race.ours.processor:.0f} x" if one is not race.ours else ""
        yield f"{one}{times}\n"
