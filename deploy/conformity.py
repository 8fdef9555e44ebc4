"""What the software does for each statement of a standard, as told in docs/conformity/*.toml."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

DIRECTORY: Final = Path("docs/conformity")


class Status(StrEnum):
    """How far a statement is met; `organisation` is for whoever runs an environment, software has no part in it."""

    MET = "met"
    PARTLY = "partly"
    NO = "no"
    ORGANISATION = "organisation"


class Statement(BaseModel):
    """One statement of a standard; `evidence` are files of this repository, tests as file::function."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    pillar: str
    capability: str
    importance: str
    text: str
    status: Status
    how: str = ""
    evidence: tuple[str, ...] = ()

    @property
    def tests(self) -> list[str]:
        """The evidence that is a test."""
        return [one for one in self.evidence if one.startswith("tests/")]

    @property
    def files(self) -> list[str]:
        """The evidence that is not a test."""
        return [one for one in self.evidence if not one.startswith("tests/")]


class Conformity(BaseModel):
    """A standard with its statements, and where their texts are from."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    specification: str
    version: str
    source: str
    licence: str
    statement: tuple[Statement, ...]

    def counted(self, importance: str = "") -> Counter[Status]:
        """How many statements (of one importance, if given) are how far met."""
        return Counter(one.status for one in self.statement if one.importance.startswith(importance))


def read(name: str, directory: Path = DIRECTORY) -> Conformity:
    """Return what is told about the standard called `name`.

    Raises OSError or ValueError.
    """
    return Conformity.model_validate(tomllib.loads((directory / f"{name}.toml").read_text(encoding="utf-8")))


def missing_evidence(conformity: Conformity, root: Path) -> list[str]:
    """Return the evidence that is not in the repository at `root`: files, or functions in them."""
    named = dict.fromkeys(one for statement in conformity.statement for one in statement.evidence)
    return [one for one in named if not _is_there(root, one)]


def _is_there(root: Path, evidence: str) -> bool:
    file, _, function = evidence.partition("::")
    path = root / file
    if not function:
        return path.exists()
    return path.is_file() and f"def {function}(" in path.read_text(encoding="utf-8")


def summary(conformity: Conformity) -> Sequence[tuple[str, *tuple[int, ...]]]:
    """Return a row for each importance: its name, then how many statements have each status."""
    kinds = ("Mandatory", "Recommended", "Optional")
    return [(kind, *(conformity.counted(kind)[status] for status in Status)) for kind in kinds]
