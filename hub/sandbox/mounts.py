"""Which paths of the host a sandbox sees: system programs, its Python, the output checker, one project's data, one home."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from hub.sandbox.plan import ASSETS, DATA, ENVIRONMENT, HOME, LIBRARY, SOCKETS, WORKPLACE, Mount

INSIDE = Path(__file__).parent / "inside"
ROOT = Path(__file__).resolve().parents[2]
OUTPUT_CHECKER = ROOT / "output_checker"
# Of the host's /etc only what the loader, fonts and program choices need; accounts and names are our own files.
HOST_ETC = ("ld.so.cache", "fonts", "alternatives", "localtime", "mime.types")
# The relay speaks to services by name, perhaps over TLS.
RELAY_ETC = ("ld.so.cache", "localtime", "hosts", "resolv.conf", "nsswitch.conf", "ssl")


class UnusableEnvironmentError(RuntimeError):
    """The sandbox environment holds no Python, so no sandbox can start."""


def interpreter(environment: Path) -> list[Mount]:
    """Mounts of the base interpreter, at its own path, for every step of the link from the environment to it.

    An interpreter below /usr is there already. Raises UnusableEnvironmentError when the environment has none.
    """
    prefixes = dict.fromkeys(
        step.parent.parent
        for step in _links(environment / "bin" / "python")
        if not _covered(step, environment)
    )
    return [Mount(source=prefix.resolve(), target=str(prefix)) for prefix in prefixes]


def _links(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise UnusableEnvironmentError(f"no Python at {path}")
    yield path
    while path.is_symlink():
        path = path.parent / path.readlink()
        yield path
    # The real file too: a directory on the way may itself be a link.
    yield path.resolve()


def _covered(step: Path, environment: Path) -> bool:
    return step.is_relative_to("/usr") or step.is_relative_to(environment) or step.parent == Path("/bin")


def system() -> list[Mount]:
    """Mounts of the operating system: programs, and a minimal /etc that names no user of the host."""
    own = [Mount(source=file, target=f"/etc/{file.name}") for file in sorted((INSIDE / "etc").iterdir())]
    return [Mount(source=Path("/usr"), target="/usr"), *own, *_of_host(HOST_ETC)]


def _of_host(names: tuple[str, ...]) -> list[Mount]:
    return [
        Mount(source=Path("/etc", name), target=f"/etc/{name}")
        for name in names
        if Path("/etc", name).exists()
    ]


def tools(environment: Path) -> list[Mount]:
    """Mounts of what researchers compute with: the environment, the output checker, and our server's start and settings."""
    environment = environment.absolute()
    return [
        *interpreter(environment),
        Mount(source=environment, target=ENVIRONMENT),
        Mount(source=OUTPUT_CHECKER, target=f"{LIBRARY}/output_checker"),
        Mount(source=INSIDE, target=WORKPLACE),
    ]


def project(data: Path, home: Path, sockets: Path) -> list[Mount]:
    """Mounts of one project and one person; of these only the home is writable."""
    return [
        Mount(source=data, target=DATA),
        Mount(source=home, target=HOME, writable=True),
        # Read-only, so that the sandbox cannot replace a socket by a link which the host would follow.
        Mount(source=sockets, target=SOCKETS),
    ]


def relay(assets: Path, directory: Path) -> list[Mount]:
    """Mounts of bridge and guard: our own Python and packages, JupyterLab's files to compare with, and their sockets.

    No secret, no data and no home: an error in them opens nothing of the host.
    """
    return [
        Mount(source=Path("/usr"), target="/usr"),
        *_of_host(RELAY_ETC),
        *interpreter(Path(sys.prefix)),
        Mount(source=Path(sys.prefix), target=ENVIRONMENT),
        *(Mount(source=ROOT / name, target=f"{LIBRARY}/{name}") for name in ("hub", "output_checker")),
        Mount(source=assets.absolute(), target=ASSETS),
        Mount(source=directory, target=SOCKETS),
    ]
