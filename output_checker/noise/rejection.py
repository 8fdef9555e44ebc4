"""Exact draws one by one, with rational numbers only: Canonne, Kamath and Steinke 2020, algorithms 1 to 3.

For noise too wide for a table. Slower, and its time depends on what is drawn; both matter little for the few sums that
need it.
"""

import math
import secrets
from fractions import Fraction

from output_checker.noise.laws import DiscreteGaussian, DiscreteLaplace, Law


def draw_one(law: Law) -> int:
    """One draw.

    Raises:
        TypeError: there is no exact sampler for this law.
    """
    if isinstance(law, DiscreteLaplace):
        return discrete_laplace(law.scale)
    if isinstance(law, DiscreteGaussian):
        return discrete_gaussian(law.variance)
    raise TypeError(f"no sampler for {type(law).__name__}")


def discrete_gaussian(variance: Fraction) -> int:
    """A discrete Gaussian draw, by rejection from the discrete Laplace (algorithm 3)."""
    scale = math.isqrt(math.floor(variance)) + 1
    while True:
        candidate = discrete_laplace(Fraction(scale))
        if bernoulli_exponential((abs(candidate) - variance / scale) ** 2 / (2 * variance)):
            return candidate


def discrete_laplace(scale: Fraction) -> int:
    """A discrete Laplace draw (algorithm 2)."""
    whole, parts = scale.numerator, scale.denominator
    while True:
        remainder = secrets.randbelow(whole)
        if not bernoulli_exponential(Fraction(remainder, whole)):
            continue
        times = 0
        while bernoulli_exponential(Fraction(1)):
            times += 1
        magnitude = (remainder + whole * times) // parts
        negative = bool(secrets.randbelow(2))
        if magnitude or not negative:  # zero has one sign only, else it would come up twice as often
            return -magnitude if negative else magnitude


def bernoulli_exponential(power: Fraction) -> bool:
    """True with probability exp(-power), for power >= 0 (algorithm 1)."""
    while power > 1:
        if not _small(Fraction(1)):
            return False
        power -= 1
    return _small(power)


def _small(power: Fraction) -> bool:
    """True with probability exp(-power), for power from 0 to 1: the parity of where a series of coins ends."""
    step = 1
    while secrets.randbelow(power.denominator * step) < power.numerator:
        step += 1
    return step % 2 == 1
