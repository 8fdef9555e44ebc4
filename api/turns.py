"""The line in which those who write to an SQLite database wait, in whatever process: woken when it is their turn.

SQLite lets writers ask again at ever longer pauses, in which nobody writes and late comers go first. What keeps writers
apart is its lock all the same: where there is no line, they wait as SQLite has it.

Who goes ahead (a verdict that somebody waits for) waits only for whoever writes now; everybody else stands at the back, and
the first of them lets pass for a moment who go ahead. The kernel gives a lock to whoever asks at the right moment, not to
who asked first: so those who go ahead share a lock that the others look at.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

LINE_SECONDS = 15.0
"""How long a writer stands in line; who gives up waits as SQLite has it, and is told then that it is busy."""

PASSING_SECONDS = 0.2
"""How long the first at the back lets others pass: with many cores somebody goes ahead at every moment, for hours."""

_LOOK_SECONDS = 0.005
"""Between two looks whether somebody still goes ahead; one writer of all looks, and little is written in that time."""


@dataclass(frozen=True)
class Line:
    """The files at a database whose locks are waited for."""

    database: Path

    @property
    def files(self) -> tuple[Path, Path, Path]:
        """Where the others wait for each other, for those who go ahead, and where whoever writes is."""
        back, ahead, turns = (Path(f"{self.database}-{part}") for part in ("line", "ahead", "turns"))
        return back, ahead, turns

    @contextmanager
    def turn(self, *, ahead: bool = False) -> Iterator[None]:
        """Wait for a turn to write and keep it while the block lasts; `ahead` of all who stand at the back."""
        until = time.monotonic() + LINE_SECONDS
        # What is taken last is given back first: who goes ahead is still waited for when the turn is another's.
        with ExitStack() as held:
            _ahead(self.files, until, held) if ahead else _behind(self.files, until, held)
            yield


def _ahead(files: tuple[Path, Path, Path], until: float, held: ExitStack) -> None:
    _, ahead, turns = files
    if _hold(held, ahead, until, fcntl.LOCK_SH):
        _hold(held, turns, until)


def _behind(files: tuple[Path, Path, Path], until: float, held: ExitStack) -> None:
    back, ahead, turns = files
    if _hold(held, back, until):
        _let_pass(ahead, time.monotonic() + PASSING_SECONDS)
        _hold(held, turns, until)


def _let_pass(ahead: Path, until: float) -> None:
    """Return when nobody goes ahead, or it is late: asked again and again, as who waits in the kernel cannot leave."""
    line = _opened(ahead)
    if line is not None:
        while _is_another(line) and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
        os.close(line)


def _is_another(line: int) -> bool:
    """Whether the lock is somebody's; nobody's where there are no locks."""
    try:
        fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return isinstance(error, BlockingIOError)
    return False


def _hold(held: ExitStack, file: Path, until: float, how: int = fcntl.LOCK_EX) -> bool:
    """Wait for the lock of a file and leave it in `held`; False where nobody can, or for too long."""
    descriptor = _stood(file, until, how)
    if descriptor is not None:
        held.callback(os.close, descriptor)
    return descriptor is not None


def _stood(file: Path, until: float, how: int) -> int | None:
    """Stand in line at a file and return its descriptor once it is our turn; None where nobody can, or for too long."""
    line = _opened(file)
    if line is None:
        return None
    try:
        fcntl.flock(line, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return _turn_at(line, until, how)
    except OSError:
        os.close(line)
        return None
    return line


def _opened(file: Path) -> int | None:
    try:
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None


def _turn_at(line: int, until: float, how: int) -> int | None:
    """Wait for our turn, not for ever: a writer that was stopped may never end, and who asked must hear that."""
    turn: Future[int | None] = Future()
    threading.Thread(target=_stand, args=(line, how, turn), name="line", daemon=True).start()
    try:
        return turn.result(max(0.0, until - time.monotonic()))
    except TimeoutError:
        return None if turn.cancel() else turn.result()


def _stand(line: int, how: int, turn: Future[int | None]) -> None:
    """Stand in line for somebody, who may have given up by the time that it is their turn."""
    try:
        fcntl.flock(line, how)
        got: int | None = line
    except OSError:
        got = None
    wanted = turn.set_running_or_notify_cancel()
    if got is None or not wanted:
        os.close(line)
    if wanted:
        turn.set_result(got)
