"""Who may see how the work of a centre goes: its administrators, checkers and stewards, and auditors."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.permissions import user_can_audit
from api.errors import NotFoundError
from api.people.models import Centre, Person, Role
from api.people.roles import has_role
from output_checker.text import Text

_ROLES = (Role.ADMINISTRATOR, Role.CHECKER, Role.STEWARD)


def user_can_see_centre(person: Person, centre: Centre) -> bool:
    """Tell whether `person` may see the figures of `centre` now."""
    return user_can_audit(person) or any(has_role(person, role, centre.id) for role in _ROLES)


def centres_for(session: Session, person: Person) -> list[Centre]:
    """Return the centres whose figures `person` may see, by name."""
    centres = session.scalars(select(Centre).order_by(Centre.name, Centre.id))
    return [centre for centre in centres if user_can_see_centre(person, centre)]


def find_centre(session: Session, person: Person, slug: str) -> Centre:
    """Return the centre called `slug`.

    Raises NotFoundError when there is none, or when it is not for `person`: the two cannot be told apart.
    """
    centre = session.scalar(select(Centre).where(Centre.slug == slug))
    if centre is None or not user_can_see_centre(person, centre):
        raise NotFoundError(
            "no_centre",
            Text("Dit centrum is er niet, of niet voor u.", "There is no such centre, or not for you."),
            remedy=Text("Controleer het adres.", "Check the address."),
        )
    return centre
