"""How a project stands at its end: in words for people, and which requests are left without a decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.access.models import Project
from api.closing.models import Closing
from api.closing.service import standing_closing
from api.db import now
from api.requests.models import OutputRequest, RequestState
from api.web.labels import Label
from output_checker.text import Text

_SETTLED: Final = (
    RequestState.RELEASED,
    RequestState.REJECTED,
    RequestState.WITHDRAWN,
    RequestState.REVOKED,
)
RUNNING = Label(Text("Loopt", "Running"), "pass")
NOT_BEGUN = Label(Text("Nog niet begonnen", "Not begun"), "neutral")
CLOSED = Label(Text("Gesloten", "Closed"), "info")
DELETING = Label(Text("Wordt verwijderd", "Being deleted"), "review")
STUCK = Label(Text("Verwijderen lukt niet", "Cannot be deleted"), "fail")
DELETED = Label(Text("Werk verwijderd", "Work deleted"), "neutral")

WHAT: Final[dict[str, Text]] = {
    "homes": Text("Alle werkmappen samen", "All work folders together"),
    "home": Text("Werkmap van {person}", "Work folder of {person}"),
    "uploads": Text("Uploads", "Uploads"),
    "inspected": Text("Wat van uploads is nagekeken", "What was inspected of uploads"),
    "views": Text("Weergaven van de gegevens", "Views of the data"),
}


@dataclass(frozen=True)
class Ending:
    """A project with its closing that stands (None: it runs, or has not begun), and how it stands in words.

    `is_over` says that its end date is past, also when nobody wrote that down yet.
    """

    project: Project
    closing: Closing | None
    label: Label
    is_over: bool


def ending_of(session: Session, project: Project) -> Ending:
    """Return how `project` stands now."""
    closing, moment = standing_closing(session, project), now()
    is_over = project.closed_at is not None or project.valid_until <= moment
    if closing is None:
        running = NOT_BEGUN if moment < project.valid_from else RUNNING
        return Ending(project, None, CLOSED if is_over else running, is_over)
    return Ending(project, closing, _label(closing), is_over)


def _label(closing: Closing) -> Label:
    deletion = closing.deletion
    if deletion is None:
        return CLOSED
    if deletion.finished_at is not None:
        return DELETED
    return STUCK if deletion.problem else DELETING


def what_of(part: dict[str, str]) -> Text:
    """Return what a part of a statement is about, in words."""
    words, person = WHAT[part["what"]], part.get("person", "")
    return Text(words.nl.format(person=person), words.en.format(person=person))


def undecided_in(session: Session, project: Project) -> int:
    """Return how many requests of `project` nobody decides about once it is closed."""
    asked = OutputRequest.project_id == project.id, OutputRequest.state.not_in(_SETTLED)
    return session.scalar(select(func.count()).select_from(OutputRequest).where(*asked)) or 0
