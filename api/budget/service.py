"""The budget ledger: spend first, then read the data, then store the answer, and only then give it.

Whoever dies when: what was spent stays spent, a question that was paid for is never paid for twice, and an answer that
was given once is given again, the same and for free. Refusals rest on public parameters and on budgets alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CursorResult, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.access.models import Project
from api.audit import service as audit
from api.audit.service import Actor
from api.budget.errors import exhausted, no_budget, unbounded
from api.budget.models import ChargeEntry, PopulationDataset, PrivacyAnswer, PrivacyBudget, PrivacyCharge
from api.catalogue.models import DatasetVersion
from api.people.models import Person
from output_checker.noise.accounting import Loss


@dataclass(frozen=True)
class Question:
    """What is asked: the digest of the query, the data version it is asked of, and the digest of the view of it.

    `losses` is what an answer costs, by kind of unit.
    """

    query_digest: str
    version: DatasetVersion
    view_digest: str
    losses: Mapping[str, Loss]

    @property
    def key(self) -> str:
        """The same for the same question, whoever asks it.

        Of the same file with other metadata it is another question: they decide what an answer costs and how it is drawn.
        """
        metadata = json.dumps(self.version.document, sort_keys=True, separators=(",", ":"))
        parts = (self.query_digest, self.version.sha256, self.view_digest, metadata)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def charge_of(session: Session, question: Question) -> PrivacyCharge | None:
    """Return the charge that was made for this question, if any."""
    return session.scalar(select(PrivacyCharge).where(PrivacyCharge.question == question.key))


def spend(
    session: Session, actor: Actor, question: Question, project: Project, person: Person
) -> PrivacyCharge:
    """Charge every budget that a question draws on, all or none; nothing when it was paid for before.

    Commit before any data is read. Raises ConflictError when a budget is missing or would be overspent.
    """
    if earlier := charge_of(session, question):
        return earlier
    due = _due(session, question, project, person)
    charge = PrivacyCharge(
        question=question.key,
        dataset_version_id=question.version.id,
        project=project,
        person=person,
    )
    try:
        with session.begin_nested():
            session.add(charge)
    except IntegrityError:  # a twin was first: its charge pays for both
        return session.scalars(select(PrivacyCharge).where(PrivacyCharge.question == question.key)).one()
    # One order for all: two spenders never wait for each other in a circle.
    for budget, loss in sorted(due, key=lambda pair: pair[0].id):
        _draw_on(session, budget, loss)
        session.add(
            ChargeEntry(charge=charge, budget=budget, nano_rho=loss.nano_rho, nano_epsilon=loss.nano_epsilon)
        )
    session.flush()
    _tell(session, actor, charge, due, project)
    return charge


def _tell(
    session: Session,
    actor: Actor,
    charge: PrivacyCharge,
    due: list[tuple[PrivacyBudget, Loss]],
    project: Project,
) -> None:
    spent = {f"{budget.population.name}/{budget.scope}": loss.nano_rho for budget, loss in due}
    audit.record(
        session,
        actor,
        "noise.spend",
        f"charge:{charge.id}",
        "a noisy answer is charged before any data is read",
        question=charge.question,
        project=project.slug,
        nano_rho=spent,
    )


def _due(
    session: Session, question: Question, project: Project, person: Person
) -> list[tuple[PrivacyBudget, Loss]]:
    """Every budget that a question draws on, with what it costs there.

    Raises ConflictError when no population stands behind the data, or none of its budgets is meant for this project.
    """
    due = []
    for member in members_of(session, question.version.dataset_id):
        loss = question.losses.get(member.unit)
        if loss is None:
            raise unbounded(member.unit)
        due += [(budget, loss) for budget in budgets_for(session, member.population_id, project, person)]
    return due


def members_of(session: Session, dataset_id: int) -> Sequence[PopulationDataset]:
    """Return of which populations the units of a dataset are; raises ConflictError when nobody says so.

    While something about it waits for confirmation nothing is spent: which budgets are due is not settled.
    """
    members = session.scalars(
        select(PopulationDataset).where(PopulationDataset.dataset_id == dataset_id)
    ).all()
    if not members or any(member.confirmed_by_id is None for member in members):
        raise no_budget()
    return members


def budgets_for(
    session: Session, population_id: int, project: Project, person: Person
) -> list[PrivacyBudget]:
    """Return the budget of a population, what of it the project may spend, and the cap of the person if there is one.

    Raises ConflictError when the project has no part of it.
    """
    theirs = or_(PrivacyBudget.project_id.is_(None), PrivacyBudget.project_id == project.id)
    own = or_(PrivacyBudget.person_id.is_(None), PrivacyBudget.person_id == person.id)
    found = session.scalars(
        select(PrivacyBudget).where(PrivacyBudget.population_id == population_id, theirs, own)
    ).all()
    scopes = {budget.scope for budget in found}
    if not {EVERYBODY, scope_of_project(project)} <= scopes:
        raise no_budget()
    return list(found)


EVERYBODY = "everybody"
"""The scope of the budget that the guarantee is of."""


def scope_of_project(project: Project) -> str:
    """Return the scope of a project's budget."""
    return f"project:{project.slug}"


def scope_of_person(person: Person) -> str:
    """Return the scope of a person's budget."""
    return f"person:{person.subject}"


def _draw_on(session: Session, budget: PrivacyBudget, loss: Loss) -> None:
    """Take a loss from a budget in one statement, which the database refuses when it is too much."""
    epsilon = loss.nano_epsilon
    enough = [
        PrivacyBudget.id == budget.id,
        PrivacyBudget.spent_nano_rho + loss.nano_rho <= PrivacyBudget.total_nano_rho,
        PrivacyBudget.total_nano_epsilon.is_(None)
        if epsilon is None
        else or_(
            PrivacyBudget.total_nano_epsilon.is_(None),
            PrivacyBudget.spent_nano_epsilon + epsilon <= PrivacyBudget.total_nano_epsilon,
        ),
    ]
    taken = session.execute(
        update(PrivacyBudget)
        .where(*enough)
        .values(
            spent_nano_rho=PrivacyBudget.spent_nano_rho + loss.nano_rho,
            spent_nano_epsilon=PrivacyBudget.spent_nano_epsilon + (epsilon or 0),
        )
    )
    if cast(CursorResult[Any], taken).rowcount != 1:
        raise exhausted()


def store(session: Session, charge_id: int, answer: dict[str, Any]) -> dict[str, Any]:
    """Keep the answer to a charge, and return the one that counts: the first that was stored."""
    try:
        with session.begin_nested():
            session.execute(insert(PrivacyAnswer).values(charge_id=charge_id, document=answer))
    except IntegrityError:  # a twin was first: its answer is the answer
        stored = select(PrivacyAnswer.document).where(PrivacyAnswer.charge_id == charge_id)
        return cast(dict[str, Any], session.scalars(stored).one())
    return answer
