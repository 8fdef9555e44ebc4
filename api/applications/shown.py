"""Applications as pages show them: words and a tone for each state, and how far the approvals are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy.orm import Session

from api.applications.models import Application, ApplicationState, ApplicationStep, ApplicationVersion
from api.applications.permissions import approvals_of, user_can_decide, versions_for
from api.applications.states import APPROVAL, FINAL, STATE_OWNERS, Party
from api.people.models import Person
from api.web.labels import Label
from output_checker.text import Text

S = ApplicationState
STATES: Final[dict[ApplicationState, Label]] = {
    S.DRAFT: Label(Text("Concept", "Draft"), "neutral"),
    S.AT_CENTRE: Label(Text("Bij het centrum", "With the centre"), "review"),
    S.AT_STEWARD: Label(Text("Bij de databeheerder", "With the data steward"), "review"),
    S.AT_PRIVACY_OFFICER: Label(
        Text("Bij de functionaris gegevensbescherming", "With the privacy officer"), "review"
    ),
    S.RETURNED: Label(Text("Terug naar de aanvrager", "Returned"), "fail"),
    S.APPROVED: Label(Text("Goedgekeurd", "Approved"), "pass"),
    S.REJECTED: Label(Text("Afgewezen", "Rejected"), "fail"),
    S.WITHDRAWN: Label(Text("Ingetrokken", "Withdrawn"), "neutral"),
}
PARTIES: Final[dict[Party, Text]] = {
    Party.APPLICANT: Text("aanvrager", "applicant"),
    Party.ADMINISTRATOR: Text("beheerder van het centrum", "administrator of the centre"),
    Party.STEWARD: Text("databeheerder", "data steward"),
    Party.PRIVACY_OFFICER: Text("functionaris gegevensbescherming", "privacy officer"),
    Party.NOBODY: Text("niemand", "nobody"),
}
"""Who moves an application on, as a list says it."""


@dataclass(frozen=True)
class Approval:
    """One of the approvals that a version needs: given (`step`), asked now, refused there, or still to come."""

    party: Text
    standing: Literal["done", "now", "stopped", "later"]
    step: ApplicationStep | None


@dataclass(frozen=True)
class Listed:
    """An application in a list, by the newest version that its reader may read."""

    application: Application
    version: ApplicationVersion
    label: Label
    turn: Text
    yours: bool


def approvals(version: ApplicationVersion) -> list[Approval]:
    """Return the approvals that `version` needs, in their order."""
    given = {step.before: step for step in approvals_of(version)}
    last = version.steps[-1] if version.steps else None
    return [_approval(version, state, given.get(state), last) for state in APPROVAL]


def _approval(
    version: ApplicationVersion,
    state: ApplicationState,
    given: ApplicationStep | None,
    last: ApplicationStep | None,
) -> Approval:
    party = PARTIES[STATE_OWNERS[state]]
    if given is not None:
        return Approval(party, "done", given)
    if version.state is state:
        return Approval(party, "now", None)
    stopped = last is not None and last.before is state and last.after in (S.RETURNED, S.REJECTED)
    return Approval(party, "stopped" if stopped else "later", last if stopped else None)


def what_was_done(step: ApplicationStep) -> Text:
    """Return what a step was, for the history: submitted, approved in an office, or where it ended."""
    if step.after is S.AT_CENTRE:
        return Text("Ingediend", "Submitted")
    if APPROVAL.get(step.before) is step.after:
        office = PARTIES[STATE_OWNERS[step.before]]
        return Text(f"Goedgekeurd als {office.nl}", f"Approved as {office.en}")
    return STATES[step.after].text


def listed(session: Session, reader: Person, application: Application) -> Listed:
    """Return `application` as it stands in the list of `reader`; it is theirs to do when it waits for them."""
    version = versions_for(reader, application)[-1]
    mine = application.applicant_id == reader.id and STATE_OWNERS[version.state] is Party.APPLICANT
    yours = mine or user_can_decide(session, reader, version)
    return Listed(application, version, STATES[version.state], PARTIES[STATE_OWNERS[version.state]], yours)


def may_be_withdrawn(version: ApplicationVersion) -> bool:
    """Tell whether there is anything to withdraw."""
    return version.state not in FINAL
