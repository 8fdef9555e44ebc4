"""One number: diffprivlib's Geometric mechanism, behind a guard.

Its law is the discrete Laplace, drawn from one double of 53 bits. That is sound for counts: below ``LARGEST_SCALE`` its
law differs from the exact one by less than ``DELTA``, and below 2^52 adding in floating point loses nothing. Wider noise
would have gaps in its tails, and larger numbers would be rounded with the noise (both measured), so those have exact
noise of our own. Its generator is the operating system's; ``random_state`` and its accountant are never used.
"""

import math
import warnings

from output_checker.errors import EvidenceError
from output_checker.noise.laws import DiscreteLaplace, Law
from output_checker.text import Text

LARGEST_SCALE = 128
LARGEST_VALUE = 1 << 51
DELTA = 2.0**-36
"""What is added to delta: at most 2^14 boundaries between outcomes, each misplaced by less than 2^-52 of probability."""


def is_sound(law: Law) -> bool:
    """Whether diffprivlib's mechanism has this law, to within ``DELTA``."""
    return isinstance(law, DiscreteLaplace) and law.scale <= LARGEST_SCALE


def geometric(value: int, law: DiscreteLaplace) -> int:
    """One whole number with noise.

    Raises:
        EvidenceError: diffprivlib warns of a leak, or the number is one that the mechanism is not sound for.
    """
    from diffprivlib.mechanisms import Geometric
    from diffprivlib.utils import PrivacyLeakWarning

    if not is_sound(law) or abs(value) > LARGEST_VALUE:
        raise EvidenceError(_NOT_SOUND)
    # Never more than the exact epsilon: a quotient that was rounded up would spend what nobody paid.
    epsilon = math.nextafter(float(1 / law.scale), 0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PrivacyLeakWarning)
            return int(Geometric(epsilon=epsilon, sensitivity=1).randomise(value))
    except PrivacyLeakWarning:
        raise EvidenceError(_NOT_SOUND) from None


_NOT_SOUND = Text(nl="Hiervoor is dit mechanisme niet geschikt.", en="This mechanism is not sound for this.")
