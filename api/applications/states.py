"""The life of a version of an application: one table of lawful steps, and who may take each.

The first version asks for a project; a change or an extension is a next version, and takes the same steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from api.applications.models import ApplicationState
from api.errors import ConflictError
from api.people.models import Role
from output_checker.text import Text

S = ApplicationState


class Party(StrEnum):
    """Who moves an application on."""

    APPLICANT = "applicant"
    ADMINISTRATOR = "administrator"
    STEWARD = "steward"
    PRIVACY_OFFICER = "privacy_officer"
    NOBODY = "nobody"


APPROVERS: Final[dict[Party, Role]] = {
    Party.ADMINISTRATOR: Role.ADMINISTRATOR,
    Party.STEWARD: Role.STEWARD,
    Party.PRIVACY_OFFICER: Role.PRIVACY_OFFICER,
}
"""Who approves, each another person, in this order; the role is held at the centre of the application."""

STATE_OWNERS: Final[dict[ApplicationState, Party]] = {
    S.DRAFT: Party.APPLICANT,
    S.AT_CENTRE: Party.ADMINISTRATOR,
    S.AT_STEWARD: Party.STEWARD,
    S.AT_PRIVACY_OFFICER: Party.PRIVACY_OFFICER,
    S.RETURNED: Party.APPLICANT,
    S.APPROVED: Party.NOBODY,
    S.REJECTED: Party.NOBODY,
    S.WITHDRAWN: Party.NOBODY,
}
"""Whose turn it is; nobody's in a final state. Beside its owner the applicant may withdraw."""

APPROVAL: Final[dict[ApplicationState, ApplicationState]] = {
    S.AT_CENTRE: S.AT_STEWARD,
    S.AT_STEWARD: S.AT_PRIVACY_OFFICER,
    S.AT_PRIVACY_OFFICER: S.APPROVED,
}
"""Where an approval leads; the last one makes or changes the project."""

EDITABLE: Final = frozenset({S.DRAFT, S.RETURNED})
"""Where the applicant may change the words: nobody else is looking at them."""

FINAL: Final = frozenset(state for state, owner in STATE_OWNERS.items() if owner is Party.NOBODY)


@dataclass(frozen=True)
class Step:
    """One lawful step; a version comes into being as a draft."""

    before: ApplicationState
    after: ApplicationState
    by: Party


TRANSITIONS: Final[tuple[Step, ...]] = (
    *(Step(before, S.AT_CENTRE, Party.APPLICANT) for before in (S.DRAFT, S.RETURNED)),
    *(
        Step(before, after, STATE_OWNERS[before])
        for before, approved in APPROVAL.items()
        for after in (approved, S.RETURNED, S.REJECTED)
    ),
    *(Step(before, S.WITHDRAWN, Party.APPLICANT) for before in S if before not in FINAL),
)
"""Every lawful step. What is not here cannot happen."""

_LAWFUL = frozenset(TRANSITIONS)


def is_lawful(before: ApplicationState, after: ApplicationState, by: Party) -> bool:
    """Tell whether `by` may take an application from `before` to `after`."""
    return Step(before, after, by) in _LAWFUL


def check_lawful(before: ApplicationState, after: ApplicationState, by: Party) -> None:
    """Raise ConflictError when this step is not in the table."""
    if not is_lawful(before, after, by):
        raise ConflictError(
            "unlawful_step",
            Text(
                "Dit kan niet (meer) met deze projectaanvraag.",
                "This cannot be done with this application (any more).",
            ),
            remedy=Text("Laad de pagina opnieuw.", "Reload the page."),
        )


_NEXT: Final[dict[ApplicationState, Text]] = {
    S.DRAFT: Text(
        "U kunt deze projectaanvraag nog aanvullen en dan indienen.", "You can still complete and submit it."
    ),
    S.AT_CENTRE: Text(
        "Een beheerder van het centrum beoordeelt uw projectaanvraag.",
        "An administrator of the centre looks at your application.",
    ),
    S.AT_STEWARD: Text(
        "Een databeheerder kijkt welke gegevens nodig zijn.",
        "A data steward looks at which data are needed.",
    ),
    S.AT_PRIVACY_OFFICER: Text(
        "De functionaris gegevensbescherming beoordeelt uw projectaanvraag.",
        "The privacy officer looks at your application.",
    ),
    S.RETURNED: Text(
        "Pas de projectaanvraag aan met de redenen hieronder en dien opnieuw in.",
        "Change the application as the reasons below tell, and submit again.",
    ),
    S.APPROVED: Text("Het project is er, zoals hier staat.", "The project is there, as it stands here."),
    S.REJECTED: Text("Dit project komt er zo niet.", "This project will not be there like this."),
    S.WITHDRAWN: Text("U heeft deze projectaanvraag ingetrokken.", "You withdrew this application."),
}


def next_step_in(state: ApplicationState) -> Text:
    """Return what happens next to an application in `state`, in words for its applicant."""
    return _NEXT[state]
