"""What this machine lacks, and how strongly it can hold a sandbox; for ``enclave doctor`` and for people who install."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from hub.sandbox import cgroup
from output_checker.text import Text

TOOLS = {
    "bwrap": Text(
        nl="bubblewrap ontbreekt: zonder dit programma start geen werkplek (Debian: apt install bubblewrap).",
        en="bubblewrap is missing: no sandbox starts without it (Debian: apt install bubblewrap).",
    ),
    "prlimit": Text(
        nl="prlimit ontbreekt (Debian: apt install util-linux).",
        en="prlimit is missing (Debian: apt install util-linux).",
    ),
}
NO_LIBSECCOMP = Text(
    nl="libseccomp ontbreekt of is te oud om de lijst van systeemaanroepen te kennen (Debian: apt install libseccomp2).",
    en="libseccomp is missing or too old to know the list of system calls (Debian: apt install libseccomp2).",
)
NO_NAMESPACES = Text(
    nl="De kern staat gewone gebruikers geen eigen namespaces toe; bubblewrap heeft die nodig "
    "(sysctl kernel.unprivileged_userns_clone=1, of een AppArmor-profiel voor bwrap).",
    en="The kernel does not allow ordinary users their own namespaces; bubblewrap needs them "
    "(sysctl kernel.unprivileged_userns_clone=1, or an AppArmor profile for bwrap).",
)
NOT_ROOT = Text(
    nl="Werkplekken draaien als dezelfde gebruiker als de dienst: een uitbraak uit een werkplek raakt alles van die "
    "gebruiker. Start als root, dan krijgt elk project een eigen gebruiker.",
    en="Sandboxes run as the same user as the service: an escape from one touches everything of that user. "
    "Start as root and every project gets its own user.",
)
NO_CGROUP = Text(
    nl="Geen beheergroepen (cgroups): geheugen wordt per proces begrensd in plaats van per werkplek, processortijd niet.",
    en="No control groups: memory is limited per process instead of per sandbox, processor time not at all.",
)
SHARED_ORIGIN = Text(
    nl="De werkplek is bereikbaar over http zonder versleuteling: alleen geschikt voor deze ene machine.",
    en="The hub is reached over http without encryption: fit for this one machine only.",
)


def missing_tools() -> list[Text]:
    """Return what must be installed or allowed before any sandbox can start; empty when nothing is missing."""
    missing = [words for tool, words in TOOLS.items() if shutil.which(tool) is None]
    if not _filter_works():
        missing.append(NO_LIBSECCOMP)
    if shutil.which("bwrap") is not None and not namespaces_work():
        missing.append(NO_NAMESPACES)
    return missing


def weaknesses(hub_url: str = "") -> list[Text]:
    """Return where this machine holds a sandbox less strongly than it could; empty when it holds it fully."""
    found = []
    if os.geteuid() != 0:
        found.append(NOT_ROOT)
    if os.geteuid() != 0 or cgroup.version() is None:
        found.append(NO_CGROUP)
    if hub_url.startswith("http://") and "127.0.0.1" not in hub_url and "localhost" not in hub_url:
        found.append(SHARED_ORIGIN)
    return found


def namespaces_work(user: int = 65534) -> bool:
    """Whether an ordinary user can start the namespaces of a sandbox here (as root: tried as `user`)."""
    program = shutil.which("bwrap")
    if program is None:
        return False
    command = [
        program, "--unshare-all", "--unshare-user", "--disable-userns", "--ro-bind", "/", "/",
        "--proc", "/proc", "--dev", "/dev", "true",
    ]  # fmt: skip
    as_other = {"user": user, "group": user, "extra_groups": []} if os.geteuid() == 0 else {}
    trial = subprocess.run(command, capture_output=True, cwd="/", timeout=10, check=False, **as_other)  # type: ignore[call-overload]  # noqa: S603
    return bool(trial.returncode == 0)


def _filter_works() -> bool:
    try:
        # The library is looked for when the module is loaded.
        from hub.sandbox import seccomp

        return bool(seccomp.filter_program())
    except (RuntimeError, OSError):
        return False


def environment_ready(environment: Path) -> bool:
    """Whether the sandbox environment holds a Python."""
    return (environment / "bin" / "python").exists()
