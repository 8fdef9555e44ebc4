"""Who looks at a page: what its frame shows of them, and which parts of the house they are offered.

The menu is a courtesy, not a lock: each page checks by itself what its reader may do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Depends, Request
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.access.emergency import emergencies_for
from api.access.models import Grant, Project
from api.dependencies import DatabaseDep
from api.identity.dependencies import Login, OptionalLoginDep
from api.notices.service import unread_of
from api.people.models import Centre, Person, Role
from api.people.roles import ROLE_NAMES, roles_of
from output_checker.text import Text

OVERSEEING = frozenset({Role.ADMINISTRATOR, Role.STEWARD, Role.AUDITOR})
RESEARCHING = frozenset({Role.RESEARCHER, Role.ANALYST})
_MENU: tuple[tuple[str, Text, frozenset[Role]], ...] = (
    ("/projects", Text("Projecten", "Projects"), RESEARCHING),
    ("/requests", Text("Aanvragen", "Requests"), RESEARCHING | {Role.AUDITOR, Role.ADMINISTRATOR}),
    (
        "/applications",
        Text("Projectaanvragen", "Applications"),
        RESEARCHING | {Role.ADMINISTRATOR, Role.STEWARD, Role.PRIVACY_OFFICER, Role.AUDITOR},
    ),
    ("/queue", Text("Te controleren", "To check"), frozenset({Role.CHECKER})),
    ("/admin/grants", Text("Toegang", "Access"), frozenset({Role.ADMINISTRATOR})),
    ("/admin/people", Text("Mensen", "People"), frozenset({Role.ADMINISTRATOR})),
    ("/admin/institutions", Text("Instellingen", "Institutions"), frozenset({Role.ADMINISTRATOR})),
    ("/admin/logins", Text("Logins", "Logins"), frozenset({Role.ADMINISTRATOR})),
    ("/admin/publication", Text("Openbaar", "Public page"), frozenset({Role.ADMINISTRATOR})),
    (
        "/centre",
        Text("Centrum", "Centre"),
        frozenset({Role.ADMINISTRATOR, Role.CHECKER, Role.STEWARD, Role.AUDITOR}),
    ),
    ("/budgets", Text("Privacybudget", "Privacy budget"), OVERSEEING),
    ("/audit", Text("Logboek", "Audit"), frozenset({Role.AUDITOR})),
)


@dataclass(frozen=True)
class Viewer:
    """The reader of a page, the token that their forms carry, how many notices they have not read, and what all pages
    warn of.

    `centres` are the slugs of those where they hold a role or ever had a grant. A warning is words and the address that
    tells more.
    """

    name: str
    roles: frozenset[Role]
    csrf_token: str
    unread: int
    centres: frozenset[str] = frozenset()
    warnings: Sequence[tuple[Text, str]] = ()

    @property
    def role_names(self) -> list[Text]:
        """The words for the reader's roles, in the house's order."""
        return [ROLE_NAMES[role] for role in Role if role in self.roles]


def menu(viewer: Viewer) -> list[tuple[str, Text]]:
    """Return the addresses and names of the parts of the house that are of use to this reader."""
    return [(address, name) for address, name, roles in _MENU if roles & viewer.roles]


def viewer_of(session: Session, login: Login) -> Viewer:
    """Return the reader with their roles: by appointment, and by every grant they ever got (to see why it ended)."""
    appointed = {role for role, _centre in roles_of(login.person)}
    granted = set(session.scalars(select(Grant.role).where(Grant.person_id == login.person.id).distinct()))
    warnings = _warnings(session, login.person) if appointed & OVERSEEING else []
    return Viewer(
        login.person.name,
        frozenset(appointed | granted),
        login.csrf_token,
        unread_of(session, login.person),
        _centres(session, login.person),
        warnings,
    )


def _centres(session: Session, person: Person) -> frozenset[str]:
    appointed = {centre_id for _role, centre_id in roles_of(person) if centre_id is not None}
    projects = select(Project.centre_id).join(Grant, Grant.project_id == Project.id)
    theirs = projects.where(Grant.person_id == person.id)
    where = or_(Centre.id.in_(appointed), Centre.id.in_(theirs))
    return frozenset(session.scalars(select(Centre.slug).where(where)))


def _warnings(session: Session, person: Person) -> list[tuple[Text, str]]:
    """Emergency access is to be seen by everybody who oversees the centre, until somebody looked at it."""
    return [
        (
            Text(
                f"Noodtoegang van {one.grant.person.name} bij {one.grant.project.centre.name}.",
                f"Emergency access of {one.grant.person.name} at {one.grant.project.centre.name}.",
            ),
            "/admin/emergencies",
        )
        for one in emergencies_for(session, person)
    ]


def remember_viewer(request: Request, login: OptionalLoginDep, database: DatabaseDep) -> None:
    """Keep the reader with the request, where the frame of the page, also of an error page, finds them."""
    if login is not None:
        with database.reading() as session:
            request.state.viewer = viewer_of(session, login)


RememberViewer = Depends(remember_viewer)
