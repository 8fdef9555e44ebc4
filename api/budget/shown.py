"""Budgets as they are shown: how much is left and what it promises, and how far off answers are for what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.budget.deciding import user_can_confirm, user_can_confirm_member
from api.budget.models import BudgetProposal, Population, PopulationDataset, PrivacyBudget, PrivacyCharge
from api.budget.permissions import user_can_decide_on_budgets
from api.budget.queries import charges_of, everybody_of
from api.people.models import Person
from api.release.choice import Asked, asked_for
from api.requests.models import OutputRequest
from api.requests.permissions import visible_to
from output_checker.noise.accounting import NANO, Loss, guarantee, laplace_for, pure
from output_checker.text import Text

DELTA: Final = 1e-6
"""The delta at which a budget is told as an epsilon: far below one in the number of inhabitants."""

EPSILONS: Final = tuple(Fraction(number, 100) for number in (2, 5, 10, 25, 50, 100, 200))
"""What an answer may cost, for the plot of error against budget."""


@dataclass(frozen=True)
class ShownBudget:
    """A budget, in rho, with what all answers under it together promise (epsilon at DELTA)."""

    scope: str
    total: float
    spent: float
    epsilon: float
    pure_total: float | None

    @property
    def left(self) -> float:
        """What may still be spent."""
        return self.total - self.spent

    @property
    def share(self) -> float:
        """Which part (0 to 1) was spent; all of nothing."""
        return self.spent / self.total if self.total else 1.0


@dataclass(frozen=True)
class ErrorAtBudget:
    """How far off a count is (95 %, in units) when it costs `epsilon`, how many such answers are left, and the margin as
    a share (0 to 1) of the largest.
    """

    epsilon: float
    margin: int
    answers: int
    bar: float


@dataclass(frozen=True)
class ShownProposal:
    """What waits for confirmation, with what the reader may do about it."""

    said: BudgetProposal
    may_confirm: bool
    may_dismiss: bool


@dataclass(frozen=True)
class ShownMember:
    """A dataset of a population, with what the reader may do while it waits."""

    said: PopulationDataset
    may_confirm: bool
    may_dismiss: bool


def shown_budget(budget: PrivacyBudget) -> ShownBudget:
    """Return a budget as it is shown."""
    pure_total = budget.total_nano_epsilon
    return ShownBudget(
        budget.scope,
        budget.total_nano_rho / NANO,
        budget.spent_nano_rho / NANO,
        guarantee(Loss(budget.total_nano_rho, pure_total), DELTA),
        None if pure_total is None else pure_total / NANO,
    )


def errors_at(budget: PrivacyBudget) -> list[ErrorAtBudget]:
    """Return the error of a count of persons for several costs; a larger unit than one row makes it larger."""
    left = budget.total_nano_rho - budget.spent_nano_rho
    margins = [laplace_for(epsilon, 1).margin() for epsilon in EPSILONS]
    return [
        ErrorAtBudget(float(epsilon), margin, left // pure(epsilon).nano_rho, margin / max(margins))
        for epsilon, margin in zip(EPSILONS, margins, strict=True)
    ]


def shown_proposals(session: Session, person: Person, population: Population) -> list[ShownProposal]:
    """Return the totals that wait for confirmation, oldest first."""
    waiting = [one for one in history_of(population) if one.confirmed is None]
    may = user_can_decide_on_budgets(person)
    return [ShownProposal(one, user_can_confirm(session, person, one), may) for one in reversed(waiting)]


def shown_members(person: Person, population: Population) -> list[ShownMember]:
    """Return the datasets of a population, by name."""
    may = user_can_decide_on_budgets(person)
    return [
        ShownMember(
            one,
            one.confirmed_by is None and user_can_confirm_member(person, one),
            one.confirmed_by is None and may,
        )
        for one in sorted(population.members, key=lambda one: (one.dataset.name, one.unit))
    ]


@dataclass(frozen=True)
class ShownCharge:
    """An answer that was paid for: what it took from everybody's budget of the population, and for whom.

    `question` is what was asked, None for who may not read that request.
    """

    said: PrivacyCharge
    nano_rho: int
    asked: Asked
    question: Text | None

    @property
    def rho(self) -> float:
        """What it took."""
        return self.nano_rho / NANO


def shown_charges(session: Session, person: Person, population: Population) -> list[ShownCharge]:
    """Return the newest answers that draw on a population, of whatever centre."""
    everybody, charges = everybody_of(population), charges_of(session, population)
    asked = asked_for(session, charges)
    requests = {one.output.request_id for one in asked.values()}
    readable = set(
        session.scalars(
            select(OutputRequest.id).where(OutputRequest.id.in_(requests), visible_to(session, person))
        )
    )
    return [
        ShownCharge(
            one,
            entry.nano_rho,
            asked[one.id],
            asked[one.id].question if asked[one.id].output.request_id in readable else None,
        )
        for one in charges
        for entry in one.entries
        if entry.budget_id == everybody.id
    ]


def history_of(population: Population) -> Sequence[BudgetProposal]:
    """Return every total that was ever asked for, newest first."""
    said = [one for budget in population.budgets for one in budget.proposals]
    return sorted(said, key=lambda one: one.id, reverse=True)
