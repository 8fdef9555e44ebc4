"""What somebody may do by their office, outside any project: the rules, and the one place that decides by them.

A door of a project asks for a grant or an appointment and for conditions (see api/access/doors.py). What is here belongs to
a centre or to the whole house, so all that can be asked is an office, in force, of somebody who is not suspended.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from api.access.circumstances import Met
from api.access.decision import AccessRefusedError, UnmetCondition
from api.access.implied import suspension_of
from api.people.models import Centre, Person, Role
from api.people.roles import appointed_roles
from output_checker.text import Text


class Office(StrEnum):
    """What somebody may want to do at a centre, or for the whole house."""

    ADMINISTER_CENTRE = "administer_centre"
    OVERSEE_ACCESS = "oversee_access"
    OVERSEE_EMERGENCIES = "oversee_emergencies"
    VET = "vet"
    APPOINT = "appoint"
    CONFIRM_ARRANGEMENT = "confirm_arrangement"
    SEE_CENTRE = "see_centre"
    REGISTER_DATA = "register_data"
    READ_AUDIT = "read_audit"
    SET_BUDGETS = "set_budgets"
    DECIDE_ON_BUDGETS = "decide_on_budgets"
    SEE_BUDGETS = "see_budgets"


class Reach(StrEnum):
    """Where an appointment must be: at the centre in question (or everywhere), at any one, or everywhere."""

    CENTRE = "centre"
    ANYWHERE = "anywhere"
    EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class OfficeRule:
    """Who may: `roles` as far as `reach`, and `everywhere` whom an appointment everywhere suffices.

    `name` says what it is about; `id` and `missing` what who may not is told, with `{centre}` as the name of the centre.
    """

    name: Text
    roles: frozenset[Role]
    reach: Reach
    id: str
    missing: Text
    remedy: Text
    everywhere: frozenset[Role] = field(default_factory=frozenset)


_ASK = Text("Vraag een beheerder van uw centrum.", "Ask an administrator of your centre.")
_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
_OVERSEEING = frozenset({Role.ADMINISTRATOR, Role.STEWARD, Role.AUDITOR})

RULES: Final[dict[Office, OfficeRule]] = {
    Office.ADMINISTER_CENTRE: OfficeRule(
        Text("een centrum beheren", "administer a centre"),
        _ADMINISTRATORS,
        Reach.CENTRE,
        "not_administrator",
        Text("Alleen een beheerder van {centre} mag dit.", "Only an administrator of {centre} may do this."),
        Text("Vraag een beheerder van {centre}.", "Ask an administrator of {centre}."),
    ),
    Office.OVERSEE_ACCESS: OfficeRule(
        Text("zien wie waar toegang heeft", "see who has access where"),
        _ADMINISTRATORS,
        Reach.ANYWHERE,
        "not_administrator",
        Text("Alleen een beheerder ziet deze pagina.", "Only an administrator sees this page."),
        _ASK,
    ),
    Office.OVERSEE_EMERGENCIES: OfficeRule(
        Text("zien wie noodtoegang heeft", "see who has emergency access"),
        _OVERSEEING,
        Reach.ANYWHERE,
        "not_overseer",
        Text("Deze pagina is voor wie toezicht houdt.", "This page is for who oversees access."),
        _ASK,
    ),
    Office.VET: OfficeRule(
        Text("mensen registreren en vetten", "register and vet people"),
        _ADMINISTRATORS,
        Reach.ANYWHERE,
        "not_administrator",
        Text("Alleen een beheerder mag dit.", "Only an administrator may do this."),
        _ASK,
    ),
    Office.APPOINT: OfficeRule(
        Text("mensen aanwijzen bij een centrum", "appoint people at a centre"),
        _ADMINISTRATORS,
        Reach.CENTRE,
        "not_administrator",
        Text("Alleen een beheerder mag dit.", "Only an administrator may do this."),
        _ASK,
    ),
    Office.CONFIRM_ARRANGEMENT: OfficeRule(
        Text("beslissen over minder meekijken", "decide that fewer people look"),
        frozenset({Role.ADMINISTRATOR, Role.STEWARD}),
        Reach.CENTRE,
        "no_role",
        Text(
            "Alleen een beheerder of databeheerder van {centre} beslist hierover.",
            "Only an administrator or data steward of {centre} decides about this.",
        ),
        Text("Vraag een beheerder van {centre}.", "Ask an administrator of {centre}."),
    ),
    Office.SEE_CENTRE: OfficeRule(
        Text("zien hoe het werk van een centrum gaat", "see how the work of a centre goes"),
        frozenset({Role.ADMINISTRATOR, Role.CHECKER, Role.STEWARD}),
        Reach.CENTRE,
        "no_centre",
        Text("Dit centrum is er niet, of niet voor u.", "There is no such centre, or not for you."),
        Text("Controleer het adres.", "Check the address."),
        everywhere=frozenset({Role.AUDITOR}),
    ),
    Office.REGISTER_DATA: OfficeRule(
        Text("microdata registreren", "register microdata"),
        frozenset({Role.STEWARD}),
        Reach.ANYWHERE,
        "not_steward",
        Text("Alleen een databeheerder registreert microdata.", "Only a data steward registers microdata."),
        Text("Vraag een databeheerder van uw centrum.", "Ask a data steward of your centre."),
    ),
    Office.READ_AUDIT: OfficeRule(
        Text("het logboek van alle centra lezen", "read the audit of all centres"),
        frozenset({Role.AUDITOR}),
        Reach.EVERYWHERE,
        "not_auditor",
        Text("Alleen een auditor mag dit lezen.", "Only an auditor may read this."),
        Text("Vraag een auditor.", "Ask an auditor."),
    ),
    # A budget belongs to the persons of a population, wherever their data are: to no centre.
    Office.SET_BUDGETS: OfficeRule(
        Text("privacybudgetten bepalen", "set privacy budgets"),
        frozenset({Role.STEWARD}),
        Reach.ANYWHERE,
        "not_steward",
        Text("Alleen een databeheerder bepaalt budgetten.", "Only a data steward sets budgets."),
        Text("Vraag een databeheerder van uw centrum.", "Ask a data steward of your centre."),
    ),
    Office.DECIDE_ON_BUDGETS: OfficeRule(
        Text("voorgestelde privacybudgetten bevestigen", "confirm proposed privacy budgets"),
        frozenset({Role.ADMINISTRATOR, Role.STEWARD}),
        Reach.ANYWHERE,
        "no_role",
        Text(
            "Alleen een databeheerder of beheerder beslist hierover.",
            "Only a data steward or an administrator decides about this.",
        ),
        _ASK,
    ),
    Office.SEE_BUDGETS: OfficeRule(
        Text("privacybudgetten zien", "see privacy budgets"),
        _OVERSEEING,
        Reach.ANYWHERE,
        "no_role",
        Text(
            "Budgetten zijn voor databeheerders, beheerders en auditors.",
            "Budgets are for data stewards, administrators and auditors.",
        ),
        Text(
            "In de werkomgeving ziet u wat er voor uw project over is.",
            "In the sandbox you see what is left for your project.",
        ),
    ),
}


def unmet_at(
    office: Office,
    person: Person | None,
    centre: Centre | int | None = None,
    at: dt.datetime | None = None,
) -> tuple[UnmetCondition, ...]:
    """Return every reason why `person` may not do this at `centre` (or its id; None: everywhere); nothing when they may."""
    rule = RULES[office]
    number = centre.id if isinstance(centre, Centre) else centre
    if person is None or not _holds(rule, person, number, at):
        return (UnmetCondition(rule.id, _named(rule.missing, centre), _named(rule.remedy, centre)),)
    suspended = suspension_of(person, _named(_ASK, centre))
    if isinstance(suspended, Met):
        return ()
    return (UnmetCondition("not_suspended", suspended.reason, suspended.remedy),)


def may(office: Office, person: Person | None, centre: Centre | int | None = None) -> bool:
    """Tell whether `person` may do this at `centre` now."""
    return not unmet_at(office, person, centre)


def check_office(office: Office, person: Person | None, centre: Centre | int | None = None) -> Person:
    """Return `person` when they may do this at `centre` now.

    Raises AccessRefusedError with every reason otherwise.
    """
    unmet = unmet_at(office, person, centre)
    if person is None or unmet:
        raise AccessRefusedError(unmet, office)
    return person


def _holds(rule: OfficeRule, person: Person, centre: int | None, at: dt.datetime | None) -> bool:
    # Suspension is a condition of its own: a suspended official hears that, not that the role is missing.
    held = appointed_roles(person, at)
    if any((role, None) in held for role in rule.everywhere):
        return True
    places = {None} if rule.reach is Reach.EVERYWHERE else {centre, None}
    return any(
        role in rule.roles and (rule.reach is Reach.ANYWHERE or where in places) for role, where in held
    )


def _named(words: Text, centre: Centre | int | None) -> Text:
    name = centre.name if isinstance(centre, Centre) else ""
    return Text(words.nl.format(centre=name), words.en.format(centre=name))


_STEPS = (
    "each step of an application asks for its own office and for another person than took the steps before "
    "(see the states of an application)"
)
ELSEWHERE: Final[dict[str, str]] = {
    "api.applications.permissions.user_can_apply": (
        "everybody who is there may, of an institution that is authorised, unless they approve at that centre"
    ),
    "api.applications.permissions.check_user_can_apply": "as user_can_apply",
    "api.applications.permissions.user_can_decide": _STEPS,
}
"""Functions that answer who may do something without asking here or at the doors, and why that is so."""
