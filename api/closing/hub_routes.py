"""The door of the workplace to deletions: whose homes must go, what was in them, that they are gone or could not be."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.access.routes import HUB_OR_WATCH
from api.closing.deletion import homes_to_remove, note_counted, note_problem, note_removed
from api.closing.files import Kind
from api.dependencies import DatabaseDep

router = APIRouter(prefix="/internal/hub/removals", tags=["hub"], dependencies=[HUB_OR_WATCH])
MOST_HOMES = 10_000

Name = Annotated[str, Field(min_length=1, max_length=100)]
Number = Annotated[int, Field(ge=0, le=2**62)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Removal(BaseModel):
    """A project whose homes must go; `counted` says that it is known what was in them."""

    project: str
    counted: bool


class RemovalsAnswer(BaseModel):
    """The projects whose homes must go."""

    projects: list[Removal]


class Home(_Body):
    """What was counted in one person's home ("" as person: in all of them), and its sha256 (64 hex digits, or "")."""

    person: Annotated[str, Field(max_length=255)]
    files: Number
    directories: Number
    links: Number
    others: Number
    bytes: Number
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]


class Counted(_Body):
    """What was found in the homes of a project before anything was removed."""

    project: Name
    total: Home
    homes: Annotated[list[Home], Field(max_length=MOST_HOMES)]


class Removed(_Body):
    """The project whose homes are gone."""

    project: Name


class NotRemoved(_Body):
    """The project of which homes could not be removed: why, and how many entries were kept."""

    project: Name
    why: Annotated[str, Field(min_length=1, max_length=300)]
    kept: Number


@router.post("")
def removals(database: DatabaseDep) -> RemovalsAnswer:
    """Name the projects whose homes must go."""
    with database.reading() as session:
        due = [
            Removal(project=one.closing.project.slug, counted=one.homes is not None)
            for one in homes_to_remove(session)
        ]
    return RemovalsAnswer(projects=due)


@router.post("/counted", status_code=204)
def counted(told: Counted, database: DatabaseDep) -> None:
    """Keep what is in the homes of a project; saying it again changes nothing."""
    with database.transaction() as session:
        homes = [_document(Kind.HOMES, told.total), *(_document("home", home) for home in told.homes)]
        note_counted(session, told.project, homes)


@router.post("/removed", status_code=204)
def removed(told: Removed, database: DatabaseDep) -> None:
    """Keep that the homes of a project are gone; saying it again changes nothing."""
    with database.transaction() as session:
        note_removed(session, told.project)


@router.post("/failed", status_code=204)
def failed(told: NotRemoved, database: DatabaseDep) -> None:
    """Keep why homes could not be removed, and tell administrators when it is news."""
    with database.transaction() as session:
        note_problem(session, told.project, told.why, told.kept)


def _document(what: str, home: Home) -> dict[str, Any]:
    told = home.model_dump()
    person = told.pop("person")
    return {"what": str(what), **({"person": person} if person else {}), **told}
