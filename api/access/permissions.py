"""Who may administer, grant and audit: each question with a twin that refuses with every reason."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.access.decision import AccessDecision, AccessRefusedError, Door, UnmetCondition, decide
from api.access.implied import ask_administrator
from api.access.models import Grant, Project
from api.access.queries import grant_by_id, no_such_grant
from api.errors import NotAllowedError
from api.people.models import Centre, Person, Role
from api.people.roles import has_role
from output_checker.text import Text


def user_can_administer(person: Person | None, centre: Centre) -> bool:
    """Tell whether `person` is an administrator of `centre`; the service itself is not."""
    return person is not None and has_role(person, Role.ADMINISTRATOR, centre.id)


def check_user_can_administer(person: Person | None, centre: Centre) -> Person:
    """Return `person` when they administer `centre`.

    Raises NotAllowedError otherwise.
    """
    if person is None or not user_can_administer(person, centre):
        raise NotAllowedError(
            "not_administrator",
            Text(
                nl=f"Alleen een beheerder van {centre.name} mag dit.",
                en=f"Only an administrator of {centre.name} may do this.",
            ),
            remedy=Text(
                nl=f"Vraag een beheerder van {centre.name}.", en=f"Ask an administrator of {centre.name}."
            ),
        )
    return person


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
    return has_role(person, Role.AUDITOR)


def check_user_can_audit(person: Person) -> None:
    """Raise NotAllowedError unless `person` may read the audit."""
    if not user_can_audit(person):
        raise NotAllowedError(
            "not_auditor",
            Text(nl="Alleen een auditor mag dit lezen.", en="Only an auditor may read this."),
            remedy=Text(nl="Vraag een auditor.", en="Ask an auditor."),
        )


def user_can_grant(session: Session, administrator: Person | None, person: Person, project: Project) -> bool:
    """Tell whether `administrator` may give or change the access of `person` to `project`."""
    return not _reasons_not_to_grant(session, administrator, person, project)


def check_user_can_grant(
    session: Session, administrator: Person | None, person: Person, project: Project
) -> None:
    """Raise AccessRefusedError, with every reason, unless `administrator` may grant this."""
    reasons = _reasons_not_to_grant(session, administrator, person, project)
    if reasons:
        raise AccessRefusedError(reasons)


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
