"""The system calls a sandbox may make: an allow-list after the default profile that container engines share.

Differences with that profile, all stricter: no ptrace and no process_vm_* (kernel and server share a user), no io_uring,
no handles, no namespaces of any kind, sockets of four families only. Calls that are refused by name answer EPERM; calls
unknown to this list answer ENOSYS, so that newer C libraries fall back to older calls. Programs of another ABI (32-bit,
x32) are killed: the filter would read their call numbers wrongly.
"""

from __future__ import annotations

import errno
import os
import socket
import tomllib
from itertools import pairwise
from pathlib import Path

import pyseccomp

CALLS = tomllib.loads((Path(__file__).parent / "system_calls.toml").read_text())
ALLOWED: list[str] = CALLS["allowed"].split()
REFUSED: list[str] = CALLS["refused"].split()

# Netlink only because C libraries ask the (empty) list of network interfaces with it; see _sockets.
FAMILIES = (int(socket.AF_UNIX), int(socket.AF_INET), int(socket.AF_INET6))
NETLINK_ROUTE = 0
# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
NAMESPACE_FLAGS = 0x7E020000
PERSONALITIES = (0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)
_UNKNOWN = -1
_LARGEST = 2**31 - 1


class UnknownSystemCallError(RuntimeError):
    """The installed libseccomp does not know a system call that the filter names: the filter would be incomplete."""


def filter_program() -> bytes:
    """Return the filter as a BPF program for bwrap ``--seccomp``.

    Raises UnknownSystemCallError when libseccomp is too old to express it.
    """
    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.ENOSYS))
    rules.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.KILL_PROCESS)
    for name in _known(ALLOWED):
        rules.add_rule(pyseccomp.ALLOW, name)
    for name in _known(REFUSED):
        rules.add_rule(pyseccomp.ERRNO(errno.EPERM), name)
    _sockets(rules)
    _processes(rules)
    return _program(rules)


def _known(names: list[str]) -> list[str]:
    """Names as they are; libseccomp answers a pseudo number below -1 for a call that this processor lacks: no harm."""
    unknown = [name for name in names if _number(name) == _UNKNOWN]
    if unknown:
        raise UnknownSystemCallError(f"libseccomp does not know: {', '.join(unknown)}")
    return names


def _number(name: str) -> int:
    try:
        return int(pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name))
    except ValueError:
        return _UNKNOWN


def _sockets(rules: pyseccomp.SyscallFilter) -> None:
    allowed = sorted({*FAMILIES, int(socket.AF_NETLINK)})
    for family in FAMILIES:
        rules.add_rule(pyseccomp.ALLOW, "socket", pyseccomp.Arg(0, pyseccomp.EQ, family))
    netlink = pyseccomp.Arg(0, pyseccomp.EQ, int(socket.AF_NETLINK))
    rules.add_rule(pyseccomp.ALLOW, "socket", netlink, pyseccomp.Arg(2, pyseccomp.EQ, NETLINK_ROUTE))
    # Every other family answers what a kernel without it would answer.
    for before, after in pairwise([-1, *allowed, _LARGEST]):
        for other in range(before + 1, min(after, before + 64)):
            argument = pyseccomp.Arg(0, pyseccomp.EQ, other)
            rules.add_rule(pyseccomp.ERRNO(errno.EAFNOSUPPORT), "socket", argument)


def _processes(rules: pyseccomp.SyscallFilter) -> None:
    # clone3 hides its flags in memory, where a filter cannot look: ENOSYS sends the C library back to clone.
    rules.add_rule(pyseccomp.ALLOW, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, NAMESPACE_FLAGS, 0))
    for value in PERSONALITIES:
        rules.add_rule(pyseccomp.ALLOW, "personality", pyseccomp.Arg(0, pyseccomp.EQ, value))


def _program(rules: pyseccomp.SyscallFilter) -> bytes:
    descriptor = os.memfd_create("filter")
    with os.fdopen(descriptor, "w+b") as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()
