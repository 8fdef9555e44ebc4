"""Rows apart: of many conditions, for how many rows one holds and another does not, in one pass over the rows.

Each row gets the set of conditions that hold for it, as bits; there are few different sets, and from how many rows have
each of them follows every pair: those of one plus those of the other, less twice those of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from output_checker.engine import SOURCE, Engine

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

BITS = 62
"""Conditions in one whole number of the engine."""


def rows_apart(conditions: Sequence[str], engine: Engine) -> npt.NDArray[np.int64]:
    """The square table of how many rows satisfy one of two rendered conditions and not the other.

    Nothing known is not satisfied. Numbers are exact up to 2^53 rows.

    Raises:
        EvidenceError: it could not be computed within the limits.
    """
    # A request for tables of the same units does without NumPy.
    import numpy as np

    words = [conditions[at : at + BITS] for at in range(0, len(conditions), BITS)]
    columns = ", ".join(f"{_word(some)} AS w{place}" for place, some in enumerate(words))
    names = ", ".join(f"w{place}" for place in range(len(words)))
    sql = f"SELECT count(*), {names} FROM (SELECT {columns} FROM {SOURCE}) GROUP BY {names}"  # noqa: S608 - rendered from checked expressions
    found = np.array(engine.rows(sql), dtype=np.int64).reshape(-1, 1 + len(words))
    holds = np.hstack([found[:, 1 + at // BITS, None] >> at % BITS & 1 for at in range(len(conditions))])
    both = holds.T.astype(np.float64) @ (found[:, :1] * holds).astype(np.float64)
    each = np.diagonal(both)
    return np.rint(each[:, None] + each[None, :] - 2 * both).astype(np.int64)


def _word(conditions: Sequence[str]) -> str:
    bits = (f"CASE WHEN {one} THEN {1 << place} ELSE 0 END" for place, one in enumerate(conditions))
    return f"({' + '.join(bits)})::BIGINT"
