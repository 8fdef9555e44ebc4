"""Who may administer, grant and audit: each question with a twin that refuses with every reason."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.access.decision import AccessDecision, AccessRefusedError, Door, UnmetCondition, decide
from api.access.implied import ask_administrator
from api.access.models import Grant, Project
from api.access.offices import Office, check_office, may
from api.access.queries import grant_by_id, no_such_grant
from api.people.models import Centre, Person
from output_checker.text import Text


def user_can_administer(person: Person | None, centre: Centre) -> bool:
    """Tell whether `person` is an administrator of `centre`; the service itself is not."""
    return may(Office.ADMINISTER_CENTRE, person, centre)


def check_user_can_administer(person: Person | None, centre: Centre) -> Person:
    """Return `person` when they administer `centre`.

    Raises AccessRefusedError otherwise.
    """
    return check_office(Office.ADMINISTER_CENTRE, person, centre)


def administered_grant(session: Session, person: Person, grant_id: int) -> Grant:
    """Return a grant at a centre that `person` administers.

    Raises NotFoundError for any other, whether or not it exists.
    """
    grant = grant_by_id(session, grant_id)
    if not user_can_administer(person, grant.project.centre):
        raise no_such_grant()
    return grant


def user_can_audit(person: Person) -> bool:
    """Tell whether `person` may read the audit: it spans all centres, so only auditors of everywhere may."""
    return may(Office.READ_AUDIT, person)


def check_user_can_audit(person: Person) -> None:
    """Raise AccessRefusedError unless `person` may read the audit."""
    check_office(Office.READ_AUDIT, person)


def user_can_grant(session: Session, administrator: Person | None, person: Person, project: Project) -> bool:
    """Tell whether `administrator` may give or change the access of `person` to `project`."""
    return not _reasons_not_to_grant(session, administrator, person, project)


def check_user_can_grant(
    session: Session, administrator: Person | None, person: Person, project: Project
) -> None:
    """Raise AccessRefusedError, with every reason, unless `administrator` may grant this."""
    reasons = _reasons_not_to_grant(session, administrator, person, project)
    if reasons:
        raise AccessRefusedError(reasons, Door.ADMINISTER, project)


def _reasons_not_to_grant(
    session: Session, administrator: Person | None, person: Person, project: Project
) -> list[UnmetCondition]:
    decision: AccessDecision = decide(session, Door.ADMINISTER, administrator, project)
    reasons = list(decision.unmet)
    if administrator is not None and administrator.id == person.id:
        reasons.append(
            UnmetCondition(
                "own_grant",
                Text(nl="Niemand verleent zichzelf toegang.", en="Nobody grants access to themselves."),
                Text(nl="Vraag een andere beheerder.", en="Ask another administrator."),
            )
        )
    if user_can_administer(person, project.centre):
        reasons.append(
            UnmetCondition(
                "administrator_as_member",
                Text(
                    nl=f"{person.name} is beheerder van dit centrum en krijgt daarom geen toegang tot de gegevens.",
                    en=f"{person.name} administers this centre and therefore gets no access to its data.",
                ),
                ask_administrator(project),
            )
        )
    return reasons


def own_emergency() -> UnmetCondition:
    """Return the refusal to look at emergency access that one gave or got."""
    return UnmetCondition(
        "own_emergency",
        Text(
            nl="U gaf of kreeg deze noodtoegang zelf.", en="You gave or got this emergency access yourself."
        ),
        Text(nl="Vraag een ander die toezicht houdt.", en="Ask another who oversees the centre."),
    )
