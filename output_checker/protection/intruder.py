"""The intruder: a linear programme over everything that is published, asked for the least and the most of a cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from output_checker.protection.system import System

if TYPE_CHECKING:
    import highspy
    import numpy as np
    from numpy.typing import NDArray

UNLIMITED = float("inf")


class UnsolvedError(Exception):
    """The solver gave no answer, so that nothing is known of the interval."""


@dataclass(frozen=True)
class Answer:
    """How far one cell can be from its true value, and the deviations of all cells of which that is a part."""

    deviation: float
    witness: NDArray[np.float64] | None


class Intruder:
    """Asks one system for the extremes of its cells; each question starts from the answer to the one before.

    Deviations are divided by the size of the largest cell that is not known, so that tolerances mean the same in
    euros as in persons.
    """

    def __init__(self, system: System) -> None:
        """Write the system down for HiGHS, without the cells that are known anyhow."""
        unknown = [column for column in range(len(system.values)) if not system.is_known(column)]
        self._column = {column: at for at, column in enumerate(unknown)}
        self._scale = max((abs(system.values[column]) for column in unknown), default=0.0) or 1.0
        self._solver = self._written(system, unknown)

    def furthest(self, column: int, sign: int) -> Answer:
        """The largest (``sign`` 1) or smallest (-1) deviation of a column that is not known.

        Raises:
            UnsolvedError: the solver gave no answer.
        """
        import highspy

        at = self._column[column]
        self._solver.changeColCost(at, float(-sign))
        self._solver.run()
        status = self._solver.getModelStatus()
        self._solver.changeColCost(at, 0.0)
        if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return Answer(sign * UNLIMITED, None)
        if status != highspy.HighsModelStatus.kOptimal:
            raise UnsolvedError
        found = self._solution()
        return Answer(float(found[at]) * self._scale, found * self._scale)

    def of(self, witness: NDArray[np.float64], column: int) -> float:
        """The deviation of a column in a witness."""
        return float(witness[self._column[column]])

    def knows(self, column: int) -> bool:
        """Whether nothing has to be asked: the cell is published somewhere."""
        return column not in self._column

    def _solution(self) -> NDArray[np.float64]:
        import numpy as np

        return np.asarray(self._solver.getSolution().col_value)

    def _written(self, system: System, unknown: list[int]) -> highspy.Highs:
        import highspy

        solver: highspy.Highs = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, setting in (("output_flag", False), ("presolve", "off"), ("threads", 1)):
            solver.setOptionValue(option, setting)
        solver.passModel(self._programme(system, unknown))
        return solver

    def _programme(self, system: System, unknown: list[int]) -> highspy.HighsLp:
        import highspy
        import numpy as np

        values = np.array([system.values[column] for column in unknown])
        rows = list(self._rows(system))
        programme = highspy.HighsLp()
        programme.num_col_, programme.num_row_ = len(unknown), len(rows)
        programme.col_cost_ = np.zeros(len(unknown))
        programme.col_lower_ = (np.array([system.lower[column] for column in unknown]) - values) / self._scale
        programme.col_upper_ = (np.array([system.upper[column] for column in unknown]) - values) / self._scale
        programme.row_lower_ = np.array([least for least, _, _ in rows])
        programme.row_upper_ = np.array([most for _, most, _ in rows])
        starts = np.cumsum([0, *(len(terms) for _, _, terms in rows)])
        programme.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        programme.a_matrix_.start_ = starts.astype(np.int32)
        programme.a_matrix_.index_ = np.array([at for _, _, terms in rows for at, _ in terms], dtype=np.int32)
        programme.a_matrix_.value_ = np.array([factor for _, _, terms in rows for _, factor in terms])
        return programme

    def _rows(self, system: System) -> Iterator[tuple[float, float, list[tuple[int, float]]]]:
        """Least and most of each relation between unknown cells, with its terms."""
        for relation in system.relations:
            if terms := [(self._column[at], factor) for at, factor in relation.terms if at in self._column]:
                least = relation.constant / self._scale
                yield least, UNLIMITED if relation.at_least else least, terms
