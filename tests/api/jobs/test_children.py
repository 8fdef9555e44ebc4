"""No child outlives whoever started it, however that ends."""

from __future__ import annotations

import signal
import subprocess
import sys

START = """
import os, sys, time
from api.jobs.children import end_with
parent = os.getpid() if sys.argv[1] == "alive" else 1
child = os.fork()
if child == 0:
    end_with(parent)
    print("begun", flush=True)
    time.sleep(600)
print(os.WTERMSIG(os.waitpid(child, 0)[1]), flush=True)
"""


def started(parent: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", START, parent], stdout=subprocess.PIPE, text=True)


def test_a_child_ends_with_its_parent() -> None:
    with started("alive") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.kill()
        # Both held the pipe: its end is that of both.
        assert process.stdout.read() == ""


def test_a_child_whose_parent_ended_before_it_could_say_so_does_not_begin() -> None:
    with started("gone") as process:
        assert process.communicate()[0] == f"{signal.SIGKILL.value}\n"
