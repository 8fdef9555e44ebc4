"""Accounting: what answers cost together, in whole billionths, so that no rounding ever favours the spender.

Zero-concentrated differential privacy (Bun and Steinke 2016) adds up over questions that depend on earlier answers:
stop when the sum of rho would pass the limit (Feldman and Zrnic 2021; Whitehouse et al. 2023). Pure epsilon adds up
too. Both hold, so the guarantee is the better of the two.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

from output_checker.noise.laws import DiscreteGaussian, DiscreteLaplace

NANO = 10**9


@dataclass(frozen=True)
class Loss:
    """Privacy loss in billionths of rho, and of epsilon where there is a pure guarantee (else None)."""

    nano_rho: int
    nano_epsilon: int | None

    def __add__(self, other: "Loss") -> "Loss":
        both = (self.nano_epsilon, other.nano_epsilon)
        epsilon = None if None in both else sum(one for one in both if one is not None)
        return Loss(self.nano_rho + other.nano_rho, epsilon)

    @property
    def rho(self) -> float:
        """Rho, to be shown."""
        return self.nano_rho / NANO

    @property
    def epsilon(self) -> float | None:
        """Pure epsilon, to be shown."""
        return None if self.nano_epsilon is None else self.nano_epsilon / NANO


NOTHING = Loss(0, 0)


def pure(epsilon: Fraction) -> Loss:
    """The loss of a purely epsilon-private answer: it is epsilon^2 / 2-zCDP (Bun and Steinke 2016, prop. 1.4)."""
    return Loss(math.ceil(epsilon**2 / 2 * NANO), math.ceil(epsilon * NANO))


def concentrated(rho: Fraction) -> Loss:
    """The loss of a rho-zCDP answer, which has no pure guarantee."""
    return Loss(math.ceil(rho * NANO), None)


def laplace_for(epsilon: Fraction, l1: int) -> DiscreteLaplace:
    """The noise that makes whole numbers of L1 sensitivity ``l1`` epsilon-private (Ghosh et al. 2012)."""
    return DiscreteLaplace(l1 / epsilon)


def gaussian_for(rho: Fraction, l2_squared: int) -> DiscreteGaussian:
    """The noise that makes whole numbers of squared L2 sensitivity ``l2_squared`` rho-zCDP (CKS20, theorem 4)."""
    return DiscreteGaussian(l2_squared / (2 * rho))


def epsilon_at(nano_rho: int, delta: float) -> float:
    """An epsilon with which rho-zCDP is (epsilon, delta)-private: CKS20, corollary 13, over a grid of orders.

    Any order gives a true bound, so a grid can only be less favourable than the best.
    """
    rho = nano_rho / NANO
    if not rho:
        return 0.0
    likely = math.sqrt(math.log(1 / delta) / rho)
    orders = (1 + likely * 2 ** (step / 32) for step in range(-160, 161))
    return min(_epsilon(rho, delta, order) for order in orders) * (1 + 1e-9)


def _epsilon(rho: float, delta: float, order: float) -> float:
    beyond = order - 1
    return max(0.0, rho * order + (math.log(1 / delta) - math.log(order)) / beyond + math.log1p(-1 / order))


def guarantee(loss: Loss, delta: float) -> float:
    """The epsilon of all answers together at ``delta``: the better of adding up epsilons and adding up rho."""
    concentrated_bound = epsilon_at(loss.nano_rho, delta)
    return concentrated_bound if loss.epsilon is None else min(loss.epsilon, concentrated_bound)
