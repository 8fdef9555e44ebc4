"""Children of the worker: one for each job, forked from a server that has everything loaded and holds nobody's data.

A child knows what it was given and nothing of the jobs before it. It ends with its job, with the server that it was
forked from, or when the worker kills it; whatever happens there, the worker learns it from the exit code.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing import reduction
from multiprocessing.connection import wait
from typing import Any

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["api.jobs.rehearsed"])
# Asking after one child looks at all of them, so that two threads could read the same exit code.
_ONE_BY_ONE = threading.Lock()
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


class NotStartedError(OSError):
    """The server that children are forked from died; the next child gets a new one."""


class Sheet:
    """Memory on which a child writes an answer, to be read after it ended well: nobody waits for half an answer."""

    def __init__(self) -> None:
        self._descriptor = os.memfd_create("answer", os.MFD_CLOEXEC)

    def __reduce__(self) -> tuple[Callable[[Any], Sheet], tuple[Any]]:
        """Let a child that starts have the same memory."""
        return _same_sheet, (reduction.DupFd(self._descriptor),)

    def write(self, answer: bytes) -> None:
        """Write the whole answer."""
        with os.fdopen(os.dup(self._descriptor), "wb") as file:
            file.write(answer)

    def read(self) -> bytes:
        """Return what was written."""
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            file.seek(0)
            return file.read()

    def close(self) -> None:
        """Give the memory back."""
        os.close(self._descriptor)


def _same_sheet(duplicate: Any) -> Sheet:
    sheet = Sheet.__new__(Sheet)
    sheet._descriptor = duplicate.detach()
    return sheet


def _nothing() -> None:
    """What it takes to be ready."""


class Child:
    """A function at work in a process of its own."""

    def __init__(self, target: Callable[..., None], *arguments: object) -> None:
        """Start `target`; raises NotStartedError when the server died."""
        self._process = _CONTEXT.Process(target=_begin, args=(target, *arguments))
        try:
            with _ONE_BY_ONE:
                self._process.start()
        except (OSError, EOFError) as error:
            raise NotStartedError(*error.args) from error

    def is_over(self, seconds: float) -> bool:
        """Wait at most so long for the end, and tell whether it came."""
        wait([self._process.sentinel], seconds)
        return self.exit_code is not None

    @property
    def exit_code(self) -> int | None:
        """What it ended with, negative for a signal; None while it lives."""
        with _ONE_BY_ONE:
            return self._process.exitcode

    def end(self) -> None:
        """Kill it if it lives, and return when it has ended."""
        while self.exit_code is None:
            self._process.kill()
            self.is_over(1.0)


def warm_up() -> None:
    """Return when a child can start at once."""
    child = Child(_nothing)
    while not child.is_over(1.0):
        pass


def _begin(target: Callable[..., None], *arguments: object) -> None:
    # No child outlives the server: it would work on without anybody who knows how long it may.
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    target(*arguments)
