"""Which lines and branches the tests run through, of the files that deploy.checks wants fully covered.

A plugin of pytest for the workers of a round. Probes are put into a module when it is loaded, so this has to be there
before anything of ours is: the variable ``PYTEST_PLUGINS`` names it. SlipCover calls a branch what coverage.py calls
one; but Python 3.11 would stop at every step of all code there is for coverage.py, which took half as long again as
the tests.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from slipcover import ImportManager, Slipcover

from deploy.checks import ROOT, fully_covered

NEVER = 2**31 - 1
"""After how many needless hits a probe is taken out: that changes code which other threads may be running."""


class _Exactly:
    """Matches these files; the matcher of SlipCover would compare each module of each library with each of them."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._names = {str(file) for file in files}

    def matches(self, filename: str) -> bool:
        """Whether this is one of them."""
        return filename in self._names


class Measuring:
    """Probes in `files`, which must not be loaded yet; what they saw is `written` when pytest ends."""

    def __init__(self, files: Sequence[Path], written: Path) -> None:
        self._written = written
        self._probes = Slipcover(branch=True, d_miss_threshold=NEVER)
        self._loading = ImportManager(self._probes, _Exactly(files))
        self._loading.__enter__()

    def pytest_sessionfinish(self) -> None:
        """Write what was run; see deploy.checks.Measured."""
        self._loading.__exit__()
        self._written.write_text(json.dumps(self._probes.get_coverage()["files"]), encoding="utf-8")


def _begin() -> Measuring | None:
    # The process that hands out the tests runs none.
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None or __name__ not in os.environ.get("PYTEST_PLUGINS", ""):
        return None
    return Measuring(fully_covered(), ROOT / f".coverage.{worker}.json")


_measuring = _begin()


def pytest_configure(config: pytest.Config) -> None:
    """Hand the probes to pytest, where there are any."""
    if _measuring:
        config.pluginmanager.register(_measuring)
