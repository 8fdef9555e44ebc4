"""Answering with noise, in the one order that is safe: plan, spend, read, store, answer."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from api.access.models import DatasetView, Project
from api.audit.service import Actor
from api.budget.models import ChargeState
from api.budget.service import Question, spend, store
from api.catalogue.models import DatasetVersion
from api.catalogue.service import dataset_of
from api.db import Database
from api.people.models import Person
from api.settings import Settings
from output_checker.noise.answer import answer
from output_checker.noise.plan import plan_of
from output_checker.query import Query


@dataclass(frozen=True)
class Asker:
    """Who asks, in which project, and what of the data the project sees; ids only, they outlive a session."""

    person_id: int
    project_id: int
    view_id: int


def answer_with_noise(
    database: Database, settings: Settings, actor: Actor, query: Query, asker: Asker
) -> dict[str, Any]:
    """Answer a query with noise: an output_checker NoisyAnswer as JSON, the same each time it is asked.

    What fails after spending stays spent; asking again then costs nothing more. Raises output_checker's NoiseError or
    QueryError before anything is spent, ConflictError when the budget does not allow it, and output_checker's
    DatasetError or EvidenceError when the data cannot be read.
    """
    with database.reading() as session:
        view = session.get_one(DatasetView, asker.view_id)
        version = session.get_one(DatasetVersion, view.dataset_version_id)
        dataset = dataset_of(settings, version, view)
    plan = plan_of(query, dataset)
    question = Question(query.digest, version, view_digest(view), plan.losses)
    with database.transaction() as session:
        project = session.get_one(Project, asker.project_id)
        charge = spend(session, actor, question, project, session.get_one(Person, asker.person_id))
        charge_id, earlier = charge.id, charge.answer if charge.state is ChargeState.ANSWERED else None
    if earlier is not None:
        return earlier
    found = answer(query, dataset).model_dump(mode="json")
    with database.transaction() as session:
        return store(session, charge_id, found)


def view_digest(view: DatasetView) -> str:
    """The digest of what a view shows: the same columns and rows give the same answer, whoever asks."""
    shown = json.dumps([sorted(view.columns), view.row_filter], separators=(",", ":"))
    return hashlib.sha256(shown.encode()).hexdigest()
