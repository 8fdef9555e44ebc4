"""The laws of noise on whole numbers: discrete Laplace (pure epsilon) and discrete Gaussian (zero-concentrated).

Ghosh, Roughgarden and Sundararajan 2012 (geometric mechanism); Canonne, Kamath and Steinke 2020, "The discrete Gaussian
for differential privacy" (CKS20). Cumulative probabilities are integers over a power of two with a proven error, so
that a sampler can decide each draw exactly; floating point occurs only in what is told about a law.
"""

import decimal
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GUARD_BITS = 64
"""Bits beyond those that are asked for, so that the errors of a recurrence stay below one unit of the last of them."""

ERROR = 2
"""The proven error of a cumulative probability, in units of its last bit: rounding, and the tails left out."""

LARGEST_CONVOLUTION = 1 << 22
"""Points of the longest exact convolution of laws; longer ones are bounded instead."""


class Law(ABC):
    """Symmetric noise on the whole numbers."""

    @property
    @abstractmethod
    def spread(self) -> float:
        """The scale of a Laplace or the sigma of a Gaussian law, in the unit of what the noise is added to."""

    @property
    @abstractmethod
    def standard_deviation(self) -> float:
        """In the unit of what the noise is added to."""

    @abstractmethod
    def reach(self, bits: int) -> int:
        """A magnitude beyond which there is less than 2^-bits of probability."""

    @abstractmethod
    def weights(self, reach: int, precision: int) -> Iterator[int]:
        """Relative weights of 0, 1, ..., reach over 2^precision, that of 0 being one.

        Each is less than 8 (k + 1)^2 units of the last bit away from the truth.
        """

    @abstractmethod
    def wide_margin(self, level: float) -> int:
        """A margin that one draw exceeds with probability at most ``level``, for laws too wide to add up."""

    @abstractmethod
    def exponent(self, slope: float) -> float:
        """An upper bound to the logarithm of the moment generating function at ``slope``."""

    @property
    @abstractmethod
    def steepest(self) -> float:
        """The slope below which the moment generating function exists."""

    def margin(self, confidence: float = 0.95) -> int:
        """The smallest m with which at least ``confidence`` of all noise lies within -m..m."""
        return self.margin_of_sum(1, confidence)

    def margin_of_sum(self, terms: int, confidence: float = 0.95) -> int:
        """The same for the sum of independent draws; a bound (Chernoff's) where the sum is too wide to convolve."""
        width = _width(self, terms)
        if width > LARGEST_CONVOLUTION:
            level = 1 - confidence
            return self.wide_margin(level) if terms == 1 else _chernoff(self, terms, level)
        return _smallest_margin(self, terms, width, confidence)


@dataclass(frozen=True)
class DiscreteLaplace(Law):
    """P(k) proportional to exp(-|k| / scale): epsilon is the L1 sensitivity divided by the scale."""

    scale: Fraction

    @property
    def spread(self) -> float:
        """The scale."""
        return float(self.scale)

    @property
    def standard_deviation(self) -> float:
        """sqrt(2 p) / (1 - p) with p = exp(-1 / scale)."""
        return math.sqrt(2 * math.exp(-1 / self.spread)) / -math.expm1(-1 / self.spread)

    def reach(self, bits: int) -> int:
        """P(|X| > m) < 2 exp(-m / scale)."""
        return math.ceil(self.spread * math.log(2) * (bits + 1)) + 1

    def weights(self, reach: int, precision: int) -> Iterator[int]:
        """Powers of exp(-1 / scale)."""
        ratio, weight = _exponential(-1 / self.scale, precision), 1 << precision
        for _ in range(reach + 1):
            yield weight
            weight = weight * ratio >> precision

    def wide_margin(self, level: float) -> int:
        """P(|X| > m) = 2 p^(m + 1) / (1 + p)."""
        one_more = self.spread * math.log(2 / (level * (1 + math.exp(-1 / self.spread))))
        return math.ceil(one_more - 1)

    def exponent(self, slope: float) -> float:
        """log((1 - p)^2 / ((1 - p e^slope) (1 - p e^-slope)))."""
        rate = 1 / self.spread
        return 2 * math.log(-math.expm1(-rate)) - sum(
            math.log(-math.expm1(-rate + side * slope)) for side in (1, -1)
        )

    @property
    def steepest(self) -> float:
        """One over the scale."""
        return 1 / self.spread


