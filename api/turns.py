"""The line in which those who write to an SQLite database wait, in whatever process: woken when it is their turn.

SQLite lets writers ask again at ever longer pauses, in which nobody writes and late comers go first. What keeps writers
apart is its lock all the same: where there is no line, they wait as SQLite has it.

The line has a back and a front. Who goes ahead (a verdict that somebody waits for) stands at the front only, behind
whoever writes now; everybody else comes there from the back, one at a time.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

LINE_SECONDS = 15.0
"""How long a writer stands in line; who gives up waits as SQLite has it, and is told then that it is busy."""

_PARTS: Final = ("line", "turns")


def files_of(database: Path) -> list[Path]:
    """Return the back and the front of the line at a database: the files whose locks are waited for."""
    return [Path(f"{database}-{part}") for part in _PARTS]


@contextmanager
def turn(files: list[Path], *, ahead: bool = False) -> Iterator[None]:
    """Wait for a turn to write and keep it while the block lasts; `ahead` of all who wait at the back."""
    until = time.monotonic() + LINE_SECONDS
    # What is taken last is given back first: who waits at the front comes before the next one from the back.
    with ExitStack() as held:
        for file in files[-1:] if ahead else files:
            descriptor = _stood(file, until)
            if descriptor is None:
                break
            held.callback(os.close, descriptor)
        yield


def _stood(file: Path, until: float) -> int | None:
    """Stand in line at a file and return its descriptor once it is our turn; None where nobody can, or for too long."""
    try:
        line = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _turn_at(line, until)
    except OSError:
        os.close(line)
        return None
    return line


def _turn_at(line: int, until: float) -> int | None:
    """Wait for our turn, not for ever: a writer that was stopped may never end, and who asked must hear that."""
    turn: Future[int | None] = Future()
    threading.Thread(target=_stand, args=(line, turn), name="line", daemon=True).start()
    try:
        return turn.result(max(0.0, until - time.monotonic()))
    except TimeoutError:
        return None if turn.cancel() else turn.result()


def _stand(line: int, turn: Future[int | None]) -> None:
    """Stand in line for somebody, who may have given up by the time that it is their turn."""
    try:
        fcntl.flock(line, fcntl.LOCK_EX)
        got: int | None = line
    except OSError:
        got = None
    wanted = turn.set_running_or_notify_cancel()
    if got is None or not wanted:
        os.close(line)
    if wanted:
        turn.set_result(got)
