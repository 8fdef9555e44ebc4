"""Parts of JupyterLab that the host knows byte for byte: they cost nothing of the budget, because they can carry nothing.

Every other answer comes from the sandbox and may carry data, on any route: it is metered.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

PLACES = (
    "share/jupyter/lab/static",
    "share/jupyter/lab/themes",
    "share/jupyter/labextensions",
    "lib/python3*/site-packages/jupyter_server/static",
    "lib/python3*/site-packages/jupyterlab/static",
)
# An asset is compared whole; nothing of JupyterLab is larger.
LARGEST_BYTES = 16 * 2**20


def digests(environment: Path) -> frozenset[bytes]:
    """Return the SHA-256 of every file of JupyterLab's pages in the sandbox environment."""
    files = (path for place in PLACES for path in _files(environment, place))
    return frozenset(digest(path.read_bytes()) for path in files)


def _files(environment: Path, place: str) -> list[Path]:
    found = [path for directory in environment.glob(place) for path in directory.rglob("*")]
    return [
        path
        for path in found
        if path.is_file() and path.suffix != ".map" and path.stat().st_size <= LARGEST_BYTES
    ]


def digest(content: bytes) -> bytes:
    """Return the SHA-256 of some bytes."""
    return hashlib.sha256(content).digest()
