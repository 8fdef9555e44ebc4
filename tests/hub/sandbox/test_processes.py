import os
import signal
import subprocess

from hub.sandbox.processes import Process


def test_a_process_is_told_from_a_later_one_with_its_number() -> None:
    own = Process.of(os.getpid())
    assert own is not None
    assert own.alive
    assert not Process(own.number, own.started - 1).alive


def test_a_later_process_is_never_signalled() -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        real = Process.of(other.pid)
        assert real is not None
        Process(real.number, real.started - 1).signal(signal.SIGKILL)
        assert real.alive
        real.signal(signal.SIGKILL)
        assert real.wait(5)
        # Not waited for yet: a zombie, which counts as gone.
        assert Process.of(other.pid) is None


def test_waiting_ends_in_time() -> None:
    own = Process.of(os.getpid())
    assert own is not None
    assert not own.wait(0.05)
