"""The bubblewrap command line of one sandbox (bwrap(1)): order matters, later mounts lie over earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from hub.sandbox.plan import UID, Mount, SandboxPlan

# Merged-/usr links: what programs expect at the root.
LINKS = (("usr/bin", "/bin"), ("usr/sbin", "/sbin"), ("usr/lib", "/lib"), ("usr/lib64", "/lib64"))
ISOLATION = (
    "--unshare-all", "--unshare-user", "--disable-userns",
    "--uid", str(UID), "--gid", str(UID), "--cap-drop", "ALL",
    "--hostname", "sandbox",
    # Ends with the door that started it, and has no terminal to type into.
    "--die-with-parent", "--new-session",
    "--clearenv",
)  # fmt: skip


def arguments(plan: SandboxPlan, sources: Sequence[str], filter_descriptor: int) -> list[str]:
    """Options and command for bwrap; `sources` are the host paths of the mounts, staged or direct, in order.

    They hold the hub token of the sandbox: pass them by ``--args``, never on a command line, which is public.
    """
    return [
        *ISOLATION, *(("--share-net",) if plan.network else ()),
        "--seccomp", str(filter_descriptor),
        *_places(plan),
        *chain.from_iterable(_bind(mount, source) for mount, source in zip(plan.mounts, sources, strict=True)),
        *chain.from_iterable(("--setenv", name, value) for name, value in plan.environment.items()),
        "--chdir", plan.directory,
        # /dev and the root are memory file systems without a size of their own: nobody writes there.
        "--remount-ro", "/dev", "--remount-ro", "/",
    ]  # fmt: skip


def _places(plan: SandboxPlan) -> list[str]:
    links = chain.from_iterable(("--symlink", target, name) for target, name in LINKS)
    return [
        *links,
        "--proc", "/proc",
        "--dev", "/dev",
        "--size", str(plan.limits.tmp_bytes), "--perms", "1777", "--tmpfs", "/tmp",  # noqa: S108 - in the sandbox
        "--size", str(plan.limits.shm_bytes), "--perms", "1777", "--tmpfs", "/dev/shm",  # noqa: S108 - likewise
    ]  # fmt: skip


def _bind(mount: Mount, source: str) -> tuple[str, str, str]:
    return ("--bind" if mount.writable else "--ro-bind", source, mount.target)
