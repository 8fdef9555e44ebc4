"""The engine: DuckDB in memory, over one registered Parquet file and nothing else.

The file is the only path that may be opened, the configuration is locked before any query runs, and memory, threads
and time are limited. Closed by construction: even SQL that slipped through every other check could reach no other
file, no network and no setting.
"""

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from output_checker.dataset import Dataset, OwnColumn
from output_checker.errors import DatasetError, EvidenceError, EvidenceTimeoutError
from output_checker.instances import locked, planner, quoted
from output_checker.text import Text

SOURCE = "microdata"
"""The name of the view that queries read."""


@dataclass(frozen=True)
class Limits:
    """What one judgement may use: ``seconds`` of wall time, DuckDB's ``memory`` and ``threads``."""

    seconds: float = 120.0
    memory: str = "4GB"
    threads: int = 2

    @property
    def memory_bytes(self) -> int:
        """``memory`` as a number."""
        number = self.memory.rstrip("BGKM")
        return int(number) * _BYTES[self.memory.removeprefix(number)]


_BYTES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}

DEFAULT_LIMITS = Limits()


class Engine:
    """One short-lived connection; a context manager, so that the time limit ends with it."""

    def __init__(
        self,
        path: Path,
        limits: Limits = DEFAULT_LIMITS,
        own: tuple[OwnColumn, ...] = (),
        besides: tuple[Path, ...] = (),
        *,
        only_plan: bool = False,
    ) -> None:
        """Open the file with the columns of a researcher's ``own``, and lock everything else but ``besides``.

        Who only plans, and computes nothing, shares what is opened with others who do.

        Raises:
            DatasetError: the file is missing or is no Parquet file.
        """
        paths = (path, *(column.path for column in own if column.path), *besides)
        self._connection = (
            planner(paths, limits.memory) if only_plan else locked(paths, limits.memory, limits.threads)
        )
        self._own = own
        self._deadline = time.monotonic() + limits.seconds
        self._closed = threading.Event()
        self._path = path
        self._types: dict[str, str | None] = {}
        self.look_through("TRUE")

    @classmethod
    def over(cls, dataset: Dataset, limits: Limits = DEFAULT_LIMITS, *, only_plan: bool = False) -> Self:
        """An engine over a dataset with its own columns; what may be seen of it is narrowed afterwards.

        Raises:
            DatasetError: a file is missing or is no Parquet file.
        """
        return cls(dataset.path, limits, dataset.own, only_plan=only_plan)

    def __enter__(self) -> Self:
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._connection.close()

    def look_through(self, condition: str) -> None:
        """Let the view hold only the rows that satisfy a rendered condition.

        Raises:
            DatasetError: the file is missing or is no Parquet file, or the condition does not fit it.
        """
        view = f"CREATE OR REPLACE TEMP VIEW {SOURCE} AS SELECT * FROM ({self._rows_of_file()}) WHERE {condition}"  # noqa: S608
        try:
            self._connection.execute(view)
        except duckdb.Error:
            message = Text(
                nl="Dit microdatabestand is niet te lezen.", en="This microdata file cannot be read."
            )
            raise DatasetError(message, field=self._path.name) from None

    def _rows_of_file(self) -> str:
        """The rows of the file, each with the own values of its units; a unit without one has none."""
        rows = f"SELECT * FROM read_parquet({quoted(str(self._path))})"  # noqa: S608
        for column in self._own:
            if column.path is None:
                rows = f'SELECT *, CAST(NULL AS {column.sql_type}) AS "{column.name}" FROM ({rows})'  # noqa: S608
                continue
            values = (
                f'SELECT CAST(unit AS VARCHAR) AS "unit of {column.name}", '  # noqa: S608
                f'CAST(value AS {column.sql_type}) AS "{column.name}" FROM read_parquet({quoted(str(column.path))})'
            )
            rows = (
                f'SELECT * EXCLUDE ("unit of {column.name}") FROM ({rows}) AS microdata LEFT JOIN ({values}) AS own '  # noqa: S608
                f'ON CAST(microdata."{column.key}" AS VARCHAR) = own."unit of {column.name}"'
            )
        return rows

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query that this library wrote.

        Raises:
            EvidenceTimeoutError: it took too long.
            EvidenceError: it could not be computed; the engine's own words are dropped, they may hold values.
        """
        if time.monotonic() > self._deadline:
            raise EvidenceTimeoutError(_TOO_LONG, remedy=_SMALLER)
        try:
            return self._connection.execute(sql, list(parameters)).fetchall()
        except duckdb.InterruptException:
            raise EvidenceTimeoutError(_TOO_LONG, remedy=_SMALLER) from None
        except (duckdb.OutOfMemoryException, MemoryError):
            raise EvidenceError(_TOO_MUCH, remedy=_SMALLER) from None
        except duckdb.Error:
            raise EvidenceError(_NOT_COMPUTED, remedy=_CHECK_TYPES) from None

    def frame(self, sql: str) -> Any:
        """A query as a pandas DataFrame; for free exploration in the notebook.

        Raises:
            EvidenceError: it could not be computed.
        """
        try:
            return self._connection.execute(sql).df()
        except duckdb.Error:
            raise EvidenceError(_NOT_COMPUTED, remedy=_CHECK_TYPES) from None

    def type_of(self, expression: str) -> str | None:
        """DuckDB's type of a rendered expression over the view; None when the types in it do not fit together.

        Raises:
            EvidenceTimeoutError: the time is up; whether types fit was not found then.
        """
        # Conditions on the view change its rows, never its columns.
        if expression not in self._types:
            self._types[expression] = self._described(expression)
        return self._types[expression]

    def _described(self, expression: str) -> str | None:
        try:
            described = f"DESCRIBE SELECT {expression} FROM {SOURCE}"  # noqa: S608
            return str(self._connection.execute(described).fetchall()[0][1])
        except duckdb.Error:
            if time.monotonic() > self._deadline:
                raise EvidenceTimeoutError(_TOO_LONG, remedy=_SMALLER) from None
            return None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Let what is computed outside the engine, such as a fit that does not converge, end with the time limit too.

        Looked at on every call of a function in this thread; each single call is finite, as its arrays are.

        Raises:
            EvidenceTimeoutError: it took too long.
        """
        before = sys.getprofile()
        sys.setprofile(self._look_at_the_clock)
        try:
            yield
        finally:
            sys.setprofile(before)

    def _look_at_the_clock(self, _frame: object, _event: str, _argument: object) -> None:
        if time.monotonic() > self._deadline:
            raise EvidenceTimeoutError(_TOO_LONG, remedy=_SIMPLER)

    def _watch(self) -> None:
        """Interrupt once the time is up, and again: an interrupt between two queries is lost."""
        self._closed.wait(self._deadline - time.monotonic())
        while not self._closed.wait(_WATCH_SECONDS):
            self._connection.interrupt()


_WATCH_SECONDS = 0.05
_TOO_LONG = Text(nl="Het berekenen duurde te lang.", en="The computation took too long.")
_TOO_MUCH = Text(nl="Het berekenen vroeg te veel geheugen.", en="The computation needed too much memory.")
_SMALLER = Text(nl="Vraag een kleinere tabel.", en="Ask for a smaller table.")
_SIMPLER = Text(nl="Vraag een eenvoudiger model.", en="Ask for a simpler model.")
_NOT_COMPUTED = Text(nl="Deze vraag is niet uit te rekenen.", en="This query cannot be computed.")
_CHECK_TYPES = Text(
    nl="Vergelijk getallen met getallen en codes met codes.",
    en="Compare numbers with numbers and codes with codes.",
)
