"""Host side start of one sandbox: an own mount namespace with every source staged, then an own user, then bubblewrap.

The sandbox's user cannot walk through closed directories of the host (a clone below a private home, a state directory
of mode 0700). So, as root, the sources are bound below a memory file system that this process alone sees, and bwrap
reads them from there as that user. Run as a script without the packages of the service: it must stay small, start
fast and import nothing once the sources are staged.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import sys
from pathlib import Path
from typing import TypedDict

CLONE_NEWNS = 0x00020000
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x1000, 0x4000, 0x40000
PR_SET_NO_NEW_PRIVS = 38
# bwrap itself needs this directory, so it is there; in our own namespace we may cover it.
STAGE = "/tmp"  # noqa: S108
_libc = ctypes.CDLL(None, use_errno=True)


class Start(TypedDict):
    """What to start: host sources of the mounts in order, the user (None: as we are), limits, and bwrap's command line."""

    sources: list[str]
    uid: int | None
    cgroups: list[str]
    data_bytes: int | None
    file_bytes: int
    program: list[str]


def staged(count: int) -> list[str]:
    """Paths at which the sources will be found after staging, in order."""
    return [f"{STAGE}/{index}" for index in range(count)]


def run(start: Start) -> None:
    """Become the sandbox. Returns never; raises OSError when a step is refused."""
    for group in start["cgroups"]:
        Path(group, "cgroup.procs").write_text("0")
    if start["data_bytes"] is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (start["data_bytes"], start["data_bytes"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (start["file_bytes"], start["file_bytes"]))
    # Not 0: the kernel gives memory to a crash collector of the host all the same, save at 1 (core(5), coredump.c).
    resource.setrlimit(resource.RLIMIT_CORE, (1, 1))
    # When memory runs out on the host, a sandbox goes before any service.
    Path("/proc/self/oom_score_adj").write_text("500")
    if start["uid"] is not None:
        _stage(start["sources"])
        _become(start["uid"])
    os.execv(start["program"][0], start["program"])  # noqa: S606 - no shell wanted


def _stage(sources: list[str]) -> None:
    _check(_libc.unshare(CLONE_NEWNS), "unshare")
    _mount("none", "/", MS_REC | MS_PRIVATE)
    # Held by descriptor: a source may itself lie below the directory that is covered next.
    held = [os.open(source, os.O_PATH) for source in sources]
    _mount("stage", STAGE, MS_NOSUID | MS_NODEV, "tmpfs", "mode=0711,size=1m")
    for index, (source, descriptor) in enumerate(zip(sources, held, strict=True)):
        place = f"{STAGE}/{index}"
        if Path(f"/proc/self/fd/{descriptor}").is_dir():
            os.mkdir(place)  # noqa: PTH102
        else:
            os.close(os.open(place, os.O_CREAT | os.O_WRONLY))
        _mount(f"/proc/self/fd/{descriptor}", place, MS_BIND | MS_REC, label=source)
        os.close(descriptor)


def _become(uid: int) -> None:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    _check(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def _mount(source: str, target: str, flags: int, kind: str = "", options: str = "", label: str = "") -> None:
    result = _libc.mount(
        source.encode(),
        target.encode(),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        options.encode() or None,
    )
    _check(result, f"mount {label or target}")


def _check(result: int, step: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{step}: {os.strerror(code)}")


if __name__ == "__main__":
    run(json.load(sys.stdin))
