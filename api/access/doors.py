"""The doors of a project: who may come to each, and what is asked of them there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from api.access.circumstances import Condition, Met, Unmet
from api.access.conditions import IdentityChecked, StatementSigned
from api.access.implied import (
    BY_GRANT,
    NotSuspended,
    OutsideProject,
    ProjectRunning,
    SeparateDuties,
    no_grant,
)
from api.people.models import Role
from api.people.roles import ROLE_NAMES
from output_checker.text import Text


class Door(StrEnum):
    """What somebody may want to do with a project."""

    OPEN_PROJECT = "open_project"
    SUBMIT = "submit"
    DOWNLOAD = "download"
    REVIEW = "review"
    RELEASE = "release"
    APPROVE_VIEW = "approve_view"
    ADMINISTER = "administer"
    REVOKE = "revoke"
    REVIEW_EMERGENCY = "review_emergency"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class DoorRule:
    """Who may come, by a grant in the project or by appointment at its centre, and what is asked of them.

    `everywhere` asks for an appointment that holds at all centres. `id` names the want of such a grant or role among
    the unmet conditions.
    """

    by_grant: bool
    roles: frozenset[Role]
    conditions: tuple[Condition, ...]
    everywhere: bool = False

    @property
    def id(self) -> str:
        """Name of the first condition: having a grant, or a role."""
        return "no_grant" if self.by_grant else "no_role"

    @property
    def title(self) -> Text:
        """What the first condition is called."""
        if self.by_grant:
            return Text(nl="Toegang verleend", en="Access granted")
        return Text(nl="Rol bij het centrum", en="Role at the centre")

    def present(self) -> Met:
        """Return the answer to who has the grant or role."""
        return Met(
            Text(
                nl="U heeft de toegang of rol die hier nodig is.",
                en="You have the access or role needed here.",
            )
        )

    def missing(self) -> Unmet:
        """Return the answer to who has not; it is the same when the project does not exist."""
        if self.by_grant:
            return no_grant()
        nl = " of ".join(sorted(ROLE_NAMES[role].nl for role in self.roles))
        en = " or ".join(sorted(ROLE_NAMES[role].en for role in self.roles))
        return Unmet(
            Text(
                nl=f"U bent hier niet aangewezen als {nl}, of het project bestaat niet.",
                en=f"You are not appointed here as {en}, or there is no such project.",
            ),
            Text(
                nl="Vraag een beheerder van uw centrum om u aan te wijzen.",
                en="Ask an administrator of your centre to appoint you.",
            ),
        )


_MEMBERS = DoorRule(True, frozenset({Role.RESEARCHER, Role.ANALYST}), BY_GRANT)
_CHECKERS = DoorRule(
    False,
    frozenset({Role.CHECKER}),
    (NotSuspended(), OutsideProject(), ProjectRunning(), IdentityChecked(), StatementSigned()),
)

RULES: Final[dict[Door, DoorRule]] = {
    Door.OPEN_PROJECT: _MEMBERS,
    Door.SUBMIT: _MEMBERS,
    Door.DOWNLOAD: _MEMBERS,
    Door.REVIEW: _CHECKERS,
    Door.RELEASE: _CHECKERS,
    Door.APPROVE_VIEW: DoorRule(
        False, frozenset({Role.STEWARD}), (NotSuspended(), SeparateDuties(), OutsideProject())
    ),
    Door.ADMINISTER: DoorRule(False, frozenset({Role.ADMINISTRATOR}), (NotSuspended(),)),
    # A wrong number must be stopped after the project ended too; only who worked on it may not judge that.
    Door.REVOKE: DoorRule(
        False, frozenset({Role.ADMINISTRATOR, Role.CHECKER}), (NotSuspended(), OutsideProject())
    ),
    Door.REVIEW_EMERGENCY: DoorRule(
        False,
        frozenset({Role.ADMINISTRATOR, Role.STEWARD, Role.AUDITOR}),
        (NotSuspended(), OutsideProject()),
    ),
    Door.AUDIT: DoorRule(False, frozenset({Role.AUDITOR}), (NotSuspended(),), everywhere=True),
}