@dataclass(frozen=True)
class DiscreteGaussian(Law):
    """P(k) proportional to exp(-k^2 / (2 variance)): rho is the squared L2 sensitivity over twice the variance."""

    variance: Fraction

    @property
    def spread(self) -> float:
        """Sigma."""
        return math.sqrt(self.variance)

    @property
    def standard_deviation(self) -> float:
        """At most sigma (CKS20, corollary 9), and hardly less."""
        return self.spread

    def reach(self, bits: int) -> int:
        """P(X > m) is at most that of a normal variable beyond m - 1 (CKS20, proposition 25)."""
        return math.ceil(self.spread * math.sqrt(2 * math.log(2) * (bits + 1))) + 2

    def weights(self, reach: int, precision: int) -> Iterator[int]:
        """exp(-(k + 1)^2 / 2v) = exp(-k^2 / 2v) exp(-(2 k + 1) / 2v)."""
        ratio = _exponential(-1 / (2 * self.variance), precision)
        step, weight = _exponential(-1 / self.variance, precision), 1 << precision
        for _ in range(reach + 1):
            yield weight
            weight, ratio = weight * ratio >> precision, ratio * step >> precision

    def wide_margin(self, level: float) -> int:
        """P(X > m) is at most that of a normal variable beyond m (CKS20, proposition 25)."""
        return math.ceil(self.spread * NormalDist().inv_cdf(1 - level / 2))

    def exponent(self, slope: float) -> float:
        """The discrete Gaussian is subgaussian with its own variance (CKS20, corollary 17)."""
        return slope**2 * float(self.variance) / 2

    @property
    def steepest(self) -> float:
        """It exists everywhere."""
        return math.inf


def _exponential(power: Fraction, precision: int) -> int:
    """exp(power) over 2^precision, rounded down; decimal's own exponential is correctly rounded."""
    digits = math.ceil(precision * math.log10(2)) + 20
    context = decimal.Context(prec=digits, Emin=-decimal.MAX_EMAX, Emax=decimal.MAX_EMAX)
    quotient = context.divide(decimal.Decimal(power.numerator), decimal.Decimal(power.denominator))
    return int(context.multiply(context.exp(quotient), decimal.Decimal(1 << precision)))


@dataclass(frozen=True)
class Cumulative:
    """Probabilities of at most -reach, ..., reach, over 2^bits, each at most ``ERROR`` away from the truth."""

    reach: int
    bits: int
    values: tuple[int, ...]


def cumulative(law: Law, bits: int) -> Cumulative:
    """The cumulative probabilities of a law. Takes time and memory in proportion to its reach."""
    reach = law.reach(bits + 2)
    precision = bits + GUARD_BITS + 4 * reach.bit_length()
    half = list(law.weights(reach, precision))
    sums = list(accumulate([*reversed(half[1:]), *half]))
    return Cumulative(reach, bits, tuple((one << bits) // sums[-1] for one in sums))


def _width(law: Law, terms: int) -> int:
    """A power of two that holds both tails of a sum down to what cannot matter for a margin."""
    far = 14 * law.standard_deviation * math.sqrt(terms) + law.reach(50)
    return 1 << math.ceil(2 * far).bit_length()


@lru_cache(maxsize=256)
def _smallest_margin(law: Law, terms: int, width: int, confidence: float) -> int:
    import numpy

    within = numpy.cumsum(_magnitudes(law, terms, width))
    return int(numpy.searchsorted(within, confidence * within[-1] - 1e-12))


def _magnitudes(law: Law, terms: int, width: int) -> "NDArray[np.float64]":
    """The probabilities of the magnitudes 0, 1, ... of a sum of independent draws: a power of their transform."""
    import numpy

    reach, single = min(law.reach(60), width // 2 - 1), numpy.zeros(width)
    half = numpy.array([weight / (1 << 128) for weight in law.weights(reach, 128)])
    single[: reach + 1], single[-reach:] = half, half[:0:-1]
    transform = numpy.fft.rfft(single / single.sum())
    summed = numpy.fft.irfft(transform.real**terms, width)
    return numpy.concatenate(([summed[0]], 2 * summed[1 : width // 2]))


def _chernoff(law: Law, terms: int, level: float) -> int:
    """The smallest bound m, over a grid of slopes, with P(|sum| > m) at most ``level``."""
    enough = math.log(2 / level)
    likely = math.sqrt(2 * enough / terms) / law.standard_deviation
    slopes = (min(likely * step / 16, law.steepest * (1 - 1 / (step + 1))) for step in range(1, 65))
    return math.ceil(min((enough + terms * law.exponent(slope)) / slope for slope in slopes))
