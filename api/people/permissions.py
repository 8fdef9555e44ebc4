"""Who may vet people and appoint them; the service itself may, because an installation starts with nobody."""

from __future__ import annotations

from typing import Final

from api.access.offices import Office, check_office, may
from api.audit.service import Actor
from api.errors import NotAllowedError
from api.people.models import Person, Role
from api.people.roles import appointed_roles
from output_checker.text import Text

ASK_ADMINISTRATOR = Text(nl="Vraag een beheerder van uw centrum.", en="Ask an administrator of your centre.")


def check_user_can_vet(actor: Actor, person: Person | None = None) -> None:
    """Raise NotAllowedError unless `actor` may vet `person`.

    Nobody vets themselves, and an official is vetted by who could have appointed them: else an administrator of one
    centre could suspend, or log in as, the officials of all others. Who was emptied is nobody any more.
    """
    _check_office(actor, Office.VET)
    _check_other(actor, person)
    _check_not_emptied(person)
    for _, centre_id in appointed_roles(person) if person else ():
        _check_office(actor, Office.APPOINT, centre_id)


def user_can_vet_person(actor: Actor, person: Person) -> bool:
    """Tell whether `actor` may assert something about `person`, or suspend them."""
    try:
        check_user_can_vet(actor, person)
    except NotAllowedError:
        return False
    return True


def _check_other(actor: Actor, person: Person | None) -> None:
    if person and actor.person and actor.person.id == person.id:
        raise NotAllowedError(
            "own_vetting",
            Text(nl="Niemand legt iets over zichzelf vast.", en="Nobody vouches for themselves."),
            remedy=Text(nl="Vraag een andere beheerder.", en="Ask another administrator."),
        )


def user_can_appoint(actor: Actor, centre_id: int | None) -> bool:
    """Tell whether `actor` may appoint people at this centre (None: everywhere)."""
    return actor.person is None or may(Office.APPOINT, actor.person, centre_id)


def check_user_can_appoint(actor: Actor, centre_id: int | None, person: Person | None = None) -> None:
    """Raise NotAllowedError unless `actor` may appoint `person` here; nobody appoints themselves."""
    _check_office(actor, Office.APPOINT, centre_id)
    _check_other(actor, person)
    _check_not_emptied(person)


def _check_not_emptied(person: Person | None) -> None:
    if person is not None and person.emptied_at is not None:
        raise NotAllowedError(
            "person_emptied",
            Text(
                nl="De gegevens van deze persoon zijn geleegd; er valt niets meer aan toe te voegen.",
                en="The data of this person were emptied; there is nothing to add to them any more.",
            ),
            remedy=Text(nl="Registreer wie terugkomt opnieuw.", en="Register anew who comes back."),
        )


_APART: Final = frozenset({Role.STEWARD, Role.ADMINISTRATOR, Role.PRIVACY_OFFICER})
"""Whose eyes look at what the others do: they come from above, and one person is not two of them."""


def may_give_role(actor: Actor, role: Role) -> bool:
    """Tell whether `actor` may give `role` where they may appoint: who approves projects comes from above.

    Else what takes several of them would take one, who registers, appoints and invites the other.
    """
    return role not in _APART or user_can_appoint(actor, None)


def check_may_give_role(actor: Actor, role: Role) -> None:
    """Raise NotAllowedError when an administrator of one centre would appoint another, or who approves beside them."""
    if not may_give_role(actor, role):
        raise NotAllowedError(
            "role_from_above",
            Text(
                nl="Alleen een beheerder van alle centra wijst beheerders, databeheerders en functionarissen "
                "gegevensbescherming aan.",
                en="Only an administrator of all centres appoints administrators, data stewards and privacy officers.",
            ),
            field="role",
            remedy=Text(nl="Vraag een beheerder van alle centra.", en="Ask an administrator of all centres."),
        )


def check_separate_duties(person: Person, role: Role, centre_id: int | None) -> None:
    """Raise NotAllowedError when `person` would be two of steward, administrator and privacy officer of one centre.

    Who lets people in, who chooses what they see and who guards the law must not be the same; an appointment everywhere
    is one at each centre.
    """
    if role not in _APART:
        return
    others = {(held, at) for held, at in appointed_roles(person) if held in _APART - {role}}
    if any(centre_id is None or at in (None, centre_id) for _, at in others):
        raise NotAllowedError(
            "separate_duties",
            Text(
                nl="Beheerder, databeheerder en functionaris gegevensbescherming van één centrum zijn verschillende "
                "mensen.",
                en="The administrator, the steward and the privacy officer of one centre are different people.",
            ),
            field="role",
            remedy=Text(
                nl="Wijs iemand anders aan, of beëindig eerst de andere rol.",
                en="Appoint somebody else, or end the other role first.",
            ),
        )


def _check_office(actor: Actor, office: Office, centre_id: int | None = None) -> None:
    if actor.person is not None:
        check_office(office, actor.person, centre_id)
