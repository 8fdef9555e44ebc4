"""The one place that decides who may pass which door: every door, every time, with every reason.

Closed on doubt: an unknown person or project, a missing grant, a role that the door does not know, a condition that
cannot be read are refusals. A refusal for want of a grant or role is the same whether or not the project exists.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from api.access.circumstances import Answer, Circumstances, Condition, Login, Met, Unmet
from api.access.conditions import read_stored
from api.access.doors import RULES, Door, DoorRule
from api.access.models import Grant, Project
from api.access.presence import login_of
from api.db import now
from api.errors import NotAllowedError
from api.people.models import Person
from api.people.roles import appointed_roles
from output_checker.text import Text

__all__ = ["AccessDecision", "AccessRefusedError", "Door", "check_access", "current_grant", "decide"]


@dataclass(frozen=True, slots=True)
class CheckedCondition:
    """One condition and its answer; `awaits_login`: nobody was at the door, without whom it cannot be tested."""

    condition: str
    title: Text
    answer: Answer
    awaits_login: bool = False

    @property
    def met(self) -> bool:
        """Whether the condition holds."""
        return isinstance(self.answer, Met)

    @property
    def words(self) -> tuple[Text, ...]:
        """What is said about it: the fact, or the reason and the remedy."""
        if isinstance(self.answer, Met):
            return (self.answer.fact,)
        return self.answer.reason, self.answer.remedy


@dataclass(frozen=True, slots=True)
class UnmetCondition:
    """Why a door stays shut, and what to do about it."""

    condition: str
    reason: Text
    remedy: Text

    def document(self) -> dict[str, Any]:
        """Return the JSON of this condition."""
        return {
            "condition": self.condition,
            "reason": {"nl": self.reason.nl, "en": self.reason.en},
            "remedy": {"nl": self.remedy.nl, "en": self.remedy.en},
        }


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """Whether a door opens: `unmet` names every condition that fails, `tested` all that were looked at."""

    door: Door
    grant: Grant | None
    tested: tuple[CheckedCondition, ...]

    @property
    def unmet(self) -> tuple[UnmetCondition, ...]:
        """Every condition that fails."""
        return tuple(
            UnmetCondition(one.condition, one.answer.reason, one.answer.remedy)
            for one in self.tested
            if isinstance(one.answer, Unmet)
        )

    @property
    def in_the_way(self) -> int:
        """How many conditions fail for another reason than that the person is not there to be tested."""
        return sum(not one.met and not one.awaits_login for one in self.tested)

    @property
    def allowed(self) -> bool:
        """Whether something was tested and nothing failed."""
        return bool(self.tested) and not self.unmet


class AccessRefusedError(NotAllowedError):
    """A door stays shut; the message joins every reason, `unmet` holds them one by one.

    `door` and `project` (its slug) say where, as far as that is known; they are for the audit only.
    """

    def __init__(
        self, unmet: Sequence[UnmetCondition], door: StrEnum | None = None, project: Project | None = None
    ) -> None:
        super().__init__(
            unmet[0].condition,
            _joined([one.reason for one in unmet]),
            remedy=_joined([one.remedy for one in unmet]),
        )
        self.unmet, self.door = tuple(unmet), door
        self.project = project.slug if project else ""

    def document(self) -> dict[str, Any]:
        """Return the JSON body of the answer, with each unmet condition."""
        body = super().document()
        body["error"]["unmet"] = [one.document() for one in self.unmet]
        return body


def _joined(texts: list[Text]) -> Text:
    different = list(dict.fromkeys(texts))
    return Text(nl=" ".join(one.nl for one in different), en=" ".join(one.en for one in different))


def decide(
    session: Session,
    door: Door,
    person: Person | None,
    project: Project | None,
    at: dt.datetime | None = None,
    login: Login | None = None,
    datasets: Collection[str] = (),
) -> AccessDecision:
    """Return whether `person` may pass `door` of `project` at `at` (now), with every condition tested.

    `login` is what the person showed; None: what they showed in this session (see api/access/presence.py), if anything.
    `datasets` names those that they come for.
    """
    rule, moment = RULES[door], at or now()
    if person is None or project is None:
        return AccessDecision(door, None, (_basis(rule, present=False),))
    grant = current_grant(session, person, project) if rule.by_grant else None
    if not _has_basis(rule, person, project, grant, moment):
        return AccessDecision(door, grant, (_basis(rule, present=False),))
    member = grant is not None or _was_ever_member(session, person, project)
    shown = login or login_of(session, person)
    at_hand = Circumstances(person, project, moment, grant, member, shown, frozenset(datasets))
    asked = [*rule.conditions, *(read_stored(grant.conditions) if grant else ())]
    tested = [_checked(one, at_hand) for one in dict.fromkeys(asked)]
    return AccessDecision(door, grant, (_basis(rule, present=True), *tested))


def _checked(condition: Condition, at_hand: Circumstances) -> CheckedCondition:
    awaits_login = condition.of_login and at_hand.login is None
    return CheckedCondition(condition.condition, condition.title, condition.check(at_hand), awaits_login)


def check_access(
    session: Session,
    door: Door,
    person: Person | None,
    project: Project | None,
    at: dt.datetime | None = None,
    *,
    datasets: Collection[str] = (),
) -> AccessDecision:
    """Return the decision when it allows.

    Raises AccessRefusedError (a NotAllowedError) with every unmet condition otherwise.
    """
    decision = decide(session, door, person, project, at, datasets=datasets)
    if not decision.allowed:
        raise AccessRefusedError(decision.unmet, door, project)
    return decision


def current_grant(session: Session, person: Person, project: Project) -> Grant | None:
    """Return the newest version of the grant, also when it ended or was withdrawn; older versions count for nothing."""
    return session.scalar(_grants(person, project).order_by(Grant.version.desc()).limit(1))


def _grants(person: Person, project: Project) -> Select[Grant]:
    return select(Grant).where(Grant.person_id == person.id, Grant.project_id == project.id)


def _was_ever_member(session: Session, person: Person, project: Project) -> bool:
    return session.scalar(_grants(person, project).limit(1)) is not None


def _has_basis(
    rule: DoorRule, person: Person, project: Project, grant: Grant | None, at: dt.datetime
) -> bool:
    if rule.by_grant:
        return grant is not None and grant.role in rule.roles
    # Suspension is a condition of its own: a suspended official hears that, not that the role is missing.
    held = appointed_roles(person, at)
    places = (None,) if rule.everywhere else (project.centre_id, None)
    return any((role, where) in held for role in rule.roles for where in places)


def _basis(rule: DoorRule, *, present: bool) -> CheckedCondition:
    return CheckedCondition(rule.id, rule.title, rule.present() if present else rule.missing())
