"""Starting a planned sandbox: filter and command line in memory, sources staged, everything else closed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from hub.sandbox import bubblewrap, seccomp, staging
from hub.sandbox.plan import SandboxPlan


def start(
    plan: SandboxPlan, descriptors: tuple[int, ...], groups: tuple[Path, ...], output: int | None
) -> subprocess.Popen[bytes]:
    """Start a plan in its control groups (none: limits per process); it inherits `descriptors` and nothing else.

    Raises UnknownSystemCallError or OSError when it cannot start as planned.
    """
    sources = [str(mount.source) for mount in plan.mounts]
    seen = staging.staged(len(sources)) if plan.uid is not None else sources
    with in_memory(seccomp.filter_program()) as filtering:
        options = bubblewrap.arguments(plan, seen, filtering)
        with in_memory("\0".join(options).encode() + b"\0") as arguments:
            order = staging.Start(
                sources=sources,
                uid=plan.uid,
                cgroups=[str(place) for place in groups],
                data_bytes=None if groups else plan.limits.memory_bytes,
                file_bytes=plan.limits.file_bytes,
                program=[_bwrap(), "--args", str(arguments), "--", *_command(plan, bool(groups))],
            )
            return _launch(order, (filtering, arguments, *descriptors), output)


def _launch(
    order: staging.Start, descriptors: tuple[int, ...], output: int | None
) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-I", "-S", staging.__file__],
        stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT if output is not None else None,
        pass_fds=descriptors, start_new_session=True, cwd="/", env={},
    )  # fmt: skip
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    with process.stdin:
        process.stdin.write(json.dumps(order).encode())
    return process


def _bwrap() -> str:
    program = shutil.which("bwrap")
    if program is None:
        raise FileNotFoundError("bubblewrap (bwrap) is not installed")
    return program


def _command(plan: SandboxPlan, limited: bool) -> tuple[str, ...]:
    if limited:
        return plan.command
    # Counted inside the sandbox's own user namespace: outside, the operator's other processes would count too.
    most = f"--nproc={plan.limits.processes}:{plan.limits.processes}"
    return ("/usr/bin/prlimit", most, "--", *plan.command)


@contextlib.contextmanager
def in_memory(content: bytes) -> Iterator[int]:
    """A descriptor to read `content` from: secrets in it never meet a file or a command line."""
    descriptor = os.memfd_create("enclave")
    try:
        os.write(descriptor, content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)
