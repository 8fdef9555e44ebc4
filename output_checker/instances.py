"""DuckDB instances in memory, each locked to the files that it may read.

Opening one takes longer than many a query. So a process can open one ahead, for itself or for a child forked from it;
and those that only plan, of which nothing is asked but the types of columns, stay open. Neither has threads, so that
both survive a fork, and neither has read any microdata.
"""

from functools import lru_cache
from pathlib import Path

import duckdb

MOST_PLANNERS = 16
"""Files that instances for planning stay open for."""

_CONFIGURATION: dict[str, str | bool | int] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "temp_directory": "",
    "threads": 1,
    # Files are local: reading them ahead in threads of its own gains nothing.
    "async_threads": 0,
}
_ahead: list[duckdb.DuckDBPyConnection] = []


def open_ahead() -> None:
    """Have an instance ready for the next one who needs it, in this process or in each that is forked from it."""
    if not _ahead:
        _ahead.append(_opened())


def locked(paths: tuple[Path, ...], memory: str, threads: int) -> duckdb.DuckDBPyConnection:
    """An instance that may use so much and open these files, nothing else; nobody can change that any more."""
    connection = _ahead.pop() if _ahead else _opened()
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
    return locked(paths, memory, threads=1)


def _opened() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:", config=_CONFIGURATION)
