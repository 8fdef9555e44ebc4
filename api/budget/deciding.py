"""Four eyes on budgets: what one steward proposes, another steward or an administrator confirms or turns down."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.access.models import Project
from api.audit.service import Actor
from api.budget.models import BudgetProposal, Population, PopulationDataset, PrivacyBudget
from api.budget.permissions import (
    check_not_about_self,
    check_user_can_decide_on_budgets,
    user_can_decide_on_budgets,
)
from api.budget.queries import find_population
from api.budget.setting import put_in_force, record
from api.db import now
from api.errors import ConflictError, NotAllowedError, NotFoundError
from api.people.four_eyes import check_other_eyes, is_other
from api.people.models import Person, Role
from api.people.roles import has_role_somewhere
from output_checker.text import Text


def decide_on_total(
    session: Session, person: Person, name: str, proposal_id: int, *, confirmed: bool
) -> BudgetProposal:
    """Confirm a proposed total of the population called `name`, or turn it down; return what became of it.

    Raises NotAllowedError, NotFoundError or ConflictError, as `confirm` and `dismiss` do.
    """
    proposal = find_proposal(session, find_population(session, person, name), proposal_id)
    return (confirm if confirmed else dismiss)(session, _deciding_as(person), proposal)


def decide_on_member(
    session: Session, person: Person, name: str, member_id: int, *, confirmed: bool
) -> Population:
    """Confirm that a dataset is of the population called `name`, or turn it down; return the population.

    Raises NotAllowedError, NotFoundError or ConflictError, as `confirm_member` and `dismiss_member` do.
    """
    population = find_population(session, person, name)
    member = find_member(session, population, member_id)
    (confirm_member if confirmed else dismiss_member)(session, _deciding_as(person), member)
    session.refresh(population)
    return population


def _deciding_as(person: Person) -> Actor:
    """A person as a steward where they are one, else as an administrator."""
    role = Role.STEWARD if has_role_somewhere(person, Role.STEWARD) else Role.ADMINISTRATOR
    return Actor(person, role.value)


def find_proposal(session: Session, population: Population, proposal_id: int) -> BudgetProposal:
    """Return a proposal about a population, held for this transaction; raises NotFoundError for any other."""
    one = session.get(BudgetProposal, proposal_id, with_for_update=True, populate_existing=True)
    if one is None or one.budget.population_id != population.id:
        raise NotFoundError("no_proposal", Text("Dit voorstel is er niet.", "There is no such proposal."))
    return one


def find_member(session: Session, population: Population, member_id: int) -> PopulationDataset:
    """Return a dataset of a population, held for this transaction; raises NotFoundError for any other."""
    one = session.get(PopulationDataset, member_id, with_for_update=True, populate_existing=True)
    if one is None or one.population_id != population.id:
        raise NotFoundError("no_dataset", Text("Deze dataset is er niet.", "There is no such dataset."))
    return one


def confirm(session: Session, actor: Actor, proposal: BudgetProposal) -> BudgetProposal:
    """Let a proposed total hold from now on; `actor` is not who proposed it.

    Raises NotAllowedError (no steward or administrator, own proposal, own work) or ConflictError (decided already, or
    more was spent meanwhile).
    """
    deciding = check_user_can_decide_on_budgets(actor)
    check_other_eyes(proposal.proposed_by, deciding)
    check_not_about_self(session, deciding, about_of(proposal.budget))
    _check_open(proposal.confirmed is None)
    return put_in_force(session, actor, proposal, deciding)


def dismiss(session: Session, actor: Actor, proposal: BudgetProposal) -> BudgetProposal:
    """Turn a proposed total down, or take one's own back. Raises NotAllowedError or ConflictError (decided already)."""
    deciding = check_user_can_decide_on_budgets(actor)
    _check_open(proposal.confirmed is None)
    proposal.confirmed, proposal.decided_by, proposal.decided_at = False, deciding, now()
    session.flush()
    budget = proposal.budget
    reason = "a proposed total is turned down"
    record(session, actor, "budget.dismiss", budget.population, reason, scope=budget.scope)
    return proposal


def confirm_member(session: Session, actor: Actor, member: PopulationDataset) -> None:
    """Let a dataset count for a population; raises NotAllowedError (own addition) or ConflictError (counts already)."""
    deciding = check_user_can_decide_on_budgets(actor)
    check_other_eyes(member.added_by, deciding)
    _check_open(member.confirmed_by is None)
    member.confirmed_by = deciding
    session.flush()
    _tell_of_member(session, actor, "budget.confirm_dataset", member)


def dismiss_member(session: Session, actor: Actor, member: PopulationDataset) -> None:
    """Turn down that a dataset is of a population; raises NotAllowedError or ConflictError (it counts already)."""
    check_user_can_decide_on_budgets(actor)
    _check_open(member.confirmed_by is None)
    _tell_of_member(session, actor, "budget.dismiss_dataset", member)
    session.delete(member)
    session.flush()


def user_can_confirm(session: Session, person: Person, proposal: BudgetProposal) -> bool:
    """Tell whether `person` may confirm a proposed total: never who made it, nor who works with it."""
    try:
        check_not_about_self(session, person, about_of(proposal.budget))
    except NotAllowedError:
        return False
    return user_can_decide_on_budgets(person) and is_other(proposal.proposed_by, person)


def user_can_confirm_member(person: Person, member: PopulationDataset) -> bool:
    """Tell whether `person` may confirm that a dataset is of a population: never who said so."""
    return user_can_decide_on_budgets(person) and is_other(member.added_by, person)


def about_of(budget: PrivacyBudget) -> Project | Person | None:
    """Return whose part of a population's budget it is."""
    return budget.project or budget.person


def _check_open(is_open: bool) -> None:
    if not is_open:
        raise ConflictError(
            "decided_already",
            Text("Over dit voorstel is al beslist.", "This proposal was decided on already."),
            remedy=Text("Bekijk de pagina opnieuw.", "Look at the page again."),
        )


def _tell_of_member(session: Session, actor: Actor, action: str, member: PopulationDataset) -> None:
    facts = {"dataset": member.dataset.name, "unit": member.unit, "added_by": member.added_by.subject}
    record(session, actor, action, member.population, "four eyes on what a population holds", **facts)
