"""The mechanism: true whole numbers in, noisy whole numbers out. Nothing else of this package sees a true number."""

from typing import TYPE_CHECKING

from output_checker.noise import scalar
from output_checker.noise.laws import DiscreteGaussian, DiscreteLaplace
from output_checker.noise.sampler import draw

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def with_noise(
    true: "NDArray[np.int64]", law: DiscreteLaplace | DiscreteGaussian, *, counts: bool = False
) -> "NDArray[np.int64]":
    """Each number with noise of its own, shape as given; a single count goes through diffprivlib.

    Raises:
        EvidenceError: the mechanism is not sound for this number.
    """
    import numpy

    if counts and true.size == 1 and isinstance(law, DiscreteLaplace) and scalar.is_sound(law):
        return numpy.array([scalar.geometric(int(true[0]), law)], dtype=numpy.int64)
    noisy: NDArray[np.int64] = true + draw(law, true.size)
    return noisy
