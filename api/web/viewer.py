"""Who looks at a page: what its frame shows of them, and which parts of the house they are offered.

The menu is a courtesy, not a lock: each page checks by itself what its reader may do.
"""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Depends, Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.models import Grant
from api.dependencies import DatabaseDep
from api.identity.dependencies import Login, OptionalLoginDep
from api.notices.service import unread_of
from api.people.models import Role
from api.people.roles import ROLE_NAMES, roles_of
from output_checker.text import Text

RESEARCHING = frozenset({Role.RESEARCHER, Role.ANALYST})
_MENU: tuple[tuple[str, Text, frozenset[Role]], ...] = (
    ("/projects", Text("Projecten", "Projects"), RESEARCHING),
    ("/requests", Text("Aanvragen", "Requests"), RESEARCHING | {Role.AUDITOR, Role.ADMINISTRATOR}),
    ("/queue", Text("Te controleren", "To check"), frozenset({Role.CHECKER})),
    ("/admin/grants", Text("Toegang", "Access"), frozenset({Role.ADMINISTRATOR})),
    ("/audit", Text("Logboek", "Audit"), frozenset({Role.AUDITOR})),
)


@dataclass(frozen=True)
class Viewer:
    """The reader of a page, the token that their forms carry, and how many notices they have not read."""

    name: str
    roles: frozenset[Role]
    csrf_token: str
    unread: int

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
    unread = unread_of(session, login.person)
    return Viewer(login.person.name, frozenset(appointed | granted), login.csrf_token, unread)


def remember_viewer(request: Request, login: OptionalLoginDep, database: DatabaseDep) -> None:
    """Keep the reader with the request, where the frame of the page, also of an error page, finds them."""
    if login is not None:
        with database.reading() as session:
            request.state.viewer = viewer_of(session, login)


RememberViewer = Depends(remember_viewer)
