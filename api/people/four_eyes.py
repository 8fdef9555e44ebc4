"""Four eyes: what one person proposes, another confirms."""

from __future__ import annotations

from api.errors import NotAllowedError
from api.people.models import Person
from output_checker.text import Text


def is_other(proposed_by: Person, confirming: Person) -> bool:
    """Tell whether somebody else looks than who proposed."""
    return proposed_by.id != confirming.id


def check_other_eyes(proposed_by: Person, confirming: Person) -> None:
    """Raise NotAllowedError when `confirming` is who proposed."""
    if not is_other(proposed_by, confirming):
        raise NotAllowedError(
            "own_proposal",
            Text("Niemand bevestigt het eigen voorstel.", "Nobody confirms their own proposal."),
            remedy=Text("Vraag een andere beheerder.", "Ask another administrator."),
        )
