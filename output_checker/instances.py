"""DuckDB instances in memory, each locked to the files that it may read.

Opening one takes longer than many a query. So a process can open one ahead, for itself or for a child forked from it;
and those that only plan, of which nothing is asked but the types of columns, stay open. Neither has threads, so that
both survive a fork, and neither has read any microdata.
"""

import atexit
from functools import lru_cache
from pathlib import Path

import duckdb

MOST_PLANNERS = 16
"""Files that instances for planning stay open for."""

_CONFIGURATION: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "temp_directory": "",
    "threads": 1,
    # Files are local: reading them ahead in threads of its own gains nothing.
    "async_threads": 0,
}
_ahead: list[duckdb.DuckDBPyConnection] = []
_taken: dict[tuple[tuple[Path, ...], str, int], duckdb.DuckDBPyConnection] = {}
"""What was opened ahead, by what it is locked to."""


def open_ahead() -> None:
    """Have an instance ready for the first who needs one, in this process or in each that is forked from it.

    It stays open until the process ends, for whoever needs the same once more: made for processes that do one thing.
    """
    if not _ahead:
        _ahead.append(_opened())


def locked(paths: tuple[Path, ...], memory: str, threads: int) -> duckdb.DuckDBPyConnection:
    """An instance that may use so much and open these files, nothing else; nobody can change that any more."""
    same = (paths, memory, threads)
    if _ahead:
        _taken[same] = _narrowed(_ahead.pop(), *same)
    return _taken[same].cursor() if same in _taken else _narrowed(_opened(), *same)


def _narrowed(
    connection: duckdb.DuckDBPyConnection, paths: tuple[Path, ...], memory: str, threads: int
) -> duckdb.DuckDBPyConnection:
    for setting in (
        f"threads = {threads}",
        f"memory_limit = {quoted(memory)}",
        f"allowed_paths = [{', '.join(quoted(str(path)) for path in paths)}]",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")
    return connection


def planner(paths: tuple[Path, ...], memory: str) -> duckdb.DuckDBPyConnection:
    """A connection of its own to an instance that may open these files, only to ask it for types."""
    return _planner(paths, memory).cursor()


def quoted(text: str) -> str:
    """Text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


@lru_cache(maxsize=MOST_PLANNERS)
def _planner(paths: tuple[Path, ...], memory: str) -> duckdb.DuckDBPyConnection:
    return _narrowed(_opened(), paths, memory, threads=1)


# What is open when Python ends would be reported as leaked.
atexit.register(_ahead.clear)
atexit.register(_taken.clear)
atexit.register(_planner.cache_clear)


def _opened() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:", config=_CONFIGURATION)
