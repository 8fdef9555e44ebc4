"""Entropy: random words from the operating system, and nothing else. There is no seed to choose or to know."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def words(number: int) -> "NDArray[np.uint64]":
    """Uniform words of 64 bits, shape (number,)."""
    import numpy

    return numpy.frombuffer(os.urandom(8 * number), dtype=numpy.uint64)


def short_words(number: int) -> "NDArray[np.uint16]":
    """Uniform words of 16 bits, shape (number,)."""
    import numpy

    return numpy.frombuffer(os.urandom(2 * number), dtype=numpy.uint16)


def word() -> int:
    """One uniform word of 64 bits."""
    return int.from_bytes(os.urandom(8), "little")
