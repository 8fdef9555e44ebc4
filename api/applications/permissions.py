"""Who may apply for a project, who may see an application, and who may decide about it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import Session

from api.access.models import Grant
from api.access.permissions import user_can_audit
from api.applications.models import Application, ApplicationState, ApplicationStep, ApplicationVersion
from api.applications.states import APPROVAL, APPROVERS, EDITABLE, STATE_OWNERS, Party
from api.audit.service import Actor
from api.db import now
from api.errors import NotAllowedError
from api.people.models import Centre, Person
from api.people.roles import centres_of, has_role
from output_checker.text import Text


def user_can_apply(person: Person, centre: Centre) -> bool:
    """Tell whether `person` may apply for a project at `centre`.

    Somebody who is there, of an institution that may use microdata now; not who would approve it at the centre.
    """
    institution, moment = person.institution, now()
    authorised = institution.authorised_from <= moment < institution.authorised_until
    approves = any(has_role(person, role, centre.id) for role in APPROVERS.values())
    return person.suspended_at is None and authorised and not approves


def check_user_can_apply(actor: Actor, centre: Centre) -> Person:
    """Return who applies; raise NotAllowedError when they may not at `centre`."""
    if actor.person is None or not user_can_apply(actor.person, centre):
        raise cannot_apply()
    return actor.person


def cannot_apply() -> NotAllowedError:
    """Return the refusal of who may not apply for a project."""
    return NotAllowedError(
        "cannot_apply",
        Text(
            "U kunt hier geen project aanvragen: uw instelling moet gemachtigd zijn, en wie bij dit centrum "
            "projecten goedkeurt vraagt er geen aan.",
            "You cannot apply for a project here: your institution must be authorised, and whoever approves "
            "projects at this centre applies for none.",
        ),
        remedy=Text("Vraag een beheerder van het centrum.", "Ask an administrator of the centre."),
    )


def visible_to(person: Person) -> ColumnElement[bool]:
    """Return the condition on Application for what `person` may see now.

    Their own; what was ever submitted at the centres where they approve; and that of everywhere for an auditor.
    """
    submitted = Application.versions.any(ApplicationVersion.steps.any())
    return or_(Application.applicant_id == person.id, and_(submitted, _overseen(person)))


def versions_for(person: Person, application: Application) -> list[ApplicationVersion]:
    """Return the versions that `person`, who may see `application`, may read: drafts are for their applicant only."""
    own = person.id == application.applicant_id
    return [version for version in application.versions if own or version.steps]


def _overseen(person: Person) -> ColumnElement[bool]:
    if user_can_audit(person):
        return true()
    held = [centres_of(person, role) for role in APPROVERS.values()]
    if None in held:
        return true()
    return Application.centre_id.in_({centre_id for centres in held for centre_id in centres or ()})


def party_of(session: Session, person: Person, version: ApplicationVersion) -> Party:
    """Return what `person` is to `version` in its present state: whose turn it is, the applicant, or nobody.

    The applicant is never anything else. Nobody approves twice, or for a project in which they ever had access.
    """
    application = version.application
    if person.id == application.applicant_id:
        return Party.APPLICANT
    owner = STATE_OWNERS[version.state]
    role = APPROVERS.get(owner)
    if role is None or not has_role(person, role, application.centre_id):
        return Party.NOBODY
    barred = has_approved(person, version) or _was_member(session, person, application)
    return Party.NOBODY if barred else owner


def user_can_decide(session: Session, person: Person, version: ApplicationVersion) -> bool:
    """Tell whether it is for `person` to approve, return or reject `version` now."""
    return party_of(session, person, version) in APPROVERS


def has_approved(person: Person, version: ApplicationVersion) -> bool:
    """Tell whether `person` took one of the approvals that count."""
    return any(step.by_id == person.id for step in approvals_of(version))


def approvals_of(version: ApplicationVersion) -> list[ApplicationStep]:
    """Return the approvals since `version` was last submitted: those of words that were changed since do not count."""
    counting: list[ApplicationStep] = []
    for step in version.steps:
        if step.before in EDITABLE:
            counting = []
        elif APPROVAL.get(step.before) is step.after:
            counting.append(step)
    return counting


def approver_at(version: ApplicationVersion, state: ApplicationState) -> Person:
    """Return who gave the approval that `version` needed in `state`; it must have been given."""
    return next(step.by for step in approvals_of(version) if step.before is state)


def in_office(steps: Iterable[ApplicationStep], centre: Centre) -> bool:
    """Tell whether everybody who took `steps` still holds the role in which they did, at `centre`."""
    return all(has_role(step.by, APPROVERS[STATE_OWNERS[step.before]], centre.id) for step in steps)


def _was_member(session: Session, person: Person, application: Application) -> bool:
    if application.project_id is None:
        return False
    ever = select(Grant.id).where(Grant.person_id == person.id, Grant.project_id == application.project_id)
    return session.scalar(ever.limit(1)) is not None
